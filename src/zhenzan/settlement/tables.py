"""Database tables of settlement."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from zhenzan.store import METADATA, number

SETTLEMENT_DELIVERIES = Table(  # the settlement that each subscriber took up last
    "settlement_deliveries",
    METADATA,
    Column("subscriber", String, primary_key=True),
    number("number"),
    number("delivered_at"),
)
