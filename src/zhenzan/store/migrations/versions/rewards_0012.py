"""How far decisions of cases reach, and claims that stand on likes which came in lately."""

from alembic import op

from zhenzan.store.tables import CASE_SCOPES, WAITING_CLAIMS

revision = "rewards_0012"
down_revision = "service_0011"


def upgrade() -> None:
    """Make their tables, unless the first migration made all as they are now."""
    for table in (CASE_SCOPES, WAITING_CLAIMS):
        table.create(op.get_bind(), checkfirst=True)
