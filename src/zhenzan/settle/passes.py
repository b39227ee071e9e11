"""One pass: a snapshot of the lake, `verify` over it, the result published in one step.

home/results/current      the name of the newest result
home/results/pass-…/      results; the newest two stay
home/results/comparison   what the policy in shadow would change, of the newest pass it ran beside
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhenzan.errors import ResultError
from zhenzan.lake import snapshot
from zhenzan.policy import Policy
from zhenzan.progress import SILENT, Progress
from zhenzan.settle.comparing import compare
from zhenzan.verify import Result, verify
from zhenzan.whole import write_file

__all__ = ["Pass", "comparison", "judge", "latest"]

KEPT = 2  # results; readers may still be in the one before


@dataclass(frozen=True)
class Pass:
    """A published result: its folder, its number, and how many interactions the lake held."""

    folder: Path
    number: int
    interactions: int

    def load(self) -> Result:
        return Result.load(self.folder)


def judge(
    home: Path, policy: Policy, *, shadow: Policy | None = None, progress: Progress = SILENT
) -> Pass | None:
    """Verify everything in the lake and publish the result; None where it is empty. Then, by the policy in
    `shadow` too, and write down what would change.

    Raises LakeError, InputError, PolicyError, ResultError. Killed anywhere, it leaves the result before. Cost
    and memory: those of `verify`, for all interactions that the lake keeps.
    """
    results = home / "results"
    before = latest(home)
    number = before.number + 1 if before else 1
    folder, linked = results / f"pass-{number:08d}", results / "snapshot"
    results.mkdir(parents=True, exist_ok=True)
    if not snapshot(home, linked):
        return None
    try:
        if folder.exists():
            shutil.rmtree(folder)  # a pass that was killed before it was published
        result = verify(linked, policy=policy, format="parquet", out=folder, progress=progress)
        rows = int(result.summary["counts"]["interactions"])
        state = {"pass": folder.name, "number": number, "interactions": rows}
        write_file(results / "current", json.dumps(state).encode(), mode=0o666)
        found = Pass(folder, number, rows)
        if shadow is not None:
            _shadow(results, linked, found, policy, shadow)
    finally:
        shutil.rmtree(linked, ignore_errors=True)
    for old in sorted(results.glob("pass-*"))[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return found


def _shadow(results: Path, linked: Path, found: Pass, policy: Policy, shadow: Policy) -> None:
    folder = results / "shadow"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        verify(linked, policy=shadow, format="parquet", out=folder)
        told = {"number": found.number, "ruling": policy.version, "shadow": shadow.version}
        told |= compare(found.folder, folder)
        write_file(results / "comparison", json.dumps(told, default=str).encode(), mode=0o666)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def comparison(home: Path) -> dict[str, Any] | None:
    """What the policy in shadow would change, as `compare` tells it, with the number of the pass and both
    versions; None where none was run. Raises ResultError.
    """
    path = home / "results" / "comparison"
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return told
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ResultError(f"{path} cannot be read: {error}; delete it") from None


def latest(home: Path) -> Pass | None:
    """The newest published result, or None. Raises ResultError where what names it cannot be read."""
    path = home / "results" / "current"
    try:
        found = json.loads(path.read_text("utf-8"))
        return Pass(home / "results" / str(found["pass"]), int(found["number"]), int(found["interactions"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ResultError(
            f"{path} cannot be read: {error}; delete it, the next pass writes it anew"
        ) from None
