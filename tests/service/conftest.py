"""A service in this process, and one as users start it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from litestar.testing import TestClient
from tests.polling import PATIENCE_SECONDS, wait_until

from zhenzan.policy import Policy
from zhenzan.sample import Sample, make_sample, write_log
from zhenzan.service import ApiKeys, Resources, Role, Settings, make_app
from zhenzan.settlement import run_settlement
from zhenzan.store import open_database

EXAMPLE = Path(__file__).parents[2] / "examples" / "catalogue.toml"
LINES = {"Content-Type": "application/x-ndjson"}
PROGRAM = "from zhenzan.cli import main; raise SystemExit(main())"
# Code before it, by which a stop never gives up waiting, so that one that waits is found.
WAITS_FOR_EVER = """
from zhenzan.service import server, streams, worker_supervisor
server.STOP_SECONDS = streams.STOP_SECONDS = worker_supervisor.STOP_SECONDS = 1e6
"""


def _at_once() -> Path:
    """The example's catalogue for likes of long ago, whose points are spent as soon as they are earned."""
    text = EXAMPLE.read_text("utf-8")
    for name in ("late_hours", "spendable_after_hours"):
        text, changed = re.subn(rf"(?m)^{name} = \d+", f"{name} = 0", text)
        assert changed == 1, name
    path = Path(tempfile.mkdtemp(prefix="catalogue")) / "catalogue.toml"
    path.write_text(text, "utf-8")
    return path


CATALOGUE = _at_once()


class Api:
    """A running service, spoken to with one key."""

    def __init__(self, client: TestClient[Any], home: Path, key: str) -> None:
        self.client, self.home = client, home
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return self.client.post(path, headers=headers, **options)

    def key(self, role: Role, subject: str = "") -> str:
        return str(self.client.app.state.resources.api_keys.create("test", role, subject))

    @property
    def core(self) -> Any:
        return self.client.app.state.resources

    def settle(self) -> None:
        """Everything sent so far is judged, and the service has taken it up."""
        self.core.lake.flush()
        settlement = run_settlement(self.home, Policy.default())
        assert settlement is not None
        number = settlement.number
        wait_until(
            lambda: (
                self.core.settlements.current is not None and self.core.settlements.current.number >= number
            )
        )


@contextmanager
def started(home: Path, **options: Any) -> Iterator[Api]:
    settings = Settings(home, segment_seconds=0.2, **options)
    with (
        Resources(settings) as core,
        TestClient(make_app(core), raise_server_exceptions=False) as client,
    ):
        yield Api(client, home, core.api_keys.create("test", Role.operator))


@contextmanager
def sent_and_settled(home: Path, rows: list[dict[str, Any]], **options: Any) -> Iterator[Api]:
    """A service that was sent these interactions, and has judged them."""
    with started(home, **options) as api:
        assert api.post("/v1/interactions", json=rows).status_code == 200
        api.settle()
        yield api


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


def thinned(sample: Sample, every: int) -> Sample:
    kept = np.isin(sample.account, sample.account[sample.source > 0]) | (sample.account % every == 0)
    return sample.take(kept)


def send_sample(folder: Path, post: Callable[..., httpx.Response], every: int = 3) -> None:
    """The sample log in messages of 5,000 lines; of accounts that nobody pays every third, or so. A machine
    that is busy may put some off: they are sent again, as every client does.
    """
    write_log(thinned(make_sample(1), every), folder / "likes.parquet")
    rows = pq.read_table(folder / "likes.parquet").to_pylist()
    lines = [json.dumps(row | {"timestamp": row["timestamp"].isoformat()}) for row in rows]
    for first in range(0, len(lines), 5000):
        body = "\n".join(lines[first : first + 5000]).encode()
        while (answer := post(content=body, headers=LINES)).status_code == 429:
            time.sleep(float(answer.headers["Retry-After"]))
        assert answer.status_code == 200, answer.text


class Process:
    """`zhenzan serve` as a user runs it, at a port of its own choice."""

    def __init__(self, home: Path, options: Sequence[str], before: str = "") -> None:
        """`before`: code that is run first."""
        words = [sys.executable, "-c", before + PROGRAM, "serve", str(home), "--port", "0", *options]
        self.home, self.lines = home, list[str]()
        self.child = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self.url, self.key = "", ""

    def wait(self) -> None:
        """Until it answers."""
        self.url = wait_until(self._address)
        wait_until(self._answers)

    def _listen(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)

    def _address(self) -> str:
        match = re.search(r"listens at (http://\S+)", "".join(self.lines))
        assert match or self.child.poll() is None, self.lines
        return match[1] if match else ""

    def _answers(self) -> bool:
        try:
            httpx.get(self.url + "/health/ready", timeout=PATIENCE_SECONDS)
        except httpx.TransportError:
            assert self.child.poll() is None, self.lines
            return False
        return True

    def client(self, **headers: str) -> httpx.Client:
        """One that asks with our key."""
        headers = {"Authorization": f"Bearer {self.key}"} | headers
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_SECONDS)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self.client() as client:
            return client.request(method, path, **options)

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self._end()

    def stop(self) -> int:
        self.child.send_signal(signal.SIGINT)
        return self._end()

    def _end(self) -> int:
        code = self.child.wait(PATIENCE_SECONDS)
        self._listening.join()
        return code


@contextmanager
def serving() -> Iterator[Callable[..., Process]]:
    """What starts services; those that still run are killed at the end."""
    running: list[Process] = []

    def start(home: Path, *options: str, before: str = "") -> Process:
        process = Process(home, options, before)
        running.append(process)
        process.wait()
        named = options[options.index("--database") + 1] if "--database" in options else ""
        database = open_database(named or str(home / "zhenzan.sqlite"))
        process.key = ApiKeys(database).create("test", Role.operator)
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


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)
