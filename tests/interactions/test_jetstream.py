import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.interactions.helpers import read, read_with_rejects, rows_of, write

from zhenzan.interactions import open_log, retractions

POST = "at://did:plc:creator/app.bsky.feed.post/p1"
TIME = datetime(2024, 11, 21, 16, 25, 49, 644, tzinfo=UTC)


def commit(
    operation: str, key: str, microseconds: int = 0, collection: str = "app.bsky.feed.like"
) -> dict[str, Any]:
    body: dict[str, Any] = {"rev": "3", "operation": operation, "collection": collection, "rkey": key}
    if operation == "create":
        body["record"] = {
            "$type": collection,
            "createdAt": "1999-01-01T00:00:00Z",
            "subject": {"uri": POST, "cid": "b"},
        }
    return {
        "did": "did:plc:fan",
        "time_us": 1732206349000644 + microseconds,
        "kind": "commit",
        "commit": body,
    }


def lines(*messages: Any) -> str:
    return "".join((m if isinstance(m, str) else json.dumps(m)) + "\n" for m in messages)


def test_likes_and_unlikes_are_joined_by_their_record(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.jsonl", lines(commit("create", "k"), commit("delete", "k", 5))))
    assert log.format == "jetstream"
    like, unlike = rows_of(log)
    assert like == {
        "row": 0,
        "id": "did:plc:fan/k",
        "kind": "like",
        "timestamp": TIME,
        "account": "did:plc:fan",
        "item": POST,
        "creator": "did:plc:creator",
    }
    assert unlike == like | {
        "row": 1,
        "kind": "unlike",
        "id": "did:plc:fan/k#delete",
        "timestamp": TIME.replace(microsecond=649),
    }


def test_an_unlike_is_joined_across_files_and_again_on_a_second_reading(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", lines(commit("create", "k")))
    write(tmp_path / "2.jsonl", lines(commit("delete", "k"), commit("delete", "k")))
    log = open_log(tmp_path)
    for _ in range(2):
        assert [row["kind"] for row in rows_of(log)] == ["like", "unlike"]
        assert log.summary.skipped_by_reason == {"unlikes of likes that are not in the log": 1}


def test_memory_of_likes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retractions, "LIKES_REMEMBERED_MAX", 2)
    text = lines(*(commit("create", str(i)) for i in range(3)), *(commit("delete", str(i)) for i in range(3)))
    log = open_log(write(tmp_path / "log.jsonl", text))
    assert [row["kind"] for row in rows_of(log)] == ["like"] * 3 + ["unlike"] * 2
    assert log.summary.skipped == 1


def test_other_messages_are_skipped_and_counted(tmp_path: Path) -> None:
    identity = {"did": "did:plc:fan", "time_us": 1, "kind": "identity", "identity": {}}
    text = lines(identity, commit("create", "k", collection="app.bsky.feed.post"), commit("update", "k"))
    log = open_log(write(tmp_path / "log.jsonl", text))
    assert rows_of(log) == []
    assert log.summary.skipped_by_reason == {
        "messages about accounts": 1,
        "records of other collections": 1,
        "changes of likes": 1,
    }


def test_the_second_layout_is_read_too(tmp_path: Path) -> None:
    first = commit("create", "k")
    payload = first["commit"] | {"did": "did:plc:fan", "seq": 1, "time": "2024-11-21T16:25:49.000644Z"}
    rows = read(write(tmp_path / "log.jsonl", lines({"$type": "message", "payload": payload}, first)))
    assert {name: rows[0][name] for name in rows[0] if name != "row"} == {
        name: rows[1][name] for name in rows[1] if name != "row"
    }


def test_bad_messages_are_rejected(tmp_path: Path) -> None:
    empty = commit("create", "k")
    empty["commit"]["record"] = {"subject": None}
    wrong = commit("create", "k") | {"time_us": "soon"}
    account = "did:plc:" + "a" * 24
    address = f"at://{account}/app.bsky.feed.post/3"
    late = commit("create", "3lbk") | {"did": account, "time_us": 2**63}
    late["commit"]["record"]["subject"]["uri"] = address
    rows, rejected = read_with_rejects(
        write(tmp_path / "log.jsonl", lines(commit("create", "k"), "{", empty, wrong, late))
    )
    assert len(rows) == 1
    assert [(entry["line"], entry["reason"]) for entry in rejected] == [
        (2, "JSON is malformed"),
        (3, "item is missing"),
        (4, "JSON is not a message of Jetstream"),
        (5, "timestamp is not a time"),
    ]


LAYOUT = "network.bsky.jetstream.subscribeEvents"
INFO = {"$type": "message", "payload": {"$type": f"{LAYOUT}#info", "name": "OutdatedCursor"}}
CURSOR = {"time_us": 1732206349000644, "kind": "cursor"}
ERROR = {"$type": "error", "error": "ConsumerTooSlow"}
ACCOUNT = {"did": "did:plc:a", "time_us": 1732206349000644, "kind": "account", "account": {"active": True}}


@pytest.mark.parametrize(
    "first",
    [[INFO], [CURSOR], [ERROR], [ACCOUNT], [CURSOR, ERROR, INFO] * 20, ['{"did": "did:pl'], ["", CURSOR]],
)
def test_notices_of_the_server_do_not_hide_the_format(tmp_path: Path, first: list[Any]) -> None:
    log = open_log(write(tmp_path / "log.ndjson", lines(*first, commit("create", "k"))))
    assert log.format == "jetstream"
    assert len(rows_of(log)) == 1


@pytest.mark.parametrize("kind", ["like", "cursor"])
def test_an_own_log_with_the_same_names_is_none_of_jetstreams(tmp_path: Path, kind: str) -> None:
    own = {"did": "d", "time_us": 1732206349000644, "kind": "like", "item": "i"}
    log = open_log(write(tmp_path / "log.ndjson", lines({**own, "did": None, "kind": kind}, own, own)))
    assert log.format == "ndjson"
