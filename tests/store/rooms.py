"""The tables of every room that has some, and whose each is."""

from __future__ import annotations

from importlib import import_module

import pytest

pytest.importorskip("litestar", reason="the service's extra is not installed")

from sqlalchemy import Table

from zhenzan.rooms import ROOMS
from zhenzan.store import METADATA

__all__ = ["OWNERS", "TABLES"]

TABLES = METADATA
OWNERS = {
    table.name: room.name
    for room in ROOMS
    if room.tables
    for table in vars(import_module(room.tables)).values()
    if isinstance(table, Table)
}
assert set(OWNERS) == set(TABLES.tables), "a room's tables are not in the list"
