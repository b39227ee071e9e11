import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.interactions.helpers import read, read_with_rejects, rows_of, write

from zhenzan.interactions import open_log

STAR: dict[str, Any] = {
    "id": "2489651057",
    "type": "WatchEvent",
    "actor": {"id": 6894991, "login": "ann", "url": "https://api.github.com/users/ann"},
    "repo": {
        "id": 2871998,
        "name": "owner/repository",
        "url": "https://api.github.com/repos/owner/repository",
    },
    "payload": {"action": "started"},
    "public": True,
    "created_at": "2015-01-01T15:00:03Z",
}
OLD_STAR: dict[str, Any] = {
    "created_at": "2013-01-01T12:23:20-08:00",
    "payload": {"action": "started"},
    "public": True,
    "type": "WatchEvent",
    "url": "https://github.com/owner/repository",
    "actor": "ann",
    "actor_attributes": {"login": "ann", "type": "User"},
    "repository": {"id": 2871998, "name": "repository", "owner": "owner", "watchers": 3},
}
PUSH = STAR | {"type": "PushEvent", "payload": {"text": '"type":"WatchEvent"'}}


def lines(*events: Any) -> str:
    return "".join((event if isinstance(event, str) else json.dumps(event)) + "\n" for event in events)


def test_a_star_is_a_like(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "2015-01-01-15.json.gz", gzip.compress(lines(STAR).encode())))
    assert log.format == "gharchive"
    assert rows_of(log) == [
        {
            "row": 0,
            "id": "2489651057",
            "timestamp": datetime(2015, 1, 1, 15, 0, 3, tzinfo=UTC),
            "account": "ann",
            "item": "owner/repository",
            "creator": "owner",
        }
    ]


def test_both_layouts_name_the_same_things(tmp_path: Path) -> None:
    oldest = OLD_STAR | {"created_at": "2012/03/10 22:00:00 -0800", "actor": {"login": "ann"}}
    rows = read(write(tmp_path / "log.json", lines(OLD_STAR, STAR, oldest)))
    assert {(row["account"], row["item"], row["creator"]) for row in rows} == {
        ("ann", "owner/repository", "owner")
    }
    assert [row["timestamp"] for row in rows] == [
        datetime(2013, 1, 1, 20, 23, 20, tzinfo=UTC),
        datetime(2015, 1, 1, 15, 0, 3, tzinfo=UTC),
        datetime(2012, 3, 11, 6, 0, tzinfo=UTC),
    ]


def star(who: tuple[int, str], what: tuple[int, str], second: int) -> dict[str, Any]:
    return STAR | {
        "id": str(second),
        "actor": {"id": who[0], "login": who[1]},
        "repo": {"id": what[0], "name": what[1]},
        "created_at": f"2024-05-01T12:00:{second:02d}Z",
    }


def test_a_thing_keeps_its_first_name_over_all_files(tmp_path: Path) -> None:
    write(
        tmp_path / "1.json",
        lines(star((1, "Ann"), (9, "mill/wheel"), 1), star((2, "bo"), (9, "Mill/Wheel"), 2)),
    )
    write(
        tmp_path / "2.json",
        lines(
            star((1, "ann-new"), (9, "mill/cart"), 3),  # both renamed
            star((3, "ann"), (8, "mill/wheel"), 4),  # others have taken their names
        ),
    )
    assert [(row["account"], row["item"], row["creator"]) for row in read(tmp_path)] == [
        ("Ann", "mill/wheel", "mill"),
        ("bo", "mill/wheel", "mill"),
        ("Ann", "mill/wheel", "mill"),
        ("ann#3", "mill/wheel#8", "mill"),
    ]


def test_other_events_are_skipped_and_counted(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.json", lines(PUSH, STAR, PUSH, STAR | {"type": "ForkEvent"})))
    assert [row["row"] for row in rows_of(log)] == [1]
    assert log.summary.skipped_by_reason == {"PushEvent": 2, "ForkEvent": 1}
    assert log.summary.rejected == 0


def test_bad_lines_are_rejected(tmp_path: Path) -> None:
    text = lines(
        STAR, '{"type":"WatchEvent","ac', STAR | {"actor": 5}, STAR | {"repo": {"name": "/"}}, "[]", STAR
    )
    rows, rejected = read_with_rejects(write(tmp_path / "log.json", text))
    assert [row["row"] for row in rows] == [0, 5]
    assert [(entry["line"], entry["reason"]) for entry in rejected] == [
        (2, "JSON is malformed"),
        (3, "JSON is not an event of GitHub"),
        (4, "item is missing"),
        (5, "JSON is not an event of GitHub"),
    ]


def test_events_without_line_ends_are_taken_apart(tmp_path: Path) -> None:
    text = lines(STAR, json.dumps(OLD_STAR) + json.dumps(PUSH) + json.dumps(OLD_STAR))
    log = open_log(write(tmp_path / "log.json", text))
    assert [row["row"] for row in rows_of(log)] == [0, 1, 3]
    assert log.summary.skipped == 1


def test_a_file_without_stars_is_no_error(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.json", lines(PUSH)))
    assert rows_of(log) == []
    assert log.summary.rows_read == log.summary.skipped == 1
