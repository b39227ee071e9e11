"""Speed and memory of the whole command, from a Parquet file to written results, in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.document import table
from benchmarks.worlds import lab_log, scale_log
from zhenzan.progress import Progress

SIZES_MILLIONS = (1, 3, 10, 30, 100)
STRING_SIZES_MILLIONS = (1, 10)
LAB_SIZES_MILLIONS = (10,)
REPEATS_UP_TO_10M = 3
START = "from zhenzan.cli import main; raise SystemExit(main())"
KINDS = {"int": "integer ids", "string": "string ids", "lab": "months of the lab side by side, integer ids"}
GOALS = {10: "≤ 30 s, ≤ 4 GB", 100: "≤ 300 s, ≤ 14 GB"}


# A small process starts and watches the command: the kernel counts a parent's peak of memory as its child's.
WATCH = """
import json, os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(json.dumps([time.perf_counter() - begin, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True)
class Run:
    """One command: wall seconds, peak resident bytes, bytes written, and its own timings by stage."""

    seconds: float
    peak_bytes: int
    written_bytes: int
    stages: dict[str, float]


def measure(log: Path, out: Path) -> Run:
    """Run `zhenzan verify` on a log and wait for it; a failure of the command is an error here."""
    command = [sys.executable, "-c", START, "verify", str(log), "--out", str(out), "--quiet"]
    watched = subprocess.run([sys.executable, "-c", WATCH, *command], capture_output=True, text=True)
    if watched.returncode != 0:
        raise RuntimeError(f"zhenzan verify {log.name} failed: {watched.stderr.strip()[-2000:]}")
    seconds, peak, status = json.loads(watched.stdout.splitlines()[-1])
    if status != 0:
        raise RuntimeError(
            f"zhenzan verify {log.name} ended with exit code {status}: {watched.stderr[-2000:]}"
        )
    unit = 1 if sys.platform == "darwin" else 1024
    written = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    stages = json.loads((out / "summary.json").read_text())["timings_seconds"]
    shutil.rmtree(out)
    return Run(seconds, peak * unit, written, stages)


def speed(progress: Progress, quick: bool) -> str:
    """The table of sizes; logs lie in a temporary folder ($TMPDIR), one at a time."""
    sizes = [(million, "int") for million in (SIZES_MILLIONS[:2] if quick else SIZES_MILLIONS)]
    sizes += [
        (million, "string") for million in (STRING_SIZES_MILLIONS[:1] if quick else STRING_SIZES_MILLIONS)
    ]
    sizes += [(million, "lab") for million in (() if quick else LAB_SIZES_MILLIONS)]
    rows, stage_rows = [], []
    seconds_of: dict[tuple[int, str], float] = {}
    with tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder:
        _warm(Path(folder))
        for million, ids in sizes:
            runs = _runs(Path(folder), million, ids, progress)
            seconds = float(np.median([run.seconds for run in runs]))
            peak = max(run.peak_bytes for run in runs)
            seconds_of[million, ids] = seconds
            rows.append(
                (
                    f"{million} M",
                    KINDS[ids],
                    f"{seconds:.1f} s",
                    f"{million / seconds:.2f} M/s",
                    f"{peak / 1e9:.2f} GB",
                    f"{peak / million / 1e6:.0f} B",
                    f"{runs[0].written_bytes / 1e6:.0f} MB",
                    len(runs),
                    GOALS.get(million, "–") if ids == "int" else "≤ 2 × integer" if ids == "string" else "–",
                )
            )
            if ids == "int":
                stage_rows.append((f"{million} M", *_shares(runs[0].stages)))
    header = ("likes", "log", "time", "rate", "peak memory", "memory per like", "written", "runs", "goal")
    text = [
        "## Speed and memory",
        "The whole command, `zhenzan verify log.parquet --out result/`, in a process of its own: start of "
        "Python, reading, judging, writing. Kernels were compiled before; medians of the runs, the largest "
        "peak of memory.",
        table(header, rows),
        *(_string_cost(seconds_of)),
        "Seconds by stage, the longest first:",
        table(("likes", "stages"), stage_rows),
    ]
    return "\n\n".join(text)


def _runs(folder: Path, million: int, ids: str, progress: Progress) -> list[Run]:
    log = folder / f"log-{million}-{ids}.parquet"
    likes = million * 1_000_000
    with progress.step(f"Writing {million} M likes, {KINDS[ids]}", likes) as advance:
        if ids == "lab":
            lab_log(log, likes, seed=million, advance=advance)
        else:
            scale_log(log, likes, seed=million, ids=ids, advance=advance)
    repeats = REPEATS_UP_TO_10M if million <= 10 and ids != "lab" else 1
    runs = []
    with progress.step(f"Verifying {million} M likes, {KINDS[ids]}", repeats) as advance:
        for _ in range(repeats):
            runs.append(measure(log, folder / "result"))
            advance(1)
    log.unlink()
    return runs


def _warm(folder: Path) -> None:
    """Compile kernels for both kinds of ids, and load libraries into the page cache."""
    for ids in ("int", "string"):
        log = folder / f"warm-{ids}.parquet"
        scale_log(log, 100_000, seed=0, ids=ids)
        measure(log, folder / "result")
        log.unlink()


def _shares(stages: dict[str, float]) -> tuple[str]:
    longest = sorted(stages.items(), key=lambda item: -item[1])
    return (", ".join(f"{name} {seconds:.1f}" for name, seconds in longest if seconds >= 0.05),)


def _string_cost(seconds_of: dict[tuple[int, str], float]) -> list[str]:
    both = [million for million, ids in seconds_of if ids == "string" and (million, "int") in seconds_of]
    if not both:
        return []
    costs = ", ".join(
        f"{seconds_of[million, 'string'] / seconds_of[million, 'int']:.2f} at {million} M" for million in both
    )
    return [f"String ids cost {costs} times the time of integer ids."]
