"""Redelivered likes: the time at which a like that a server sends again was first made.

Jetstream's second layout sends whole repositories as created records, all with the time of the sending: after
a `#sync`, after a repaired download, and for all that is older than the server. Such a like is known by its
record's own time: long before the sending, or before the account's last `#sync` or another like of its that
was sent again. Its time is then the record's own: the key's, where that can be, else `createdAt`.

Both are written by the client. Who forges them can date a like back, but never forward, and not to before the
post that it likes. A burst can be spread so, as by waiting; hence such likes are counted and remarked upon.
"""

from __future__ import annotations

from zhenzan.interactions.at_protocol_keys import microseconds_of_text, microseconds_of_tid
from zhenzan.interactions.times import START_MICROSECONDS

__all__ = ["LATE_US", "ResentLikes"]

LATE_US = 3_600_000_000  # clocks err and relays lag by minutes; only what is sent again is later than this
ACCOUNTS_REMEMBERED_MAX = 100_000  # whose repositories were sent again lately; about 150 bytes each


class ResentLikes:
    """Tells likes that were sent again from those seen at once."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}  # account → when its repository was last sent, µs since 1970

    def note(self, account: str, seen: int) -> None:
        """An account's repository is being sent anew."""
        if account not in self._sent and len(self._sent) >= ACCOUNTS_REMEMBERED_MAX:
            del self._sent[next(iter(self._sent))]
        self._sent[account] = seen

    def created_at(
        self, account: str, key: str | None, created: str | None, item: str, seen: int
    ) -> int | None:
        """Time at which a like that the server dates `seen` was made, if it was sent again; None if it is a
        new one.

        All times are microseconds since 1970.
        """
        sent = self._sent.get(account, 0)
        time = microseconds_of_tid(key)
        if time is not None and max(seen - LATE_US, sent) <= time <= seen:
            return None  # nearly all
        time = _own_time(time, created, item, seen)
        if time is not None and time < seen - LATE_US:
            self.note(account, seen)
            return time
        return time if time is not None and time < sent else None


def _own_time(key: int | None, created: str | None, item: str, seen: int) -> int | None:
    """The record's own time where it can be: not before 2000 nor its post, not after it was seen."""
    post = microseconds_of_tid(item.rpartition("/")[2])
    begin = START_MICROSECONDS if post is None else max(START_MICROSECONDS, post - LATE_US)
    times = (key, microseconds_of_text(created))
    return next((time for time in times if time is not None and begin <= time <= seen), None)
