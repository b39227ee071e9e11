"""Logs are lines, for people or machines, and tell no secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.service.conftest import Process, serving

from zhenzan.logging_setup import set_up_logs


def test_a_json_log_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        set_up_logs("json")
        try:
            raise ValueError("a\nline")
        except ValueError:
            logging.getLogger("zhenzan.service").exception("it %s", "fails", extra={"path": "/v1/items"})
        (line,) = capsys.readouterr().err.splitlines()
    finally:
        logging.getLogger().handlers[:] = before
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["message"]) == ("error", "zhenzan.service", "it fails")
    assert entry["path"] == "/v1/items"
    assert "ValueError" in entry["exception"]


@pytest.mark.slow
def test_secrets_are_never_in_logs_or_files_but_their_own(tmp_path: Path) -> None:
    with serving() as serve:
        check_secrets(serve, tmp_path / "home")


def check_secrets(serve: Callable[..., Process], home: Path) -> None:
    process = serve(home, "--no-worker", "--log", "json")
    key, row = process.key, {"account": "a", "item": "v", "timestamp": 1_790_000_000}
    with process.client() as client:
        cookie = client.post("/login", data={"key": key}).cookies["zhenzan_session"]
        webhook = {"url": "http://127.0.0.1:9/", "events": ["sale.made"]}
        secret = client.post("/v1/webhooks", json=webhook).json()["secret"]
        row |= {"ip": "203.0.113.77", "device": "phone-4711"}
        assert client.post("/v1/interactions", json=row).status_code == 200
        client.get("/v1/items", headers={"Cookie": f"zhenzan_session={cookie}"})
        client.get("/v1/items", headers={"Authorization": f"Bearer {key}x"})
        client.post("/v1/policies", json={"text": "["})
    assert process.stop() == 0
    log = "".join(process.lines)
    assert "listens at" in log
    for word in (key, key.split("_", 2)[2], cookie, secret):
        assert word not in log
    files = [path for path in home.rglob("*") if path.is_file()]
    for raw in (b"203.0.113.77", b"phone-4711", key.encode(), cookie.encode()):
        assert [path for path in files if raw in path.read_bytes()] == []
