"""Wash trades on the market, with the rings of the settlement that is served."""

from __future__ import annotations

from zhenzan.ledger import Ledger
from zhenzan.rewards import Flag, rings_of, wash_trades
from zhenzan.settlement import Settlement

__all__ = ["odd_sales"]


def odd_sales(ledger: Ledger, settlement: Settlement | None) -> list[Flag]:
    """Sales as if nobody really bought, the newest first."""
    return wash_trades(ledger, rings_of(settlement.load()) if settlement is not None else None)
