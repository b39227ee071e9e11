"""Drawings of one ring or one item, made on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhenzan.verify.report.number_text import Language
from zhenzan.verify.report.result_sql import Tables
from zhenzan.verify.results.verified_counts import part_sql

__all__ = ["item_bins", "item_drawing", "ring_drawing"]

BINS = 96
"""Bars of an item's timeline at most."""


def ring_drawing(tables: Tables, ring: Mapping[str, Any], language: Language) -> Callable[[], Any]:
    """The ring's raster (when, on what), drawn when asked for."""

    def draw() -> Any:
        from zhenzan.verify.report.rings import raster, raster_cells

        return raster(raster_cells(tables, [ring])[ring["ring"]], language)

    return draw


def item_bins(tables: Tables, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Counted likes of one item in equal bins of its life: start, seconds, verdict (a part), likes."""
    span = max(60.0, (item["last"] - item["first"]).total_seconds())
    seconds = span / BINS
    return [
        {**row, "seconds": seconds, "verdict": str(row["verdict"])}
        for row in tables.query(
            "SELECT to_timestamp($first + bin * $seconds) AS start, verdict, likes FROM ("
            "SELECT least($bins - 1, floor((epoch(timestamp) - $first) / $seconds)) AS bin, "
            f"{part_sql()} AS verdict, count(*) AS likes FROM verdicts v "
            "LEFT JOIN accounts a ON a.account = v.account "
            "WHERE item = $item AND standing = 'counted' GROUP BY ALL) "
            "ORDER BY start, verdict",
            {"first": item["first"].timestamp(), "seconds": seconds, "bins": BINS, "item": item["item"]},
        )
    ]


def item_drawing(tables: Tables, item: Mapping[str, Any], language: Language) -> Callable[[], Any]:
    """The item's likes over time by verdict, drawn when asked for."""

    def draw() -> Any:
        from zhenzan.verify.report.charts import timeline

        return timeline(item_bins(tables, item), language)

    return draw
