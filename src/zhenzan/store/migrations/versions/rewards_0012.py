"""How far decisions reach; claims that stand on likes which came in lately."""

import sqlalchemy as sa
from alembic import op

revision = "rewards_0012"
down_revision = "service_0011"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "case_scopes",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("until", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("case"),
    )
    op.create_table(
        "waiting_claims",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("grants", LONG, nullable=False),
        sa.Column("until", LONG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_waiting_claims_account"), "waiting_claims", ["account"], unique=False)
