"""File permissions: only the owner may read a service's files."""

from __future__ import annotations

import logging
import os
from pathlib import Path

__all__ = ["restrict_permissions", "tighten"]

OTHERS = 0o077

log = logging.getLogger("zhenzan.service")


def restrict_permissions() -> None:
    """Make every file that this process and its children create readable by the owner alone."""
    os.umask(OTHERS)


def tighten(home: Path) -> None:
    """Take the rights of group and others from a folder and everything in it; links are left alone. What
    belongs to somebody else is named in the log. Cost: a look at each file.
    """
    refused = [path for path in _exposed(home) if not _take_rights(path)]
    if refused:
        log.warning(
            "%s and %d more: others may read these, and their rights cannot be changed; they belong to"
            " another user of the machine",
            refused[0],
            len(refused) - 1,
        )


def _exposed(home: Path) -> list[Path]:
    folders = [(Path(folder), [*folders, *files]) for folder, folders, files in os.walk(home)]
    paths = [home, *(folder / name for folder, names in folders for name in names)]
    return [path for path in paths if _is_exposed(path)]


def _is_exposed(path: Path) -> bool:
    try:
        return not path.is_symlink() and bool(path.stat().st_mode & OTHERS)
    except FileNotFoundError:  # it was there a moment ago
        return False


def _take_rights(path: Path) -> bool:
    try:
        path.chmod(path.stat().st_mode & 0o7777 & ~OTHERS)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    return True
