"""Database table of the store."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from zhenzan.store.metadata import METADATA, number

SEQUENCES = Table(  # the last number that was given, by what is numbered
    "sequences",
    METADATA,
    Column("name", String, primary_key=True),
    number("last"),
)
UPGRADES = Table(  # which version of Zhenzan brought the database to which revision, from 0014 on
    "upgrades",
    METADATA,
    Column("revision", String, primary_key=True),
    Column("zhenzan", String, nullable=False),
    number("upgraded_at"),
)
