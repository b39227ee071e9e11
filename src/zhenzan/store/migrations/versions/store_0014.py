"""Which version of Zhenzan brought the database to which revision."""

import sqlalchemy as sa
from alembic import op

revision = "store_0014"
down_revision = "settlement_0013"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make its table."""
    op.create_table(
        "upgrades",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("zhenzan", sa.String(), nullable=False),
        sa.Column("upgraded_at", LONG, nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
