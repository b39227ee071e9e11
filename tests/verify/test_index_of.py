"""Where names stand among others: each at its first place, or nowhere."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.verify.encoding.index_of import index_of

NAMES = st.integers(-99, 99) | st.sampled_from(["", "x", "-", "007", "٣", "9" * 30])


@settings(max_examples=40)
@given(st.lists(NAMES, max_size=12))
def test_names_are_found_among_numbers_and_words(names: list[int | str]) -> None:
    expected = [str(name) for name in dict.fromkeys(map(str, names))]
    numbers = pa.array([-5, 0, 3, 7, 42], pa.int64())
    words = pa.array(["-5", "0", "3", "7", "42", "x", ""])
    for ids in (numbers, words):
        named = ids.cast(pa.string()).to_pylist()
        places = index_of(pa.array(expected, pa.string()), ids.cast(pa.string()))
        for name, index in zip(expected, places.tolist(), strict=True):
            assert index == (named.index(name) if name in named else -1)


@settings(max_examples=100)
@given(st.lists(st.sampled_from("abcde")), st.lists(st.sampled_from("bcdefg") | st.none()))
def test_either_side_may_repeat_itself(sought: list[str], known: list[str | None]) -> None:
    places = index_of(pa.array(sought, pa.string()), pa.array(known, pa.string()))
    assert places.tolist() == [known.index(name) if name in known else -1 for name in sought]
