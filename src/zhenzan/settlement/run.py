"""One settlement: a snapshot of what can still change in the lake, `verify` over it, the result published in
one step, days that leave the window made final.

home/results/current      the name of the newest result
home/results/pass-…/      results; the newest two stay. `published.json` in each is what `current` said of it
home/results/comparison   what the policy in shadow would change, of the newest pass it ran beside

A lake that holds far more than the window, after a long stop, is judged a part after the other, the oldest
first; each day has the window's days after it, as ever.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhenzan.atomic_files import write_file
from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import LakeError, NewerVersionError, NoLikesError, ResultError
from zhenzan.lake import (
    HOUR_US,
    lake_files,
    lake_hours,
    link_hours,
    linked_as,
    refuse_damaged,
    refuse_newer,
)
from zhenzan.policy import Policy
from zhenzan.progress import SILENT, Progress
from zhenzan.settlement.carry_over import known_before, read_known, remember
from zhenzan.settlement.finalize import add_final_items, final_files, final_watermark, finalize
from zhenzan.settlement.late_likes import write_late
from zhenzan.settlement.ring_id_store import carry_ring_ids, merged_in, read_ring_ids, tidy_ring_ids
from zhenzan.settlement.shadow_comparison import compare
from zhenzan.times import DAY_US, now_us
from zhenzan.verify import Result, verify

__all__ = ["WINDOW_DAYS", "Settlement", "comparison", "latest", "run_settlement"]

RESULTS_KEPT = 2  # results; readers may still be in the one before
WINDOW_DAYS = 30
CURRENT, PUBLISHED = "current", "published.json"

log = logging.getLogger("zhenzan.settlement")


@renamed_attributes(sealed="final_files", sealed_items="final_item_files", named="pointer")
@dataclass(frozen=True)
class Settlement:
    """A published result: its folder, its number, how many interactions it judged, and from when on (µs, the
    begin of a day): what is older is final. `is_behind`: there are newer ones that it did not judge.
    """

    folder: Path
    number: int
    interactions: int
    since: int = 0
    is_behind: bool = False

    @property
    def final_files(self) -> list[Path]:
        """Files of the final verdicts."""
        return final_files(self.folder.parent.parent, self.since)

    @property
    def final_item_files(self) -> list[Path]:
        """Files of what items had on those days."""
        return final_files(self.folder.parent.parent, self.since, "items")

    @cached_property
    def merged_rings(self) -> dict[int, int]:
        """Of rings of earlier settlements that are no more, in which ring of this one they go on."""
        return merged_in(self.folder)

    def load(self) -> Result:
        return Result.load(self.folder, self.final_files)

    def pointer(self) -> bytes:
        """What the file `current` says of it."""
        pointer = {"pass": self.folder.name, "number": self.number, "interactions": self.interactions}
        return json.dumps(pointer | {"since": self.since}).encode()


@dataclass(frozen=True)
class _Window:
    """What a settlement judges, from `since` to `until`, and up to where it then makes days final. All µs."""

    since: int
    until: int
    final_until: int
    is_behind: bool


def run_settlement(
    home: Path,
    policy: Policy,
    *,
    window_days: int = WINDOW_DAYS,
    shadow: Policy | None = None,
    progress: Progress = SILENT,
    clock: Callable[[], int] = now_us,
) -> Settlement | None:
    """Verify what is not final and publish the result; None where there is nothing. Then, by the
    policy in `shadow` too, and write down what would change. Then make final the days that ended
    `window_days` before the newest interaction. What claims to come from more than an hour after now
    (`clock`, µs) waits until then.

    Raises LakeError, InputError, PolicyError, ResultError. Killed anywhere, it leaves the result before. Cost
    and memory: those of `verify` for the interactions of `window_days` and up to a day more, twice that while
    it is behind; once a day, a pass over the verdicts of a day.
    """
    results = home / "results"
    window = _window(home, window_days, clock())
    last = _healed(home)
    number = last.number + 1 if last else _number_of(_newest_folder(results)) + 1
    folder, linked = results / f"pass-{number:08d}", results / "snapshot"
    results.mkdir(parents=True, exist_ok=True)
    files = link_hours(home, linked, since=window.since, until=window.until) if window is not None else []
    if window is None or not files:
        return None
    try:
        if folder.exists():
            shutil.rmtree(folder)  # a pass that was killed before it was published
        before = known_before(home, window.since)
        known = read_known(before)
        rings = read_ring_ids(home, last.number if last else None)
        with _naming_damage(home, linked):
            refuse_newer(files)
            result = verify(
                linked,
                policy=policy,
                format="parquet",
                out=folder,
                known=known,
                rings=rings.known,
                progress=progress,
            )
        carry_ring_ids(home, folder, rings, number, window.until)
        add_final_items(folder, final_files(home, window.since, "items"))
        write_late(folder, files)
        rows = int(result.summary["counts"]["interactions"])
        settlement = Settlement(folder, number, rows, window.since, window.is_behind)
        for path in (folder / PUBLISHED, results / CURRENT):
            write_file(path, settlement.pointer())
        tidy_ring_ids(home, number)
        if shadow is not None:
            _shadow(results, linked, settlement, policy, shadow, known)
        remember(home, folder, window.until, before)
    except NoLikesError:
        if window.final_until > window.since:
            finalize(home, None, window.since, window.final_until)
        raise
    finally:
        shutil.rmtree(linked, ignore_errors=True)
    if window.final_until > window.since:
        finalize(home, folder, window.since, window.final_until)
    for old in sorted(results.glob("pass-*"), key=_number_of)[:-RESULTS_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return settlement


def _window(home: Path, days: int, now: int) -> _Window | None:
    """From the first day with files that is not final to the newest; not all, if that is far."""
    sealed = final_watermark(home) or 0
    hours = [hour for hour in lake_hours(home) if sealed <= hour * HOUR_US <= now + HOUR_US]
    if not hours:
        return None
    since = max(hours[0] * HOUR_US // DAY_US * DAY_US, sealed)
    end = (hours[-1] + 1) * HOUR_US
    until = min(end, since + (2 * days + 1) * DAY_US)
    return _Window(since, until, max((until - days * DAY_US) // DAY_US * DAY_US, since), until < end)


def _shadow(
    results: Path,
    linked: Path,
    settlement: Settlement,
    policy: Policy,
    shadow: Policy,
    known: pa.Table | None,
) -> None:
    folder = results / "shadow"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        verify(linked, policy=shadow, format="parquet", out=folder, known=known)
        comparison = {"number": settlement.number, "ruling": policy.version, "shadow": shadow.version}
        comparison |= compare(settlement.folder, folder)
        write_file(results / "comparison", json.dumps(comparison, default=str).encode())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def comparison(home: Path) -> dict[str, Any] | None:
    """What the policy in shadow would change, as `compare` tells it, with the number of the pass and both
    versions; None where none was run. Raises ResultError.
    """
    path = home / "results" / "comparison"
    try:
        comparison: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return comparison
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ResultError(f"{path} cannot be read: {error}; delete it") from None


def latest(home: Path) -> Settlement | None:
    """The newest published result, or None: the one that `current` names, and where that is damaged or
    missing, the newest that says of itself that it was published. Raises NewerResultError where a newer
    version of Zhenzan wrote it.
    """
    results = home / "results"
    settlement = _named_in(results / CURRENT, results)
    return settlement or next(
        (settlement for settlement in _published(results) if settlement is not None), None
    )


def _published(results: Path) -> Iterator[Settlement | None]:
    """What the results say of themselves, the newest first."""
    folders = sorted(results.glob("pass-*"), key=_number_of, reverse=True)
    return (_named_in(folder / PUBLISHED, results) for folder in folders)


def _named_in(path: Path, results: Path) -> Settlement | None:
    """The result that a file names, if it can be read and the result is there. Raises NewerResultError where
    a newer version of Zhenzan wrote it.
    """
    try:
        pointer = json.loads(path.read_text("utf-8"))
        named = Settlement(
            results / str(pointer["pass"]),
            int(pointer["number"]),
            int(pointer["interactions"]),
            int(pointer.get("since", 0)),
        )
        named.load()
    except NewerVersionError:
        raise
    except (ResultError, OSError, ValueError, KeyError, TypeError):
        return None
    return named


def _healed(home: Path) -> Settlement | None:
    """The newest published result; `current` is made anew where it does not name it. For the worker alone:
    two that wrote could undo each other's.
    """
    results, settlement = home / "results", latest(home)
    path = results / CURRENT
    if settlement is None:
        if path.exists():
            log.warning("%s is damaged, and no result is left that was published: this pass makes one", path)
    elif _named_in(path, results) is None:
        log.warning("%s is damaged or missing; it is made anew, and names %s", path, settlement.folder.name)
        write_file(path, settlement.pointer())
    return settlement


def _newest_folder(results: Path) -> Path | None:
    return max(results.glob("pass-*"), key=_number_of, default=None)


def _number_of(folder: Path | None) -> int:
    """The number of a result by its folder's name; 0 for others."""
    digits = folder.name.removeprefix("pass-") if folder else ""
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


@contextmanager
def _naming_damage(home: Path, linked: Path) -> Iterator[None]:
    """Where judging fails, see whether a file of the lake is damaged, and name that by its own path."""
    try:
        yield
    except NoLikesError:
        raise
    except Exception as error:
        judged = {path.name for path in linked.iterdir()}
        try:
            refuse_damaged([path for path in lake_files(home) if linked_as(path) in judged])
        except LakeError as damage:
            raise damage from error
        raise
