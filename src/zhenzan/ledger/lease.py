"""The writer's lease: one writer at a time, by a row in the database with an epoch that every commit
confirms.
"""

from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy import Connection, select, update

from zhenzan.errors import LedgerError
from zhenzan.ledger.rejections import LeaseLostError
from zhenzan.ledger.tables import LEASES
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["RENEW_SECONDS", "Lease", "free_lease"]

NAME = "ledger"
SECONDS = 10.0  # a writer that is silent for so long has lost the ledger
RENEW_SECONDS = 3.0  # how often a writer with nothing to write says that it is there


class Lease:
    """Held from `take` to `release`. A commit calls `confirm` in its own transaction: a writer that slept
    while another took over finds the epoch changed, and its transaction does not happen.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._epoch = 0

    def take(self) -> None:
        """Raises LedgerError where another process holds it."""
        now = now_us()
        with self._database.write() as connection:
            row = connection.execute(select(LEASES).where(LEASES.c.name == NAME).with_for_update()).first()
            if row is None:
                self._epoch = 1
                first = (NAME, self._holder, 1, now + _span())
                if not self._database.insert_missing(connection, LEASES, [first]):
                    raise LedgerError(
                        f"{self._database.engine.url.render_as_string()}: another process has just "
                        "begun to write this ledger; stop it, or wait until it has stopped"
                    )
                return
            if row.until > now and not _is_dead(row.holder):
                wait, holder = (row.until - now) / 1e6, row.holder.rpartition(":")[0]
                raise LedgerError(
                    f"{self._database.engine.url.render_as_string()}: another process, {holder}, writes this "
                    f"ledger; stop it, or wait {wait:.0f} s after it has stopped"
                )
            self._epoch = row.epoch + 1
            connection.execute(
                update(LEASES)
                .where(LEASES.c.name == NAME)
                .values(holder=self._holder, epoch=self._epoch, until=now + _span())
            )

    def confirm(self, connection: Connection) -> None:
        """Prolong it, or raise LeaseLostError. Each batch does so: the statement is plain, none is built."""
        mark = self._database.mark
        text = f"UPDATE leases SET until = {mark} WHERE name = {mark} AND epoch = {mark} AND holder = {mark}"
        held = connection.exec_driver_sql(text, (now_us() + _span(), NAME, self._epoch, self._holder))
        if held.rowcount != 1:
            raise LeaseLostError("another process has taken over this ledger; open it again")

    def release(self) -> None:
        """Release the lease, so that the next writer need not wait."""
        with self._database.write() as connection:
            connection.execute(
                update(LEASES)
                .where(LEASES.c.name == NAME, LEASES.c.epoch == self._epoch, LEASES.c.holder == self._holder)
                .values(until=0)
            )


def free_lease(database: Database) -> None:
    """Say of a copy of a ledger that nobody writes it: who wrote when it was made writes the other."""
    with database.write() as connection:
        connection.execute(update(LEASES).where(LEASES.c.name == NAME).values(until=0))


def _span() -> int:
    return int(SECONDS * 1e6)


def _is_dead(holder: str) -> bool:
    """Whether a holder on this machine is gone: nobody need wait for the lease of a killed process."""
    host, pid, _ = [*holder.rsplit(":", 2), "", ""][:3]
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
