"""The audit log: who did what, recorded in the ledger itself as transfers of one unit, so that no event can
be changed or removed unnoticed, and each can be proven.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import Connection

from zhenzan.ledger import AccountKind, Command, CreateAsset, Ledger, LedgerEvent, OpenAccount, Transfer
from zhenzan.store import Database

__all__ = ["Audit", "Noting", "write_noted"]

ASSET, SOURCE = "deeds", "deeds:source"
TEXT_BYTES_MAX = 1_500

Writes = Callable[[Connection], object]
Noting = Callable[[str, Writes], object]
"""Notes what is done to the thing of an id, and writes its rows in the same transaction."""


class Audit:
    """The audit log of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.submit([CreateAsset(id=ASSET), OpenAccount(id=SOURCE, asset=ASSET, kind=AccountKind.mint)])

    def note(
        self,
        who: str,
        what: str,
        *,
        also: Writes | None = None,
    ) -> None:
        """Record that the key `who` did `what`. `also` writes rows in the same transaction: the deed and
        its record stand or fall together. Raises LedgerError.
        """
        account = f"deeds:{who}"
        deed: list[Command] = [
            OpenAccount(id=account, asset=ASSET),
            Transfer(
                id=f"deed:{secrets.token_hex(12)}",
                debit=SOURCE,
                credit=account,
                asset=ASSET,
                amount=1,
                cause=_printable(what),
            ),
        ]
        self._ledger.submit(deed, also=also)

    def latest(self, limit: int = 100) -> list[LedgerEvent]:
        """The newest audit events first."""
        return self._ledger.search(SOURCE, limit)


def write_noted(database: Database, id: str, writes: Writes, noting: Noting | None) -> None:
    """Write rows together with the deed; in a transaction of their own where nobody notes one."""
    if noting is not None:
        noting(id, writes)
        return
    with database.write() as connection:
        writes(connection)


def _printable(text: str) -> str:
    whole = "".join(sign if sign.isprintable() else " " for sign in text)
    return whole.encode("utf-8", "replace")[:TEXT_BYTES_MAX].decode("utf-8", "ignore")
