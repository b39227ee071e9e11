"""Coordinated groups: parts of the log (cells) that share far more accounts than their sizes explain.

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

from zhenzan.arrays import are_sizes, is_within
from zhenzan.parallel import over_groups
from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.counting_sort import group_rows, offsets
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.unique import unique_in
from zhenzan.verify.kernels import cell_overlaps, communities

EXCESS_MIN = 8.0  # nats of a moment that is a cell of its own
CHUNK_LIKES = 96
CELL_LIKES_MIN = 3  # fewer tell nothing of who meets
SHARED_MIN = 2  # one account in common is no coincidence; see Constants in model.md
DEGREE_MAX = 96  # cells of one account that are looked at
MEMBERSHIPS_MAX = 6_000_000  # with more, only some accounts are asked whom they meet
INTEREST_MIN, INTEREST_MAX = 2.0, 12.0  # how much oftener than by chance people with like interests meet
INTEREST_MARGIN = 1.0
MEETINGS_USUAL, MEETINGS_PSEUDO = 1.4, 20_000.0  # how much oftener most do, until a log says otherwise
MEETINGS_EXPECTED_MAX = 0.2
MEETINGS_SAMPLE = 8  # one account in eight is asked for the log's own interest
FALSE_LINKS_LOG = -2.0  # −ln of the false links that chance gives a cell
LEVELS_LOG = (0.0, 5.0)  # nats beyond that at which links are heard
LINKS_MAX = 48  # links of a cell that are kept, if they are among the strongest of the other as well
FORWARD_MAX = 128  # links of a cell to later ones that are looked at
ROUNDS = 30


@dataclass(frozen=True)
class Cells:
    """Parts of the log, numbered by time. `of_pair` int32[pairs], −1 for a like of none; `by_account` the
    same in order of accounts; `likes`, `item`, `creator` int32[cells].

    A table of cells has one entry more, for none: index −1 finds it.
    """

    of_pair: np.ndarray
    by_account: np.ndarray
    likes: np.ndarray
    item: np.ndarray
    creator: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.n, self.item, self.creator)
        assert are_sizes(self.of_pair.size, self.by_account)
        assert is_within(self.of_pair, -1, self.n)

    @property
    def n(self) -> int:
        return int(self.likes.size)


@dataclass(frozen=True)
class Groups:
    """Cells that belong together. `of_cell` int32[cells + 1]: the group of each cell, −1 for none; `n`
    groups, the largest first; `interest`, how much oftener than by chance accounts meet.
    """

    cells: Cells
    of_cell: np.ndarray
    n: int
    interest: float

    def __post_init__(self) -> None:
        assert are_sizes(self.cells.n + 1, self.of_cell)
        assert self.of_cell[-1] == -1
        assert is_within(self.of_cell, -1, max(self.n, 1))

    @property
    def of_pair(self) -> np.ndarray:
        """int32[pairs]: the group of each like's cell, −1 for none."""
        return np.asarray(self.of_cell[self.cells.of_pair])

    @property
    def likes(self) -> np.ndarray:
        """Likes in each group's cells; float64[groups]."""
        inside = np.flatnonzero(self.of_cell >= 0)
        return np.bincount(self.of_cell[inside], self.cells.likes[inside], self.n)

    def distinct(self, of_cell: np.ndarray) -> np.ndarray:
        """How many different values, int32[cells], the cells of each group have; int64[groups]."""
        inside = np.flatnonzero(self.of_cell >= 0)
        return unique_in(self.of_cell[inside], of_cell[inside], self.n)


def groups_of(pairs: Pairs, moments: Moments) -> list[Groups]:
    """Link cells that share accounts beyond chance, and part what is linked into groups: once by all links,
    once by the surprising ones alone, since a ring among people of one taste may be a part of their group.

    Memory: 8 bytes a like, 12 bytes a membership.
    """
    cells = _cells(pairs, moments)
    if cells.n == 0:
        return [Groups(cells, np.full(1, -1, np.int32), 0, INTEREST_MIN) for _ in LEVELS_LOG]
    left, right, surprise, surprise_min, interest = _links(pairs, cells)
    levels = []
    for more in LEVELS_LOG:
        kept = surprise >= surprise_min + more
        of_cell = _parted(left[kept], right[kept], surprise[kept], cells.n)
        levels.append(Groups(cells, of_cell, int(of_cell.max()) + 1, interest))
    return levels


def _cells(pairs: Pairs, moments: Moments) -> Cells:
    cell = np.empty(pairs.n, np.int32)
    eligible = np.flatnonzero(moments.excess >= EXCESS_MIN)
    first = np.empty(eligible.size + pairs.n // CELL_LIKES_MIN + 1, np.int32)
    cells = cell_overlaps.cells_of_items(
        pairs.item_offset,
        moments.start[eligible],
        moments.stop[eligible],
        moments.excess[eligible],
        CHUNK_LIKES,
        CELL_LIKES_MIN,
        cell,
        first,
    )
    begin, likes = np.full(cells, np.iinfo(np.int64).max), np.zeros(cells, np.int32)
    cell_overlaps.begins_of_cells(cell, pairs.time, begin, likes)
    order = np.lexsort((likes, begin))  # by time and size, so that nothing hangs on what items are called
    rank = np.full(cells + 1, -1, np.int32)
    rank[order] = np.arange(cells, dtype=np.int32)
    cell = rank[cell]
    item = pairs.item[first[order]]
    return Cells(cell, cell[pairs.by_account], likes[order], item, pairs.creator_of_item[item])


def _links(pairs: Pairs, cells: Cells) -> tuple[np.ndarray, np.ndarray, np.ndarray, float, float]:
    """Linked cells, both int32, how surprising each link is, in nats, and at least; the log's `interest`."""
    held = int(cells.likes.sum(dtype=np.int64))
    every = 1 + held // MEMBERSHIPS_MAX
    account_member = np.empty(pairs.n_accounts + 1, np.int64)
    member_cell = np.empty(held, np.int32)
    size, ties, likes = (np.zeros(cells.n, np.int64) for _ in range(3))
    end = cell_overlaps.memberships(
        pairs.account_offset,
        cells.by_account,
        DEGREE_MAX,
        every,
        account_member,
        member_cell,
        size,
        ties,
        likes,
    )
    begin, later = offsets(size), np.empty((end, 2), np.int32)
    cell_overlaps.members_of(account_member, member_cell, begin[:-1].copy(), later)
    crowd = np.stack([size, ties / max(int(size.sum()), 1), likes / every / pairs.n], 1)
    shared = (begin, later, member_cell, cells.creator, crowd)
    meetings = np.zeros(2)
    cell_overlaps.shared_accounts(0, cells.n, *shared, MEETINGS_EXPECTED_MAX, MEETINGS_SAMPLE, meetings)
    interest = _interest(*meetings.tolist())
    surprise_min = np.log(max(float(ties.sum()) / cells.n, 1.0)) + FALSE_LINKS_LOG
    parts = over_groups(
        cell_overlaps.strongest_links, offsets(ties), *shared, interest, SHARED_MIN, surprise_min, FORWARD_MAX
    )
    left, right, surprise = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = _mutual(left, right, surprise, cells.n)
    return left[kept], right[kept], surprise[kept], float(surprise_min), interest


def _mutual(left: np.ndarray, right: np.ndarray, surprise: np.ndarray, cells: int) -> np.ndarray:
    """The links that are among the strongest of both their cells, ties to the first: a hit that everybody
    shares is linked to all, and the strongest of none. Links come by `left`, the lower of the two.
    """
    votes = np.zeros(left.size, np.int8)
    offset, end = group_rows(np.concatenate([right, left]), cells)
    cell_overlaps.strongest_of_both(offset, end, surprise, LINKS_MAX, votes)
    return np.flatnonzero(votes == 2)


def _interest(once: float, twice: float) -> float:
    """How much oftener than by chance accounts meet who may have interests, a language or a region in common.

    `once`: what chance would share, over the pairs of cells that share one account; `twice`: the pairs that
    share two. Were all pairs alike, P(2 shared) : P(1 shared) = factor · expected / 2. Rings share many more,
    so they hardly count.
    """
    most = (2.0 * twice + MEETINGS_USUAL * MEETINGS_PSEUDO) / (once + MEETINGS_PSEUDO)
    return float(min(max(INTEREST_MARGIN * most, INTEREST_MIN), INTEREST_MAX))


def _parted(left: np.ndarray, right: np.ndarray, surprise: np.ndarray, cells: int) -> np.ndarray:
    """The group of each cell, numbered from the largest on, −1 for none: int32[cells + 1].

    Label propagation on the links (Raghavan et al. 2007), weighted by surprise.
    """
    group = np.full(cells + 1, -1, np.int32)
    linked = np.concatenate([left, right])
    member = np.flatnonzero(np.bincount(linked, minlength=cells))
    node = np.empty(cells, np.int32)
    node[member] = np.arange(member.size, dtype=np.int32)
    offset, order = group_rows(node[linked], member.size)
    other = node[np.concatenate([right, left])][order]
    label = np.arange(member.size, dtype=np.int32)
    communities.propagate_weighted(offset, other, np.concatenate([surprise, surprise])[order], ROUNDS, label)
    size = np.bincount(label, minlength=member.size)
    number = np.empty(member.size, np.int32)
    number[np.argsort(-size, kind="stable")] = np.arange(member.size, dtype=np.int32)
    group[member] = number[label]
    return group
