"""Keys by which platforms sign tokens for viewers."""

from alembic import op

from zhenzan.store.tables import SIGNING_KEYS

revision = "service_0011"
down_revision = "service_0010"


def upgrade() -> None:
    """Make their table, unless the first migration made all as they are now."""
    SIGNING_KEYS.create(op.get_bind(), checkfirst=True)
