"""All calls of promotion."""

from __future__ import annotations

from zhenzan.service.promotion.delivery_api import DELIVERING
from zhenzan.service.promotion.operators_api import OPERATING, WALLETS
from zhenzan.service.promotion.orders_api import ORDERS

__all__ = ["ROUTES"]

ROUTES = (*ORDERS, *WALLETS, *OPERATING, *DELIVERING)
