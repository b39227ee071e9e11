"""Who may call the service."""

from alembic import op

from zhenzan.store.tables import API_KEYS, SESSIONS

revision = "service_0005"
down_revision = "rewards_0004"


def upgrade() -> None:
    """Make their tables, unless the first migration made all as they are now."""
    for table in (API_KEYS, SESSIONS):
        table.create(op.get_bind(), checkfirst=True)
