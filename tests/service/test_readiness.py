"""Ready is said where all works, else what does not, by name; a worker that hangs is started again."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.polling import wait_until
from tests.service.conftest import Api, Process
from tests.service.kill_under_load import worker_of
from tests.service.test_file_permissions import exposed

from zhenzan.errors import LakeFullError
from zhenzan.service import readiness, tasks
from zhenzan.service.worker_supervisor import ExternalWorker
from zhenzan.settlement import WORKER_FILE, Heartbeat, read_heartbeat
from zhenzan.settlement.heartbeat import HeartbeatWriter

LIKE = {"account": "a", "item": "v", "timestamp": "2026-11-27T10:00:00Z"}


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "FRESH_SECONDS", -1.0)


def failing(api: Api) -> dict[str, str]:
    """What does not work, and why."""
    answer = api.client.get("/health/ready")
    checks = answer.json()["checks"]
    wrong = {check["name"]: check["why"] for check in checks if not check["ok"]}
    assert answer.status_code == (503 if wrong else 200)
    assert answer.json()["status"] == ("not ready" if wrong else "ready")
    assert api.client.get("/health/live").status_code == 200
    return wrong


def test_a_disk_without_room_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(api) == {}
    assert 'zhenzan_check_ok{check="disk"} 1\n' in api.client.get("/metrics").text
    monkeypatch.setattr(readiness, "ROOM_BYTES", 1 << 62)
    assert "MB are free" in failing(api)["disk"]
    assert 'zhenzan_check_ok{check="disk"} 0\n' in api.client.get("/metrics").text


def test_what_is_gone_is_told_and_well_again_when_it_is_back(api: Api) -> None:
    for name, check, why in (
        ("scratch", "disk", "cannot be written"),
        ("zhenzan.sqlite", "database", "is gone"),
    ):
        (api.home / name).rename(api.home / "away")
        wrong = failing(api)
        assert list(wrong) == [check]
        assert why in wrong[check]
        (api.home / "away").rename(api.home / name)
        assert failing(api) == {}


def test_a_database_that_hangs_is_asked_once_and_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, queries = threading.Event(), list[str]()
    fetch = api.core.ledger.database.fetch

    def hangs(text: str, *values: Any) -> Any:
        if "batches" not in text:
            return fetch(text, *values)
        queries.append(text)
        goes_on.wait()
        return []

    monkeypatch.setattr(readiness, "DATABASE_SECONDS", 0.05)
    with monkeypatch.context() as patched:
        patched.setattr(api.core.ledger.database, "fetch", hangs)
        assert [list(failing(api)) for _ in range(3)] == [["database"]] * 3
        assert len(queries) == 1
        goes_on.set()
    monkeypatch.setattr(readiness, "DATABASE_SECONDS", 60.0)
    assert failing(api) == {}


def test_rows_that_cannot_be_written_are_told_until_some_are(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(batch: object) -> None:
        raise LakeFullError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(api.core.lake, "append", full)
        assert api.post("/v1/interactions", json=LIKE).status_code == 507
        assert failing(api) == {"intake": "the last rows could not be written: the disk is full"}
        patched.setattr(readiness, "FAILED_SECONDS", 0.0)  # nobody sends anything any more
        assert failing(api) == {}
    assert api.post("/v1/interactions", json=LIKE).status_code == 200
    assert failing(api) == {}


def test_rows_that_wait_and_are_not_written_are_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, append = threading.Event(), api.core.lake.append

    def slow(batch: Any) -> Any:
        goes_on.wait()
        return append(batch)

    monkeypatch.setattr(api.core.lake, "append", slow)
    monkeypatch.setattr(readiness, "STUCK_SECONDS", 0.0)
    sending = threading.Thread(target=api.post, args=("/v1/interactions",), kwargs={"json": LIKE})
    sending.start()
    wait_until(lambda: api.core.intake.waiting_rows)
    assert "1 rows wait" in failing(api)["intake"]
    goes_on.set()
    sending.join()
    assert failing(api) == {}


@contextmanager
def failing_task(monkeypatch: pytest.MonkeyPatch, of: object, method: str, why: str) -> Iterator[None]:
    """While what a task calls fails; that is told at once, and tried again soon."""

    def fails() -> None:
        raise RuntimeError(why)

    monkeypatch.setattr(readiness, "FAILED_SECONDS", 0.0)
    monkeypatch.setattr(tasks, "RETRY_SECONDS", 0.1)
    with monkeypatch.context() as patched:
        patched.setattr(of, method, fails)
        yield


def test_settlements_that_are_not_taken_up_are_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing_task(monkeypatch, api.core.settlements, "take_up", "no rewards"):
        wait_until(lambda: failing(api) == {"rewards": "settlements are not taken up: no rewards"})
    wait_until(lambda: failing(api) == {})
    assert api.core.tasks.failures["settlements"] > 0


def test_a_task_that_fails_holds_up_no_other_and_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing_task(monkeypatch, api.core.policies, "catch_up", "no policies"):
        wait_until(lambda: failing(api) == {"tasks": "policies: no policies"})
        assert api.post("/v1/interactions", json=LIKE).status_code == 200
        api.settle()
    wait_until(lambda: failing(api) == {})
    failures = re.search(r'zhenzan_task_failures_total\{task="policies"\} (\d+)', api.get("/metrics").text)
    assert failures is not None
    assert int(failures[1]) > 0


@pytest.mark.parametrize(
    ("heartbeat", "wrong"),
    [
        (None, "worker"),
        ({"beat_at": -600}, "worker"),
        ({"trouble": "a file is damaged"}, "settlement"),
        ({"settled_at": -4000}, "settlement"),
        ({"settled_at": -4000, "pass_seconds": 1000.0}, None),
        ({"settled_at": 0, "began_at": -4000}, None),
        ({"settled_at": 0, "began_at": -40_000}, "settlement"),
        ({}, None),
    ],
)
def test_what_a_worker_tells_is_told(api: Api, heartbeat: dict[str, Any] | None, wrong: str | None) -> None:
    if heartbeat is not None:
        fields = {"beat_at": -1, "began_at": -10, "settled_at": -5} | heartbeat
        times = {
            name: time.time() + age if age else 0.0 for name, age in fields.items() if name[-3:] == "_at"
        }
        (api.home / WORKER_FILE).write_bytes(msgspec.json.encode(Heartbeat(**{"pid": 1} | fields | times)))
    api.core.worker = ExternalWorker(api.home)
    assert list(failing(api)) == ([wrong] if wrong else [])


def test_what_was_settled_is_remembered_by_the_next_worker(tmp_path: Path) -> None:
    heart = HeartbeatWriter(tmp_path)
    heart.settled(7.0)
    before = read_heartbeat(tmp_path)
    heart.stop()
    HeartbeatWriter(tmp_path).stop()
    after = read_heartbeat(tmp_path)
    assert before is not None
    assert after is not None
    assert (after.settled_at, after.pass_seconds) == (before.settled_at, 7.0)
    (tmp_path / WORKER_FILE).write_text("{")
    assert read_heartbeat(tmp_path) is None


@pytest.mark.slow
def test_a_worker_that_hangs_is_started_again_and_all_files_are_private(
    serve: Callable[..., Process], tmp_path: Path, usual_umask: None
) -> None:
    """It waits for a pipe that nobody writes to, as it might for a disk that is away."""
    home = tmp_path / "home"
    patience = "from zhenzan.service import worker_supervisor\nworker_supervisor.HANG_SECONDS = 15.0\n"
    process = serve(home, "--settle-every", "0.2", "--settle-share", "2", before=patience)
    assert process.ask("POST", "/v1/interactions", json=LIKE).status_code == 200
    wait_until(lambda: (home / "results" / "current").exists())
    assert exposed(home) == []
    first = worker_of(process.child.pid)
    assert first
    os.mkfifo(home / "policy.toml")
    wait_until(lambda: worker_of(process.child.pid) not in (0, first))
    (home / "policy.toml").unlink()
    wait_until(lambda: process.ask("GET", "/health/ready").json()["status"] == "ready")
    assert 'zhenzan_worker_restarts_total{reason="hung"} 1\n' in process.ask("GET", "/metrics").text
    assert any("told nothing for 15 s, and was killed" in line for line in process.lines)
    assert process.stop() == 0
    assert exposed(home) == []
    assert {"lake", "results", "zhenzan.sqlite", "counters.npz"} <= {path.name for path in home.iterdir()}
