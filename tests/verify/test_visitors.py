"""Who was at how many creators of a group, and which links are mutual, against sets and sorts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.testing.pairs import pair_logs, pairs_of

from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coordinated_groups import LINKS_MAX, Cells, Groups, _mutual
from zhenzan.verify.inference.group_kinds import LEVELS, PLACES_MIN, _quiet_likes, _visits
from zhenzan.verify.kernels import shared_visitors

GROUPS = 3


@dataclass(frozen=True)
class Drawn:
    """A log, each item of which is one cell or none, and where each account was in each group's cells."""

    pairs: Pairs
    groups: Groups
    creator: np.ndarray
    places: dict[tuple[int, int], list[int]]


@st.composite
def drawn_groups(draw: st.DrawFn) -> Drawn:
    pairs, _ = pairs_of(draw(pair_logs()))
    group = draw(st.lists(st.integers(-1, GROUPS - 1), min_size=pairs.n_items, max_size=pairs.n_items))
    outside = np.array(draw(st.lists(st.booleans(), min_size=pairs.n, max_size=pairs.n)))
    cell = np.where(outside, -1, pairs.item).astype(np.int32)
    likes = np.bincount(pairs.item[~outside], minlength=pairs.n_items).astype(np.int32)
    item = np.arange(pairs.n_items, dtype=np.int32)
    cells = Cells(cell, cell[pairs.by_account], likes, item, pairs.creator_of_item)
    groups = Groups(cells, np.array([*group, -1], np.int32), GROUPS, 2.0)
    creator = pairs.creator_of_item[pairs.item]
    places = defaultdict(list)
    for g, a, v in zip(groups.of_pair.tolist(), pairs.account.tolist(), creator.tolist(), strict=True):
        if g >= 0:
            places[g, a].append(v)
    return Drawn(pairs, groups, creator, places)


@given(drawn_groups())
def test_visitors_are_known_by_the_different_creators_at_which_they_were(drawn: Drawn) -> None:
    seen, passers = _visits(drawn.pairs, drawn.groups)
    creators = {key: set(at) for key, at in drawn.places.items()}
    likes = zip(drawn.groups.of_pair.tolist(), drawn.pairs.account.tolist(), strict=True)
    assert seen.others.tolist() == [len(creators[key]) - 1 if key in creators else 0 for key in likes]
    assert list(zip(seen.group, seen.account, seen.visits, seen.likes, strict=True)) == [
        (*key, len(creators[key]), len(drawn.places[key]))
        for key in sorted(creators)
        if len(creators[key]) > 1
    ]
    is_large = drawn.groups.distinct(drawn.groups.cells.creator) >= PLACES_MIN
    sole = [(*key, *at) for key, at in creators.items() if len(at) == 1 and is_large[key[0]]]
    assert sorted(zip(*passers, strict=True)) == sorted(sole)


@given(drawn_groups(), st.lists(st.booleans(), min_size=GROUPS, max_size=GROUPS))
def test_likes_outside_the_cells_are_counted_by_the_other_creators_of_those_who_gave_them(
    drawn: Drawn, draws: list[bool]
) -> None:
    of_pair, account = drawn.groups.of_pair, drawn.pairs.account
    slots = sorted({(g, v) for g, v in zip(of_pair.tolist(), drawn.creator.tolist(), strict=True) if g >= 0})
    group, creators = (np.array([slot[i] for slot in slots], np.int64) for i in (0, 1))
    every = np.bincount(drawn.creator, minlength=drawn.pairs.n_creators)[creators]
    is_counted = np.array(draws) & (drawn.groups.distinct(drawn.groups.cells.creator) >= PLACES_MIN)
    visits = _visits(drawn.pairs, drawn.groups)
    counted = _quiet_likes(drawn.pairs, drawn.groups, *visits, creators, group, every, is_counted)
    for slot, (g, v) in enumerate(slots):
        quiet = account[(drawn.creator == v) & (of_pair != g)].tolist()
        others = [len(set(drawn.places.get((g, a), [])) - {v}) for a in quiet]
        all_ = [len(set(drawn.places.get((g, a), []))) for a in quiet]
        for level, least in enumerate(LEVELS):
            known = [o > 0 and n >= least for o, n in zip(others, all_, strict=True)]
            assert counted[slot, level] == (sum(known) if is_counted[g] else 0)


LINK = st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 4))


@given(
    st.lists(LINK, max_size=12).map(lambda links: sorted(links * (LINKS_MAX // 4), key=lambda link: link[0]))
)
def test_a_link_is_mutual_that_is_among_the_strongest_of_both_ends(links: list[tuple[int, int, int]]) -> None:
    left, further, strength = (np.array([link[i] for link in links], np.int32) for i in range(3))
    right, surprise = left + further, strength.astype(np.float32)
    ends = [np.flatnonzero((left == cell) | (right == cell)).tolist() for cell in range(8)]
    strongest = [sorted(links, key=lambda k: (-surprise[k], k))[:LINKS_MAX] for links in ends]
    mutual = [k for k in range(left.size) if k in strongest[left[k]] and k in strongest[right[k]]]
    assert _mutual(left, right, surprise, 8).tolist() == mutual


@given(
    st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 1)), min_size=1, max_size=40),
    st.lists(st.sampled_from([0.0, -0.5, -3.0]), min_size=3, max_size=3),
)
def test_running_sums_are_of_regulars_in_cells_of_which_something_is_told(
    likes: list[tuple[int, int]], weights: list[float]
) -> None:
    cell, others = (np.array([like[i] for like in likes], np.int32) for i in (0, 1))
    total, regulars = np.empty(cell.size + 1), np.empty(cell.size + 1, np.int32)
    shared_visitors.sum_of_regulars(cell, others, np.array([*weights, 0.0]), total, regulars)
    value = np.array([*weights, 0.0])[cell] * others
    assert np.array_equal(total, np.concatenate([[0.0], np.cumsum(value)]))
    assert np.array_equal(regulars, np.concatenate([[0], np.cumsum(value < 0.0)]))


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=30),
    st.lists(st.integers(-1, 2), min_size=6, max_size=6),
    st.data(),
)
def test_a_moment_is_explained_by_the_group_of_most_of_its_members(
    account: list[int], member: list[int], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(account) - 1))
    stop = data.draw(st.integers(start + 1, len(account)))
    weights = np.array([-1.0, -2.0, -4.0])
    against, share = np.zeros(1), np.zeros(1)
    shared_visitors.members_in_moments(
        0,
        1,
        np.array([start], np.int32),
        np.array([stop], np.int32),
        np.array(account, np.int32),
        np.array(member, np.int32),
        weights,
        0.3,
        against,
        share,
    )
    here = [member[a] for a in account[start:stop] if member[a] >= 0]
    parts = np.array([here.count(g) for g in range(3)]) / (stop - start)
    if len(here) < 0.3 * (stop - start):
        parts[:] = 0.0
    assert share[0] == parts.max()
    assert against[0] == (weights * parts).min()
