"""Logs are lines, for people or machines, and tell no secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.service.ports import free_port

from zhenzan.logs import set_up_logs
from zhenzan.service import People, Role
from zhenzan.store import open_database


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
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "zhenzan.service", "it fails")
    assert told["path"] == "/v1/items"
    assert "ValueError" in told["exception"]


@pytest.mark.slow
def test_secrets_are_never_in_logs_or_files_but_their_own(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    database = open_database(home / "zhenzan.sqlite")
    key = People(database).create("test", Role.operator)
    database.close()
    words = [sys.executable, "-m", "zhenzan", "serve", str(home), "--port", str(port), "--log", "json"]
    with (tmp_path / "log").open("w") as log:
        child = subprocess.Popen([*words, "--no-worker"], stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                for _ in range(600):
                    try:
                        client.get("/health/live")
                        break
                    except httpx.TransportError:
                        assert child.poll() is None
                        time.sleep(0.1)
                cookie = client.post("/login", data={"key": key}).cookies["zhenzan_session"]
                headers = {"Authorization": f"Bearer {key}"}
                secret = client.post(
                    "/v1/webhooks",
                    headers=headers,
                    json={"url": "http://127.0.0.1:9/", "events": ["sale.made"]},
                ).json()["secret"]
                row = {
                    "account": "a",
                    "item": "v",
                    "timestamp": 1_790_000_000,
                    "ip": "203.0.113.77",
                    "device": "phone-4711",
                }
                assert client.post("/v1/interactions", headers=headers, json=row).status_code == 200
                client.get("/v1/items", headers=headers | {"Cookie": f"zhenzan_session={cookie}"})
                client.get("/v1/items", headers={"Authorization": f"Bearer {key}x"})
                client.post("/v1/policies", headers=headers, json={"text": "["})
        finally:
            child.terminate()
            child.wait(60)
    told = (tmp_path / "log").read_text()
    for each in (key, key.split("_", 2)[2], cookie, secret):
        assert each not in told
    files = [path for path in home.rglob("*") if path.is_file()]
    for raw in (b"203.0.113.77", b"phone-4711", key.encode(), cookie.encode()):
        assert [path for path in files if raw in path.read_bytes()] == []
