"""What webhooks are told of, what signing keys are for, whom cases are about: rows, no lists in texts."""

import json
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection, Table

from zhenzan.store.checksums import checksum

revision = "service_0016"
down_revision = "rewards_0015"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make their tables, fill them from the texts, and take the texts away."""
    connection = op.get_bind()
    events = op.create_table(
        "webhook_events",
        sa.Column("webhook", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("webhook", "event"),
    )
    origins = op.create_table(
        "signing_key_origins",
        sa.Column("signing_key", sa.String(), nullable=False),
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("signing_key", "seq"),
    )
    accounts = op.create_table(
        "case_accounts",
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("case", "account"),
    )
    _take_out(connection, "webhooks", "events", events, lambda text: text.split(","))
    _take_out(connection, "signing_keys", "origins", origins, _listed)
    _take_out(connection, "cases", "accounts", accounts, _listed)


def _take_out(
    connection: Connection, table: str, column: str, rows: Table, listed: Callable[[str], Iterable[str]]
) -> None:
    """Move the values of a column into rows. A checksum that did not fit fits no more than before."""
    result = connection.exec_driver_sql(f"SELECT * FROM {table}")
    at, old = list(result.keys()).index(column), result.all()
    op.drop_column(table, column)
    names = [each.name for each in rows.columns]
    for *row, crc in old:
        wrong = crc ^ checksum(row)
        owner, values = row[0], dict.fromkeys(listed(row.pop(at)))
        new = [(owner, seq, value) if "seq" in names else (owner, value) for seq, value in enumerate(values)]
        if new:
            filled = [dict(zip(names, (*each, checksum(each) ^ wrong), strict=True)) for each in new]
            connection.execute(rows.insert(), filled)
        connection.execute(
            sa.text(f"UPDATE {table} SET crc = :crc WHERE id = :id"),
            {"crc": checksum(row) ^ wrong, "id": owner},
        )


def _listed(text: str) -> list[str]:
    """Of a JSON array; of a damaged text, itself."""
    try:
        return list(map(str, json.loads(text)))
    except (ValueError, TypeError):
        return [text]
