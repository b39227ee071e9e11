"""The log of decisions: records of 48 bytes, a file for each UTC date, shown and skipped ones apart.

    folder/shown-2026-11-30.log    folder/skipped-2026-11-30.log

It is written in batches, behind the answers: a crash loses the decisions of the last moments, never an
exposure that was acknowledged. A record that a crash cut in two is left out.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhenzan.promote.receipts import RECORD
from zhenzan.times import DAY_US

__all__ = ["DecisionLog"]


class DecisionLog:
    """Append from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.glob("*.log"):
            whole = path.stat().st_size // RECORD.itemsize * RECORD.itemsize
            os.truncate(path, whole)

    def append(self, logs: Sequence[npt.NDArray[np.void]]) -> None:
        """Append decisions, in order of time."""
        if not logs:
            return
        log = np.concatenate(logs)
        days = log["time_us"] // DAY_US
        for day in np.unique(days).tolist():
            of_day = log[days == day]
            is_shown = of_day["flight"] >= 0
            for name, rows in (("shown", of_day[is_shown]), ("skipped", of_day[~is_shown])):
                if rows.size:
                    with self._path(name, _date_of(day)).open("ab", buffering=0) as file:
                        file.write(rows.tobytes())

    def shown_since(self, since_us: int) -> npt.NDArray[np.void]:
        """Records of what was shown from the date of a time on."""
        first = _date_of(since_us // DAY_US)
        paths = [path for path in sorted(self._folder.glob("shown-*.log")) if _named(path) >= first]
        parts = [np.fromfile(path, RECORD) for path in paths]
        return np.concatenate([np.zeros(0, RECORD), *parts])

    def forget(self, before_us: int) -> None:
        """Delete the files of dates before that of a time."""
        first = _date_of(before_us // DAY_US)
        for path in self._folder.glob("*.log"):
            if _named(path) < first:
                path.unlink(missing_ok=True)

    def _path(self, name: str, day: date) -> Path:
        return self._folder / f"{name}-{day.isoformat()}.log"


def _date_of(day: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


def _named(path: Path) -> date:
    return date.fromisoformat(path.stem.partition("-")[2])
