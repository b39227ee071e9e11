"""Ledger ids of people's accounts and of the transfers of their rewards, made pseudonymous by a secret.

Names of accounts are for staff: an account's own id where it is short and plain, else "~" and its keyed
hash; no plain id begins so, hence no two people share a name. Ids of transfers, sales, offers and redemptions
are keyed hashes (BLAKE2b, RFC 7693) under a secret of the ledger, so that nobody outside can compute them.

A ledger has one or more secrets, the newest in use. Secret 0 is none: the plain hashes of ledgers that were
made before there were secrets. What was named under an older secret keeps its name: rewards remember under
which one a grant was named, everything else is looked for under all of them.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from hashlib import blake2b, sha256
from weakref import WeakKeyDictionary

from zhenzan.ledger import Ledger
from zhenzan.rewards.tables import GRANT_NAMES, NAMING_KEYS
from zhenzan.store import Database

__all__ = [
    "Names",
    "cards_account",
    "carried_over_at",
    "claim_key",
    "id_of",
    "ids_of",
    "is_account_of",
    "name_of",
    "names_of",
    "owed_account",
    "points_account",
    "rotate_names",
]

PLAIN_BYTES_MAX = 64  # a ledger id has at most 200, with what stands before the name
ESCAPE = "~"
UNKEYED = 0
SECRET_BYTES = 32


class Names:
    """The names of one ledger, read once."""

    def __init__(self, database: Database) -> None:
        rows = database.fetch("SELECT number, secret FROM naming_keys ORDER BY number")
        self._secrets: dict[int, bytes] = {UNKEYED: b""}
        self._secrets |= {number: bytes.fromhex(secret) for number, secret in rows}
        self._carried = dict(map(tuple, database.fetch("SELECT account, name FROM account_names")))
        self.newest = max(self._secrets)

    def name(self, account: str) -> str:
        """An account's part of a ledger id. Different accounts have different names."""
        if (carried := self._carried.get(account)) is not None:
            return carried
        if is_plain(account):
            return account
        return f"{ESCAPE}{_keyed(self._secrets[min(1, self.newest)], account, 20)}"

    def id(self, *parts: str, number: int | None = None) -> str:
        """An id that stands for all the parts, under the newest secret or the one of this number."""
        number = self.newest if number is None else number
        if number == UNKEYED:
            return claim_key(*parts)
        return _keyed(self._secrets[number], "".join([f"{len(part)}:{part}" for part in parts]), 16)

    def ids(self, *parts: str) -> list[str]:
        """The ids that these parts may have had, the newest first."""
        return [self.id(*parts, number=number) for number in sorted(self._secrets, reverse=True)]

    def of_grant(self, key: str, number: int) -> str:
        """The prefix of the ids of a grant's transfers, named under the secret of this number."""
        return key if number == UNKEYED else self.id("grant", key, number=number)


_known: WeakKeyDictionary[Ledger, Names] = WeakKeyDictionary()
_one = threading.Lock()


def names_of(ledger: Ledger) -> Names:
    """The names of a ledger."""
    with _one:
        if ledger not in _known:
            _known[ledger] = Names(ledger.database)
        return _known[ledger]


def carried_over_at(ledger: Ledger) -> int:
    """When this version first opened a ledger of an earlier version (µs); 0 where this version made it."""
    rows = ledger.database.fetch(
        "SELECT made_at FROM naming_keys WHERE number = 1 "
        "AND EXISTS (SELECT 1 FROM grant_names WHERE number = 0)"
    )
    return int(rows[0][0]) if rows else 0


def rotate_names(ledger: Ledger) -> int:
    """Rotate the secret of the names, and return its number. What has a name keeps it. Call it while nothing
    else writes. Cost: one row for each grant that was named under the secret before.
    """
    database, now = ledger.database, ledger.clock()
    before = names_of(ledger).newest
    rows = database.fetch(
        "SELECT g.key FROM grants g LEFT JOIN grant_names n ON n.key = g.key WHERE n.key IS NULL"
    )
    with database.write() as connection:
        database.insert(connection, GRANT_NAMES, [(key, before) for (key,) in rows])
        database.insert(connection, NAMING_KEYS, [(before + 1, secrets.token_hex(SECRET_BYTES), now)])
    with _one:
        _known[ledger] = Names(database)
    return before + 1


def is_plain(account: str) -> bool:
    """Whether an account can stand in a name as it is."""
    short = len(account.encode("utf-8", "surrogatepass")) <= PLAIN_BYTES_MAX
    return short and account.isprintable() and not account.startswith(ESCAPE)


def name_of(ledger: Ledger, account: str) -> str:
    return names_of(ledger).name(account)


def id_of(ledger: Ledger, *parts: str) -> str:
    """An id for what these parts say, which only this ledger can compute."""
    return names_of(ledger).id(*parts)


def ids_of(ledger: Ledger, *parts: str) -> list[str]:
    """The ids that these parts may have had: where something is done once for them, look for all."""
    return names_of(ledger).ids(*parts)


def claim_key(*parts: str) -> str:
    """A claim's key, under which its grant is kept: rule, account, scope and window. It never leaves the
    database.
    """
    return sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def points_account(ledger: Ledger, account: str) -> str:
    return f"points:{name_of(ledger, account)}"


def owed_account(ledger: Ledger, account: str) -> str:
    return f"owed:{name_of(ledger, account)}"


def cards_account(ledger: Ledger, edition: str, account: str) -> str:
    return f"cards:{edition}:{name_of(ledger, account)}"


def is_account_of(ledger: Ledger, account: str, cash: str = "") -> Callable[[str], bool]:
    """Whether an account of the ledger holds somebody's points, debts, cards or goods, or money of `cash`."""
    name, money = name_of(ledger, account), {"points", "owed", cash}

    def is_theirs(id: str) -> bool:
        kind, _, rest = id.partition(":")
        return (kind in money and rest == name) or (
            kind in ("cards", "goods") and rest.partition(":")[2] == name
        )

    return is_theirs


def _keyed(secret: bytes, text: str, size: int) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=secret, digest_size=size).hexdigest()
