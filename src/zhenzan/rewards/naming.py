"""What the ledger's accounts are called that hold somebody's points, debts and cards; and keys."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

__all__ = ["cards_account", "is_account_of", "key_of", "name_of", "owed_account", "points_account"]


def points_account(account: str) -> str:
    return f"points:{name_of(account)}"


def owed_account(account: str) -> str:
    return f"owed:{name_of(account)}"


def cards_account(edition: str, account: str) -> str:
    return f"cards:{edition}:{name_of(account)}"


def is_account_of(account: str) -> Callable[[str], bool]:
    """Whether an account of the ledger holds somebody's points, debts or cards."""
    points, owed, name = points_account(account), owed_account(account), name_of(account)

    def is_theirs(id: str) -> bool:
        kind, _, rest = id.partition(":")
        return id in (points, owed) or (kind == "cards" and rest.partition(":")[2] == name)

    return is_theirs


def name_of(account: str) -> str:
    """An account's part of a ledger id: itself if it is short and plain, else its hash."""
    plain = len(account) <= 64 and account.isprintable()
    return account if plain else sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def key_of(*parts: str) -> str:
    """A key that stands for all the parts, and tells nobody who they are."""
    return sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
