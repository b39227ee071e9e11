"""Random effects: what labels of an account's likes, or of likes of an item, say of its other likes.

A random intercept per account and one per item, beside what the features say: the height that makes the
labels of one id likeliest, drawn to 0 as a normal prior of variance 1 / pull does (a generalised linear
mixed model; Breslow and Clayton, 1993). How strongly it is drawn is chosen by trying the past on what came
after it; where nothing is gained there is no such evidence. Accounts speak for themselves; that an item's
likes were bought once is a hint, so it can say less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.policy import REPUTATION_IDS_MAX, Reputation, Weights, Witness
from zhenzan.verify.calibration.forward_validation import Fold, loss
from zhenzan.verify.calibration.gam import Floats
from zhenzan.verify.encoding.encode import Encoded
from zhenzan.verify.encoding.index_of import index_of
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT

__all__ = [
    "PULL_MIN",
    "intercepts",
    "labelled_ids_of",
    "random_effect_decibans",
    "reputation_of",
    "shrinkage_of",
    "sides_of",
]

PULLS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # labels' worth of variance ¼ × 4 that draw an id to 0
PULL_MIN = PULLS[0]
GAIN_MIN_NATS = 3.0  # less than that on later labels is chance
STEPS, STEP_NATS_MAX, TOLERANCE_NATS = 50, 2.0, 1e-6
DECIBANS_MAX = {"account": 20.0, "item": 10.0}  # what labels of others say of a like: odds of 100, and of 10
DECIBANS_MIN, DIGITS = 0.5, 1  # what says less is not kept
WITNESSES = 32
PLATFORM_SHARE_MIN = 0.5  # of the witnesses that a log could know

Codes = npt.NDArray[np.int64]


def intercepts(code: Codes, score: Floats, fake: Floats, weight: Floats, pull: float) -> Floats:
    """The height of each id, nats, float64[largest code + 1]; 0 where it has no labels.

    `code` names the id of each label, `score` its log-odds without. Newton's steps, all ids at once, until
    the sum of weight · (fake − chance) is pull · height. O(labels) a step, about ten steps.
    """
    n = int(code.max()) + 1 if code.size else 0
    height = np.zeros(n)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(score + height[code], -30, 30)))
        slope = np.bincount(code, weight * (fake - chance), n) - pull * height
        bend = np.bincount(code, weight * chance * (1 - chance), n) + pull
        step = np.clip(slope / bend, -STEP_NATS_MAX, STEP_NATS_MAX)
        height += step
        if np.abs(step).max(initial=0.0) < TOLERANCE_NATS:
            break
    return height


def shrinkage_of(
    of: str, code: Codes, folds: Sequence[Fold], fake: Floats, weight: Floats
) -> tuple[float | None, list[Floats]]:
    """How strongly ids are drawn to 0, None where they teach nothing; what they say in each fold.

    `of` account or item; `code` names the id of each label. A few passes over the labels a fold and
    candidate.
    """
    most = DECIBANS_MAX[of] / DECIBANS_PER_NAT
    silent = [np.zeros(fold.score.size) for fold in folds]
    best: tuple[float, float | None, list[Floats]] = (
        _loss(folds, silent, fake, weight) - GAIN_MIN_NATS,
        None,
        silent,
    )
    for pull in PULLS:
        by_fold = []
        for fold in folds:
            before, after = code[: fold.end], code[fold.end : fold.last]
            height = np.zeros(int(code.max(initial=-1)) + 1)
            learned = intercepts(before, fold.taught, fake[: fold.end], weight[: fold.end], pull)
            height[: learned.size] = np.clip(learned, -most, most)
            by_fold.append(height[after])
        reached = _loss(folds, by_fold, fake, weight)
        if reached < best[0]:
            best = (reached, pull, by_fold)
    return best[1], best[2]


def _loss(folds: Sequence[Fold], more: Sequence[Floats], fake: Floats, weight: Floats) -> float:
    return sum(
        loss(fold.score + of_ids, fake[fold.end : fold.last], weight[fold.end : fold.last])
        for fold, of_ids in zip(folds, more, strict=True)
    )


def reputation_of(of: str, height: Floats, ids: pa.Array) -> Reputation | None:
    """As the policy holds it: decibans by id, of those that say most; None where none says anything.

    `ids`: the names of the codes.
    """
    decibans = np.clip(height * DECIBANS_PER_NAT, -DECIBANS_MAX[of], DECIBANS_MAX[of]).round(DIGITS)
    loudest = np.argsort(-np.abs(decibans), kind="stable")[:REPUTATION_IDS_MAX]
    kept = np.sort(loudest[np.abs(decibans[loudest]) >= DECIBANS_MIN])
    if kept.size == 0:
        return None
    names = ids.take(pa.array(kept)).cast(pa.string()).to_pylist()
    return Reputation(of, tuple(names), tuple(decibans[kept].tolist()))


def labelled_ids_of(encoded: Encoded, pair: Codes) -> tuple[Witness, ...]:
    """Some of the labelled likes, evenly in time."""
    pairs = encoded.pairs
    order = pair[np.argsort(pairs.time[pair], kind="stable")]
    chosen = order[np.unique(np.linspace(0, order.size - 1, WITNESSES).astype(np.int64))]
    accounts = encoded.account_ids.take(pa.array(pairs.account[chosen])).cast(pa.string()).to_pylist()
    items = encoded.item_ids.take(pa.array(pairs.item[chosen])).cast(pa.string()).to_pylist()
    return tuple(map(Witness, accounts, items, pairs.time[chosen].tolist()))


def sides_of(encoded: Encoded) -> dict[str, tuple[pa.Array, npt.NDArray[np.int32]]]:
    """What labels may tell of: its ids, and the code of each pair's."""
    pairs = encoded.pairs
    return {"account": (encoded.account_ids, pairs.account), "item": (encoded.item_ids, pairs.item)}


def random_effect_decibans(
    encoded: Encoded, weights: Weights, say: Callable[[str], object]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Yield what reputations say of a log's likes, where it is of the platform that they were learned on: of
    what, and decibans float32[pairs].

    One at a time is in memory: 4 bytes a like. O(likes + ids).
    """
    if not weights.reputations:
        return
    if not _is_same_platform(encoded, weights.witnesses):
        say(
            "What labels said of accounts and items was left out: this log is of another platform, or these "
            "are other ids (it lacks likes that were labelled)."
        )
        return
    sides = sides_of(encoded)
    for reputation in weights.reputations:
        ids, code = sides[reputation.of]
        position = index_of(pa.array(reputation.ids, pa.string()), ids.cast(pa.string()))
        height = np.zeros(len(ids), np.float32)
        height[position[position >= 0]] = np.array(reputation.decibans, np.float32)[position >= 0]
        yield reputation.of, height[code]


def _is_same_platform(encoded: Encoded, witnesses: Sequence[Witness]) -> bool:
    """Whether the log holds most of the labelled likes whose time it covers and whose ids it knows."""
    pairs = encoded.pairs
    account, item = (
        index_of(pa.array(names, pa.string()), ids.cast(pa.string())).tolist()
        for names, ids in (
            ([witness.account for witness in witnesses], encoded.account_ids),
            ([witness.item for witness in witnesses], encoded.item_ids),
        )
    )
    first, last = int(pairs.time.min()), int(pairs.time.max())
    could, does = 0, 0
    for witness, who, what in zip(witnesses, account, item, strict=True):
        if who >= 0 and what >= 0 and first <= witness.timestamp <= last:
            likes = slice(pairs.item_offset[what], pairs.item_offset[what + 1])
            could += 1
            does += bool(np.any((pairs.account[likes] == who) & (pairs.time[likes] == witness.timestamp)))
    return does >= PLATFORM_SHARE_MIN * could
