"""The kernels that put likes in order, against numpy's own sorts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.verify.encoding.counting_sort import group_rows
from zhenzan.verify.kernels import like_order

modest = settings(max_examples=40, derandomize=True)
small = st.integers(0, 9)


@modest
@given(st.lists(small, max_size=60))
def test_grouped_is_a_stable_sort(groups: list[int]) -> None:
    codes = np.array(groups, np.int32)
    offset, order = group_rows(codes, 10)
    np.testing.assert_array_equal(np.diff(offset), np.bincount(codes, minlength=10))
    np.testing.assert_array_equal(order, np.argsort(codes, kind="stable"))


def test_grouping_on_several_threads_is_the_same() -> None:
    codes = np.random.default_rng(0).integers(0, 1000, 300_000).astype(np.int32)
    _, order = group_rows(codes, 1000)
    np.testing.assert_array_equal(order, np.argsort(codes, kind="stable"))


@modest
@given(st.lists(st.tuples(small, small), min_size=1, max_size=200), st.booleans())
def test_each_group_is_ordered_by_time_and_ties_stay_as_they_lie(
    rows: list[tuple[int, int]], sorted_already: bool
) -> None:
    rows = sorted(rows, key=lambda row: row[1]) if sorted_already else rows
    group, time = (np.array(column) for column in zip(*rows, strict=True))
    offset, order = group_rows(group.astype(np.int32), 10)
    like_order.sort_groups(0, 10, offset, order, time)
    np.testing.assert_array_equal(order, np.lexsort((np.arange(len(rows)), time, group)))


def test_a_group_of_thousands_is_ordered() -> None:
    time = np.random.default_rng(0).integers(0, 500, 5_000)
    order = np.arange(time.size, dtype=np.int32)
    like_order.sort_groups(0, 1, np.array([0, time.size]), order, time)
    np.testing.assert_array_equal(order, np.argsort(time, kind="stable"))


@modest
@given(st.lists(st.text(max_size=4), min_size=1, max_size=40))
def test_equal_texts_have_equal_hashes_and_different_ones_do_not(texts: list[str]) -> None:
    parts = [text.encode() for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    data = np.frombuffer(b"".join(parts) or b"\0", np.uint8)
    hashes = np.empty(len(texts), np.uint64)
    like_order.string_hashes(offsets, data, hashes)
    assert len(set(hashes.tolist())) == len(set(texts))
    assert dict(zip(texts, hashes.tolist(), strict=True)) == dict(
        reversed(list(zip(texts, hashes.tolist(), strict=True)))
    )
