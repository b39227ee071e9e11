"""The tables of promotion: terms, orders with their lines, outcomes and events, flights, exposures.

No event of the ledger makes these rows again, so those that money hangs on carry a checksum, `crc`. Times are
µs since 1970, money is minor units.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, LargeBinary, String, Table

from zhenzan.store import METADATA, checked, number

__all__ = [
    "EXPOSURES",
    "FLIGHTS",
    "OPT_OUTS",
    "ORDERS",
    "ORDER_EVENTS",
    "ORDER_LINES",
    "ORDER_OUTCOMES",
    "ORDER_TARGETS",
    "PROMOTABLE_ITEMS",
    "SLOT_HOURS",
    "SOLD_HOURS",
    "TERMS_VERSIONS",
]

TERMS_VERSIONS = checked(  # every version of the terms of sale that was ever drafted
    "terms_versions",
    number("number", primary_key=True, autoincrement=False),
    Column("version", String, nullable=False),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False),  # draft, published, retired
    Column("made_by", String, nullable=False),
    number("made_at"),
    number("published_at"),  # 0: never
)
Index(  # one version is sold by
    "terms_versions_published", TERMS_VERSIONS.c.state, unique=True,
    sqlite_where=TERMS_VERSIONS.c.state == "published",
    postgresql_where=TERMS_VERSIONS.c.state == "published",
)  # fmt: skip
ORDERS = checked(  # from the quote on
    "orders",
    Column("id", String, primary_key=True),
    number("number", unique=True),  # of its flight
    Column("buyer", String, nullable=False, index=True),
    Column("item", String, nullable=False, index=True),
    Column("creator", String, nullable=False),
    Column("state", String, nullable=False, index=True),
    number("start_us"),
    number("end_us"),
    number("quote_expires_us"),
    number("window_over"),
    number("paid"),
    number("refunded"),
    number("version"),
    Column("reason", String, nullable=False),
    Column("package", String, nullable=False),
    Column("terms", String, nullable=False),  # the version that it was quoted by
    Column("on_shortfall", String, nullable=False),  # what the buyer chose: extend, refund
    number("extensions"),
    number("made_at"),
    number("needs_review"),
)
ORDER_LINES = checked(
    "order_lines",
    Column("order_id", String, primary_key=True),
    number("seq", primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    number("goal"),
    number("price"),
)
ORDER_OUTCOMES = checked(  # interactions that were attributed, and what each is to its line
    "order_outcomes",
    Column("order_id", String, primary_key=True),
    Column("outcome", String, primary_key=True),
    number("seq"),  # of its line
    number("position"),  # in which they came
    Column("account", String, nullable=False),
    number("at_us"),
    Column("status", String, nullable=False, index=True),
    number("judged_at"),  # 0: not yet
)
ORDER_EVENTS = checked(  # every change of an order: who, when, why
    "order_events",
    Column("order_id", String, primary_key=True),
    number("version", primary_key=True, autoincrement=False),
    Column("command", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("role", String, nullable=False),
    number("at_us"),
    Column("state", String, nullable=False),  # afterwards
    Column("detail", String, nullable=False),
    number("billed"),
    number("refunded"),
)
ORDER_TARGETS = checked(  # whom an order wants to reach; no row of a kind is everybody
    "order_targets",
    Column("order_id", String, primary_key=True),
    Column("kind", String, primary_key=True),  # region, hour, interest
    Column("value", String, primary_key=True),
)
FLIGHTS = checked(  # what delivery follows, and what the quote expected
    "flights",
    Column("order_id", String, primary_key=True),
    number("plan_end_us"),
    Column("curve", LargeBinary, nullable=False),  # float64
    Column("zone", String, nullable=False),
    number("hour_cap"),
    number("day_cap"),
    Column("done_chance", Float, nullable=False),
    Column("exposures_low", Float, nullable=False),
    Column("exposures_high", Float, nullable=False),
    Column("exposures_expected", Float, nullable=False),
    Column("hours_low", Float, nullable=False),
    Column("hours_high", Float, nullable=False),
    number("at_risk_since"),  # 0: it is not
)
SOLD_HOURS = Table(  # exposures that orders will need, by whole UTC hours
    "sold_hours",
    METADATA,
    Column("order_id", String, primary_key=True),
    number("hour", primary_key=True, autoincrement=False),
    Column("region", String, primary_key=True),
    Column("interest", String, primary_key=True),
    Column("exposures", Float, nullable=False),
)
SLOT_HOURS = Table(  # slots that came, by whole UTC hours
    "slot_hours",
    METADATA,
    number("hour", primary_key=True, autoincrement=False),
    Column("region", String, primary_key=True),
    Column("interest", String, primary_key=True),
    number("slots"),
    number("shown"),
)
EXPOSURES = Table(  # that a client has reported with its receipt; the record says the rest
    "exposures",
    METADATA,
    number("decision", primary_key=True, autoincrement=False),
    number("order_number", index=True),
    Column("record", LargeBinary, nullable=False),
    number("opened_us", index=True),
    number("qualified_us"),  # 0: not yet
)
OPT_OUTS = checked(  # viewers who are shown no promotion
    "promotion_opt_outs",
    Column("account", String, primary_key=True),
    number("since"),
)
PROMOTABLE_ITEMS = checked(  # whose an item is, by the platform's word, and whether others may promote it
    "promotable_items",
    Column("item", String, primary_key=True),
    Column("creator", String, nullable=False),
    number("is_permitted"),
)
