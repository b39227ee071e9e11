"""Console sessions: a random cookie, known to the database by its hash, that log-out ends for good."""

from __future__ import annotations

import secrets
import time

from zhenzan.service.api_keys import AccessError, ApiKeys, Principal, digest_of
from zhenzan.service.tables import SESSIONS
from zhenzan.store import Database

__all__ = ["COOKIE", "SESSION_SECONDS", "Sessions"]

COOKIE = "zhenzan_session"
SESSION_SECONDS = 12 * 3600


class Sessions:
    """The sessions of one database."""

    def __init__(self, database: Database, api_keys: ApiKeys) -> None:
        self._database, self._api_keys = database, api_keys

    def begin(self, key: str) -> str:
        """Log in with an API key; returns the cookie's value. Raises AccessError."""
        person = self._api_keys.check(key)
        token = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            mark = self._database.mark
            connection.exec_driver_sql(f"DELETE FROM sessions WHERE expires_at < {mark}", (_now(),))
            row = (digest_of(token), person.key, _now() + SESSION_SECONDS)
            self._database.insert(connection, SESSIONS, [row])
        return token

    def principal(self, token: str) -> Principal | None:
        """Whose session it is; None where it ended, or its key was revoked."""
        rows = self._database.fetch(
            "SELECT key FROM sessions WHERE digest = ? AND expires_at >= ?", (digest_of(token), _now())
        )
        if not rows:
            return None
        try:
            return self._api_keys.by_id(rows[0][0])
        except AccessError:
            return None

    def end(self, token: str) -> None:
        """Log out."""
        with self._database.write() as connection:
            mark = self._database.mark
            connection.exec_driver_sql(f"DELETE FROM sessions WHERE digest = {mark}", (digest_of(token),))


def _now() -> int:
    return int(time.time())
