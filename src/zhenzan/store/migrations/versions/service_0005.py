"""Who may call the service."""

from alembic import op

from zhenzan.store.tables import API_KEYS

revision = "service_0005"
down_revision = "rewards_0004"


def upgrade() -> None:
    """Make the table of keys, unless the first migration made all tables as they are now."""
    API_KEYS.create(op.get_bind(), checkfirst=True)
