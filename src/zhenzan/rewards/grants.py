"""Grants: what each claim was granted, entry by entry, as rows of the database.

An entry is something that a claim was given, or is to be given: points, points that met a debt, a card. It
names the transfer that it stands for now, and what became of it. A grant's own row sums its entries up, so
that most claims, of which nothing changed, are told by it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import names_of
from zhenzan.rewards.earned_claims import Claim
from zhenzan.rewards.tables import GRANT_ENTRIES, GRANTS
from zhenzan.store import Database

__all__ = [
    "BURNT", "CARD", "DEBT", "FROZEN", "GIVEN", "HELD", "POINTS", "RETURNED", "SPARED", "VOID", "Entry",
    "Grant", "Summary", "load_grants", "summaries", "write_grants",
]  # fmt: skip

POINTS, DEBT, CARD = "points", "debt", "card"
HELD, GIVEN, FROZEN, BURNT, SPARED, RETURNED, VOID = (
    "held", "given", "frozen", "burnt", "spared", "returned", "void",
)  # fmt: skip

Row = tuple[Any, ...]


@dataclass(slots=True)
class Entry:
    """`kind`: points, debt (points that met one) or card. `state`: *held* until `at` (µs), *given*, *frozen*
    since `at`, *burnt*, *spared* to whoever holds it in good faith, *returned* in whole, or *void*.
    """

    kind: str
    transfer: str
    serial: int
    amount: int
    at: int
    state: str


@dataclass(slots=True)
class Grant:
    """`granted`: points; `kept_by_third_party`: cards that others hold in good faith; `attempt`: transfers so
    far. `name`: what the ids of its transfers begin with; `number`: its row's, 0 where it has none yet.
    """

    claim: Claim
    name: str
    number: int = 0
    granted: int = 0
    attempt: int = 0
    kept_by_third_party: int = 0
    entries: list[Entry] = field(default_factory=list)
    loaded: tuple[Row, Sequence[Row]] = ((), ())
    """Its own row and those of its entries, as they were loaded."""

    def of_state(self, state: str, *kinds: str) -> list[Entry]:
        """The oldest first."""
        if not self.entries:
            return []
        return [entry for entry in self.entries if entry.state == state and entry.kind in kinds]

    def row(self) -> Row:
        cards = held = 0
        for entry in self.entries:
            if entry.state == HELD:
                held += entry.amount
            elif entry.state == GIVEN and entry.kind == CARD:
                cards += 1
        return (
            self.number, *self.claim[:5], self.granted, self.attempt, self.kept_by_third_party, cards, held,
        )  # fmt: skip

    def entry_rows(self) -> list[Row]:
        number = self.number
        return [
            (number, seq, entry.kind, entry.transfer, entry.serial, entry.amount, entry.at, entry.state)
            for seq, entry in enumerate(self.entries)
        ]


class Summary(NamedTuple):
    """A grant in short: its row's number, points, transfers, cards that others keep, cards, what is held."""

    number: int
    granted: int
    attempt: int
    kept_by_third_party: int
    cards: int
    held: int


def summaries(database: Database, keys: Sequence[str]) -> dict[str, Summary]:
    """By key, those of some grants that there are."""
    text = "SELECT key, number, granted, turns, spared, cards, held FROM grants WHERE key IN"
    return {key: Summary(*rest) for key, *rest in database.fetch_within(text, sorted(keys))}


def load_grants(ledger: Ledger, claims: Iterable[Claim], known: dict[str, Summary]) -> list[Grant]:
    """What was granted for claims, in their order; `known`: the summaries of those that were granted
    something.
    """
    database, names = ledger.database, names_of(ledger)
    claims = list(claims)
    there = [claim for claim in claims if claim.key in known]
    keys = [claim.key for claim in there]
    named = dict(database.fetch_within("SELECT key, number FROM grant_names WHERE key IN", keys))
    by_number: dict[int, list[Row]] = {known[key].number: [] for key in keys}
    text = (
        "SELECT grant_number, seq, kind, transfer, serial, amount, at, state FROM grant_entries "
        "WHERE grant_number IN"
    )
    for row in sorted(database.fetch_within(text, list(by_number))):
        by_number[row[0]].append(tuple(row))
    grants = []
    for claim in claims:
        summary = known.get(claim.key)
        grant = Grant(claim, names.of_grant(claim.key, named.get(claim.key, names.newest)))
        if summary is not None:
            grant.number, grant.granted, grant.attempt, grant.kept_by_third_party = summary[:4]
            rows = by_number[summary.number]
            grant.entries = [Entry(*row[2:]) for row in rows]
            grant.loaded = grant.row(), rows
            assert grant.loaded[0][-2:] == summary[-2:], f"grant {claim.key} does not add up"
        grants.append(grant)
    return grants


def write_grants(database: Database, connection: Connection, grants: Iterable[Grant]) -> None:
    """Write what changed of some grants; those that are new get their numbers."""
    last = connection.exec_driver_sql("SELECT COALESCE(MAX(number), 0) FROM grants").scalar_one()
    new, changed, new_entries, changed_entries = (list[Row]() for _ in range(4))
    for grant in sorted(grants, key=lambda grant: grant.claim.key):  # the index is touched in its order
        if not grant.number:
            if grant.entries:
                grant.number = last = last + 1
                new.append(grant.row())
                new_entries += grant.entry_rows()
            continue
        before, entries_before = grant.loaded
        if (row := grant.row()) != before:
            changed.append(row)
        rows = grant.entry_rows()
        new_entries += rows[len(entries_before) :]
        changed_entries += [now for now, then in zip(rows, entries_before, strict=False) if now != then]
    database.insert(connection, GRANTS, new)
    database.upsert(connection, GRANTS, changed)
    database.insert(connection, GRANT_ENTRIES, new_entries)
    database.upsert(connection, GRANT_ENTRIES, changed_entries)
