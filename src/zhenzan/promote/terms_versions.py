"""Versions of the terms of sale: drafted, compared, published one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from sqlalchemy import Connection

from zhenzan.config import Difference
from zhenzan.errors import ConflictError, NotThereError, PromotionError
from zhenzan.promote.tables import TERMS_VERSIONS
from zhenzan.promote.terms import Terms
from zhenzan.promote.terms_file import read_terms
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["NoSuchTermsError", "NoTermsError", "TermsVersion", "TermsVersions"]

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
COLUMNS = "number, version, text, state, made_by, made_at, published_at"

Writes = Callable[[Connection], object]
Noting = Callable[[str, Writes], object]
"""Notes what is done to the version of a number, and writes its rows in the same transaction."""


class NoTermsError(PromotionError, ConflictError):
    """Nothing is sold yet."""


class NoSuchTermsError(PromotionError, NotThereError):
    """There is no version of that number."""


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """A version: `state` draft, published or retired; times in µs, `published_at` 0: never."""

    number: int
    version: str
    text: str
    state: str
    made_by: str
    made_at: int
    published_at: int


class TermsVersions:
    """The versions in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._current: tuple[TermsVersion, Terms] | None = None
        self.followers: list[Callable[[Terms], object]] = []

    def current(self) -> Terms:
        """The terms that are sold by. Raises NoTermsError where none were published."""
        terms = self.current_or_none()
        if terms is None:
            raise NoTermsError("nothing is sold yet; an operator drafts terms of sale and publishes them")
        return terms

    def current_or_none(self) -> Terms | None:
        """The terms that are sold by, if any."""
        if self._current is None:
            for version in self._published():
                self._current = version, read_terms(version.text)
        return self._current[1] if self._current else None

    def listed(self) -> list[TermsVersion]:
        """All, the newest first."""
        text = f"SELECT {COLUMNS} FROM terms_versions ORDER BY number DESC"
        return [TermsVersion(*row) for row in self._database.fetch(text)]

    def _published(self) -> list[TermsVersion]:
        text = f"SELECT {COLUMNS} FROM terms_versions WHERE state = ?"
        return [TermsVersion(*row) for row in self._database.fetch(text, (PUBLISHED,))]

    def find(self, number: int) -> TermsVersion:
        """One version. Raises NoSuchTermsError."""
        rows = self._database.fetch(f"SELECT {COLUMNS} FROM terms_versions WHERE number = ?", (number,))
        if not rows:
            raise NoSuchTermsError(
                f"there is no version {number} of the terms; the list shows those there are"
            )
        return TermsVersion(*rows[0])

    def draft(self, who: str, text: str, noting: Noting | None = None) -> TermsVersion:
        """Check a text and keep it as a draft. Raises PromotionError with line, key and what is allowed."""
        terms = read_terms(text)
        number = self._database.next_number("terms of sale")
        version = TermsVersion(number, terms.version, text, DRAFT, who, now_us(), 0)

        def writes(connection: Connection) -> None:
            self._database.insert(connection, TERMS_VERSIONS, [astuple(version)])

        self._write(str(number), writes, noting)
        return version

    def changes(self, number: int) -> list[Difference]:
        """What a version changes of what is published now. Raises NoSuchTermsError."""
        terms, current = read_terms(self.find(number).text), self.current_or_none()
        return terms.changes_since(current) if current is not None else []

    def publish(self, number: int, noting: Noting | None = None) -> TermsVersion:
        """Sell by a draft, or by a version of before again, from now on: quotes that stand keep their price.
        Raises NoSuchTermsError, ConflictError.
        """
        with self._lock:
            version = self.find(number)
            if version.state == PUBLISHED:
                raise TermsChangedError(f"version {number} is published already; nothing has to be done")
            published = replace(version, state=PUBLISHED, published_at=now_us())
            changes = [(other, replace(other, state=RETIRED)) for other in self._published()]
            changes.append((version, published))

            def writes(connection: Connection) -> None:
                for before, after in changes:
                    self._replace(connection, before, after)

            self._write(str(number), writes, noting)
            terms = read_terms(published.text)
            self._current = published, terms
        for follower in self.followers:
            follower(terms)
        return published

    def _replace(self, connection: Connection, before: TermsVersion, after: TermsVersion) -> None:
        if not self._database.replace_if(connection, TERMS_VERSIONS, astuple(after), state=before.state):
            raise TermsChangedError(f"version {before.number} has changed; look at it again")

    def _write(self, id: str, writes: Writes, noting: Noting | None) -> None:
        if noting is not None:
            noting(id, writes)
            return
        with self._database.write() as connection:
            writes(connection)


class TermsChangedError(PromotionError, ConflictError):
    """Somebody else published meanwhile."""
