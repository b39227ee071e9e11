"""Ids of the rewards are made under a secret of the ledger; names of accounts are told apart."""

import secrets
import time
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection, Table, text

from zhenzan.store.checksums import checksum

revision = "rewards_0008"
down_revision = "service_0007"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PLAIN_CHARACTERS_MAX, PLAIN_BYTES_MAX = 64, 64
ACCOUNTS = (
    ("grants", "account"), ("redemptions", "account"), ("listings", "seller"), ("bids", "bidder"),
    ("sales", "seller"), ("sales", "buyer"), ("rentals", "owner"), ("rentals", "renter"),
)  # fmt: skip


def upgrade() -> None:
    """Make their tables. What was named before keeps its name: grants under secret 0, which is none; accounts
    of long ids, by the hash that stood for them. A plain id that equals such a hash gets a name of its own.
    """
    connection = op.get_bind()
    naming_keys = op.create_table(
        "naming_keys",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("made_at", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    grant_names = op.create_table(
        "grant_names",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    account_names = op.create_table(
        "account_names",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    _insert(connection, naming_keys, [(1, secrets.token_hex(32), time.time_ns() // 1000)])
    _insert(
        connection, grant_names, [(key, 0) for (key,) in connection.execute(text("SELECT key FROM grants"))]
    )
    _insert(connection, account_names, sorted(_carried(connection).items()))


def _carried(connection: Connection) -> dict[str, str]:
    owners = {name for (name,) in connection.execute(text("SELECT name FROM owners WHERE name IS NOT NULL"))}
    accounts: set[str] = set()
    for table, column in ACCOUNTS:
        rows = connection.execute(text(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''"))
        accounts.update(name for (name,) in rows)
    carried: dict[str, str] = {}
    for account in accounts:
        name = _hash(account)
        if not _is_plain(account) and name in owners:
            carried[account] = name
            carried[name] = f"~{_hash('~' + name)}"  # the plain id of the same letters is somebody else
        elif _is_plain(account) and len(account.encode()) > PLAIN_BYTES_MAX and account in owners:
            carried[account] = account
    return carried


def _is_plain(account: str) -> bool:
    """As names were made before."""
    return len(account) <= PLAIN_CHARACTERS_MAX and account.isprintable()


def _hash(account: str) -> str:
    return sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _insert(connection: Connection, table: Table, rows: list[tuple[object, ...]]) -> None:
    names = [column.name for column in table.columns]
    if rows:
        connection.execute(
            table.insert(), [dict(zip(names, (*row, checksum(row)), strict=True)) for row in rows]
        )
