"""Ids to dense numbers, batch after batch, against numpy's and Python's own sorting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.logs import STRANGE_IDS

from zhenzan.verify.encoding.ids import IntegerIds, ids_of, owners_of, ranks, relabel

modest = settings(max_examples=40, derandomize=True)
whole = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9)
words = st.text(max_size=20) | st.sampled_from(STRANGE_IDS)


def ranked(batches: list[list[Any]], kind: pa.DataType) -> tuple[list[int], list[Any]]:
    """Code of each value and the sorted ids."""
    ids = ids_of(kind)
    codes = np.concatenate([ids.add(pa.array(batch, kind)) for batch in batches])
    rank, array = ranks(ids)
    relabel(codes, rank)
    assert array.type == kind
    return codes.tolist(), array.to_pylist()


def check_ranks(batches: list[list[Any]], kind: pa.DataType, key: Any = None) -> None:
    codes, ids = ranked(batches, kind)
    values = [value for batch in batches for value in batch]
    assert ids == sorted(set(values), key=key)
    assert [ids[code] for code in codes] == values


@modest
@given(st.lists(st.lists(whole, max_size=30), min_size=1, max_size=4).filter(any))
def test_whole_numbers_are_ranked(batches: list[list[int]]) -> None:
    check_ranks(batches, pa.int64())


@modest
@given(st.lists(st.lists(words, max_size=30), min_size=1, max_size=4).filter(any))
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_texts_are_ranked_by_their_bytes(kind: pa.DataType, batches: list[list[str]]) -> None:
    check_ranks(batches, kind, key=str.encode)


def test_many_ids_outgrow_their_first_tables() -> None:
    random = np.random.default_rng(0)
    numbers = (random.permutation(200_000) * 2**40).tolist()
    check_ranks([numbers[:90_000], numbers[50_000:]], pa.int64())
    texts = [f"{'长' * (n % 50)}{n}" for n in random.permutation(100_000)]
    check_ranks([texts[:60_000], texts[30_000:]], pa.string(), key=str.encode)


def test_a_slice_of_a_column_is_read_from_its_own_start() -> None:
    column = pa.array(["a", "b", "c", "d"]).slice(1, 2)
    ids = ids_of(pa.string())
    ids.add(column)
    assert ids.array().to_pylist() == ["b", "c"]
    numbers = IntegerIds(pa.int64())
    numbers.add(pa.array([1, 2, 3, 4]).slice(1, 2))
    assert numbers.array().to_pylist() == [2, 3]


@modest
@given(st.data(), st.sampled_from([pa.int64(), pa.string()]))
def test_an_item_s_owner_is_the_smallest_creator_named(data: st.DataObject, kind: pa.DataType) -> None:
    creator = st.none() | (st.integers(-5, 5) if kind == pa.int64() else words)
    row = st.tuples(st.integers(0, 5), creator)
    batches = data.draw(st.lists(st.lists(row, min_size=1, max_size=15), min_size=1, max_size=3))
    owners = owners_of(kind)
    for batch in batches:
        item = np.array([i for i, _ in batch], np.int32)
        owners.add(item, 6, pa.array([c for _, c in batch], kind))
    owner, ids = owners.owners(6)
    names = ids.to_pylist()
    key = str.encode if kind == pa.string() else None
    assert names == sorted(names, key=key)
    for item in range(6):
        claims = [c for batch in batches for i, c in batch if i == item and c is not None]
        assert (None if owner[item] < 0 else names[owner[item]]) == (min(claims, key=key) if claims else None)
