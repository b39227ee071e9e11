"""The store's own table."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from zhenzan.store.metadata import METADATA, number

SEQUENCES = Table(  # the last number that was given, by what is numbered
    "sequences",
    METADATA,
    Column("name", String, primary_key=True),
    number("last"),
)
