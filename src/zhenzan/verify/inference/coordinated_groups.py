"""Which likes belong together: parts of the log, cells, that share far more accounts than sizes explain.

Time alone misses an order that comes at its target's own hours, and participation a ring of which no single
account stands out. But two orders served by one ring share many accounts, where chance leaves few. A cell is
a strong moment or, elsewhere, a chunk of an item's likes. Cells that share accounts are linked, by weight of
surprise, and parted into groups by label propagation, so that one bridge joins no two. Whether a group was
hired or meets by itself is for `group_kinds` to say. Cost: as many steps as there are pairs of cells of one
account, bounded by `DEGREE_MAX` and `MEMBERSHIPS_MAX`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.distinct import distinct
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.grouped import group_rows, offsets
from zhenzan.verify.kernels import communities, overlaps
from zhenzan.verify.parts import results_in_parts

EXCESS_MIN = 8.0  # nats of a moment that is a cell of its own
CHUNK_LIKES = 96
CELL_LIKES_MIN = 3
SHARED_MIN = 2
DEGREE_MAX = 96  # cells of one account that are looked at
MEMBERSHIPS_MAX = 6_000_000  # with more, only some accounts are asked whom they meet
INTEREST_MIN, INTEREST_MAX = 2.0, 12.0  # how much oftener than by chance people with like interests meet
INTEREST_MARGIN = 1.0
MEETINGS_USUAL, MEETINGS_PSEUDO = 1.4, 20_000.0  # how much oftener most do, until a log says otherwise
MEETINGS_EXPECTED_MAX = 0.2
MEETINGS_SAMPLE = 8
FALSE_LINKS_LOG = -2.0  # −ln of the false links that chance gives a cell
LEVELS_LOG = (0.0, 5.0)  # nats beyond that at which links are heard
LINKS_MAX = 48  # links of a cell that are kept, if they are among the strongest of the other as well
FORWARD_MAX = 128  # links of a cell to later ones that are looked at
ROUNDS = 30


@dataclass(frozen=True)
class Groups:
    """Cells that belong together. `of_pair` int32[pairs]: the group of each like's cell, −1 for none; `cell`
    int32[pairs]: the cell; `n` groups, the largest first; `interest`, how much oftener than by chance
    accounts meet.
    """

    of_pair: np.ndarray
    cell: np.ndarray
    n: int
    interest: float


def groups_of(pairs: Pairs, moments: Moments) -> list[Groups]:
    """Link cells that share accounts beyond chance, and part what is linked into groups: once by all links,
    once by the surprising ones alone, since a ring among people of one taste may be a part of their group.

    Memory: 8 bytes a like and level, 12 bytes a membership.
    """
    cell = np.empty(pairs.n, np.int32)
    eligible = np.flatnonzero(moments.excess >= EXCESS_MIN)
    chunks = pairs.n // CELL_LIKES_MIN + 1
    first = np.empty(eligible.size + chunks, np.int32)
    cells = overlaps.cells_of_items(
        pairs.item_offset, moments.start[eligible], moments.stop[eligible], moments.excess[eligible],
        CHUNK_LIKES, CELL_LIKES_MIN, cell, first,
    )  # fmt: skip
    if cells == 0:
        return [Groups(cell, cell, 0, INTEREST_MIN) for _ in LEVELS_LOG]
    cell, first = _by_time(pairs, cell, first[:cells])
    creator = pairs.creator_of_item[pairs.item[first]]
    left, right, surprise, surprise_min, interest = _links(pairs, cell, creator)
    levels = []
    for more in LEVELS_LOG:
        kept = surprise >= surprise_min + more
        label = _parted(left[kept], right[kept], surprise[kept], cells)
        of_pair = np.where(cell >= 0, label[np.maximum(cell, 0)], -1).astype(np.int32)
        levels.append(Groups(of_pair, cell, int(label.max(initial=-1)) + 1, interest))
    return levels


def _by_time(pairs: Pairs, cell: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells numbered by their first like and size, so that nothing hangs on what items are called."""
    inside = np.flatnonzero(cell >= 0)
    begin = np.full(first.size, np.iinfo(np.int64).max)
    np.minimum.at(begin, cell[inside], pairs.time[inside])
    order = np.lexsort((np.bincount(cell[inside], minlength=first.size), begin))
    rank = np.empty(first.size, np.int32)
    rank[order] = np.arange(first.size, dtype=np.int32)
    return np.where(cell >= 0, rank[np.maximum(cell, 0)], -1).astype(np.int32), first[order]


def _links(
    pairs: Pairs, cell: np.ndarray, creator: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Linked cells, both int32, how surprising each link is, in nats, and at least; the log's `interest`."""
    cells, held = creator.size, int(np.count_nonzero(cell >= 0))
    every = 1 + held // MEMBERSHIPS_MAX
    account_member = np.empty(pairs.n_accounts + 1, np.int64)
    member_cell = np.empty(held, np.int32)
    size, ties = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    end = overlaps.memberships(
        pairs.account_offset, pairs.by_account, cell, DEGREE_MAX, every, account_member, member_cell, size,
        ties,
    )  # fmt: skip
    member, account = np.empty(end, np.int32), np.empty(end, np.int32)
    begin = offsets(size)
    overlaps.members_of(account_member, member_cell, begin[:-1].copy(), member, account)
    inside = np.flatnonzero(cell >= 0)
    likes = np.bincount(cell[inside], np.diff(pairs.account_offset)[pairs.account[inside]], cells)
    crowd = np.stack([size, ties / max(int(size.sum()), 1), likes / every / pairs.n], 1)
    shared = (begin, member, account, account_member, member_cell, creator, crowd)
    meetings = np.zeros(2)
    overlaps.shared_accounts(0, cells, *shared, MEETINGS_EXPECTED_MAX, MEETINGS_SAMPLE, meetings)
    interest = _interest(*meetings.tolist())
    surprise_min = np.log(max(float(ties.sum()) / cells, 1.0)) + FALSE_LINKS_LOG
    work = offsets(ties)
    parts = results_in_parts(
        overlaps.strongest_links, work, *shared, interest, SHARED_MIN, surprise_min, FORWARD_MAX
    )
    left, right, surprise = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = _mutual(left, right, surprise)
    return left[kept], right[kept], surprise[kept], float(surprise_min), interest


def _mutual(left: np.ndarray, right: np.ndarray, surprise: np.ndarray) -> np.ndarray:
    """The links that are among the strongest of both their cells: a hit that everybody shares is linked to
    all, and the strongest of none.
    """
    node, link = np.concatenate([left, right]), np.tile(np.arange(left.size), 2)
    order = np.lexsort((link, -surprise[link], node))
    first = np.flatnonzero(np.diff(node[order], prepend=-1))
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size) - np.repeat(first, np.diff(np.append(first, order.size)))
    one, other = rank[: left.size], rank[left.size :]
    return np.flatnonzero(np.maximum(one, other) < LINKS_MAX)


def _interest(once: float, twice: float) -> float:
    """How much oftener than by chance accounts meet who may have interests, a language or a region in common.

    `once`: what chance would share, over the pairs of cells that share one account; `twice`: the pairs that
    share two. Were all pairs alike, P(2 shared) : P(1 shared) = factor · expected / 2. Rings share many more,
    so they hardly count.
    """
    most = (2.0 * twice + MEETINGS_USUAL * MEETINGS_PSEUDO) / (once + MEETINGS_PSEUDO)
    return float(min(max(INTEREST_MARGIN * most, INTEREST_MIN), INTEREST_MAX))


def _parted(left: np.ndarray, right: np.ndarray, surprise: np.ndarray, cells: int) -> np.ndarray:
    """The group of each cell, numbered from the largest on, −1 for none: int32[cells].

    Label propagation on the links (Raghavan et al. 2007), weighted by surprise.
    """
    group = np.full(cells, -1, np.int32)
    member = distinct(np.stack([left, right]))
    if member.size == 0:
        return group
    node = np.empty(cells, np.int32)
    node[member] = np.arange(member.size, dtype=np.int32)
    one, other = node[np.concatenate([left, right])], node[np.concatenate([right, left])]
    offset, order = group_rows(one, member.size)
    label = np.arange(member.size, dtype=np.int32)
    communities.propagate_weighted(
        offset, other[order], np.concatenate([surprise, surprise])[order], ROUNDS, label
    )
    names, which, size = np.unique(label, return_inverse=True, return_counts=True)
    number = np.empty(names.size, np.int32)
    number[np.lexsort((names, -size))] = np.arange(names.size, dtype=np.int32)
    group[member] = number[which]
    return group
