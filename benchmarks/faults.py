"""What the ledger comes through: thousands of seeded histories, and writers killed at work."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.ledger.simulation import SimulationError, make_template, scratch, simulate
from tests.ledger.test_faults import kill_during_load
from tests.service.kill_under_load import Killed, kill_under_load

from benchmarks.document import table
from zhenzan.progress import Progress

SEEDS, QUICK_SEEDS = 10_000, 50
KILLS, QUICK_KILLS = 100, 3
SERVICE_KILLS, QUICK_SERVICE_KILLS = 200, 2
AT_A_TIME = 20  # seeds, so that progress is seen
TEXT = """\
Each seed is a history of some fifteen batches from several clients (holds, groups, cards, reversals,
accounts opened and erased, keys replaced) against a plain model. The process dies at any write or after any
commit, the last commit is torn, the disk fills, another writer takes over, the clock steps to and fro;
clients send again until they are answered, out of order. After every fault and at the end all that was
acknowledged is there once, balances and cards are the model's, and the ledger's own check passes; at the end
replay makes the same projections. Killed writers are processes of their own, ended by `kill -9` while they
write to the disk. Services and their workers are killed while likes come in, are settled and paid: afterwards
every acknowledged like lies in the lake once, the ledger checks, and what was granted is what a new ledger
grants for the same likes."""
ROWS = (
    ("batches acknowledged", "batches"),
    ("sent twice", "duplicates"),
    ("sent out of order", "reordered"),
    ("crashes", "crashes"),
    ("full disks", "full disks"),
    ("writers overtaken by another", "writers overtaken"),
    ("steps back of the clock", "clock steps back"),
    ("checks of the whole", "audits"),
)


def faults(progress: Progress, quick: bool) -> str:
    """Seeds of the simulation and killed writers, and how many of them went wrong."""
    seeds, kills = (QUICK_SEEDS, QUICK_KILLS) if quick else (SEEDS, KILLS)
    begin = time.perf_counter()
    with progress.step("Simulated faults", seeds) as advance:
        count, failures = _simulate(seeds, advance)
    simulated = time.perf_counter() - begin
    with progress.step("Killed writers"):
        killed, acknowledged = _kill(kills)
    begun = time.perf_counter()
    with progress.step("Killed services", QUICK_SERVICE_KILLS if quick else SERVICE_KILLS) as advance:
        service = _kill_service(QUICK_SERVICE_KILLS if quick else SERVICE_KILLS, advance)
    served = time.perf_counter() - begun
    begin += served
    minutes = (simulated, time.perf_counter() - begin - simulated)
    for failure in (*failures, killed, service.failure):
        if failure:
            progress.say(failure)
    rows: list[tuple[object, ...]] = [("seeds", seeds, None)]
    rows += [(words, count[name], None) for words, name in ROWS]
    rows += [
        ("**failures**", len(failures), "0"),
        ("minutes", f"{minutes[0] / 60:.1f}", None),
        ("writers killed", kills, None),
        ("batches they acknowledged", acknowledged, None),
        ("**failures**", int(bool(killed)), "0"),
        ("minutes", f"{minutes[1] / 60:.1f}", None),
        ("services and workers killed", service.kills, None),
        ("likes they acknowledged", service.acknowledged, None),
        ("**failures**", int(bool(service.failure)), "0"),
        ("minutes", f"{served / 60:.1f}", None),
    ]
    failures_text = [f"- {failure}" for failure in (*failures, killed, service.failure) if failure]
    return "\n\n".join(
        (
            "## Faults of the ledger and the service",
            TEXT,
            table(("what", "number", "goal"), rows),
            *failures_text,
        )
    )


def _simulate(seeds: int, advance: Callable[[int], object]) -> tuple[Counter[str], list[str]]:
    """What was done under seeds 0, 1, …, on every core; and what went wrong."""
    count, failures = Counter[str](), list[str]()
    with scratch() as name:
        folder = Path(name)
        work = partial(_some, make_template(folder / "template"), folder)
        parts = [range(first, min(first + AT_A_TIME, seeds)) for first in range(0, seeds, AT_A_TIME)]
        with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
            for part, (done, failed) in zip(parts, pool.imap(work, parts), strict=True):
                count += done
                failures += failed
                advance(len(part))
    return count, failures


def _some(template: Path, folder: Path, seeds: range) -> tuple[Counter[str], list[str]]:
    count, failures = Counter[str](), list[str]()
    for seed in seeds:
        try:
            count += simulate(template, folder, seed)
        except SimulationError as error:
            failures.append(str(error))
    return count, failures


def _kill(times: int) -> tuple[str, int]:
    """What went wrong, "" for nothing; and how many batches were acknowledged."""
    with tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder:
        try:
            last = kill_during_load(Path(folder) / "ledger.sqlite", times, random.Random(1))
        except Exception as error:
            return f"killed writers: {type(error).__name__}: {error}", 0
        return "", last + 1


def _kill_service(kills: int, advance: Callable[[int], object]) -> Killed:
    with tempfile.TemporaryDirectory() as folder:
        return kill_under_load(Path(folder) / "home", kills, seed=11, advance=advance)
