"""Appeals: an account's objections to verdicts; if one is upheld, its likes count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from sqlalchemy import Connection

from zhenzan.errors import ConflictError, LedgerError, NotThereError
from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import id_of
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.tables import APPEALS

__all__ = ["Appeal", "Appeals"]

OPEN, UPHELD, DENIED = "open", "upheld", "denied"
TEXT_LENGTH_MAX = 2_000


class NoSuchAppealError(LedgerError, NotThereError):
    """There is no appeal of that id."""


class AppealStandsError(LedgerError, ConflictError):
    """The account has an open appeal, or the appeal was decided."""


@dataclass(frozen=True)
class Appeal:
    """An appeal. `state`: open, upheld or denied; times in µs, `decided_at` 0 while it is open."""

    id: str
    account: str
    text: str
    state: str
    opened_at: int
    decided_at: int
    decision: str


class Appeals:
    """The appeals on a ledger. While one is open, nothing of its account that is frozen is burnt."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def open(
        self, account: str, text: str, *, also: Callable[[Connection, Appeal], object] | None = None
    ) -> Appeal:
        """Open an appeal. Raises LedgerError where one is open, or nothing was ever granted to the account.
        `also` writes rows of the caller's in the same transaction.
        """
        database = self._ledger.database
        known = database.fetch("SELECT 1 FROM grants WHERE account = ? LIMIT 1", (account,))
        if not known:
            raise LedgerError(f"account {account!r} has earned nothing here; write it as the log does")
        _is_text("appeal", text)
        with database.write() as connection:
            database.lock(connection, APPEALS)  # nobody else appeals between the look and the writing
            before = self.of(account)
            if any(appeal.state == OPEN for appeal in before):
                raise AppealStandsError(f"{account!r} has an open appeal already; decide it first")
            id = database.unused_id(
                APPEALS, lambda number: id_of(self._ledger, "appeal", account, str(number))[:12], len(before)
            )
            appeal = Appeal(id, account, text, OPEN, self._ledger.clock(), 0, "")
            database.insert(connection, APPEALS, [astuple(appeal)])
            if also is not None:
                also(connection, appeal)
        return appeal

    def decide(self, id: str, *, upheld: bool, decision: str) -> Appeal:
        """Decide an appeal, upholding or denying it; the next run of the rewards restores, or burns. Raises
        LedgerError.
        """
        decided = self.decided(id, upheld=upheld, decision=decision)
        with self._ledger.database.write() as connection:
            self.write(connection, decided)
        return decided

    def decided(self, id: str, *, upheld: bool, decision: str) -> Appeal:
        """The appeal as it is once it is upheld or denied; it is not written yet. Raises LedgerError."""
        appeal = self.find(id)
        if appeal.state != OPEN:
            raise _was_decided(appeal)
        _is_text("decision", decision)
        state = UPHELD if upheld else DENIED
        return replace(appeal, state=state, decided_at=self._ledger.clock(), decision=decision)

    def write(self, connection: Connection, appeal: Appeal) -> None:
        """Write a decision. Raises LedgerError where another stands by now; then nothing is written."""
        if not self._ledger.database.replace_if(connection, APPEALS, astuple(appeal), state=OPEN):
            raise _was_decided(self.find(appeal.id))

    def find(self, id: str) -> Appeal:
        """An appeal by its id. Raises LedgerError where there is none."""
        for appeal in self._select("id = ?", id):
            return appeal
        raise NoSuchAppealError(f"there is no appeal {id!r}")

    def of(self, account: str) -> list[Appeal]:
        """The appeals of an account, the oldest first."""
        return self._select("account = ? ORDER BY opened_at, id", account)

    def waiting(self) -> list[Appeal]:
        """The open appeals, the oldest first."""
        return self._select("state = ? ORDER BY opened_at, id", OPEN)

    def pardoned(self) -> dict[str, Decision]:
        """Accounts whose last appeal was upheld: their likes count that came in by then."""
        last = {account: (state, at) for at, account, state in self.decisions()}
        return {account: Decision(False, at) for account, (state, at) in last.items() if state == UPHELD}

    def decisions(self) -> list[tuple[int, str, str]]:
        """Decisions on appeals: time (µs), account and state; the oldest first."""
        return self._ledger.database.fetch(
            "SELECT decided_at, account, state FROM appeals WHERE state <> 'open' ORDER BY decided_at, id"
        )

    def mark(self) -> tuple[int, int]:
        """A mark that changes with every decision, and with every change of one."""
        text = "SELECT COUNT(*), COALESCE(SUM(crc), 0) FROM appeals WHERE state <> 'open'"
        count, total = self._ledger.database.fetch(text)[0]
        return int(count), int(total)

    def _select(self, where: str, value: str) -> list[Appeal]:
        rows = self._ledger.database.fetch(
            f"SELECT id, account, text, state, opened_at, decided_at, decision FROM appeals WHERE {where}",
            (value,),
        )
        return [Appeal(*row) for row in rows]


def _was_decided(appeal: Appeal) -> LedgerError:
    return AppealStandsError(f"appeal {appeal.id} is {appeal.state} already: {appeal.decision}")


def _is_text(what: str, text: str) -> None:
    if not text.strip() or len(text) > TEXT_LENGTH_MAX:
        raise LedgerError(f"the {what} is empty, or longer than {TEXT_LENGTH_MAX:,} characters")
