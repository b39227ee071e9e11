"""The folder that a database belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "service_0010"
down_revision = "service_0009"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "homes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
