"""Encoding: which likes count, against a count by hand; pairs in one order; ids that come back unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import means_itself
from tests.testing.logs import (
    DAY,
    SECOND,
    STRANGE_IDS,
    YEAR_2100,
    Event,
    SmallLog,
    claimed_by_hand,
    events_of,
    small_logs,
    standing_by_hand,
)

from zhenzan.errors import InputError
from zhenzan.verify.encoding.encode import COUNT_STATUSES, COUNTED, Encoded, encode

modest = settings(max_examples=60, derandomize=True)


def encoded(log: SmallLog) -> Encoded:
    return encode(log.batches())


def rows_of(log: SmallLog, result: Encoded) -> list[tuple[Any, Any, int]]:
    """Account, item and time of each like row, as the encoding remembers them."""
    pairs, rows = result.pairs, result.rows
    accounts, items = result.account_ids.to_pylist(), result.item_ids.to_pylist()
    time = pairs.time[rows.pair] if rows.time is None else rows.time
    return [
        (accounts[pairs.account[pair]], items[pairs.item[pair]], int(t))
        for pair, t in zip(rows.pair, time, strict=True)
    ]


def plain(*rows: tuple[Any, ...], ids: bool = False) -> SmallLog:
    return SmallLog([Event(*row) for row in rows], with_ids=ids)


@modest
@given(events_of(ids=True), st.booleans())
def test_standing_is_what_a_count_by_hand_gives(events: list[Event], with_ids: bool) -> None:
    if not with_ids:
        events = [Event(e.account, e.item, e.time, e.kind) for e in events]
    log = SmallLog(events, with_ids=with_ids)
    standings = [COUNT_STATUSES[s] for s in encoded(log).rows.count_status]
    assert standings == [s for s in standing_by_hand(events) if s is not None]


@pytest.mark.parametrize(
    ("story", "standing"),
    [
        (["like"], ["counted"]),
        (["like", "like", "like"], ["counted", "repeated", "repeated"]),
        (["like", "unlike"], ["cancelled"]),
        (["like", "unlike", "like"], ["cancelled", "counted"]),
        (["like", "unlike", "like", "unlike"], ["cancelled", "cancelled"]),
        (["like", "like", "unlike"], ["cancelled", "repeated"]),
        (["like", "like", "unlike", "like"], ["cancelled", "repeated", "counted"]),
        (["unlike", "like"], ["counted"]),
        (["unlike", "unlike", "like", "unlike", "unlike"], ["cancelled"]),
    ],
)
def test_the_standing_of_one_history(story: list[str], standing: list[str]) -> None:
    log = plain(*((1, 2, second * SECOND, kind) for second, kind in enumerate(story)))
    assert [COUNT_STATUSES[s] for s in encoded(log).rows.count_status] == standing


def test_at_one_instant_an_unlike_comes_after_the_like() -> None:
    assert [COUNT_STATUSES[s] for s in encoded(plain((1, 2, 5, "unlike"), (1, 2, 5))).rows.count_status] == [
        "cancelled"
    ]


def test_one_account_s_unlike_does_not_touch_another_s_like() -> None:
    log = plain((1, 7, 1), (2, 7, 2), (1, 7, 3, "unlike"), (2, 8, 4), (2, 8, 5, "unlike"))
    assert [COUNT_STATUSES[s] for s in encoded(log).rows.count_status] == [
        "cancelled",
        "counted",
        "cancelled",
    ]


def test_a_redelivered_like_counts_once_even_after_an_unlike() -> None:
    log = plain((1, 7, 1, "like", "x"), (1, 7, 2, "unlike", "y"), (1, 7, 3, "like", "x"), ids=True)
    assert [COUNT_STATUSES[s] for s in encoded(log).rows.count_status] == ["cancelled", "repeated"]


def test_a_like_may_share_its_id_with_the_unlike_that_takes_it_back() -> None:
    log = plain((1, 7, 1, "like", "x"), (1, 7, 2, "unlike", "x"), ids=True)
    assert [COUNT_STATUSES[s] for s in encoded(log).rows.count_status] == ["cancelled"]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_an_id_at_another_account_or_item_is_another_like(order: list[int]) -> None:
    log = plain((9, 7, 1, "like", "x"), (1, 3, 2, "like", "x"), ids=True).permuted(order)
    result = encoded(log)
    assert rows_of(log, result) == [(e.account, e.item, e.time) for e in log.events]
    assert set(result.rows.count_status) == {COUNTED}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_a_like_that_is_sent_again_after_it_was_taken_back_stays_so(order: list[int]) -> None:
    log = plain((9, 7, 1, "like", "x"), (9, 7, 2, "unlike", "y"), (9, 7, 3, "like", "x"), ids=True)
    standing = [COUNT_STATUSES[s] for s in encoded(log.permuted(order)).rows.count_status]
    assert standing == (["cancelled", "repeated"] if order[0] == 0 else ["repeated", "cancelled"])


def test_missing_ids_are_all_new() -> None:
    log = plain((1, 7, 1, "like", None), (2, 7, 2, "like", None), (3, 7, 3, "like", ""), ids=True)
    assert set(encoded(log).rows.count_status) == {COUNTED}


@modest
@given(small_logs())
def test_every_like_keeps_its_account_item_and_time_in_input_order(log: SmallLog) -> None:
    result = encoded(log)
    assert rows_of(log, result) == [
        (log.events[i].account, log.events[i].item, log.events[i].time) for i in log.likes
    ]
    numbers = np.arange(result.rows.n) if result.rows.row is None else result.rows.row
    assert numbers.tolist() == log.likes


@modest
@given(small_logs())
def test_pairs_are_the_distinct_likes_in_one_order(log: SmallLog) -> None:
    result = encoded(log)
    pairs = result.pairs
    accounts, items = result.account_ids.to_pylist(), result.item_ids.to_pylist()
    assert accounts == sorted(accounts)
    assert items == sorted(items)
    first: dict[tuple[Any, Any], int] = {}
    for event in (log.events[i] for i in log.likes):
        key = (event.item, event.account)
        first[key] = min(first.get(key, event.time), event.time)
    expected = sorted((item, time, account) for (item, account), time in first.items())
    assert [
        (items[i], int(t), accounts[a]) for i, t, a in zip(pairs.item, pairs.time, pairs.account, strict=True)
    ] == expected
    assert set(accounts) == {a for _, a in first}
    assert set(items) == {i for i, _ in first}
    for i in range(pairs.n_items):
        assert set(pairs.item[pairs.item_offset[i] : pairs.item_offset[i + 1]]) == {i}
    assert sorted(pairs.by_account) == list(range(pairs.n))
    for a in range(pairs.n_accounts):
        mine = pairs.by_account[pairs.account_offset[a] : pairs.account_offset[a + 1]]
        assert set(pairs.account[mine]) == {a}
        assert np.all(np.diff(pairs.time[mine]) >= 0)


@modest
@given(small_logs())
def test_an_item_belongs_to_the_smallest_creator_its_rows_name_or_to_itself(log: SmallLog) -> None:
    result = encoded(log)
    named = log.columns.get("creator", [None] * len(log.events))
    owners = result.creator_ids.to_pylist()
    for code, item in enumerate(result.item_ids.to_pylist()):
        claims = [c for e, c in zip(log.events, named, strict=True) if e.item == item and c is not None]
        assert owners[result.pairs.creator_of_item[code]] == (min(claims) if claims else item)
    assert result.pairs.n_creators == len(owners)
    assert set(result.pairs.creator_of_item) == set(range(len(owners)))


@modest
@given(small_logs(unlikes=False))
def test_context_stays_with_the_like_that_made_the_pair(log: SmallLog) -> None:
    result = encoded(log)
    pairs, watched = result.pairs, log.columns.get("watched")
    if watched is None:
        assert pairs.watched is None
        return
    accounts, items = result.account_ids.to_pylist(), result.item_ids.to_pylist()
    values = pairs.watched
    assert values is not None
    for p in range(pairs.n):
        key = (accounts[pairs.account[p]], items[pairs.item[p]], int(pairs.time[p]))
        at = {
            -1 if w is None else w
            for e, w in zip(log.events, watched, strict=True)
            if (e.account, e.item, e.time) == key
        }
        assert values[p] in at


@modest
@given(small_logs(), st.data())
def test_neither_context_nor_creators_hang_on_the_order_of_rows(log: SmallLog, data: st.DataObject) -> None:
    log = SmallLog(log.events, log.columns)
    one = encoded(log)
    two = encoded(log.permuted(data.draw(st.permutations(range(len(log.events))))))
    assert one.pairs.context.keys() == two.pairs.context.keys()
    for name, column in one.pairs.context.items():
        assert column.equals(two.pairs.context[name]), name
    for name in ("account", "item", "time", "creator_of_item", "item_offset", "by_account", "account_offset"):
        np.testing.assert_array_equal(getattr(one.pairs, name), getattr(two.pairs, name), err_msg=name)
    assert one.creator_ids.equals(two.creator_ids)


def test_of_two_likes_at_one_instant_neither_order_decides_what_was_watched() -> None:
    log = SmallLog([Event(1, 2, 5), Event(1, 2, 5)], {"watched": [100, None], "ip": ["a", "b"]})
    one, two = encoded(log).pairs, encoded(log.permuted([1, 0])).pairs
    assert one.context["watched"].equals(two.context["watched"])
    assert one.context["ip"].equals(two.context["ip"])


@modest
@given(st.lists(st.text(max_size=6) | st.sampled_from(STRANGE_IDS), min_size=1, max_size=20), st.data())
@example(list(STRANGE_IDS), None)
def test_odd_unicode_ids_come_back_as_they_went_in(names: list[str], data: st.DataObject | None) -> None:
    names = [n for n in names if n and means_itself(n)] or ["x"]
    log = SmallLog([Event(name, names[-1 - i], i) for i, name in enumerate(names)])
    assert rows_of(log, encoded(log)) == [(e.account, e.item, e.time) for e in log.events]


@pytest.mark.parametrize(
    "ids",
    [
        [0, 1, 2, 2],
        [-(2**63), 2**63 - 1, 0, -1],
        [10**18 + k for k in (5, 3, 3, 1)],
        [int(x) for x in np.random.default_rng(1).integers(-(2**62), 2**62, 3000)],
    ],
)
def test_integer_ids_of_any_range_are_ranked(ids: list[int]) -> None:
    log = SmallLog([Event(a, ids[0], t) for t, a in enumerate(ids)])
    result = encoded(log)
    assert result.account_ids.to_pylist() == sorted(set(ids))
    assert [account for account, _, _ in rows_of(log, result)] == ids


@pytest.mark.parametrize("time", [0, 1, DAY - 1, 2**51, YEAR_2100 - 1])
def test_times_come_back_to_the_microsecond(time: int) -> None:
    log = plain((1, 2, time), (2, 2, time + 1))
    assert [t for _, _, t in rows_of(log, encoded(log))] == [time, time + 1]


def test_a_log_of_unlikes_alone_is_refused_with_what_it_holds() -> None:
    with pytest.raises(InputError, match=r"no likes.*'unlike': 2"):
        encoded(plain((1, 2, 3, "unlike"), (1, 3, 3, "unlike")))


def test_what_only_unlikes_name_is_not_in_the_result() -> None:
    log = SmallLog(
        [Event(5, 50, 1), Event(4, 50, 2, "unlike"), Event(5, 40, 3, "unlike"), Event(6, 60, 4, "unlike")],
        {"creator": [500, 500, 400, 600]},
    )
    result = encoded(log)
    assert result.account_ids.to_pylist() == [5]
    assert result.item_ids.to_pylist() == [50]
    assert result.creator_ids.to_pylist() == [500]
    assert result.kinds == {"like": 1, "unlike": 3}


@modest
@given(events_of(ids=True))
def test_claimed_by_hand_agrees_with_itself(events: list[Event]) -> None:
    """The oracle against its own definition: at most one like of an account counts for an item."""
    claimed = claimed_by_hand(events)
    people = {item: {e.account for e in events if e.item == item and e.kind == "like"} for item in claimed}
    assert all(0 <= claimed[item] <= len(people[item]) for item in claimed)
