"""Rings as they were when cases on them were opened."""

from alembic import op

from zhenzan.store.tables import CASE_RINGS

revision = "service_0007"
down_revision = "service_0006"


def upgrade() -> None:
    """Make their table, unless the first migration made all as they are now."""
    CASE_RINGS.create(op.get_bind(), checkfirst=True)
