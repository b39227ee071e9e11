"""Versions of the policy: proposed, run in shadow, published; each step is an audit event.

The ruling policy and the one in shadow lie as files beside the lake, where the worker reads them before each
pass; the database knows every version that there ever was.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zhenzan.atomic_files import write_file
from zhenzan.errors import ConflictError, NotThereError, PolicyError
from zhenzan.ledger import Ledger
from zhenzan.policy import Policy, read_policy
from zhenzan.screen import check_screen_rules
from zhenzan.service.audit import Audit
from zhenzan.service.tables import POLICIES
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.settlement import RULING, SHADOW
from zhenzan.store import DuplicateError
from zhenzan.verify import check_rules

__all__ = ["Policies", "Proposal"]

DRAFT, IN_SHADOW, RULES, RETIRED = "draft", "shadow", "ruling", "retired"
NOTE_MAX = 500
STANDING = {RULES: "rules", IN_SHADOW: "runs in shadow"}

log = logging.getLogger("zhenzan.service")


class NoSuchPolicyError(PolicyError, NotThereError):
    """There is no version of that number."""


class PolicyStandsError(PolicyError, ConflictError):
    """The policy changed in the meantime: another version rules, or runs in shadow."""


@dataclass(frozen=True)
class Proposal:
    """A version of the policy. `state`: draft, shadow, ruling or retired; times in µs, `published_at` 0:
    never.
    """

    number: int
    version: str
    text: str
    state: str
    note: str
    made_by: str
    made_at: int
    published_at: int

    @property
    def policy(self) -> Policy:
        return read_policy(self.text, f"version {self.number}")


class Policies:
    """The versions of one service. The files are made anew from the database when it starts."""

    def __init__(self, ledger: Ledger, audit: Audit, webhooks: Webhooks, home: Path) -> None:
        self._ledger, self._audit, self._webhooks, self._home = ledger, audit, webhooks, home
        self._filing = threading.Lock()  # of the files: who comes last writes what the database says last
        self._is_filed = False
        self._write_files()

    def propose(self, who: str, text: str, note: str = "") -> Proposal:
        """A new draft. Raises PolicyError that names the key and what is wrong with it."""
        policy = read_policy(text)
        check_rules(policy.rules)
        check_screen_rules(policy.screen)
        if len(note) > NOTE_MAX:
            raise PolicyError(f"the note is longer than {NOTE_MAX} characters")
        database = self._ledger.database
        number = database.next_number("policies")
        proposal = Proposal(number, policy.version, text, DRAFT, note, who, self._ledger.clock(), 0)
        self._audit.note(
            who,
            f"proposes policy {number}, {policy.version}",
            also=lambda connection: database.insert(connection, POLICIES, [astuple(proposal)]),
        )
        return proposal

    def shadow(self, who: str, number: int) -> Proposal:
        """Run a version beside the ruling one, in place of what ran there. Raises PolicyError where it rules,
        or another was put there meanwhile.
        """
        chosen = self.find(number)
        if chosen.state == RULES:
            raise PolicyStandsError(f"version {number} rules; only another one can run in shadow")
        changes = [(proposal, replace(proposal, state=DRAFT)) for proposal in self._others(IN_SHADOW, number)]
        changes.append((chosen, replace(chosen, state=IN_SHADOW)))
        return self._change(who, f"runs policy {number} in shadow", changes)

    def stop_shadow(self, who: str) -> None:
        """Nothing runs in shadow any more."""
        for proposal in self._in_state(IN_SHADOW):
            change = (proposal, replace(proposal, state=DRAFT))
            self._change(who, f"ends the shadow of policy {proposal.number}", [change])

    def publish(self, who: str, number: int) -> Proposal:
        """Publish a version: it rules from the next settlement on; an older one too, to go back. Raises
        PolicyError where another was published meanwhile.
        """
        chosen = self.find(number)
        rules = replace(chosen, state=RULES, published_at=self._ledger.clock())
        changes = [(proposal, replace(proposal, state=RETIRED)) for proposal in self._others(RULES, number)]
        return self._change(who, f"publishes policy {number}, {chosen.version}", [*changes, (chosen, rules)])

    def find(self, number: int) -> Proposal:
        """A version by its number. Raises NoSuchPolicyError."""
        for proposal in self._select("number = ?", number):
            return proposal
        raise NoSuchPolicyError(f"there is no policy {number}")

    def listed(self) -> list[Proposal]:
        """The newest first."""
        return self._select("number > ? ORDER BY number DESC", 0)

    def ruling(self) -> Proposal | None:
        """The published one, or None where none was published."""
        return next(iter(self._in_state(RULES)), None)

    def in_shadow(self) -> Proposal | None:
        """The one that runs in shadow, or None."""
        return next(iter(self._in_state(IN_SHADOW)), None)

    def standing(self) -> tuple[int | None, int | None]:
        """The numbers of what rules and of what runs in shadow, without their texts."""
        rows = self._ledger.database.fetch("SELECT state, number FROM policies WHERE state <> ?", (DRAFT,))
        numbers = {state: number for state, number in rows if state != RETIRED}
        return numbers.get(RULES), numbers.get(IN_SHADOW)

    def _in_state(self, state: str) -> list[Proposal]:
        return self._select("state = ? ORDER BY number DESC", state)

    def _select(self, where: str, value: Any) -> list[Proposal]:
        rows = self._ledger.database.fetch(
            "SELECT number, version, text, state, note, made_by, made_at, published_at "
            f"FROM policies WHERE {where}",
            (value,),
        )
        return [Proposal(*row) for row in rows]

    def _others(self, state: str, number: int) -> list[Proposal]:
        return [proposal for proposal in self._in_state(state) if proposal.number != number]

    def _change(self, who: str, what: str, changes: list[tuple[Proposal, Proposal]]) -> Proposal:
        """Write versions that all still are as they were seen, the last one under its new state; gives it.
        Raises PolicyStandsError where one of them is not, or another took that state.
        """
        database, changed = self._ledger.database, changes[-1][1]

        def also(connection: Connection) -> None:
            for before, after in changes:
                seen = {"state": before.state, "published_at": before.published_at}
                if not database.replace_if(connection, POLICIES, astuple(after), **seen):
                    raise self._stands(before.number)
            if changed.state == RULES:
                event = {"number": changed.number, "version": changed.version}
                subject = f"{changed.number}@{changed.published_at}"
                self._webhooks.tell("policy.published", subject, event, connection=connection)

        try:
            self._audit.note(who, what, also=also)
        except DuplicateError:  # the database lets one version alone have the state
            raise self._stands(changed.number) from None
        self._write_or_wait()
        return changed

    def _stands(self, number: int) -> PolicyError:
        rules = "; ".join(
            f"version {proposal.number} {STANDING[state]}"
            for state in STANDING
            for proposal in self._in_state(state)
        )
        return PolicyStandsError(
            f"the policies have changed in the meantime; version {number} stays as it is: "
            f"{rules or 'none rules'}"
        )

    def catch_up(self) -> None:
        """Write the files again where they could not be written."""
        if not self._is_filed:
            self._write_or_wait()

    def _write_or_wait(self) -> None:
        """The deed is done: where the disk is full, say, the files follow once there is room."""
        try:
            self._write_files()
        except OSError as error:
            log.warning("the policy's files cannot be written just now: %s", error)

    def _write_files(self) -> None:
        with self._filing:
            self._is_filed = False
            for name, proposal in ((RULING, self.ruling()), (SHADOW, self.in_shadow())):
                path = self._home / name
                if proposal is None:
                    path.unlink(missing_ok=True)
                elif not path.exists() or path.read_bytes() != proposal.text.encode():
                    write_file(path, proposal.text.encode())
            self._is_filed = True
