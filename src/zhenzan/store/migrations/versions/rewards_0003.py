"""What rewards hold and freeze; levels, appeals, the market, decorations."""

from alembic import op

from zhenzan.store.tables import (
    APPEALS,
    BIDS,
    DECORATIONS,
    HOLDS,
    LEVELS,
    LISTINGS,
    PENDINGS,
    RENTALS,
    SALES,
    TRANSFERS,
)

revision = "rewards_0003"
down_revision = "rewards_0002"


def upgrade() -> None:
    """Make them where they are not there yet."""
    for table in (HOLDS, LEVELS, APPEALS, LISTINGS, BIDS, SALES, RENTALS, DECORATIONS):
        table.create(op.get_bind(), checkfirst=True)
    for table in (TRANSFERS, PENDINGS):
        for index in table.indexes:
            index.create(op.get_bind(), checkfirst=True)
