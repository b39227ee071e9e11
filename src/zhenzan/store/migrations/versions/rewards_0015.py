"""What grants consist of becomes rows: cards, holds and frozen cards are no lists in texts any more."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection, Table, text

from zhenzan.store.checksums import checksum

revision = "rewards_0015"
down_revision = "store_0014"

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROWS_AT_ONCE = 10_000
KINDS = {"earns": "points", "post": "points", "pays": "debt", "card": "card", "thaw": "card"}
PENDING = 1
_HOLDS = "SELECT key, amount, turns, frozen, frozen_at FROM holds"
_GRANTS = "SELECT key, rule, account, scope, span, granted, turns, spared, serials FROM grants ORDER BY key"
Entry = tuple[str, str, int, int, int, str]  # kind, transfer, serial, amount, at, state


def upgrade() -> None:
    """Make the table of entries, fill it from the lists and from the transfers that the grants' names find,
    and make the grants anew without lists. What was burnt, sold on or voided leaves no entry.
    """
    connection = op.get_bind()
    entries, grants = _make_tables()
    transfers = _transfers(connection)
    holds = {key: tuple(hold) for key, *hold in connection.execute(text(_HOLDS)).all()}
    ends = {row[0]: row[1] for row in connection.execute(text("SELECT id, expires_at FROM pendings")).all()}
    old = connection.execute(text(_GRANTS)).all()
    names = _names(connection, [row[0] for row in old])
    rows, new = [], []
    for number, (key, *about, serials) in enumerate(old, 1):
        name = names[key]
        of_grant = _entries(name, transfers.get(name, []), serials, holds.get(key), ends)
        rows += [(number, seq, *entry) for seq, entry in enumerate(of_grant)]
        cards = sum(kind == "card" and state == "given" for kind, *_, state in of_grant)
        pending = sum(amount for _, _, _, amount, _, state in of_grant if state == "held")
        new.append((number, key, *about, cards, pending))
    _insert(connection, entries, rows)
    _insert(connection, grants, new)
    op.drop_table("holds")
    op.drop_table("grants")
    op.rename_table("grants_anew", "grants")
    op.create_index("ix_grants_account", "grants", ["account"], unique=False)


def _make_tables() -> tuple[Table, Table]:
    entries = op.create_table(
        "grant_entries",
        sa.Column("grant_number", LONG, autoincrement=False, nullable=False),
        sa.Column("seq", LONG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("transfer", sa.String(), nullable=False),
        sa.Column("serial", LONG, nullable=False),
        sa.Column("amount", LONG, nullable=False),
        sa.Column("at", LONG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("grant_number", "seq"),
        sqlite_with_rowid=False,
    )
    frozen = sa.text("state = 'frozen'")
    op.create_index(
        "grant_entries_frozen", "grant_entries", ["at"], sqlite_where=frozen, postgresql_where=frozen
    )
    grants = op.create_table(
        "grants_anew",
        sa.Column("number", LONG, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("granted", LONG, nullable=False),
        sa.Column("turns", LONG, nullable=False),
        sa.Column("spared", LONG, nullable=False),
        sa.Column("cards", LONG, nullable=False),
        sa.Column("held", LONG, nullable=False),
        sa.Column("crc", LONG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("key"),
    )
    return entries, grants


def _names(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """By key, what the ids of a grant's transfers begin with."""
    secrets = {0: b""}
    for number, secret in connection.execute(text("SELECT number, secret FROM naming_keys")):
        secrets[number] = bytes.fromhex(secret)
    carried = connection.execute(text("SELECT key, number FROM grant_names")).all()
    numbers: dict[str, int] = {row[0]: row[1] for row in carried}
    newest = max(secrets)
    names = {}
    for key in keys:
        number = numbers.get(key, newest)
        parts = "".join(f"{len(part)}:{part}" for part in ("grant", key)).encode("utf-8", "surrogatepass")
        keyed = blake2b(parts, key=secrets[number], digest_size=16).hexdigest()
        names[key] = keyed if number else key
    return names


def _transfers(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """By name, the transfers that gave something: what, id, serial, amount, whether it was all taken back."""
    rows = connection.execute(
        text(
            "SELECT t.id, t.serial, t.amount, t.phase, COALESCE(r.amount, 0) FROM transfers t "
            "LEFT JOIN reversals r ON r.seq = t.seq ORDER BY t.seq"
        )
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    for id, serial, amount, phase, back in rows:
        name, _, rest = id.partition(":")
        what = rest.partition(":")[2]
        if what in KINDS and phase != PENDING:
            found.setdefault(name, []).append((what, id, serial, amount, back >= amount))
    return found


def _entries(
    name: str, transfers: list[tuple[Any, ...]], serials: str, hold: tuple[Any, ...] | None,
    ends: dict[str, int],
) -> list[Entry]:  # fmt: skip
    """What a grant consists of, the oldest first; `ends`: of holds, by id."""
    by_serial = {serial: id for _, id, serial, *_ in transfers if serial}  # the last that gave it
    entries: list[Entry] = [
        (KINDS[what], id, 0, amount, 0, "returned" if is_back else "given")
        for what, id, serial, amount, is_back in transfers
        if not serial
    ]
    cards: list[Entry] = [
        ("card", by_serial.get(int(serial), ""), int(serial), 1, 0, "given")
        for serial in serials.split(",")
        if serial
    ]
    if hold is None:
        return entries + cards
    amount, turns, frozen, frozen_at = hold
    for pair in reversed([each for each in frozen.split(",") if each]):  # the last frozen is thawed first
        serial, turn = pair.split(":")
        cards.append(("card", f"{name}:{turn}:freeze", int(serial), 1, frozen_at, "frozen"))
    held = [f"{name}:{turn}:hold" for turn in turns.split(",") if turn]
    kind, each = ("points", amount) if amount else ("card", 1)
    return [
        *entries,
        *cards,
        *((kind, id, 0, each, ends[id], "held") for id in held),
    ]


def _insert(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    names = [column.name for column in table.columns]
    for some in _parts(rows):
        connection.execute(
            table.insert(), [dict(zip(names, (*row, checksum(row)), strict=True)) for row in some]
        )


def _parts(rows: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(rows)
    while some := list(islice(iterator, ROWS_AT_ONCE)):
        yield some
