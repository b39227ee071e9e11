"""Odd sales, with the rings of the settlement that is served."""

from __future__ import annotations

from zhenzan.rewards import Flag, rings_of, wash_trades
from zhenzan.service.core import Core

__all__ = ["odd_sales"]


def odd_sales(core: Core) -> list[Flag]:
    """Sales as if nobody really bought, the newest first."""
    return wash_trades(core.ledger, rings_of(core.passed.load()) if core.passed is not None else None)
