"""Which values occur, and how many in each group, against sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.verify.encoding.unique import unique, unique_in

GROUPS = 5
PAIRS = st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(0, 2**31 - 1) | st.integers(0, 3)))


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3)))
def test_each_value_once_ascending(values: list[int]) -> None:
    assert unique(np.array(values, np.int64)).tolist() == sorted(set(values))


def test_of_any_shape() -> None:
    assert unique(np.array([[3, 1], [1, 2]], np.int32)).tolist() == [1, 2, 3]


@given(PAIRS)
def test_values_are_counted_once_a_group(pairs: list[tuple[int, int]]) -> None:
    group, value = (np.array([pair[i] for pair in pairs], np.int32) for i in (0, 1))
    counted = unique_in(group, value, GROUPS)
    assert counted.tolist() == [len({v for g, v in pairs if g == group}) for group in range(GROUPS)]
