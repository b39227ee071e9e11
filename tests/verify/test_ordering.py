"""The kernels that put likes in order, against numpy's own sorts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.verify.kernels import ordering

modest = settings(max_examples=40, deadline=None, derandomize=True)
small = st.integers(0, 9)
whole = st.integers(-(2**63), 2**63 - 1)


@modest
@given(st.lists(whole | small, min_size=1, max_size=60))
def test_hash_codes_number_distinct_ids(values: list[int]) -> None:
    codes = np.empty(len(values), np.int32)
    uniques = ordering.hash_codes(np.array(values, np.int64), codes)
    assert uniques[codes].tolist() == values
    assert sorted(uniques.tolist()) == sorted(set(values))


def test_hash_codes_grow_beyond_their_first_table() -> None:
    values = np.random.default_rng(0).permutation(100_000).astype(np.int64) * 2**40
    codes = np.empty(values.size, np.int32)
    uniques = ordering.hash_codes(values, codes)
    assert uniques.size == values.size
    np.testing.assert_array_equal(uniques[codes], values)


@modest
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60), st.sampled_from([0, 10**12, -(10**12)]))
def test_presence_ranks_are_ranks(values: list[int], base: int) -> None:
    ids = np.array(values, np.int64) + base
    codes = np.empty(ids.size, np.int32)
    uniques = ordering.presence_ranks(ids, int(ids.min()), int(np.ptp(ids)) + 1, codes)
    expected, ranks = np.unique(ids, return_inverse=True)
    np.testing.assert_array_equal(uniques, expected)
    np.testing.assert_array_equal(codes, ranks)


@modest
@given(st.lists(small, max_size=60))
def test_grouped_is_a_stable_sort(groups: list[int]) -> None:
    codes = np.array(groups, np.int32)
    offset = ordering.offsets_of(codes, 10)
    np.testing.assert_array_equal(np.diff(offset), np.bincount(codes, minlength=10))
    np.testing.assert_array_equal(ordering.grouped(codes, offset), np.argsort(codes, kind="stable"))


@modest
@given(st.lists(st.tuples(small, small, small, st.integers(0, 3)), min_size=1, max_size=60))
def test_rows_are_ordered_by_item_time_account_kind_and_row(rows: list[tuple[int, int, int, int]]) -> None:
    item, time, account, kind = (np.array(column) for column in zip(*rows, strict=True))
    offset = ordering.offsets_of(item.astype(np.int32), 10)
    order = ordering.grouped(item.astype(np.int32), offset)
    ordering.sort_within(order, offset, time, account.astype(np.int32), kind.astype(np.int8))
    np.testing.assert_array_equal(order, np.lexsort((np.arange(len(rows)), kind, account, time, item)))


@modest
@given(st.lists(st.text(max_size=4), min_size=1, max_size=40))
def test_equal_texts_have_equal_hashes_and_different_ones_do_not(texts: list[str]) -> None:
    parts = [text.encode() for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    data = np.frombuffer(b"".join(parts) or b"\0", np.uint8)
    hashes = np.empty(len(texts), np.uint64)
    ordering.string_hashes(offsets, data, hashes)
    assert len(set(hashes.tolist())) == len(set(texts))
    assert dict(zip(texts, hashes.tolist(), strict=True)) == dict(
        reversed(list(zip(texts, hashes.tolist(), strict=True)))
    )
