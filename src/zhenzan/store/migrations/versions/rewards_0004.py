"""Badges; a checksum in every row of the rewards."""

from alembic import op
from sqlalchemy import inspect

from zhenzan.store.checksums import checksum
from zhenzan.store.tables import METADATA

revision = "rewards_0004"
down_revision = "rewards_0003"


def upgrade() -> None:
    """Make the tables anew that have no checksums yet: SQLite cannot add a column as a new table has it."""
    connection = op.get_bind()
    for table in METADATA.sorted_tables:
        if not table.info.get("checked"):
            continue
        found = inspect(connection)
        if not found.has_table(table.name):
            table.create(connection)
        elif "crc" not in {column["name"] for column in found.get_columns(table.name)}:
            names = [column.name for column in table.columns][:-1]
            listed = ", ".join(f'"{name}"' for name in names)
            rows = connection.exec_driver_sql(f'SELECT {listed} FROM "{table.name}"').fetchall()
            connection.exec_driver_sql(f'DROP TABLE "{table.name}"')
            table.create(connection)
            if rows:
                names.append("crc")
                full = [dict(zip(names, (*row, checksum(row)), strict=True)) for row in rows]
                connection.execute(table.insert(), full)
