"""Running an experiment: every run of the plan, on one process or several, with the same results."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pyarrow as pa

from zhenzan.lab.bench.model import Experiment
from zhenzan.lab.bench.results import Results
from zhenzan.lab.scenario import Scenario
from zhenzan.progress import SILENT, Progress

__all__ = ["processors", "run_experiment"]

Outcome = tuple[dict[str, float], pa.Table]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_experiment(experiment: Experiment, processes: int = 1, progress: Progress = SILENT) -> Results:
    """Run all of it and gather the numbers.

    Memory: one world a process, and a few kilobytes a run.
    """
    from zhenzan.lab.bench.results import gather

    plan = list(experiment.runs())
    scenarios = {
        (run.arm, run.level): experiment.scenario(run.arm, run.level) for run in plan if run.replicate == 0
    }
    tasks = [(scenarios[run.arm, run.level], run.seed) for run in plan]
    found: list[Outcome] = []
    with progress.step(f"Running {len(plan):,} worlds", len(plan)) as advance:
        for outcome in _outcomes(tasks, min(processes, len(tasks))):
            found.append(outcome)
            advance(1)
    with progress.step("Adding up"):
        return gather(experiment, plan, found)


def _outcomes(tasks: list[tuple[Scenario, int]], processes: int) -> Iterator[Outcome]:
    """What each run came to, in the order of the tasks."""
    if processes <= 1:
        yield from map(_live, tasks)
        return
    # New interpreters rather than forks: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
    )
    try:
        yield from pool.map(_live, tasks)
    except BaseException:
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Let this worker end when the program that started it is killed; else it would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _live(task: tuple[Scenario, int]) -> Outcome:
    from zhenzan.lab.engine import run

    scenario, seed = task
    outcomes = run(scenario, seed, threads=1, log=False).outcomes
    return outcomes.numbers(), outcomes.sizes
