"""Settlements take effect once for each subscriber, however often service and worker are killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.effort import effort
from tests.patience import wait_until
from tests.service.conftest import Process
from tests.service.counting import BEFORE, ROOM, TOLD
from tests.service.killing import kill_under_load

import zhenzan.rooms
from zhenzan.settle import latest
from zhenzan.store import open_database

NAMES = ("first", "second")


@pytest.mark.also_soak
@pytest.mark.slow
def test_each_settlement_reaches_each_subscriber_once_in_effect(
    serve: Callable[..., Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was overtaken before it took effect is told as the one that overtook it."""
    monkeypatch.setattr(zhenzan.rooms, "ROOMS", (*zhenzan.rooms.ROOMS, ROOM))
    kills, home = effort(3, 200), tmp_path / "home"
    killed = kill_under_load(home, kills, seed=7, before=BEFORE, life_seconds=effort(2, 6))
    assert killed.failure == ""
    assert killed.kills >= kills
    newest = latest(home)
    assert newest is not None
    process = serve(home, "--no-worker", before=BEFORE)
    wait_until(lambda: taken_up(home) == dict.fromkeys(NAMES, newest.number))
    process.stop()
    for name in NAMES:
        told = Counter(map(int, (home / f"{TOLD}-{name}").read_text().split()))
        effects = [
            row[1:] for row in rows(home, "counted", "subscriber, settlement, likes") if row[0] == name
        ]
        numbers = [number for number, _ in effects]
        print(
            f"{name}: {killed.kills} kills; told {told.total()} times of {len(told)} settlements, of"
            f" {sum(times > 1 for times in told.values())} more than once; {len(numbers)} took effect"
        )
        assert numbers == sorted(set(numbers)), "a settlement took effect twice, or after a later one"
        assert numbers[-1] == newest.number
        assert sum(likes for _, likes in effects) == newest.load().summary["counts"]["likes"]


def taken_up(home: Path) -> dict[str, int]:
    """The settlement that each of the two took up last."""
    found = rows(home, "settlement_deliveries", "subscriber, number")
    return {name: number for name, number in found if name in NAMES}


def rows(home: Path, table: str, columns: str) -> list[tuple[Any, ...]]:
    database = open_database(home / "zhenzan.sqlite")
    found = database.fetch(f"SELECT {columns} FROM {table} ORDER BY 1, 2")
    database.close()
    return [tuple(row) for row in found]
