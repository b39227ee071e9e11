"""Table schemas of an experiment's results. `level`: the value of the sweep, null where an arm is not
swept.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = ["CONTRASTS", "FRONTIER", "INTERVALS", "RUN_COLUMNS", "SIZES", "SIZE_INTERVALS", "SIZE_OUTCOMES"]

RUN_COLUMNS = [
    ("arm", pa.string()),
    ("level", pa.float64()),
    ("replicate", pa.int32()),
    ("seed", pa.int64()),
]
"""What says which run it was; `runs` has the numbers of `outcomes.SUMMARY` beside them."""

SIZE_OUTCOMES = (
    "found_share",
    "price_per_like",
    "seller_profit_per_order",
    "buyer_profit_per_order",
    "buyer_profit_money_per_order",
)

SIZES = pa.schema(
    [
        *RUN_COLUMNS,
        ("strategy", pa.string()),
        ("quantity", pa.int32()),
        ("orders", pa.int32()),
        *((name, pa.float64()) for name in SIZE_OUTCOMES),
    ]
)

_MEAN = [("mean", pa.float64()), ("low", pa.float64()), ("high", pa.float64()), ("replicates", pa.int32())]
_ARM = [("arm", pa.string()), ("level", pa.float64())]

INTERVALS = pa.schema([*_ARM, ("outcome", pa.string()), *_MEAN])

SIZE_INTERVALS = pa.schema(
    [
        *_ARM,
        ("strategy", pa.string()),
        ("quantity", pa.int32()),
        ("outcome", pa.string()),
        *_MEAN,
        ("orders", pa.int64()),  # of all replicates
    ]
)

CONTRASTS = pa.schema(
    [
        ("outcome", pa.string()),
        ("arm", pa.string()),
        ("than", pa.string()),
        ("level", pa.float64()),
        *_MEAN,
    ]
)

FRONTIER = pa.schema(
    [
        ("arm", pa.string()),
        ("side", pa.string()),  # buyer (pride included), buyer_money, seller
        ("quantity", pa.int32()),
        ("state", pa.string()),  # stops; pays: even at the last level; loses: from the first level on
        ("level", pa.float64()),  # from which an order loses; null unless it stops
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("low_below_range", pa.bool_()),  # the interval reaches below the first level (low is null)
        ("high_above_range", pa.bool_()),  # … above the last (high is null)
        ("replicates", pa.int32()),
    ]
)
