import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interactions.helpers import read, read_with_rejects, write

from zhenzan.errors import InputError
from zhenzan.interactions import json_table, open_log

GOOD = '{"user":"a","item":"b","ts":1700000000}\n'


def test_a_malformed_line_costs_one_record(tmp_path: Path) -> None:
    text = (
        GOOD
        + "\n{nonsense\n[1]\n"
        + GOOD
        + '{"user":{"name":"a"},"item":"b","ts":1}\n{"user":"a"}\n'
        + GOOD.strip()
    )
    rows, rejected = read_with_rejects(write(tmp_path / "log.ndjson", text))
    assert [row["row"] for row in rows] == [0, 3, 6]
    assert [(entry["line"], entry["row"], entry["reason"]) for entry in rejected] == [
        (3, 1, "JSON is malformed"),
        (4, 2, "JSON is not an object"),
        (6, 4, "field 'user' is neither text nor a number"),
        (7, 5, "timestamp is missing"),
    ]
    assert "values" not in rejected[0]


def test_numbers_and_text_may_be_mixed_in_one_field(tmp_path: Path) -> None:
    lines = ['{"user":7,"item":"b","ts":1700000000}', '{"user":"7","item":2,"ts":"2023-11-14T22:13:20Z"}']
    rows = read(write(tmp_path / "log.ndjson", "\n".join(lines)))
    assert [row["account"] for row in rows] == ["7", "7"]
    assert [row["item"] for row in rows] == ["b", "2"]
    assert rows[0]["timestamp"] == rows[1]["timestamp"]


def test_text_that_looks_like_a_time_stays_text(tmp_path: Path) -> None:
    line = '{"user":"2024-01-01","item":"00:00","ts":1700000000}\n'
    assert read(write(tmp_path / "log.ndjson", line))[0]["account"] == "2024-01-01"


def test_gestures_are_read_from_lists(tmp_path: Path) -> None:
    line = GOOD.replace("}", ',"gesture":[{"x":1,"y":2.5,"t":16},{"x":2,"y":2.5,"t":33}]}')
    bad = GOOD.replace("}", ',"gesture":[{"x":1}]}')
    rows, rejected = read_with_rejects(write(tmp_path / "log.ndjson", line + GOOD + bad))
    assert [row["gesture"] for row in rows] == [
        [{"x": 1, "y": 2.5, "t": 16}, {"x": 2, "y": 2.5, "t": 33}],
        None,
    ]
    assert [entry["reason"] for entry in rejected] == ["gesture is not a list of x, y, t"]


def test_a_json_array_is_read_with_record_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "log.json", "[\n" + GOOD + "," + GOOD.replace('"a"', "null") + "]")
    rows, rejected = read_with_rejects(path)
    assert [row["account"] for row in rows] == ["a"]
    assert [(entry["record"], entry["reason"]) for entry in rejected] == [(2, "account is missing")]


@pytest.mark.parametrize(
    "text", ['[{"user": 1},', '[{"user": 1}] x', '{"data": [\n{}]}', "{}\n{}", "{oops\n"]
)
def test_what_is_no_log_is_one_clear_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"log\.json is not") as caught:
        open_log(write(tmp_path / "log.json", text))
    assert "\n" not in str(caught.value)


texts = st.text(min_size=1, max_size=8)
values = st.one_of(
    st.none(), texts, st.integers(-(2**70), 2**70), st.booleans(), st.floats(), st.lists(st.integers())
)
lines = st.one_of(
    st.fixed_dictionaries({"user": values, "item": values, "ts": st.integers(10**9, 4 * 10**9)}).map(
        json.dumps
    ),
    st.sampled_from(
        ["", "{}", "[]", "null", '"x"', "{", '{"user":"a","user":"b","item":1,"ts":1}', "{}{}", " "]
    ),
)


@given(st.lists(lines, max_size=12), st.integers(10, 200))
def test_arrows_parser_and_the_line_by_line_one_agree(
    tmp_path: Path, lines: list[str], block_bytes: int
) -> None:
    path = write(tmp_path / "log.ndjson", "\n".join([GOOD.strip(), *lines]))
    with pytest.MonkeyPatch.context() as patch:
        fast = read_with_rejects(path)
        patch.setattr(json_table, "_parse_block", lambda *_: None)
        assert read_with_rejects(path) == fast
        patch.setattr("zhenzan.interactions.lines.BLOCK_BYTES", block_bytes)
        assert read_with_rejects(path) == fast
    assert len(fast[0]) + len(fast[1]) == sum(not line.isspace() and line != "" for line in lines) + 1
