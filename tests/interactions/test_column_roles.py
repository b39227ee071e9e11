"""Values decide which column plays which part, whatever columns are called and however they are ordered."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interactions.helpers import rows_of

from zhenzan.interactions import open_log

quick = settings(max_examples=25)
BIRTHS = ("created_at", "create_time", "ctime", "创建时间", "date")
LIKES = ("starred_at", "liked_at", "star_time", "点赞时间", "timestamp", "time")
IDS = ("id", "record_id", "request_id", "编号", "uuid")


def written(folder: Path, columns: dict[str, list[Any]], order: list[str]) -> Path:
    path = folder / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(order)
        writer.writerows(zip(*(columns[name] for name in order), strict=True))
    return path


def read_as(source: object) -> dict[str, str]:
    (way,) = open_log(source).reading["columns"]
    return way


def stars() -> dict[str, list[Any]]:
    """Six stars by three accounts of four things."""
    return {
        "login": ["a", "b", "c", "a", "b", "c"],
        "repo": ["x", "x", "x", "y", "y", "z"],
    }


@given(st.sampled_from(LIKES), st.sampled_from(BIRTHS), st.booleans(), st.randoms())
@quick
def test_the_time_of_the_like_is_taken_and_not_a_birth(
    tmp_path: Path, like: str, birth: str, of_account: bool, random: Any
) -> None:
    key = stars()["login" if of_account else "repo"]
    columns = {
        **stars(),
        like: [f"2024-05-0{day}T12:00:00Z" for day in (1, 2, 3, 4, 5, 6)],
        birth: [f"2019-04-{10 + ord(name) % 10}T12:00:00Z" for name in key],
    }
    order = list(columns)
    random.shuffle(order)
    path = written(tmp_path, columns, order)
    assert read_as(path)["timestamp"] == like
    assert read_as(pl.DataFrame(columns).select(order))["timestamp"] == like
    assert any(birth in remark for remark in open_log(path).reading["remarks"]), "what is left over is told"


@given(st.sampled_from(IDS), st.sampled_from(["account", "item", "both"]), st.randoms())
@quick
def test_an_id_that_several_likes_bear_is_no_id(tmp_path: Path, name: str, of: str, random: Any) -> None:
    by = {"account": "aabbcc", "item": "xxxyyz", "both": "112211"}[of]
    columns = {
        "login": list("aabbcc"),
        "repo": ["x", "y", "x", "y", "x", "z"],
        "starred_at": [f"2024-05-01T12:00:0{i}Z" for i in range(6)],
        name: list(by),
    }
    order = list(columns)
    random.shuffle(order)
    log = open_log(written(tmp_path, columns, order))
    assert "id" not in log.reading["columns"][0]
    assert sum(batch.num_rows for batch in log.batches()) == 6


@given(st.sampled_from(IDS), st.randoms())
@quick
def test_an_id_of_the_like_is_used_also_where_rows_are_sent_again(
    tmp_path: Path, name: str, random: Any
) -> None:
    columns = {key: values + values[:1] for key, values in stars().items()}
    columns |= {"starred_at": [f"2024-05-01T12:00:0{i % 6}Z" for i in range(7)], name: [*"123456", "1"]}
    order = list(columns)
    random.shuffle(order)
    assert read_as(written(tmp_path, columns, order))["id"] == name


@pytest.mark.parametrize(("once", "again"), [("content_id", "object_id"), ("post_id", "target_id")])
def test_an_item_recurs(tmp_path: Path, once: str, again: str) -> None:
    columns = {
        "user": list("abcabc"),
        once: list("123456"),
        again: list("xxxyyy"),
        "time": [f"2024-05-01T12:00:0{i}Z" for i in range(6)],
    }
    assert read_as(written(tmp_path, columns, list(columns)))["item"] == again


def test_what_the_user_names_stands(tmp_path: Path) -> None:
    columns = {
        **stars(),
        "id": list("aabbcc"),
        "created_at": ["2019-04-01"] * 6,
        "starred_at": ["2024-05-01"] * 6,
    }
    mapping = {"timestamp": "created_at", "id": "id"}
    (way,) = open_log(written(tmp_path, columns, list(columns)), mapping=mapping).reading["columns"]
    assert (way["timestamp"], way["id"]) == ("created_at", "id")


def test_words_for_nothing_are_nothing_everywhere(tmp_path: Path) -> None:
    words = ["None", "N/A", "undefined", "nan", "NULL", "na"]
    columns = {**stars(), "time": ["2024-05-01"] * 6, "creator": words}
    rows = rows_of(open_log(written(tmp_path, columns, list(columns))))
    assert {row["creator"] for row in rows} == {None}
    columns["login"] = words
    log = open_log(written(tmp_path, columns, list(columns)))
    assert sum(batch.num_rows for batch in log.batches()) == 0
    assert log.summary.by_reason == {"account is missing": 6}


def test_numbers_that_a_spreadsheet_cut_are_refused_and_floats_of_whole_numbers_are_whole(
    tmp_path: Path,
) -> None:
    columns = {**stars(), "time": ["2024-05-01"] * 6}
    columns["repo"] = ["7.30012E+18", "7.3E+18", "7,3E+18", "1001", "1002", "1003"]
    log = open_log(written(tmp_path, columns, list(columns)))
    assert sum(batch.num_rows for batch in log.batches()) == 3
    columns["repo"] = ["1001.0", "1001", "1002.00", "1002", "1003.0", "1003"]
    rows = rows_of(open_log(written(tmp_path, columns, list(columns))))
    assert sorted({row["item"] for row in rows}) == ["1001", "1002", "1003"]
