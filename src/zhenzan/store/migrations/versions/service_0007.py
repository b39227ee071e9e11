"""Rings as they were when cases on them were opened."""

import sqlalchemy as sa
from alembic import op

revision = "service_0007"
down_revision = "service_0006"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "case_rings",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("ring", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("case"),
    )
