"""Terms of sale, orders, flights, exposures."""

import sqlalchemy as sa
from alembic import op

revision = "promote_0001"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_terms()
    _make_orders()
    _make_delivery()


def _make_terms() -> None:
    """What is sold, of whose items, and to whom not."""
    op.create_table(
        "terms_versions",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("published_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "promotion_opt_outs",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("since", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "promotable_items",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("creator", sa.String(), nullable=False),
        sa.Column("is_permitted", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("item"),
    )
    op.create_index(
        "terms_versions_published",
        "terms_versions",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )


def _make_orders() -> None:
    """Orders and what became of them."""
    op.create_table(
        "orders",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", LONG, nullable=False),
        sa.Column("buyer", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("creator", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("start_us", LONG, nullable=False),
        sa.Column("end_us", LONG, nullable=False),
        sa.Column("quote_expires_us", LONG, nullable=False),
        sa.Column("window_over", LONG, nullable=False),
        sa.Column("paid", LONG, nullable=False),
        sa.Column("refunded", LONG, nullable=False),
        sa.Column("version", LONG, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("package", sa.String(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("on_shortfall", sa.String(), nullable=False),
        sa.Column("extensions", LONG, nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("needs_review", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_orders_buyer", "orders", ["buyer"])
    op.create_index("ix_orders_item", "orders", ["item"])
    op.create_index("ix_orders_state", "orders", ["state"])
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("goal", LONG, nullable=False),
        sa.Column("price", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "seq"),
    )
    op.create_table(
        "order_outcomes",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("seq", LONG, nullable=False),
        sa.Column("position", LONG, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("at_us", LONG, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("judged_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "outcome"),
    )
    op.create_index("ix_order_outcomes_status", "order_outcomes", ["status"])
    op.create_table(
        "order_events",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("version", LONG, autoincrement=False, nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at_us", LONG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("billed", LONG, nullable=False),
        sa.Column("refunded", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "version"),
    )
    op.create_table(
        "order_targets",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "kind", "value"),
    )


def _make_delivery() -> None:
    """What is to be shown, and what was."""
    op.create_table(
        "flights",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("plan_end_us", LONG, nullable=False),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("hour_cap", LONG, nullable=False),
        sa.Column("day_cap", LONG, nullable=False),
        sa.Column("done_chance", sa.Float(), nullable=False),
        sa.Column("exposures_low", sa.Float(), nullable=False),
        sa.Column("exposures_high", sa.Float(), nullable=False),
        sa.Column("exposures_expected", sa.Float(), nullable=False),
        sa.Column("hours_low", sa.Float(), nullable=False),
        sa.Column("hours_high", sa.Float(), nullable=False),
        sa.Column("at_risk_since", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
    )
    op.create_table(
        "sold_hours",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("hour", LONG, autoincrement=False, nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("interest", sa.String(), nullable=False),
        sa.Column("exposures", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "hour", "region", "interest"),
    )
    op.create_table(
        "slot_hours",
        sa.Column("hour", LONG, autoincrement=False, nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("interest", sa.String(), nullable=False),
        sa.Column("slots", LONG, nullable=False),
        sa.Column("shown", LONG, nullable=False),
        sa.PrimaryKeyConstraint("hour", "region", "interest"),
    )
    op.create_table(
        "exposures",
        sa.Column("decision", LONG, autoincrement=False, nullable=False),
        sa.Column("order_number", LONG, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("opened_us", LONG, nullable=False),
        sa.Column("qualified_us", LONG, nullable=False),
        sa.PrimaryKeyConstraint("decision"),
    )
    op.create_index("ix_exposures_order_number", "exposures", ["order_number"])
    op.create_index("ix_exposures_opened_us", "exposures", ["opened_us"])
