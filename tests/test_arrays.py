"""What records of arrays assert of themselves: each predicate against its definition, and every record."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.testing.pairs import PairLog, pairs_of

from zhenzan import arrays

SOURCE = Path(__file__).parents[1] / "src" / "zhenzan"
NUMBERS = st.lists(st.integers(-3, 6), max_size=8)
MEASURES = st.lists(st.floats(-0.5, 1.5) | st.just(float("nan")), max_size=6)
ARRAYS = ("ndarray", "NDArray", "Floats", "Bins")
WITHOUT = {
    "Fold",
    "Model",
    "JointTable",
    "LearnedEvidence",
    "Labels",
    "Family",
    "RuleEvidence",
    "Run",
}  # arrays of no one size


@given(NUMBERS)
def test_order_ranges_and_runs_are_what_they_are_called(values: list[int]) -> None:
    array = np.array(values, np.int64)
    assert arrays.is_ascending(array) == (values == sorted(values))
    assert arrays.is_rising(array) == (values == sorted(set(values)))
    assert arrays.is_within(array, 0, 4) == all(0 <= value < 4 for value in values)
    assert arrays.is_permutation(array, len(values)) == (sorted(values) == list(range(len(values))))
    offset = np.array([0, *values])
    assert arrays.are_offsets(offset, 5) == (offset[-1] == 5 and sorted(offset) == list(offset))


@given(MEASURES)
def test_chances_are_no_nan_and_no_more_than_one(values: list[float]) -> None:
    assert arrays.are_chances(np.array(values)) == all(0.0 <= value <= 1.0 for value in values)


def is_of_arrays(node: ast.ClassDef) -> bool:
    kinds = [ast.unparse(field.annotation) for field in node.body if isinstance(field, ast.AnnAssign)]
    is_dataclass = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    return is_dataclass and any(word in kind and "Callable" not in kind for kind in kinds for word in ARRAYS)


@pytest.mark.parametrize("room", ["verify", "screen"])
def test_every_record_of_arrays_says_what_holds_of_them(room: str) -> None:
    silent = {
        node.name
        for path in (SOURCE / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and is_of_arrays(node)
        if "__post_init__" not in {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    }
    assert silent <= WITHOUT


def test_pairs_that_are_none_are_refused() -> None:
    pairs, _ = pairs_of(PairLog([0, 1, 1], [0, 0, 1], [5, 7, 9], {0: 0, 1: 0}, {}))
    for broken in (
        {"item": pairs.item[::-1].copy()},
        {"account": pairs.account + np.int32(1)},
        {"time": pairs.time[:-1]},
        {"by_account": np.zeros_like(pairs.by_account)},
        {"item_offset": pairs.item_offset + 1},
    ):
        with pytest.raises(AssertionError):
            replace(pairs, **broken)
