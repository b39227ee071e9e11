"""Orders of likes: what was bought, at what price, and the outcome, in columns that grow with every order.
Columns that grow with every order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Order", "Orders"]

_WHOLE = ("day", "creator", "item", "seller", "quantity", "delivered", "found", "judged")
_MONEY = ("paid", "cost", "seller_fine", "buyer_fine", "restitution")


@dataclass(frozen=True)
class Order:
    """One order as it is placed: `quantity` likes of `item` from `seller` (its number) for `paid` coins."""

    day: int
    creator: int
    item: int
    seller: int
    quantity: int
    paid: float
    start: int
    """µs from the world's start at which delivery begins."""


class Orders:
    """All orders, numbered from 0, as columns (views that are valid until the next order is placed)."""

    def __init__(self) -> None:
        self.count = 0
        self._columns: dict[str, npt.NDArray[np.generic]] = {
            **{name: np.zeros(64, np.int64) for name in _WHOLE},
            **{name: np.zeros(64, np.float64) for name in _MONEY},
        }

    def append(self, order: Order) -> int:
        """Record an order and return its number."""
        number = self.count
        if number == len(self._columns["day"]):
            self._columns = {
                name: np.concatenate([values, np.zeros_like(values)])
                for name, values in self._columns.items()
            }
        for name in ("day", "creator", "item", "seller", "quantity", "paid"):
            self._columns[name][number] = getattr(order, name)
        self.count += 1
        return number

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """A column; writing to it changes the orders."""
        return self._columns[name][: self.count]
