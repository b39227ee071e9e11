"""The last backup of a folder by each version of Zhenzan, so that an upgrade can be undone.

home/backups.json   by version: the backup's folder, and when it was made (µs since 1970)
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from zhenzan.atomic_files import write_file
from zhenzan.version import __version__

__all__ = ["BACKUPS", "LastBackup", "last_backup", "note_backup"]

BACKUPS = "backups.json"


class LastBackup(msgspec.Struct, frozen=True):
    """One backup: its folder, and when it was made (µs since 1970)."""

    path: str
    made_at: int


def note_backup(home: Path, to: Path, made_at: int) -> None:
    """Note a backup that is complete."""
    noted = _read(home) | {__version__: LastBackup(str(to.absolute()), made_at)}
    write_file(home / BACKUPS, msgspec.json.format(msgspec.json.encode(noted)))


def last_backup(home: Path) -> LastBackup | None:
    """The last backup that this version made of a folder."""
    return _read(home).get(__version__)


def _read(home: Path) -> dict[str, LastBackup]:
    try:
        return msgspec.json.decode((home / BACKUPS).read_bytes(), type=dict[str, LastBackup])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}  # nothing is done by it alone
