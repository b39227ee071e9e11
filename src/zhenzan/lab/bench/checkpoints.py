"""Checkpoints of an experiment: finished runs kept on disk, so that a stopped experiment continues."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from zhenzan.errors import ResultError
from zhenzan.lab.outputs.manifest import versions
from zhenzan.lab.scenario import Scenario

__all__ = ["Outcome", "RunCheckpoints", "checkpoints_beside", "made_by"]

FORMAT = 1
LINE_BYTES_MAX = 1 << 20  # some kilobytes are usual; longer ones are damaged
MADE_BY_ROOMS = ("interactions", "lab", "policy", "promote", "verify")  # whose code a number depends on

Outcome = tuple[dict[str, float], list[dict[str, Any]]]
"""What a run came to: the numbers of its summary, the rows of its order sizes."""


def checkpoints_beside(results: Path) -> Path:
    """The file for checkpoints of runs whose results will be written to `results`."""
    whole = results.resolve()
    return whole.parent / f".{whole.name}.unfinished"


@cache
def made_by() -> str:
    """Hash of everything that results depend on besides scenario and seed: versions and code, hexadecimal.

    A run that another state of the code made is not mixed with those of this one.
    """
    digest = hashlib.sha256(json.dumps(versions(), sort_keys=True).encode())
    for room in MADE_BY_ROOMS:
        for name, text in _sources(files("zhenzan") / room):
            digest.update(f"\0{name}\0".encode() + text)
    return digest.hexdigest()


def _sources(folder: Traversable, before: str = "") -> list[tuple[str, bytes]]:
    sources: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{before}/{entry.name}"
        if entry.is_dir():
            sources += _sources(entry, name)
        elif entry.name.endswith(".py"):
            sources.append((name, entry.read_bytes()))
    return sources


@dataclass
class RunCheckpoints:
    """A file of finished runs, one per line; a context manager.

    A line is written at once and whole, so a killed program loses the runs that were on their way and no
    other; a torn last line is passed over. So is what is there of other scenarios, seeds or code.
    `reused`: runs of earlier programs that were asked for. Raises `ResultError` where it cannot be written.
    """

    path: Path
    reused: int = 0
    _known: dict[str, Outcome] = field(default_factory=dict)
    _file: BinaryIO | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a+b")
            self._read()
        except OSError as error:
            raise self._cannot_write(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        empty = self._file.seek(0, os.SEEK_END) == 0
        self._file.close()
        if empty:
            self.remove()

    def _read(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        last = b"\n"
        while line := self._file.readline(LINE_BYTES_MAX):
            key, outcome = _run_of(line)
            if outcome is not None:
                self._known[key] = outcome
            last = line
        if not last.endswith(b"\n"):
            self._write(b"\n")

    def find(self, scenario: Scenario, seed: int) -> Outcome | None:
        """The stored outcome of this run, if an earlier program finished it."""
        outcome = self._known.get(_key(scenario, seed))
        self.reused += outcome is not None
        return outcome

    def add(self, scenario: Scenario, seed: int, outcome: Outcome) -> None:
        """Store a run that has just finished."""
        line = {"format": FORMAT, "run": _key(scenario, seed), "numbers": outcome[0], "sizes": outcome[1]}
        self._write(json.dumps(line).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> ResultError:
        why = (error.strerror or str(error)).lower()
        return ResultError(f"{self.path} cannot be written: {why}. Choose another --out.")

    def remove(self) -> None:
        """Remove the file: the results are written, or there is nothing in it."""
        self.path.unlink(missing_ok=True)


def _key(scenario: Scenario, seed: int) -> str:
    return hashlib.sha256(f"{made_by()} {scenario.digest} {seed}".encode()).hexdigest()


def _run_of(line: bytes) -> tuple[str, Outcome | None]:
    """The key of a line and its run; None where the line is torn or of another format."""
    try:
        entry = json.loads(line)
        if entry["format"] != FORMAT:
            return "", None
        return str(entry["run"]), (dict(entry["numbers"]), list(entry["sizes"]))
    except (ValueError, KeyError, TypeError):
        return "", None
