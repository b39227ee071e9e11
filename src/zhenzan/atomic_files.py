"""Atomic files and folders: written beside their target, then renamed, so that they appear whole or not at
all.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from zhenzan.errors import ResultError

__all__ = ["AtomicFolder", "write_file"]

_RUNS = itertools.count()
_OPEN: set[Path] = set()  # the partial folders that this process is writing


def write_file(path: Path, data: bytes, *, mode: int = 0o600, replace: bool = True) -> None:
    """Write a file atomically and durably; only its owner may read it unless `mode` says otherwise.

    Raises FileExistsError where there is one and it is not to be replaced, OSError where it cannot be
    written: then nothing is changed.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{next(_RUNS)}.tmp")  # its own: two may write at once
    part.unlink(missing_ok=True)  # of a process that was killed, and had our number
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


class AtomicFolder:
    """A context that writes a folder atomically: `path` is temporary; a clean exit renames it, an error
    removes it.

    A process that is killed leaves what was there as it was, and a hidden `.NAME.partial-…` folder that the
    next run removes. A room says what its folders hold: what may be replaced, and which files are its own;
    others, that somebody else put there, stay where they are. Raises `ResultError` where the place holds
    anything else, or cannot be written.
    """

    REFUSAL: ClassVar[str] = "is there already"
    OPTION: ClassVar[str] = "--out"  # with which another place is chosen

    def __init__(self, path: Path) -> None:
        self.requested = path
        self.target = path.resolve()
        self._run = f"{next(_RUNS)}-{os.getpid()}"
        self.path = self.target.parent / f".{self.target.name}.partial-{self._run}"

    def is_replaceable(self, names: set[str]) -> bool:
        """Whether a folder with these names is an earlier one of the same kind, which may be replaced. An
        empty one always is.
        """
        raise NotImplementedError

    def is_own(self, name: str) -> bool:
        """Whether an entry of an earlier folder is this kind's own and goes with it."""
        return True

    def check(self) -> None:
        """Raise `ResultError` if the target holds anything else, before long work begins."""
        try:
            refused = self.target.exists() and not self._may_go()
        except OSError as error:
            raise ResultError(self._cannot_write(error)) from error
        if refused:
            raise ResultError(
                f"{self.requested} exists and {self.REFUSAL}; choose another {self.OPTION}, or remove it."
            )

    def __enter__(self) -> Self:
        self.check()
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._remove_leavings()
            self.path.mkdir()
            _OPEN.add(self.path)
        except FileExistsError as error:
            raise ResultError(self._cannot_write(NotADirectoryError(errno.ENOTDIR, ""))) from error
        except OSError as error:
            raise ResultError(self._cannot_write(error)) from error
        except BaseException:  # interrupted before there is anybody who would leave it
            shutil.rmtree(self.path, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _OPEN.discard(self.path)
        if error is None:
            try:
                self._swap()
            except OSError as failure:
                shutil.rmtree(self.path, ignore_errors=True)
                raise ResultError(self._cannot_write(failure)) from failure
            return
        shutil.rmtree(self.path, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise ResultError(self._cannot_write(error)) from error

    def _may_go(self) -> bool:
        if not self.target.is_dir():
            return False
        names = {entry.name for entry in self.target.iterdir()}
        return not names or self.is_replaceable(names)

    def _swap(self) -> None:
        old = self.target.parent / f".{self.target.name}.old-{self._run}"
        if self.target.exists():
            self.target.rename(old)
        try:
            self.path.rename(self.target)
        except OSError:
            if old.exists():
                old.rename(self.target)
            raise
        self._discard(old)

    def _remove_leavings(self) -> None:
        name = re.compile(rf"\.{re.escape(self.target.name)}\.(partial|old)-\d+-(\d+)")
        for leaving in sorted(self.target.parent.iterdir()):
            match = name.fullmatch(leaving.name)
            if match is None or leaving in _OPEN or _alive(int(match[2])):
                continue
            if match[1] == "partial":
                shutil.rmtree(leaving, ignore_errors=True)
            elif self.target.exists():
                self._discard(leaving)
            else:
                leaving.rename(self.target)

    def _discard(self, old: Path) -> None:
        """Remove an old folder, but for what is not the room's own: that moves into the new one."""
        for entry in old.iterdir() if old.is_dir() else ():
            if not self.is_own(entry.name) and not (self.target / entry.name).exists():
                entry.rename(self.target / entry.name)
        shutil.rmtree(old, ignore_errors=True)

    def _cannot_write(self, error: OSError) -> str:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what, remedy = "the disk is full", f"Free some room, or choose another {self.OPTION}"
        else:
            what = os.strerror(error.errno).lower() if error.errno else str(error)
            remedy = f"Choose another {self.OPTION}"
        return f"{self.requested} cannot be written: {what}. {remedy}; nothing was changed there."


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
