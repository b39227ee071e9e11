"""The tables of every room that has some: the list that a new room joins."""

from __future__ import annotations

from types import ModuleType

import pytest

pytest.importorskip("litestar", reason="the service's extra is not installed")

from sqlalchemy import Table

import zhenzan.ledger.tables
import zhenzan.rewards.tables
import zhenzan.service.tables
import zhenzan.settle.tables
import zhenzan.store.tables
from zhenzan.store import METADATA

__all__ = ["OWNERS", "TABLES"]

ROOMS: tuple[ModuleType, ...] = (
    zhenzan.ledger.tables,
    zhenzan.rewards.tables,
    zhenzan.service.tables,
    zhenzan.settle.tables,
    zhenzan.store.tables,
)

TABLES = METADATA
OWNERS = {
    table.name: room.__name__.split(".")[1]
    for room in ROOMS
    for table in vars(room).values()
    if isinstance(table, Table)
}
assert set(OWNERS) == set(TABLES.tables), "a room's tables are not in the list"
