"""How far decisions of cases reach."""

from alembic import op

from zhenzan.store.tables import CASE_SCOPES

revision = "service_0008"
down_revision = "service_0007"


def upgrade() -> None:
    """Make their table, unless the first migration made all as they are now."""
    CASE_SCOPES.create(op.get_bind(), checkfirst=True)
