"""Rings: bought likes as a graph of accounts and campaigns, parted into the groups that belong together, and
what else a crew liked.

Likes that were probably bought link accounts to campaigns. Label propagation parts the graph; parts of one
pool that only chance kept apart are joined where the likes between them are as many as one pool would give.
Then each ring's members are counted together: an item that many members liked in one stretch, where the
ring's other likes make few likely, was bought too, however quietly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import are_sizes, is_within
from zhenzan.verify.encoding.counting_sort import offsets
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.kernels import communities, sessions

BOUGHT_MIN = 0.5  # likelier bought than not
ROUNDS = 40  # of label propagation, at most; it stands still long before
SAME_POOL_LIFT = (
    0.3  # likes between two parts, of those that chance would give: one pool has more, strangers hundredths
)
JOIN_TURNS = 200  # at most; each joins two parts at least
SESSION_LIKES_MIN = 3  # of a ring's members, on one item
SESSION_PRIOR, SESSION_PSEUDO, SESSION_ROUNDS = 1e-3, 20.0, 4  # share that was bought, until a ring's own say
SESSION_LOGIT_MAX = 12.0  # nats: no session is surer than one doubt in 160,000
SESSION_SPAN_QUANTILE = 0.9  # of the ring's likes on one item: how long a session may last
SESSION_SPAN_MIN_SECONDS = 3600.0  # or this, where they are shorter
INTEREST_FACTOR = 1.5  # members' tastes resemble each other that much more than strangers' do
STRATUM_PSEUDO = 500.0  # natural likes by which a level of popularity leans on all


@dataclass(frozen=True)
class Rings:
    """`of_account` int32[accounts], −1 where none. Ring numbers run from the largest to the smallest ring;
    `ids` int32[n] is what each is called, its number unless an earlier judgement knew it.
    """

    of_account: np.ndarray
    n: int
    ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        assert is_within(self.of_account, -1, max(self.n, 1))
        assert self.ids is None or are_sizes(self.n, self.ids)

    def called(self, numbers: np.ndarray) -> np.ndarray:
        """The ids of rings of these numbers; −1 stays. int32"""
        if self.ids is None or self.n == 0:
            return numbers
        return np.where(numbers >= 0, self.ids[np.maximum(numbers, 0)], -1).astype(np.int32)


def find_rings(pairs: Pairs, campaign_of_pair: np.ndarray, bought: np.ndarray, accounts_min: int) -> Rings:
    """`bought` float64[pairs]; `campaign_of_pair` int32.

    Cost: a sort of the bought likes and a few linear passes over them.
    """
    likes = np.flatnonzero((bought >= BOUGHT_MIN) & (campaign_of_pair >= 0))
    none = Rings(np.full(pairs.n_accounts, -1, np.int32), 0)
    if likes.size == 0:
        return none
    accounts, account = np.unique(pairs.account[likes], return_inverse=True)
    items, item = _by_time(pairs, campaign_of_pair[likes], likes)
    account_label = np.empty(accounts.size, np.int64)
    item_label = np.empty(items.size, np.int64)
    by_account, by_item = np.argsort(account, kind="stable"), np.argsort(item, kind="stable")
    communities.propagate(
        offsets(np.bincount(account, minlength=accounts.size)),
        item[by_account],
        offsets(np.bincount(item, minlength=items.size)),
        account[by_item],
        ROUNDS,
        account_label,
        item_label,
    )
    names = _joined_parts(account_label[account], item_label[item])
    account_label = names[account_label]
    labels, label, size = np.unique(account_label, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(size >= accounts_min)
    kept = kept[np.lexsort((labels[kept], -size[kept]))]
    number = np.full(labels.size, -1, np.int32)
    number[kept] = np.arange(kept.size, dtype=np.int32)
    none.of_account[accounts] = number[label]
    return Rings(none.of_account, int(kept.size))


def _by_time(pairs: Pairs, campaign: np.ndarray, likes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The campaigns named, and each like's place among them by first like and size: ties between labels
    must not hang on what items are called.
    """
    names, which = np.unique(campaign, return_inverse=True)
    first = np.full(names.size, np.iinfo(np.int64).max)
    np.minimum.at(first, which, pairs.time[likes])
    order = np.lexsort((np.bincount(which), first))
    rank = np.empty(names.size, np.int64)
    rank[order] = np.arange(names.size)
    return names[order], rank[which]


def _joined_parts(from_part: np.ndarray, to_part: np.ndarray) -> np.ndarray:
    """Join, turn by turn, the parts that are each other's nearest by likes between them over those by
    chance.

    Per like the part of its account and that of its campaign. Returns each part's new name. The likes are
    counted between parts once; a turn costs what is left of the pairs of parts.
    """
    size = int(max(from_part.max(), to_part.max())) + 1
    key, count = np.unique(from_part * size + to_part, return_counts=True)
    names = np.arange(size)
    for _ in range(JOIN_TURNS):
        parent = _mutual_nearest(key // size, key % size, count, size, from_part.size)
        if parent is None:
            break
        names = parent[names]
        key, inverse = np.unique(parent[key // size] * size + parent[key % size], return_inverse=True)
        count = np.bincount(inverse, count, key.size).astype(np.int64)
    return names


def _mutual_nearest(
    from_part: np.ndarray, to_part: np.ndarray, count: np.ndarray, size: int, likes: int
) -> np.ndarray | None:
    """For each part the one it joins, itself where none is near; None where no two parts are near."""
    out_likes = np.bincount(from_part, count, size).astype(np.int64)
    taken = np.bincount(to_part, count, size).astype(np.int64)
    key, inverse = np.unique(
        np.minimum(from_part, to_part) * size + np.maximum(from_part, to_part), return_inverse=True
    )
    count = np.bincount(inverse, count, key.size).astype(np.int64)
    left, right = key // size, key % size
    apart = left != right
    left, right, count = left[apart], right[apart], count[apart]
    by_chance = (out_likes[left] * taken[right] + out_likes[right] * taken[left]) / likes
    lift = count / np.maximum(by_chance, 1e-9)
    near = lift >= SAME_POOL_LIFT
    left, right, lift = left[near], right[near], lift[near]
    if left.size == 0:
        return None
    best = np.zeros(size)
    np.maximum.at(best, left, lift)
    np.maximum.at(best, right, lift)
    mutual = (lift >= best[left]) & (lift >= best[right])
    parent = np.arange(size)
    communities.join(parent, left[mutual], right[mutual])
    return parent


def ring_evidence(
    pairs: Pairs, rings: Rings, bought: np.ndarray, proven: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Likes of ring members that came together: pair positions and the chance that each was bought.

    O(members' likes · log).

    `proven` bool[accounts]: only accounts with a record count as members, not one that a single bought like
    put there.
    """
    member = np.where(proven, rings.of_account, -1)[pairs.account]
    likes = np.flatnonzero(member >= 0)
    if likes.size == 0:
        return likes, np.empty(0)
    sure = bought >= BOUGHT_MIN
    span = _campaign_spans(pairs, member, sure, rings.n)
    order = np.lexsort((likes, member[likes]))  # by ring; pair order is by item, then time
    likes = likes[order]
    share = _idle_shares(pairs, member, likes, sure, rings.n)
    room = likes.size // SESSION_LIKES_MIN + 1
    excess, part, session = np.zeros(room), np.zeros(room), np.empty(likes.size, np.int32)
    sessions_n = sessions.judge_sessions(
        likes,
        member[likes],
        pairs.item,
        pairs.time,
        pairs.item_offset,
        span,
        INTEREST_FACTOR * share,
        SESSION_LIKES_MIN,
        excess,
        part,
        session,
    )
    inside = np.flatnonzero(session >= 0)
    session = session[inside]
    known = np.bincount(session, bought[likes[inside]], sessions_n) / np.maximum(
        np.bincount(session, minlength=sessions_n), 1
    )
    ring = np.zeros(sessions_n, np.int64)
    ring[session] = member[likes[inside]]
    logit = _session_logits(excess[:sessions_n], known < BOUGHT_MIN, ring, rings.n)
    return likes[inside], (part[:sessions_n] / (1.0 + np.exp(-logit)))[session]


def _idle_shares(
    pairs: Pairs, member: np.ndarray, likes: np.ndarray, sure: np.ndarray, rings: int
) -> np.ndarray:
    """Per like of a ring's member, the ring's idle likes per natural like on *other* items about as popular,
    within a factor of two or so: people who look natural go where others go. float64[likes].
    """
    natural = np.bincount(pairs.item[member < 0], minlength=pairs.n_items)
    level = np.log2(natural + 1.0).astype(np.int64)
    levels = int(level.max()) + 1
    idle_likes = likes[~sure[likes]]
    idle = (
        np.bincount(member[idle_likes] * levels + level[pairs.item[idle_likes]], minlength=rings * levels)
        .reshape(rings, levels)
        .astype(np.float64)
    )
    every = np.bincount(level, natural, levels)
    own_key = member[idle_likes] * np.int64(pairs.n_items) + pairs.item[idle_likes]
    keys, own = np.unique(own_key, return_counts=True)
    key = member[likes] * np.int64(pairs.n_items) + pairs.item[likes]
    position = np.minimum(np.searchsorted(keys, key), max(keys.size - 1, 0))
    mine = np.where(keys[position] == key, own[position], 0) if keys.size else np.zeros(likes.size)
    near_idle, near = _beside(idle), _beside(every[None, :])[0]
    overall = idle.sum(1) / max(float(every.sum()), 1.0)
    at, ring = level[pairs.item[likes]], member[likes]
    others = np.maximum(near_idle[ring, at] - mine, 0.0) + STRATUM_PSEUDO * overall[ring]
    return np.asarray(others / (np.maximum(near[at] - natural[pairs.item[likes]], 0.0) + STRATUM_PSEUDO))


def _beside(by_level: np.ndarray) -> np.ndarray:
    """Sums over each level and its neighbours, along the last axis."""
    padded = np.pad(by_level, ((0, 0), (1, 1)))
    return np.asarray(padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:])


def _session_logits(excess: np.ndarray, open_: np.ndarray, ring: np.ndarray, rings: int) -> np.ndarray:
    """Log-odds that each session was bought: its excess and the prior, which each ring's sessions that are
    not known yet teach (expectation-maximisation), since a ring with much camouflage has many that were not.
    """
    evidence = np.log(0.5) + 0.5 * excess  # of a p-value: Vovk and Wang, E-values (2021)
    share = np.full(rings, SESSION_PRIOR)
    for _ in range(SESSION_ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-(evidence + np.log(share / (1.0 - share))[ring])))
        mean = np.bincount(ring[open_], chance[open_], rings) + SESSION_PRIOR * SESSION_PSEUDO
        share = np.clip(mean / (np.bincount(ring[open_], minlength=rings) + SESSION_PSEUDO), 1e-5, 0.5)
    return np.minimum(evidence + np.log(share / (1.0 - share))[ring], SESSION_LOGIT_MAX)


def _campaign_spans(pairs: Pairs, member: np.ndarray, sure: np.ndarray, rings: int) -> np.ndarray:
    """How long a ring's orders take, in µs: a high quantile over its items of last bought like less first."""
    likes = np.flatnonzero(sure & (member >= 0))
    order = np.lexsort((likes, member[likes]))
    likes = likes[order]
    ring, item = member[likes], pairs.item[likes]
    first = np.flatnonzero(np.concatenate([[True], (ring[1:] != ring[:-1]) | (item[1:] != item[:-1])]))
    last = np.concatenate([first[1:], [likes.size]]) - 1
    length = pairs.time[likes[last]] - pairs.time[likes[first]]
    span = np.full(rings, SESSION_SPAN_MIN_SECONDS * 1e6)
    edges = np.searchsorted(ring[first], np.arange(rings + 1))
    for r in range(rings):
        mine = length[edges[r] : edges[r + 1]]
        if mine.size:
            span[r] = max(span[r], float(np.quantile(mine, SESSION_SPAN_QUANTILE)))
    return span
