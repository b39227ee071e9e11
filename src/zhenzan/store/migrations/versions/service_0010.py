"""The folder that a service's database belongs to."""

from alembic import op

from zhenzan.store.tables import HOMES

revision = "service_0010"
down_revision = "service_0009"


def upgrade() -> None:
    """Make its table, unless the first migration made all as they are now."""
    HOMES.create(op.get_bind(), checkfirst=True)
