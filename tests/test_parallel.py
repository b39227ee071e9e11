"""Kernels run in parts: the parts cover every group once, and change nothing of what is encoded."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.logs import DAY, TIMESTAMP, Event, standing_by_hand

import zhenzan
from zhenzan import parallel
from zhenzan.interactions import KINDS
from zhenzan.verify.encoding.encode import COUNT_STATUSES, Encoded, encode


@pytest.fixture
def tiny_parts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Four threads that are handed parts of three elements."""
    monkeypatch.setattr(parallel, "THREADS", 4)
    monkeypatch.setattr(parallel, "PART_SIZE_MIN", 3)
    return parallel


@settings(max_examples=60, derandomize=True)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.data())
def test_parts_cover_every_group_once_in_order(sizes: list[int], data: st.DataObject) -> None:
    offset = np.concatenate([[0], np.cumsum(sizes)])
    first = data.draw(st.integers(0, len(sizes) - 1))
    last = data.draw(st.integers(first + 1, len(sizes)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "THREADS", 4)
        patch.setattr(parallel, "PART_SIZE_MIN", 3)
        edges = parallel.cuts(offset, first, last)
    assert edges[0] == first
    assert edges[-1] == last
    assert all(a < b for a, b in pairwise(edges))


def test_every_group_is_handed_to_the_kernel_once(tiny_parts: ModuleType) -> None:
    offset = np.arange(0, 1001, 10)
    seen = np.zeros(100, int)

    def kernel(first: int, last: int) -> None:
        seen[first:last] += 1

    tiny_parts.over_groups(kernel, offset)
    tiny_parts.over_rows(kernel, 100)
    with tiny_parts.Threads(3) as threads:
        threads.over_rows(kernel, 100, least=7)
    assert set(seen) == {3}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_parts_return_comes_in_their_order(tiny_parts: ModuleType, count: int) -> None:
    def kernel(first: int, last: int) -> range:
        return range(first, last)

    with tiny_parts.Threads(count) as threads:
        own = threads.over_rows(kernel, 50, least=2)
    for results in (own, tiny_parts.over_rows(kernel, 50), tiny_parts.over_groups(kernel, np.arange(51) * 2)):
        assert [i for part in results for i in part] == list(range(50))
    assert (len(own) > 1) == (count > 1)


def test_no_groups_are_handed_out_once(tiny_parts: ModuleType) -> None:
    assert tiny_parts.over_groups(lambda first, last: (first, last), np.zeros(1, int)) == [(0, 0)]


def test_an_error_in_a_part_is_raised(tiny_parts: ModuleType) -> None:
    def kernel(first: int, last: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tiny_parts.over_groups(kernel, np.arange(0, 100, 10))


def large_log(rows: int) -> tuple[pa.Table, list[Event]]:
    """Likes, unlikes and redelivered rows of few accounts and items, so that histories are long."""
    random = np.random.default_rng(2)
    account, item = random.integers(0, rows // 40, rows), random.integers(0, 50, rows)
    time, kind = random.integers(0, 20, rows) * DAY, random.choice(["like", "like", "unlike"], rows)
    key = [f"k{n}" if n < rows // 2 else None for n in random.integers(0, rows, rows)]
    columns = {"account": account, "item": item, "timestamp": pa.array(time).view(TIMESTAMP), "kind": kind}
    events = [
        Event(*e)
        for e in zip(account.tolist(), item.tolist(), time.tolist(), kind.tolist(), key, strict=True)
    ]
    return pa.table({**columns, "id": key}), events


def same(one: Encoded, two: Encoded) -> None:
    for name in ("account", "item", "time", "creator_of_item", "item_offset", "by_account", "account_offset"):
        np.testing.assert_array_equal(getattr(one.pairs, name), getattr(two.pairs, name), err_msg=name)
    for name in ("pair", "count_status"):
        np.testing.assert_array_equal(getattr(one.rows, name), getattr(two.rows, name), err_msg=name)


def test_a_larger_log_in_parts_is_counted_as_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    table, events = large_log(20_000)
    whole = encode(zhenzan.open_log(table).batches())
    monkeypatch.setattr(parallel, "THREADS", 4)
    monkeypatch.setattr(parallel, "PART_SIZE_MIN", 100)
    in_parts = encode(zhenzan.open_log(table).batches())
    same(whole, in_parts)
    by_hand = [s for s in standing_by_hand(events) if s is not None]
    assert [COUNT_STATUSES[s] for s in in_parts.rows.count_status] == by_hand
    assert in_parts.kinds == {
        name: sum(e.kind == name for e in events) for name in KINDS if name.endswith("like")
    }


def test_how_a_log_is_cut_into_batches_does_not_matter() -> None:
    table, _ = large_log(5_000)
    whole = encode(zhenzan.open_log(table).batches())
    (batch,) = table.combine_chunks().to_batches()
    pieces = pa.Table.from_batches([batch.slice(k, 7) for k in range(0, batch.num_rows, 7)])
    same(whole, encode(zhenzan.open_log(pieces).batches()))
