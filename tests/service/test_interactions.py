"""What is sent is acknowledged when it is durable, kept once, and refused with a reason."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.service.conftest import LINES, WAITS_FOR_EVER, Api, Process, started

from zhenzan.cli import main
from zhenzan.errors import LakeFullError
from zhenzan.lake import lake_files
from zhenzan.service import Role
from zhenzan.service.api_keys import CONFINED
from zhenzan.service.streams.message_handler import MessageHandler

LIKE = {"account": "a", "item": "v", "timestamp": "2026-11-27T10:00:00Z"}
GZIP = {"Content-Encoding": "gzip"}


def ids_in(home: Path) -> list[str]:
    """Ids that lie in the lake, as DuckDB reads it."""
    if not lake_files(home):
        return []
    pattern = str(home / "lake" / "**" / "*.parquet")
    return [str(id) for (id,) in duckdb.sql(f"SELECT id FROM '{pattern}' ORDER BY sequence").fetchall()]


def test_a_like_is_kept_once_however_often_it_is_sent(api: Api) -> None:
    answers = [api.post("/v1/interactions", json=LIKE).json() for _ in range(3)]
    assert answers == [{"accepted": 1, "duplicates": 0}, *[{"accepted": 0, "duplicates": 1}] * 2]
    api.core.lake.flush()
    assert ids_in(api.home) == ["like:a:v:1795773600000000"]


def test_a_bad_row_is_named_and_the_others_are_kept(api: Api) -> None:
    rows = [LIKE | {"id": "1"}, LIKE | {"id": "2", "watched": -1}, {"account": "a"}, LIKE | {"id": "3"}]
    answer = api.post("/v1/interactions", json=rows)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    assert [(rejected["index"], rejected["reason"].split()[0]) for rejected in answer.json()["rejected"]] == [
        (1, "watched"),
        (2, "Object"),
    ]


def test_where_all_rows_are_bad_the_answer_is_422(api: Api) -> None:
    answer = api.post("/v1/interactions", json={"account": "a", "item": "v", "timestamp": "soon"})
    assert answer.status_code == 422
    assert answer.json()["rejected"] == [{"index": 0, "reason": "timestamp is not a time: 'soon'"}]


@pytest.mark.parametrize("field", ["account", "item", "creator", "id", "region", "app"])
@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x7f", "\x85"])
def test_what_no_store_keeps_is_refused_at_the_door(api: Api, field: str, letter: str) -> None:
    reason = f"{field} holds a control character"
    row = LIKE | {field: f"a{letter}b"}
    one = api.post("/v1/interactions", json=row)
    many = api.post("/v1/interactions", json=[row] * 40)
    assert (one.status_code, many.status_code) == (422, 422)
    assert one.json()["rejected"][0]["reason"].startswith(reason)
    assert many.json()["rejected"][0]["reason"].startswith(reason)


def test_reasons_are_in_chinese_where_the_caller_asks_for_it(api: Api) -> None:
    rows = {"account": "a", "item": "v", "timestamp": "soon"}
    answer = api.post("/v1/interactions", json=rows, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.json()["rejected"] == [{"index": 0, "reason": "timestamp 不是时间：'soon'"}]
    nothing = api.post("/v1/interactions", content=b"", headers={"Accept-Language": "zh"})
    assert nothing.json()["detail"] == "消息体是空的：请至少发送一条互动"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (b"[]", {}, 400),
        (b"[1", {}, 400),
        (b"\xff\xfe", {}, 422),
        (b"x", {"Content-Type": "text/csv"}, 415),
        (b"x", {"Content-Encoding": "br"}, 415),
        (b"x", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"{}", mtime=0)[:-3], {"Content-Encoding": "gzip"}, 400),
        (b"x", {"Content-Type": "application/vnd.apache.arrow.stream"}, 400),
    ],
)
def test_what_cannot_be_read_is_a_problem(
    api: Api, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = api.post("/v1/interactions", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json().get("detail") or answer.json()["rejected"]


def test_gzip_is_unpacked_and_a_bomb_is_not(tmp_path: Path) -> None:
    with started(tmp_path, body_bytes_max=100_000) as api:
        packed, bomb = gzip.compress(json.dumps(LIKE).encode()), gzip.compress(b" " * 50_000_000)
        assert len(bomb) < 100_000
        assert api.post("/v1/interactions", content=packed, headers=GZIP).json()["accepted"] == 1
        assert api.post("/v1/interactions", content=bomb, headers=GZIP).status_code == 413
        assert api.post("/v1/interactions", content=b" " * 200_000).status_code == 413


def test_too_much_at_once_is_put_off(tmp_path: Path) -> None:
    with started(tmp_path, waiting_rows_max=10) as api:
        body = [LIKE | {"id": str(i)} for i in range(11)]
        answer = api.post("/v1/interactions", json=body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert api.post("/v1/interactions", json=body[:10]).json()["accepted"] == 10


def test_a_full_disk_is_507_and_the_message_can_be_sent_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise LakeFullError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(api.core.lake._journal), "append", full)
        assert api.post("/v1/interactions", json=LIKE).status_code == 507
    assert api.post("/v1/interactions", json=LIKE).json() == {"accepted": 1, "duplicates": 0}


def test_only_platforms_and_operators_send(api: Api) -> None:
    for role in Role:
        key = api.key(role, "x" if role in CONFINED else "")
        answer = api.client.post("/v1/interactions", json=LIKE, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == (200 if role in (Role.platform, Role.operator) else 403), role


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Bearer zz_a_b", "Basic eHg6eHg="])
def test_who_has_no_key_is_told_so(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = api.client.post("/v1/interactions", json=LIKE, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_opens_nothing(api: Api) -> None:
    key = api.key(Role.platform)
    headers = {"Authorization": f"Bearer {key}"}
    assert api.client.post("/v1/interactions", json=LIKE, headers=headers).status_code == 200
    api.core.api_keys.revoke(key.split("_")[1])
    assert api.client.post("/v1/interactions", json=LIKE, headers=headers).status_code == 401


def test_a_second_start_remembers_what_was_sent(tmp_path: Path) -> None:
    for answer in ({"accepted": 1, "duplicates": 0}, {"accepted": 0, "duplicates": 1}):
        with started(tmp_path) as api:
            assert api.post("/v1/interactions", json=LIKE).json() == answer


def test_large_and_small_messages_side_by_side_are_all_kept(api: Api) -> None:
    def send(sender: int) -> None:
        for turn in range(10):
            rows = [LIKE | {"id": f"{sender}-{turn}-{i}"} for i in range(1 if sender % 2 else 300)]
            body = "\n".join(map(json.dumps, rows))
            while (answer := api.post("/v1/interactions", content=body, headers=LINES)).status_code == 429:
                time.sleep(0.1)  # a slow disk: "send this again"
            accepted.append(answer.json()["accepted"])

    accepted: list[int] = []
    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(accepted) == 3 * 10 * 301
    api.core.lake.flush()
    assert len(set(ids_in(api.home))) == len(ids_in(api.home)) == 3 * 10 * 301


def test_the_process_stops_cleanly_and_goes_on_where_it_stopped(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    for turn in range(2):
        process = serve(tmp_path, "--no-worker")
        rows = [LIKE | {"id": "same"}, LIKE | {"id": str(turn)}]
        answer = process.ask("POST", "/v1/interactions", json=rows)
        assert answer.json() == {"accepted": 2 - turn, "duplicates": turn}
        assert process.stop() == 0
        assert ids_in(tmp_path) == ["same", "0", "1"][: 2 + turn]


def test_what_happens_is_streamed_and_a_stop_does_not_wait_for_who_watches(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    process = serve(tmp_path, "--no-worker", before=WAITS_FOR_EVER)
    with process.client() as client, client.stream("GET", "/v1/live") as stream:
        messages = (json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:"))
        assert next(messages)["likes"] == []
        process.ask("POST", "/v1/interactions", json=LIKE)
        seen = next(message for message in messages if message["likes"])
        assert seen["kinds"] == {"like": 1}
        assert seen["likes"][0]["account"] == "a"
        assert process.stop() == 0


def test_a_taken_port_is_said_and_nothing_is_made(
    serve: Callable[..., Process], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = serve(tmp_path / "a", "--no-worker").url.rpartition(":")[2]
    for verb, *more in (("serve", "--no-worker"), ("demo", "--no-open")):
        assert main([verb, str(tmp_path / "b"), "--port", port, *more]) == 1
        message = capsys.readouterr().err
        assert f"cannot listen at 127.0.0.1:{port}: another program does" in message
        assert message.count("\n") == 1
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("verb", "wrong", "message"),
    [
        ("serve", ("--catalogue", "none.toml"), "none.toml: there is no such"),
        ("serve", ("--policy", "none.toml"), "none.toml"),
        ("serve", ("--database", "oracle://x"), "is not a database URL"),
        ("serve", ("--stream", "nats://"), "nats://HOST:PORT"),
        ("serve", ("--stream", "kafka://x"), "kafka://HOST:PORT"),
        ("serve", ("--keep-days", "7", "--window-days", "6"), "8 days or more"),
        ("serve", ("--log", "xml"), "--log is text or json"),
        ("demo", ("--catalogue", "none.toml"), "none.toml: there is no such"),
        ("demo", ("--scenario", "none"), "none"),
    ],
)
def test_a_wrong_option_is_said_even_where_the_port_is_taken_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, wrong: tuple[str, ...], message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main([verb, str(tmp_path / "home"), "--port", port, *wrong]) == 1
    output = capsys.readouterr().err
    assert message in output
    assert "listen" not in output
    assert not (tmp_path / "home").exists()


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize("rows", [2, 400])
@pytest.mark.parametrize("form", ["json", "ndjson", "arrow"])
def test_a_time_in_the_future_is_refused_by_every_door(api: Api, form: str, rows: int) -> None:
    """So that a platform's clock that runs ahead makes no day final before its time."""
    likes = [
        {"id": str(i), "account": "a", "item": "v", "timestamp": in_seconds(3600 if i % 2 else 100)}
        for i in range(rows)
    ]
    if form == "arrow":
        sink = pa.BufferOutputStream()
        table = pa.Table.from_pylist(likes)
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        body, kind = sink.getvalue().to_pybytes(), "application/vnd.apache.arrow.stream"
    elif form == "json":
        body, kind = json.dumps(likes).encode(), "application/json"
    else:
        body, kind = "\n".join(map(json.dumps, likes)).encode(), "application/x-ndjson"
    answer = api.post("/v1/interactions", content=body, headers={"Content-Type": kind}).json()
    assert (answer["accepted"], answer["rejected_count"]) == (rows // 2, rows // 2)
    assert [row["index"] for row in answer["rejected"]] == list(range(1, rows, 2))
    assert all(row["reason"].startswith("timestamp lies in the future: '20") for row in answer["rejected"])
    headers = {"Content-Type": kind, "Accept-Language": "zh"}
    answer = api.post("/v1/interactions", content=body, headers=headers).json()
    assert answer["rejected"][0]["reason"].startswith("timestamp 在未来：")


def test_how_far_clocks_may_differ_is_a_setting(tmp_path: Path) -> None:
    with started(tmp_path / "home", clock_skew_seconds=0) as api:
        for seconds, status in ((100, 422), (-1, 200)):
            like = {"account": "a", "item": "v", "timestamp": in_seconds(seconds)}
            assert api.post("/v1/interactions", json=like).status_code == status


def test_rows_that_are_kept_are_answered_so_where_counting_them_fails(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(batch: object) -> None:
        raise RuntimeError("counting")

    monkeypatch.setattr(api.core.intake, "_screen", fails)
    like = {"id": "1", "account": "a", "item": "v", "timestamp": "2024-10-05T10:00:00Z"}
    answer = api.post("/v1/interactions?verdicts=true", json=like)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0})
    assert api.post("/v1/interactions", json=like).json() == {"accepted": 0, "duplicates": 1}


def test_a_time_in_the_future_is_dead_in_a_stream(api: Api) -> None:
    rows = [{"id": str(s), "account": "a", "item": "v", "timestamp": in_seconds(s)} for s in (3600, -1)]
    read = MessageHandler(api.core.ingest).read(json.dumps(rows).encode(), {})
    assert read.rows is not None
    assert len(read.rows.good) == 1
    assert read.dead is not None
    assert b"lies in the future" in read.dead.body
