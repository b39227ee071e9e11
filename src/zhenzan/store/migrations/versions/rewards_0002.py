"""Redemptions and their codes."""

from alembic import op

from zhenzan.store.tables import CODES, REDEMPTIONS

revision = "rewards_0002"
down_revision = "ledger_0001"


def upgrade() -> None:
    """Make them where they are not there yet."""
    for table in (REDEMPTIONS, CODES):
        table.create(op.get_bind(), checkfirst=True)
