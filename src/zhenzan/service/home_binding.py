"""Home binding: which folder and database belong together, so that an empty disk is not taken for a first
start.

home/home.id   the name that the folder was given at its first start; the database knows it too
"""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from zhenzan.atomic_files import write_file
from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import ZhenzanError
from zhenzan.ledger import Checkpoint, Ledger, free_lease, is_empty, read_anchor, write_anchor
from zhenzan.service.last_backups import last_backup
from zhenzan.service.tables import HOMES
from zhenzan.store import Database, NewerDatabaseError, open_database
from zhenzan.times import now_us
from zhenzan.version import __version__

__all__ = ["ANCHOR", "AdoptedHome", "accept", "anchor_to", "bind", "refuse_empty"]

HOME_ID, ANCHOR, LEDGER_KEY, LAKE = "home.id", "ledger.anchor", "ledger.key", "lake"
_ROW = "home"  # the table has one row

log = logging.getLogger("zhenzan.service")


class AdoptedHome:
    """What `accept` settled: events that the folder knew of the ledger (None: nothing), and those it has."""

    def __init__(self, known: int | None, events: int) -> None:
        self.known, self.events = known, events


def refuse_empty(home: Path) -> None:
    """Raise ZhenzanError where a folder holds no service: its disk is not mounted, say."""
    if not any((home / name).exists() for name in (HOME_ID, LAKE)):
        raise ZhenzanError(
            f"{home}: holds no service, and --no-create forbids to create one. Is its disk mounted?"
            f" For a first start run: zhenzan init {home}"
        )


def bind(home: Path, database_url: str) -> None:
    """See that the database is this folder's; a new one of the two records the other. Raises ZhenzanError
    where the database knows another folder, StoreError; NewerDatabaseError names the backup to go back to.
    """
    try:
        database = open_database(database_url)
    except NewerDatabaseError as error:
        backup = last_backup(home)
        if backup is None:
            raise
        raise NewerDatabaseError(f"{error}; the last one by Zhenzan {__version__} is {backup.path}") from None
    try:
        own, known = _id_of(home), _known(database)
        if known is None:
            _introduce(database, home, own or secrets.token_hex(16))
        elif own is None and (home / LEDGER_KEY).exists():  # which fits, or the ledger refuses it
            log.warning("%s: was missing; it is made anew", home / HOME_ID)
            _introduce(database, home, known)
        elif own != known:
            what = "is another folder than" if own else "is empty, or not"
            raise ZhenzanError(
                f"{home}: {what} the one that the database {database.engine.url.render_as_string()} belongs"
                " to. Is its disk mounted? Name the right folder, or restore a backup; or, to go on with this"
                f" one deliberately, run: zhenzan ledger accept {home}"
            )
    finally:
        database.close()


@renamed_parameters(place="database_url")
def accept(home: Path, database_url: str) -> AdoptedHome:
    """From now on this folder and this database belong together, and the ledger is right as it is. Raises
    StoreError where there is no database.
    """
    before = read_anchor(home / ANCHOR)
    database = open_database(database_url, create=False)
    try:
        _introduce(database, home, _id_of(home) or _known(database) or secrets.token_hex(16))
        free_lease(database)  # who wrote when it was copied writes another
        is_new = is_empty(database)
    finally:
        database.close()
    known = before.size if before else None
    if is_new:
        (home / ANCHOR).unlink(missing_ok=True)
        return AdoptedHome(known, 0)
    return AdoptedHome(known, anchor_to(home, database_url))


def anchor_to(home: Path, database_url: str) -> int:
    """Take the newest checkpoint of a ledger as the one to go on from; gives the number of its events."""
    with Ledger.open(database_url, read_only=True) as ledger:
        note = ledger.last_note()
    write_anchor(home / ANCHOR, note, durable=True)
    return Checkpoint.parse(note).size


def _introduce(database: Database, home: Path, id: str) -> None:
    try:
        write_file(home / HOME_ID, f"{id}\n".encode())
    except OSError as error:
        raise ZhenzanError(f"{home / HOME_ID}: {error.strerror or error}") from error
    with database.write() as connection:
        database.upsert(connection, HOMES, [(_ROW, id, now_us())])


def _known(database: Database) -> str | None:
    rows = database.fetch("SELECT id FROM homes WHERE name = ?", (_ROW,))
    return str(rows[0][0]) if rows else None


def _id_of(home: Path) -> str | None:
    try:
        return (home / HOME_ID).read_text("utf-8").strip() or None
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    except OSError as error:
        raise ZhenzanError(f"{home / HOME_ID}: {error.strerror or error}") from error
