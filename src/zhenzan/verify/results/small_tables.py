"""The smaller tables of a result: accounts, moments, rings, items. Each is a few linear passes over the
judgement.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zhenzan.parallel import over_groups
from zhenzan.verify.baseline.moments import HOUR, MINUTE, SCALES_SECONDS, Moments
from zhenzan.verify.encoding.encode import COUNTED, Pairs
from zhenzan.verify.encoding.unique import unique_in
from zhenzan.verify.kernels import verdict_totals
from zhenzan.verify.results.scored_log import FAKE, TIMESTAMP, ScoredLog, evidence_lists
from zhenzan.verify.results.verified_counts import BOT_SHARE, PARTS, interval, nothing_said

POOL_ORDER_LIKES = 30.0  # of the median order: small ones, delivered within the hour, are an exchange's
THROWAWAY_LIKES = 1.7  # bought likes an account, under which accounts are used once


def counted_pairs(judgement: ScoredLog) -> np.ndarray:
    """bool[pairs]: whether one of the pair's rows counts for the item."""
    rows = judgement.encoded.rows
    counted = np.zeros(judgement.encoded.pairs.n, bool)
    counted[rows.pair[rows.count_status == COUNTED]] = True
    return counted


def account_table(judgement: ScoredLog) -> pa.Table:
    pairs, ring = judgement.encoded.pairs, judgement.rings.called(judgement.rings.of_account)
    expected, fake = np.zeros(pairs.n_accounts), np.zeros(pairs.n_accounts, np.int64)
    verdict_totals.add_accounts(pairs.account, judgement.probability, judgement.verdict, FAKE, expected, fake)
    likes = np.diff(pairs.account_offset)
    begin = pairs.by_account[pairs.account_offset[:-1]]
    end = pairs.by_account[pairs.account_offset[1:] - 1]
    return pa.table(
        {
            "account": judgement.encoded.account_ids,
            "likes": likes,
            "creators": judgement.creators.astype(np.int64),
            "fake_likes": fake,
            "expected_fake": expected,
            "recruit_probability": judgement.recruit,
            "paid_share": judgement.paid,
            "ring": pa.array(ring, mask=ring < 0),
            "first": _time(pairs.time[begin]),
            "last": _time(pairs.time[end]),
            "evidence": _account_evidence(judgement),
        }
    )


def _account_evidence(judgement: ScoredLog) -> pa.Array:
    """What is said of an account: per name, the mean over its likes of which that name speaks."""
    pairs, reasons = judgement.encoded.pairs, judgement.reasons
    account = pairs.account[reasons.pair]
    names = judgement.evidence_names
    total = np.zeros((pairs.n_accounts, len(names)), np.float32)
    for i in range(len(reasons.names)):
        has_evidence = reasons.decibans[:, i] != 0
        sums = np.bincount(account[has_evidence], reasons.decibans[has_evidence, i], pairs.n_accounts)
        total[:, i] = sums / np.maximum(np.bincount(account[has_evidence], minlength=pairs.n_accounts), 1)
    for i, evidence in enumerate(judgement.extra, len(reasons.names)):
        whose = pairs.account[evidence.pair]
        sums = np.bincount(whose, evidence.decibans, pairs.n_accounts)
        total[:, i] = sums / np.maximum(np.bincount(whose, minlength=pairs.n_accounts), 1)
    row, which = np.nonzero(total)
    return evidence_lists(row, which, total[row, which], pairs.n_accounts, names)


def item_table(judgement: ScoredLog) -> pa.Table:
    """Claimed and verified likes. A bot's idle likes count for nothing, as its account's verdict says."""
    encoded, pairs = judgement.encoded, judgement.encoded.pairs
    bot = (judgement.paid >= BOT_SHARE) & (judgement.rings.of_account >= 0)
    counted = counted_pairs(judgement)
    claimed, parts = np.zeros(pairs.n_items, np.int64), np.zeros((len(PARTS), pairs.n_items), np.int64)
    verified, variance, lower, higher = np.zeros((4, pairs.n_items))
    over_groups(
        verdict_totals.add_items,
        pairs.item_offset,
        pairs.item_offset,
        pairs.account,
        judgement.probability,
        judgement.verdict,
        counted,
        bot,
        FAKE,
        PARTS.index("idle"),
        nothing_said(judgement.reasons.prior),
        claimed,
        verified,
        variance,
        lower,
        higher,
        parts,
    )
    assert np.array_equal(parts.sum(0), claimed)
    lower, higher = _with_both_answers(judgement, counted, lower, higher)
    low, high = interval(claimed, verified, lower, higher, variance)
    return pa.table(
        {
            "item": encoded.item_ids,
            "creator": encoded.creator_ids.take(pa.array(pairs.creator_of_item)),
            "claimed": claimed,
            "verified": verified,
            "verified_low": low,
            "verified_high": high,
            **dict(zip(PARTS, parts, strict=True)),
            "untold": judgement.lone.excess(pairs, counted),
            "lower": lower,
            "higher": higher,
            "variance": variance,
            "first": _time(pairs.time[pairs.item_offset[:-1]]),
            "last": _time(pairs.time[pairs.item_offset[1:] - 1]),
        }
    )


def _with_both_answers(
    judgement: ScoredLog, counted: np.ndarray, lower: np.ndarray, higher: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """By how much an item's count may be lower and higher, float64[items]. Of a lone item that holds both
    answers: that every like was bought that may have been, and that none of them was.
    """
    pairs, lone = judgement.encoded.pairs, judgement.lone
    none_bought = lone.benefit(pairs, judgement.probability, counted)
    all_bought = np.where(lone.lone, lone.doubt - none_bought, 0.0)
    return np.maximum(lower, all_bought), np.maximum(higher, none_bought)


def moment_table(judgement: ScoredLog, moments: Moments, logit: np.ndarray, cleared_max: int) -> pa.Table:
    """The campaigns, then the largest natural bursts that were examined and cleared."""
    pairs, campaigns = judgement.encoded.pairs, judgement.campaigns
    cleared = _cleared(judgement, moments, logit, cleared_max)
    leads = np.concatenate([campaigns.strongest, cleared]).astype(np.int64)
    start = np.concatenate([campaigns.start, moments.start[cleared].astype(np.int64)])
    stop = np.concatenate([campaigns.stop, moments.stop[cleared].astype(np.int64)])
    suspects = np.zeros(pairs.n + 1, np.int32)
    np.cumsum(judgement.verdict == FAKE, out=suspects[1:])
    ring = judgement.rings.called(_main_ring(judgement, campaigns.n))
    ring = np.concatenate([ring, np.full(cleared.size, -1, np.int32)])
    return pa.table(
        {
            "moment": np.arange(start.size, dtype=np.int32),
            "item": judgement.encoded.item_ids.take(pa.array(pairs.item[start])),
            "creator": judgement.encoded.creator_ids.take(pa.array(pairs.creator_of_item[pairs.item[start]])),
            "start": _time(pairs.time[start]),
            "end": _time(pairs.time[stop - 1] if stop.size else stop),
            "scale_seconds": _scale_seconds(pairs, moments, leads),
            "likes": (stop - start).astype(np.int64),
            "expected_likes": moments.expected[leads],
            "suspects": (suspects[stop] - suspects[start]).astype(np.int64),
            "campaign_probability": (1.0 / (1.0 + np.exp(-logit[leads]))).astype(np.float32),
            "ring": pa.array(ring, mask=ring < 0),
        }
    )


def _scale_seconds(pairs: Pairs, moments: Moments, leads: np.ndarray) -> np.ndarray:
    """The scale of each moment; the whole stretch of one that only its group marks. float64[leads]."""
    seconds = (pairs.time[moments.stop[leads] - 1] - pairs.time[moments.start[leads]]) * 1e-6
    scale = moments.scale[leads]
    at = np.minimum(scale, len(SCALES_SECONDS) - 1)
    return np.where(scale < len(SCALES_SECONDS), np.asarray(SCALES_SECONDS)[at], seconds)


def _cleared(judgement: ScoredLog, moments: Moments, logit: np.ndarray, most: int) -> np.ndarray:
    """Moments judged natural, the largest excess first; one an item, none on items that have a campaign or
    can be compared with nothing.
    """
    pairs = judgement.encoded.pairs
    guilty = np.zeros(pairs.n_items, bool)
    guilty[pairs.item[judgement.campaigns.start]] = True
    guilty |= judgement.lone.lone
    item = pairs.item[moments.start]
    natural = np.flatnonzero((logit < 0.0) & ~guilty[item])
    order = natural[np.lexsort((natural, -moments.excess[natural]))]
    _, first = np.unique(item[order], return_index=True)
    return np.asarray(order[np.sort(first)][:most])


def _main_ring(judgement: ScoredLog, campaigns: int) -> np.ndarray:
    """The ring that gave most of a campaign's bought likes, −1 where none did."""
    likes = judgement.ring_likes
    likes = likes[judgement.campaigns.of_pair[likes] >= 0]
    ring = judgement.rings.of_account[judgement.encoded.pairs.account[likes]]
    main = np.full(campaigns, -1, np.int32)
    if likes.size:
        rings = max(judgement.rings.n, 1)
        key, count = np.unique(
            judgement.campaigns.of_pair[likes].astype(np.int64) * rings + ring, return_counts=True
        )
        order = np.lexsort((-key, count))
        main[key[order] // rings] = key[order] % rings
    return main


def ring_table(judgement: ScoredLog) -> pa.Table:
    pairs, rings = judgement.encoded.pairs, judgement.rings.n
    likes = judgement.ring_likes
    ring, item = judgement.rings.of_account[pairs.account[likes]], pairs.item[likes]
    creator, campaign = pairs.creator_of_item[item], judgement.campaigns.of_pair[likes]
    first, last = np.full(rings, np.iinfo(np.int64).max), np.full(rings, np.iinfo(np.int64).min)
    np.minimum.at(first, ring, pairs.time[likes])
    np.maximum.at(last, ring, pairs.time[likes])
    accounts = np.bincount(judgement.rings.of_account[judgement.rings.of_account >= 0], minlength=rings)
    bought = np.bincount(ring, minlength=rings)
    return pa.table(
        {
            "ring": judgement.rings.called(np.arange(rings, dtype=np.int32)),
            "accounts": accounts.astype(np.int64),
            "moments": unique_in(ring[campaign >= 0], campaign[campaign >= 0], rings),
            "items": unique_in(ring, item, rings),
            "creators": unique_in(ring, creator, rings),
            "likes": bought.astype(np.int64),
            "first": _time(first),
            "last": _time(last),
            "kind": pa.array(_ring_kinds(judgement, accounts, bought), pa.string()),
            "mean_probability": np.bincount(ring, judgement.probability[likes], rings)
            / np.maximum(bought, 1),
        }
    )


def _ring_kinds(judgement: ScoredLog, accounts: np.ndarray, bought: np.ndarray) -> list[str]:
    """Name how a ring works: accounts used once, real people paid now and then, tiny orders, bursts, or
    drips.
    """
    pairs, campaigns = judgement.encoded.pairs, judgement.campaigns
    main = _main_ring(judgement, campaigns.n)
    size = (campaigns.stop - campaigns.start).astype(np.float64)
    seconds = (pairs.time[campaigns.stop - 1] - pairs.time[campaigns.start]) * 1e-6 if campaigns.n else size
    member = judgement.rings.of_account >= 0
    likes = np.diff(pairs.account_offset)[member]
    likes_of_members = np.bincount(judgement.rings.of_account[member], likes, judgement.rings.n)
    by_ring = np.argsort(main, kind="stable")
    edges = np.searchsorted(main[by_ring], np.arange(judgement.rings.n + 1))
    kinds = []
    for r in range(judgement.rings.n):
        mine = by_ring[edges[r] : edges[r + 1]]
        if bought[r] < THROWAWAY_LIKES * accounts[r]:
            kinds.append("throwaway")
        elif bought[r] < BOT_SHARE / 1.5 * likes_of_members[r]:
            kinds.append("crowd")
        elif mine.size and np.median(size[mine]) <= POOL_ORDER_LIKES and np.median(seconds[mine]) <= HOUR:
            kinds.append("pool")
        else:
            kinds.append("burst" if mine.size and np.median(seconds[mine]) <= 150 * MINUTE else "drip")
    return kinds


def _time(microseconds: np.ndarray) -> pa.Array:
    return pa.array(microseconds.astype(np.int64)).view(TIMESTAMP)
