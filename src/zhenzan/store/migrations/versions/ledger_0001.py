"""The ledger's tables as they were first."""

from alembic import op

from zhenzan.store.tables import METADATA

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    """Make them. Once released, a change of a table is a migration of its own."""
    METADATA.create_all(op.get_bind())
