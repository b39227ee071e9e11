"""Verification: a probability, a verdict and the reasons for every like; the rings behind the bought ones.

The road is in `pipeline`; the model in `inference`.
"""

from typing import TYPE_CHECKING, Any

from zhenzan.verify.evidence.rules import check_rules
from zhenzan.verify.pipeline import verify
from zhenzan.verify.results.late_likes import LATE, late_sql
from zhenzan.verify.results.result import Result
from zhenzan.verify.results.result_format import FORMAT_KEY, RESULT_FORMAT, check_result_format, items_sql
from zhenzan.verify.results.verified_counts import (
    BOT_SHARE,
    BOT_SQL,
    HIGH_SQL,
    LOW_SQL,
    PARTS,
    SUMS_SQL,
    counts_sql,
    nothing_said,
    total_of_items,
)
from zhenzan.verify.rings.ring_ids import KnownRings, merged_rings

if TYPE_CHECKING:
    from zhenzan.verify.calibration.calibrate import calibrate
    from zhenzan.verify.results.explain import Explanation

__all__ = [
    "BOT_SHARE",
    "BOT_SQL",
    "FORMAT_KEY",
    "HIGH_SQL",
    "LATE",
    "LOW_SQL",
    "PARTS",
    "RESULT_FORMAT",
    "SUMS_SQL",
    "Explanation",
    "KnownRings",
    "Result",
    "calibrate",
    "check_result_format",
    "check_rules",
    "counts_sql",
    "items_sql",
    "late_sql",
    "merged_rings",
    "nothing_said",
    "total_of_items",
    "verify",
]


_HOME = {
    "Explanation": "zhenzan.verify.results.explain",
    "calibrate": "zhenzan.verify.calibration.calibrate",
}


def __getattr__(name: str) -> Any:
    """Explanations bring the chart library along, calibration DuckDB: a run need not wait for either."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
