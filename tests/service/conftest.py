"""A service in this process, and one as users start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from litestar.testing import TestClient
from tests.service.ports import free_port

from zhenzan.policy import Policy
from zhenzan.sample import Sample, make_sample, write_log
from zhenzan.service import Core, People, Role, Settings, make_app
from zhenzan.settle import judge
from zhenzan.store import open_database

CATALOGUE = Path(__file__).parents[2] / "examples" / "catalogue.toml"
START_SECONDS = 120.0
LINES = {"Content-Type": "application/x-ndjson"}


class Api:
    """A running service, spoken to with one key."""

    def __init__(self, client: TestClient[Any], home: Path, key: str) -> None:
        self.client, self.home = client, home
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.client.get(path, headers=self.headers, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        headers = self.headers | given.pop("headers", {})
        return self.client.post(path, headers=headers, **given)

    def key(self, role: Role, subject: str = "") -> str:
        return str(self.client.app.state.core.people.create("test", role, subject))

    @property
    def core(self) -> Any:
        return self.client.app.state.core

    def settle(self) -> None:
        """Everything sent so far is judged, and the service has taken it up."""
        self.core.lake.flush()
        found = judge(self.home, Policy.default())
        assert found is not None
        until = time.monotonic() + START_SECONDS
        while self.core.passed is None or self.core.passed.number < found.number:
            assert time.monotonic() < until, "the settlement was not taken up"
            time.sleep(0.05)


@contextmanager
def started(home: Path, **given: Any) -> Iterator[Api]:
    settings = Settings(home, segment_seconds=0.2, **given)
    with (
        Core(settings) as core,
        TestClient(make_app(core), raise_server_exceptions=False) as client,
    ):
        yield Api(client, home, core.people.create("test", Role.operator))


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with started(tmp_path / "home") as api:
        yield api


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that took the sample log and settled it, with rewards."""
    folder = tmp_path_factory.mktemp("settled")
    with started(folder / "home", catalogue=CATALOGUE) as api:
        send_sample(folder, partial(api.post, "/v1/interactions"))
        api.settle()
        yield api


def thinned(sample: Sample) -> Sample:
    kept = np.isin(sample.account, sample.account[sample.source > 0]) | (sample.account % 3 == 0)
    columns = {each.name: getattr(sample, each.name) for each in fields(sample) if each.name != "live_item"}
    return replace(sample, **{name: values[kept] for name, values in columns.items()})


def send_sample(folder: Path, post: Callable[..., httpx.Response]) -> None:
    """The sample log in messages of 5,000 lines; of accounts that nobody pays every third. A machine that is
    busy may put some off: they are sent again, as every client does.
    """
    write_log(thinned(make_sample(1)), folder / "likes.parquet")
    rows = pq.read_table(folder / "likes.parquet").to_pylist()
    lines = [json.dumps(row | {"timestamp": row["timestamp"].isoformat()}) for row in rows]
    for first in range(0, len(lines), 5000):
        body, until = "\n".join(lines[first : first + 5000]).encode(), time.monotonic() + START_SECONDS
        while (answer := post(content=body, headers=LINES)).status_code == 429:
            assert time.monotonic() < until, answer.text
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code == 200, answer.text


@dataclass
class Process:
    """`zhenzan serve` as a user runs it."""

    child: subprocess.Popen[str]
    url: str
    key: str
    home: Path

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(START_SECONDS)


@contextmanager
def serving() -> Iterator[Callable[..., Process]]:
    """What starts services; those that still run are killed at the end."""
    running: list[Process] = []

    def start(home: Path, *options: str) -> Process:
        port = free_port()
        words = [sys.executable, "-m", "zhenzan", "serve", str(home), "--port", str(port), *options]
        child = subprocess.Popen(words, text=True, stdout=subprocess.DEVNULL, env=os.environ)
        process = Process(child, f"http://127.0.0.1:{port}", "", home)
        running.append(process)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(process.url + "/health/ready")
                break
            except httpx.TransportError:
                assert child.poll() is None, "the service ended"
                assert time.monotonic() < until, "the service does not answer"
                time.sleep(0.05)
        named = options[options.index("--database") + 1] if "--database" in options else ""
        database = open_database(named or str(home / "zhenzan.sqlite"))
        process.key = People(database).create("test", Role.operator)
        database.close()
        return process

    try:
        yield start
    finally:
        for process in running:
            if process.child.poll() is None:
                process.kill()


@pytest.fixture
def serve() -> Iterator[Callable[..., Process]]:
    with serving() as start:
        yield start
