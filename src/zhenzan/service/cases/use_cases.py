"""Cases: opening and deciding them, and what follows from a decision.

A decision that an account is genuine or fake holds against the model for the likes that came in until then,
or for some days more if that is said: rewards follow it at once. Later likes are the model's to judge. All
decisions, those on appeals too, are labels that a policy can be calibrated on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection

from zhenzan.errors import ConflictError, LedgerError, NotThereError
from zhenzan.ledger import Ledger
from zhenzan.rewards import Appeal, Appeals, Decision
from zhenzan.service import results
from zhenzan.service.audit import Audit
from zhenzan.service.listing import Filter
from zhenzan.service.owned import lists_of
from zhenzan.service.tables import CASE_ACCOUNTS, CASE_RINGS, CASE_SCOPES, CASES
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.settlement import Settlement
from zhenzan.times import DAY_US

__all__ = ["ACCOUNTS_MAX", "Case", "Cases", "NoSuchCaseError", "worth_a_look"]

OPEN = "open"
GENUINE, FAKE, UNCLEAR = "genuine", "fake", "unclear"
DECISIONS = (GENUINE, FAKE, UNCLEAR)
KINDS = ("account", "ring", "sale")
TEXT_MAX, ACCOUNTS_MAX = 2_000, 5_000
DAYS_MAX = 3_650


class NoSuchCaseError(LedgerError, NotThereError):
    """There is no case of that id."""


class CaseStandsError(LedgerError, ConflictError):
    """There is an open case on the subject already, or the case was decided."""


@dataclass(frozen=True)
class Case:
    """`state`: open, genuine, fake or unclear; `accounts`: whom a decision is about; times in µs,
    `decided_at` 0 while it is open. `until`: the decision is about likes that came in by then.
    `ring`: of a case on a ring, the ring as it was when the case was opened (its numbers, and `item_ids`);
    None where that was not kept.
    """

    id: str
    kind: str
    subject: str
    accounts: tuple[str, ...]
    why: str
    state: str
    decision: str
    opened_by: str
    opened_at: int
    decided_by: str
    decided_at: int
    ring: dict[str, Any] | None = None
    until: int = 0


class Cases:
    """The cases of one ledger; each opening and decision is an audit event."""

    def __init__(self, ledger: Ledger, audit: Audit, webhooks: Webhooks) -> None:
        self._ledger, self._audit, self._webhooks = ledger, audit, webhooks
        self.appeals = Appeals(ledger)

    def open(
        self,
        who: str,
        kind: str,
        subject: str,
        why: str,
        accounts: Sequence[str],
        ring: dict[str, Any] | None = None,
    ) -> Case:
        """Open a case; `ring`: what is kept of the ring that it is about. Raises LedgerError where one on the
        same subject is open, or it says nothing.
        """
        if kind not in KINDS:
            raise LedgerError(f"a case is about an {', a '.join(KINDS)}; not {kind!r}")
        if not accounts or len(accounts) > ACCOUNTS_MAX:
            raise LedgerError(f"a case is about 1 to {ACCOUNTS_MAX:,} accounts, not {len(accounts):,}")
        _says("why", why)
        self._refuse_second(kind, subject)
        case = Case(
            f"case-{self._ledger.database.next_number('cases')}",
            kind,
            subject,
            tuple(sorted(set(accounts))),
            why,
            OPEN,
            "",
            who,
            self._ledger.clock(),
            "",
            0,
            ring,
        )

        def also(connection: Connection) -> None:
            self._refuse_second(kind, subject)  # again: the ledger writes one audit event at a time
            self._ledger.database.insert(connection, CASES, [_row(case)])
            members = [(case.id, account) for account in case.accounts]
            self._ledger.database.insert(connection, CASE_ACCOUNTS, members)
            if ring is not None:
                kept = (case.id, json.dumps(ring, ensure_ascii=False))
                self._ledger.database.insert(connection, CASE_RINGS, [kept])

        self._audit.note(who, f"opens {case.id} on {kind} {subject}", also=also)
        return case

    def decide(self, who: str, id: str, decision: str, text: str, *, days: int = 0) -> Case:
        """Decide a case: genuine, fake or unclear, and say why; about the likes up to now and of `days` from
        now on. Raises LedgerError where it was decided.
        """
        case = self.find(id)
        if decision not in DECISIONS:
            raise LedgerError(f"a decision is {', '.join(DECISIONS)}; not {decision!r}")
        if case.state != OPEN:
            raise _was_decided(case)
        if not 0 <= days <= DAYS_MAX:
            raise LedgerError(f"a decision reaches 0 to {DAYS_MAX:,} days ahead, not {days:,}")
        _says("decision", text)
        now = self._ledger.clock()
        decided = replace(
            case, state=decision, decision=text, decided_by=who, decided_at=now, until=now + days * DAY_US
        )
        event = {
            "case": id,
            "kind": case.kind,
            "subject": case.subject,
            "decision": decision,
            "until": decided.until,
        }

        def also(connection: Connection) -> None:
            if not self._ledger.database.replace_if(connection, CASES, _row(decided), state=OPEN):
                raise _was_decided(self.find(id))
            if days:
                self._ledger.database.insert(connection, CASE_SCOPES, [(id, decided.until)])
            self._webhooks.tell("case.decided", id, event, connection=connection)

        deed = f"decides {id} on {case.kind} {case.subject}: {decision}; {text}"
        self._audit.note(who, deed, also=also)
        return decided

    def decide_appeal(self, who: str, id: str, *, upheld: bool, text: str) -> Appeal:
        """Uphold or deny an appeal."""
        appeal = self.appeals.decided(id, upheld=upheld, decision=text)
        deed = f"{'upholds' if upheld else 'denies'} appeal {id} of {appeal.account}: {text}"
        self._audit.note(who, deed, also=lambda connection: self.appeals.write(connection, appeal))
        return appeal

    def find(self, id: str) -> Case:
        """A case by its id. Raises NoSuchCaseError."""
        for case in self._select("id = ?", id):
            return case
        raise NoSuchCaseError(f"there is no case {id!r}")

    def listed(self, narrowed: Filter, limit: int, offset: int = 0) -> list[Case]:
        """The cases that match a filter."""
        where = " AND ".join(narrowed.conditions) or "1 = 1"
        text = f"{where} ORDER BY {narrowed.order or 'id'} LIMIT ? OFFSET ?"
        return self._select(text, *narrowed.values, limit, offset)

    def decisions(self, *, labels: bool = False) -> dict[str, Decision]:
        """Decisions by account, and the likes that they are about: the last decision counts. A denied
        appeal leaves the verdict as it was; as a label it says fake. An appeal is about the likes until then.
        """
        decisions: list[tuple[int, str, Decision]] = []
        for case in self._select("state IN ('genuine', 'fake')"):
            decision = Decision(case.state == FAKE, case.until)
            decisions += [(case.decided_at, account, decision) for account in case.accounts]
        decisions += [
            (at, account, Decision(state == "denied", at))
            for at, account, state in self.appeals.decisions()
            if labels or state == "upheld"
        ]
        return {account: decision for _, account, decision in sorted(decisions)}

    def wash_sales(self) -> frozenset[str]:
        """Sales of which people decided that nobody really bought."""
        rows = self._ledger.database.fetch("SELECT subject FROM cases WHERE kind = 'sale' AND state = 'fake'")
        return frozenset(subject for (subject,) in rows)

    def mark(self) -> tuple[int, ...]:
        """A mark that changes with every decision, and with every change of one."""
        text = "SELECT COUNT(*), COALESCE(SUM(crc), 0) FROM cases WHERE state <> 'open'"
        return *map(int, self._ledger.database.fetch(text)[0]), *self.appeals.mark()

    def _refuse_second(self, kind: str, subject: str) -> None:
        for case in self._select("kind = ? AND subject = ? AND state = 'open'", kind, subject):
            raise CaseStandsError(f"there is an open case on {kind} {subject!r} already: {case.id}")

    def _select(self, where: str, *values: object) -> list[Case]:
        rows = self._ledger.database.fetch(
            "SELECT id, kind, subject, why, state, decision, opened_by, opened_at, decided_by, "
            "decided_at, ring, COALESCE(until, decided_at) FROM cases "
            'LEFT JOIN case_rings ON case_rings."case" = cases.id '
            f'LEFT JOIN case_scopes ON case_scopes."case" = cases.id WHERE {where}',
            values,
        )
        text = 'SELECT "case", account FROM case_accounts WHERE "case" IN'
        accounts = lists_of(self._ledger.database, text, [id for id, *_ in rows])
        found_cases = []
        for id, kind, subject, *rest, ring, until in rows:
            case = Case(id, kind, subject, accounts[id], *rest)
            found_cases.append(replace(case, ring=json.loads(ring) if ring else None, until=until))
        return found_cases


def _row(case: Case) -> tuple[Any, ...]:
    """As the table has it: without accounts, ring and scope, which are kept apart."""
    apart = ("accounts", "ring", "until")
    return tuple(getattr(case, field.name) for field in fields(case) if field.name not in apart)


def _was_decided(case: Case) -> LedgerError:
    return CaseStandsError(
        f"{case.id} is decided already: {case.state}, by {case.decided_by}; {case.decision}"
    )


def worth_a_look(settlement: Settlement, limit: int = 20) -> list[dict[str, Any]]:
    """Accounts with the most likes that the settlement is not sure of: account, uncertain, likes."""
    return results.query_rows(
        settlement,
        """SELECT account::VARCHAR AS account, count(*) FILTER (verdict = 'uncertain') AS uncertain,
            count(*) AS likes, avg(fake_probability) AS chance FROM verdicts WHERE NOT final GROUP BY ALL
            HAVING uncertain > 0 ORDER BY uncertain DESC, account LIMIT ?""",
        [limit],
    )


def _says(what: str, text: str) -> None:
    if not text.strip() or len(text) > TEXT_MAX:
        raise LedgerError(f"the {what} is empty, or longer than {TEXT_MAX:,} characters")
