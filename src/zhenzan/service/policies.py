"""Policies in their versions: proposed, run in shadow, published; each step is a deed in the audit.

The ruling policy and the one in shadow lie as files beside the lake, where the worker reads them before each
pass; the database knows every version that there ever was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from zhenzan.errors import NotThereError, PolicyError
from zhenzan.ledger import Ledger
from zhenzan.policy import Policy, read_policy
from zhenzan.screen import check_screen_rules
from zhenzan.service.audit import Audit
from zhenzan.service.webhooks import Webhooks
from zhenzan.settle import RULING, SHADOW
from zhenzan.store import POLICIES
from zhenzan.verify import check_rules
from zhenzan.whole import write_file

__all__ = ["Policies", "Proposal"]

DRAFT, IN_SHADOW, RULES, RETIRED = "draft", "shadow", "ruling", "retired"
NOTE_MAX = 500


class NoSuchPolicyError(PolicyError, NotThereError):
    """There is no version of that number."""


@dataclass(frozen=True)
class Proposal:
    """A version. `state`: draft, shadow, ruling or retired; times in µs, `published_at` 0: never."""

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
        self._write_files()

    def propose(self, who: str, text: str, note: str = "") -> Proposal:
        """A new draft. Raises PolicyError that names the key and what is wrong with it."""
        policy = read_policy(text)
        check_rules(policy.rules)
        check_screen_rules(policy.screen)
        if len(note) > NOTE_MAX:
            raise PolicyError(f"the note has over {NOTE_MAX} characters")
        rows = self._ledger.database.fetch("SELECT COALESCE(MAX(number), 0) FROM policies")
        number = int(rows[0][0]) + 1
        made = Proposal(number, policy.version, text, DRAFT, note, who, self._ledger.clock(), 0)
        self._change(who, f"proposes policy {number}, {policy.version}", [made])
        return made

    def shadow(self, who: str, number: int) -> Proposal:
        """Run a version beside the ruling one, in place of what ran there. Raises PolicyError."""
        chosen = self.find(number)
        if chosen.state == RULES:
            raise PolicyError(f"version {number} rules; only another one can run in shadow")
        before = [replace(each, state=DRAFT) for each in self._in_state(IN_SHADOW) if each.number != number]
        self._change(who, f"runs policy {number} in shadow", [*before, replace(chosen, state=IN_SHADOW)])
        return self.find(number)

    def stop_shadow(self, who: str) -> None:
        """Nothing runs in shadow any more."""
        before = [replace(each, state=DRAFT) for each in self._in_state(IN_SHADOW)]
        if before:
            self._change(who, f"ends the shadow of policy {before[0].number}", before)

    def publish(self, who: str, number: int) -> Proposal:
        """Let a version rule from the next pass on; an older one too, to go back. Raises PolicyError."""
        chosen, now = self.find(number), self._ledger.clock()
        before = [replace(each, state=RETIRED) for each in self._in_state(RULES) if each.number != number]
        self._change(
            who,
            f"publishes policy {number}, {chosen.version}",
            [*before, replace(chosen, state=RULES, published_at=now)],
        )
        return self.find(number)

    def find(self, number: int) -> Proposal:
        """A version by its number. Raises NoSuchPolicyError."""
        for found in self._found("number = ?", number):
            return found
        raise NoSuchPolicyError(f"there is no policy {number}")

    def listed(self) -> list[Proposal]:
        """The newest first."""
        return self._found("number > ? ORDER BY number DESC", 0)

    def ruling(self) -> Proposal | None:
        """The published one, or None where none was published."""
        return next(iter(self._in_state(RULES)), None)

    def in_shadow(self) -> Proposal | None:
        """The one that runs in shadow, or None."""
        return next(iter(self._in_state(IN_SHADOW)), None)

    def standing(self) -> tuple[int | None, int | None]:
        """The numbers of what rules and of what runs in shadow, without their texts."""
        rows = self._ledger.database.fetch("SELECT state, number FROM policies WHERE state <> ?", (DRAFT,))
        found = {state: number for state, number in rows if state != RETIRED}
        return found.get(RULES), found.get(IN_SHADOW)

    def _in_state(self, state: str) -> list[Proposal]:
        return self._found("state = ? ORDER BY number DESC", state)

    def _found(self, where: str, value: Any) -> list[Proposal]:
        rows = self._ledger.database.fetch(
            "SELECT number, version, text, state, note, made_by, made_at, published_at "
            f"FROM policies WHERE {where}",
            (value,),
        )
        return [Proposal(*row) for row in rows]

    def _change(self, who: str, what: str, rows: Sequence[Proposal]) -> None:
        values = [astuple(each) for each in rows]
        published = [each for each in rows if each.state == RULES]

        def also(connection: Connection) -> None:
            self._ledger.database.put(connection, POLICIES, values)
            for each in published:
                told = {"number": each.number, "version": each.version}
                subject = f"{each.number}@{each.published_at}"
                self._webhooks.tell("policy.published", subject, told, connection=connection)

        self._audit.note(who, what, also=also)
        self._write_files()

    def _write_files(self) -> None:
        for name, found in ((RULING, self.ruling()), (SHADOW, self.in_shadow())):
            path = self._home / name
            if found is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_text("utf-8") != found.text:
                write_file(path, found.text.encode())
