"""Keys by which platforms sign tokens for viewers."""

import sqlalchemy as sa
from alembic import op

revision = "service_0011"
down_revision = "service_0010"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("origins", sa.String(), nullable=False),
        sa.Column("created_at", LONG, nullable=False),
        sa.Column("revoked_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_signing_keys_key"), "signing_keys", ["key"], unique=False)
