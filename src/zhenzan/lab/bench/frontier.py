"""The frontier: for every order size, the value of the sweep at which buying and selling stop paying."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from zhenzan.lab.bench.intervals import Interval, bootstrap_crossing
from zhenzan.lab.bench.model import Experiment
from zhenzan.lab.bench.table_schemas import FRONTIER

__all__ = ["SIDES", "frontier_of"]

SIDES = {
    "buyer": "buyer_profit_per_order",
    "buyer_money": "buyer_profit_money_per_order",
    "seller": "seller_profit_per_order",
}
"""Whose profit, and the column of `sizes` that holds it."""


def frontier_of(experiment: Experiment, sizes: list[dict[str, Any]]) -> pa.Table:
    """The frontier of every swept arm (schema `FRONTIER`), from the rows of `sizes`."""
    rows: list[dict[str, Any]] = []
    for arm in experiment.arms:
        levels = experiment.levels(arm)
        if len(levels) < 2:
            continue
        own = [row for row in sizes if row["arm"] == arm]
        for quantity in sorted({row["quantity"] for row in own}):
            of_size = [row for row in own if row["quantity"] == quantity]
            for side, column in SIDES.items():
                curves = _curves(of_size, column, [float(level or 0.0) for level in levels], experiment)
                interval = bootstrap_crossing(np.array(levels, np.float64), curves)
                if interval.count:
                    rows.append({"arm": arm, "side": side, "quantity": quantity, **_described(interval)})
    return pa.Table.from_pylist(rows, schema=FRONTIER)


def _curves(
    rows: list[dict[str, Any]], column: str, levels: list[float], experiment: Experiment
) -> np.ndarray:
    """Mean profit an order [replicates, levels]; not a number where a run had no order of the size."""
    total = np.zeros((experiment.replicates, len(levels)))
    orders = np.zeros_like(total)
    for row in rows:
        cell = row["replicate"], levels.index(row["level"])
        total[cell] += row[column] * row["orders"]
        orders[cell] += row["orders"]
    return np.divide(total, orders, out=np.full_like(total, np.nan), where=orders > 0)


def _described(interval: Interval) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return value if math.isfinite(value) else None

    state = "stops" if math.isfinite(interval.mean) else "pays" if interval.mean > 0 else "loses"
    return {
        "state": state,
        "level": known(interval.mean),
        "low": known(interval.low),
        "high": known(interval.high),
        "low_below_range": interval.low == -math.inf,
        "high_above_range": interval.high == math.inf,
        "replicates": interval.count,
    }
