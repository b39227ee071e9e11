"""Table schemas of a run's outputs: columns, types and units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "ACCOUNTS",
    "CREATORS",
    "DAYS",
    "INTERACTIONS",
    "ITEMS",
    "LIKES_BY_SOURCE",
    "ORDERS",
    "OUTCOME_TABLES",
    "SELLERS",
    "SIZES",
    "TRUTH",
    "WORD",
    "words_of",
]

WORD = pa.dictionary(pa.int8(), pa.string())
ADDRESS = pa.dictionary(pa.int32(), pa.string())
TIMESTAMP = pa.timestamp("us", tz="UTC")
GESTURE = pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64()), ("t", pa.float64())]))

INTERACTIONS = pa.schema(
    [
        ("kind", WORD),  # view, like, unlike, comment, share, follow
        ("timestamp", TIMESTAMP),  # to the millisecond
        ("account", pa.int64()),  # opaque
        ("item", pa.int64()),  # opaque
        ("creator", pa.int64()),  # opaque
        ("watched", pa.int64()),  # milliseconds
        ("duration", pa.int64()),  # milliseconds; null for live rooms
        ("ip", ADDRESS),
        ("device", ADDRESS),
        ("region", WORD),
        ("origin", pa.string()),  # organic, search, profile, direct, promoted:<order>
    ]
)
"""The log, in order of time: schema v1 of the interactions. With `records.gestures` also `gesture`."""

TRUTH = pa.schema(
    [
        ("row", pa.int64()),  # the row of the log, from 0
        ("kind_of_like", WORD),  # natural, bought, camouflage; of what is no like too
        ("source", WORD),  # ordinary, a confounder, or a seller's strategy: words.SOURCES
        ("motive", WORD),  # the viewer's at that moment; hired for what is paid
        ("ring", pa.int32()),  # of the account; null: none
        ("campaign", pa.int32()),  # the order; null: none
        ("double_tap", pa.bool_()),  # a like by double tap, not by button
    ]
)
"""What is true of every row of the log, in the same order."""

ACCOUNTS = pa.schema(
    [
        ("account", pa.int64()),
        ("role", WORD),  # viewer, newcomer, bot
        ("motive", WORD),  # the strongest
        *[(f"motive_{name}", pa.float32()) for name in
          ("social", "algorithmic", "commercial", "emotional", "expression", "reward")],
        ("sessions_per_day", pa.float32()),
        ("heavy", pa.bool_()),
        ("region", WORD),
        ("utc_offset_hours", pa.float32()),
        ("cohort", pa.int32()),  # office or school; null: none
        ("ring", pa.int32()),  # null: none
        ("seller", pa.string()),  # whose account or worker this is; null: nobody's
        ("created", TIMESTAMP),
        ("closed", TIMESTAMP),  # by the platform; null: never
    ]
)  # fmt: skip

ITEMS = pa.schema(
    [
        ("item", pa.int64()),
        ("creator", pa.int64()),
        ("topic", pa.int32()),
        ("quality", pa.float32()),  # standard deviations
        ("appeal", pa.float32()),  # what the first second promises, standard deviations
        ("clickbait", pa.bool_()),
        ("live", pa.bool_()),
        ("published", TIMESTAMP),
        ("duration", pa.int64()),  # milliseconds; null for live rooms
        ("views", pa.int64()),  # from the feed
        ("likes_genuine", pa.int64()),
        ("likes_bought", pa.int64()),
        ("likes_claimed", pa.int64()),  # what the counter shows at the end
        ("views_by_bought_likes", pa.float64()),  # exposure won (+) by bought likes, see docs
        ("stage", pa.int8()),  # -1: retired
    ]
)

CREATORS = pa.schema(
    [
        ("creator", pa.int64()),
        ("topic", pa.int32()),
        ("fame", pa.float32()),
        ("skill", pa.float32()),
        ("tempted", pa.bool_()),
        ("honest", pa.bool_()),  # bought nothing
        ("items", pa.int32()),
        ("views", pa.int64()),
        ("views_stolen", pa.float64()),  # exposure lost to bought likes of others
        ("likes_genuine", pa.int64()),
        ("likes_bought", pa.int64()),
        ("income", pa.float64()),  # coins, from views and fees, after freezes
        ("spent_on_likes", pa.float64()),
        ("spent_on_promotion", pa.float64()),
        ("fines", pa.float64()),
        ("strikes", pa.int32()),
        ("strikes_undeserved", pa.int32()),  # mostly for natural likes
        ("banned", pa.bool_()),
    ]
)

ORDERS = pa.schema(
    [
        ("order", pa.int32()),
        ("day", pa.int32()),
        ("creator", pa.int64()),
        ("orders_before", pa.int32()),  # by its creator
        ("item", pa.int64()),
        ("seller", pa.string()),
        ("strategy", WORD),
        ("quantity", pa.int32()),
        ("delivered", pa.int32()),
        ("found", pa.int32()),  # called fake, at whatever time
        ("paid", pa.float64()),  # coins, by the buyer
        ("cost", pa.float64()),  # coins, of the seller: accounts, workers, machines
        ("seller_fine", pa.float64()),
        ("buyer_fine", pa.float64()),
        ("restitution", pa.float64()),
        ("gain_pride", pa.float64()),  # coins, from likes that stand
        ("gain_fees", pa.float64()),
        ("gain_views", pa.float64()),
        ("loss_frozen", pa.float64()),  # income lost to freezes and bans because of it
        ("seller_profit", pa.float64()),
        ("buyer_profit", pa.float64()),
        ("buyer_profit_money", pa.float64()),  # without pride
    ]
)

SIZES = pa.schema(
    [
        ("strategy", WORD),
        ("quantity", pa.int32()),
        ("orders", pa.int32()),
        ("found_share", pa.float64()),
        ("price_per_like", pa.float64()),
        ("seller_profit_per_order", pa.float64()),
        ("buyer_profit_per_order", pa.float64()),
        ("buyer_profit_money_per_order", pa.float64()),
    ]
)

SELLERS = pa.schema(
    [
        ("seller", pa.string()),
        ("strategy", WORD),
        ("orders", pa.int32()),
        ("likes", pa.int64()),
        ("found_share", pa.float64()),
        ("revenue", pa.float64()),
        ("cost", pa.float64()),
        ("fines", pa.float64()),
        ("profit", pa.float64()),
        ("accounts_made", pa.int64()),
        ("accounts_lost", pa.int64()),
        ("price_factor", pa.float64()),  # how far prices were raised in the end
        ("pace_factor", pa.float64()),  # how far delivery was slowed down in the end
    ]
)

DAYS = pa.schema(
    [
        ("day", pa.int32()),
        ("views", pa.int64()),
        ("likes_natural", pa.int64()),
        ("likes_bought", pa.int64()),
        ("likes_camouflage", pa.int64()),
        ("found", pa.int64()),
        ("natural_found", pa.int64()),
        ("orders", pa.int32()),
        ("expected_loss", pa.float64()),  # the share of likes that buyers expect to lose
        ("claimed", pa.int64()),  # likes that counters show, at the end of the day
        ("genuine", pa.int64()),  # of these, genuine
        ("platform_income", pa.float64()),
        ("quality_watched", pa.float64()),  # mean quality of views, weighted by time watched
    ]
)

LIKES_BY_SOURCE = pa.schema(
    [
        ("source", WORD),
        ("kind_of_like", WORD),
        ("likes", pa.int64()),
        ("found", pa.int64()),
        ("found_share", pa.float64()),
    ]
)

OUTCOME_TABLES = {
    "orders": ORDERS,
    "sizes": SIZES,
    "sellers": SELLERS,
    "creators": CREATORS,
    "days": DAYS,
    "likes_by_source": LIKES_BY_SOURCE,
}
"""The outcome tables beside `summary`, which has one row; `outcomes.SUMMARY` says what is in it."""


def words_of(codes: npt.ArrayLike, words: tuple[str, ...]) -> pa.DictionaryArray:
    """The word of each code."""
    return pa.DictionaryArray.from_arrays(np.asarray(codes, np.int8), pa.array(words)).cast(WORD)
