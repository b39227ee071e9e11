"""Numbers that are given once; one policy that rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from zhenzan.store.checksums import checksum

revision = "service_0009"
down_revision = "rewards_0008"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POLICIES = sa.table(
    "policies", *map(sa.column, ("number", "version", "text", "state", "note", "made_by", "made_at")),
    sa.column("published_at"), sa.column("crc"),
)  # fmt: skip
STANDING = (("ruling", "retired"), ("shadow", "draft"))
"""What one version alone may be, and what the others become that were so at once."""


def upgrade() -> None:
    """Go on from the highest numbers there are, and let the newest version rule where several did."""
    connection = op.get_bind()
    sequences = op.create_table(
        "sequences",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", LONG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for name, text in (
        ("cases", "SELECT MAX(CAST(SUBSTR(id, 6) AS INTEGER)) FROM cases"),
        ("policies", "SELECT MAX(number) FROM policies"),
    ):
        last = connection.exec_driver_sql(text).scalar()
        if last:
            connection.execute(sequences.insert().values(name=name, last=last))
    for state, other in STANDING:
        _leave_one(connection, state, other)
    one = sa.text("state IN ('ruling', 'shadow')")
    op.create_index(
        "policies_standing", "policies", ["state"], unique=True, sqlite_where=one, postgresql_where=one
    )


def _leave_one(connection: Connection, state: str, other: str) -> None:
    names = [column.name for column in POLICIES.columns if column.name != "crc"]
    query = POLICIES.select().where(POLICIES.c.state == state).order_by(POLICIES.c.number.desc())
    for row in connection.execute(query).mappings().all()[1:]:
        values = {name: row[name] for name in names} | {"state": other}
        where = POLICIES.c.number == row["number"]
        connection.execute(
            POLICIES.update().where(where).values(state=other, crc=checksum(list(values.values())))
        )
