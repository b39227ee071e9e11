"""Settlements take effect once for each subscriber, however often service and worker are killed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.effort import effort
from tests.polling import wait_until
from tests.service.conftest import Process
from tests.service.counting import BEFORE, ROOM, TOLD
from tests.service.kill_under_load import worker_of

import zhenzan.rooms
from zhenzan.settlement import Settlement, latest
from zhenzan.store import open_database

NAMES = ("first", "second")


@pytest.mark.also_soak
@pytest.mark.slow
def test_each_settlement_reaches_each_subscriber_once_in_effect(
    serve: Callable[..., Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was overtaken before it took effect is told as the one that overtook it."""
    monkeypatch.setattr(zhenzan.rooms, "ROOMS", (*zhenzan.rooms.ROOMS, ROOM))
    kills, home = effort(2, 200), tmp_path / "home"
    kill_while_likes_settle(serve, home, kills, random.Random(7))
    newest = latest(home)
    assert newest is not None
    process = serve(home, "--no-worker", before=BEFORE)
    wait_until(lambda: taken_up(home) == dict.fromkeys(NAMES, newest.number))
    process.stop()
    check_effects(home, newest, kills)


def check_effects(home: Path, newest: Settlement, kills: int) -> None:
    """Each of the two has one effect for a settlement, in order, up to the newest; all likes count once."""
    for name in NAMES:
        calls = Counter((home / f"{TOLD}-{name}").read_text().split())
        effects = [
            row[1:] for row in rows(home, "counted", "subscriber, settlement, likes") if row[0] == name
        ]
        numbers = [number for number, _ in effects]
        print(
            f"{name}: {kills} kills; told {calls.total()} times of {len(calls)} settlements, of"
            f" {sum(times > 1 for times in calls.values())} more than once; {len(numbers)} took effect"
        )
        assert numbers == sorted(set(numbers)), "a settlement took effect twice, or after a later one"
        assert numbers[-1] == newest.number
        assert sum(likes for _, likes in effects) == newest.load().summary["counts"]["likes"]


def kill_while_likes_settle(
    serve: Callable[..., Process], home: Path, kills: int, rng: random.Random
) -> None:
    """Kill the service or its worker `kills` times: half of the times when a subscriber was just told."""
    options = ("--settle-every", "0.1", "--settle-share", "2")
    done = 0
    while done < kills:
        process = serve(home, *options, before=BEFORE)
        for kills_service in rng.choice(((True,), (False, True), (False, False, True))):
            before = deliveries_of(home)
            assert process.ask("POST", "/v1/interactions", json=likes(rng)).status_code == 200
            if rng.random() < 0.5:
                wait_until(lambda before=before: deliveries_of(home) != before)
                time.sleep(rng.uniform(0, 0.5))
            else:
                time.sleep(rng.uniform(0.05, 3))
            if kills_service:
                process.kill()
                done += 1
            elif worker := worker_of(process.child.pid):
                os.kill(worker, signal.SIGKILL)
                done += 1
    process = serve(home, *options, before=BEFORE)
    assert process.ask("POST", "/v1/interactions", json=likes(rng)).status_code == 200
    before = deliveries_of(home)
    wait_until(lambda: deliveries_of(home) != before)
    assert process.stop() == 0


def likes(rng: random.Random) -> list[dict[str, Any]]:
    """Forty that nobody sent before."""
    item, at = rng.randrange(50), 1_772_000_000 + rng.randrange(10**6)
    return [
        {
            "id": f"{rng.getrandbits(64)}",
            "account": f"fan-{fan}",
            "item": f"video-{item}",
            "timestamp": at + fan,
        }
        for fan in range(40)
    ]


def deliveries_of(home: Path) -> list[str]:
    """The settlements that the subscribers were told, each call of each."""
    files = [home / f"{TOLD}-{name}" for name in NAMES]
    return [line for file in files if file.exists() for line in file.read_text().split()]


def taken_up(home: Path) -> dict[str, int]:
    """The settlement that each of the two took up last."""
    rows_found = rows(home, "settlement_deliveries", "subscriber, number")
    return {name: number for name, number in rows_found if name in NAMES}


def rows(home: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    database = open_database(home / "zhenzan.sqlite")
    fetched = database.fetch(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
    database.close()
    return [tuple(row) for row in fetched]
