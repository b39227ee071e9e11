"""What was counted."""

import sqlalchemy as sa
from alembic import op

revision = "counting_0001"
down_revision = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "counted",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subscriber", sa.String(), nullable=False),
        sa.Column("settlement", LONG, nullable=False),
        sa.Column("likes", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
