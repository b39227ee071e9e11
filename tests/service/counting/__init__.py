"""A room of two subscribers that count settlements and likes, slowly enough to be killed in between."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, MetaData, String, Table

from zhenzan.rooms import Room
from zhenzan.store import number

if TYPE_CHECKING:
    from zhenzan.service.resources import Resources
    from zhenzan.settlement import Settlement

__all__ = ["BEFORE", "COUNTED", "ROOM", "TOLD", "subscribers"]

HERE = "tests.service.counting"
ROOM = Room("counting", migrations=f"{HERE}.migrations", subscribers=f"{HERE}:subscribers")
BEFORE = f"""
import zhenzan.rooms
from {HERE} import ROOM
zhenzan.rooms.ROOMS = (*zhenzan.rooms.ROOMS, ROOM)
"""
TOLD = "told"  # the file that notes each call before anything is done
COUNTED = Table(
    "counted",
    MetaData(),
    Column("id", String, primary_key=True),  # of the effect, never twice the same
    Column("subscriber", String, nullable=False),
    number("settlement"),
    number("likes"),
)


class Counting:
    """Writes one row for a settlement that has none: how many likes more it has than the rows so far."""

    remembers = True

    def __init__(self, name: str, resources: Resources) -> None:
        self.name, self._database = name, resources.ledger.database
        self._file = resources.settings.home / f"{TOLD}-{name}"

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        _append(self._file, f"{current.number}\n")
        time.sleep(random.uniform(0, 0.2))
        with self._database.write() as connection:
            if current.number not in {row[0] for row in self._rows(connection)}:
                before = sum(row[1] for row in self._rows(connection))
                likes = int(current.load().summary["counts"]["likes"]) - before
                row = (f"{self.name}/{time.time_ns()}", self.name, current.number, likes)
                self._database.insert(connection, COUNTED, [row])
        time.sleep(random.uniform(0, 0.2))  # a kill here tells it again

    def _rows(self, connection: Connection) -> Sequence[Any]:
        text = f"SELECT settlement, likes FROM counted WHERE subscriber = '{self.name}'"
        return connection.exec_driver_sql(text).all()


def subscribers(resources: Resources) -> Sequence[Counting]:
    """Two that know nothing of each other."""
    return (Counting("first", resources), Counting("second", resources))


def _append(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
