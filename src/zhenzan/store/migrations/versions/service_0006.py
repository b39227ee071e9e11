"""What people decide, publish and subscribe to."""

from alembic import op

from zhenzan.store.tables import CASES, DELIVERIES, POLICIES, REQUESTS, WEBHOOKS

revision = "service_0006"
down_revision = "service_0005"


def upgrade() -> None:
    """Make their tables, unless the first migration made all as they are now."""
    for table in (REQUESTS, CASES, POLICIES, WEBHOOKS, DELIVERIES):
        table.create(op.get_bind(), checkfirst=True)
