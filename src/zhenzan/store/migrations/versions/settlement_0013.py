"""Which settlement each subscriber has taken up."""

import sqlalchemy as sa
from alembic import op

revision = "settlement_0013"
down_revision = "rewards_0012"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "settlement_deliveries",
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("number", LONG, nullable=False),
        sa.Column("delivered_at", LONG, nullable=False),
        sa.PrimaryKeyConstraint("subscriber"),
    )
