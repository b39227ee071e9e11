"""Running an experiment: every run of the plan, on one process or several, with the same results."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from pathlib import Path

from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import ResultError
from zhenzan.lab.bench.checkpoints import Outcome, RunCheckpoints, checkpoints_beside
from zhenzan.lab.bench.model import Experiment
from zhenzan.lab.bench.results import Results, gather
from zhenzan.lab.outputs.folder import check_place
from zhenzan.lab.scenario import Scenario
from zhenzan.progress import SILENT, Progress

__all__ = ["processors", "run_experiment"]

Task = tuple[Scenario, int]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@renamed_parameters(place="target")
def run_experiment(
    experiment: Experiment,
    *,
    processes: int = 1,
    progress: Progress = SILENT,
    target: str | Path | None = None,
) -> Results:
    """Run all of it and gather the numbers. The results are the same for any number of `processes`.

    `target`: the folder that they will be written to. Beside it each run is kept as soon as it is finished,
    so that a program that is stopped goes on where it was when it is started again; writing the results there
    removes what was kept. Raises `ResultError` where something else lies there.

    More than one process needs what every Python program with processes needs: a script keeps its work behind
    `if __name__ == "__main__"`. Time: runs · time of one / processes. Memory: one world a process, and a few
    kilobytes a run.
    """
    plan = list(experiment.runs())
    scenarios = {
        (run.arm, run.level): experiment.scenario(run.arm, run.level) for run in plan if run.replicate == 0
    }
    tasks = [(scenarios[run.arm, run.level], run.seed) for run in plan]
    with ExitStack() as open_files:
        kept = None
        if target is not None:
            check_place(Path(target))
            kept = open_files.enter_context(RunCheckpoints(checkpoints_beside(Path(target))))
        outcomes = _outcomes_of(tasks, kept, processes, progress)
    with progress.step("Adding up"):
        return gather(experiment, plan, outcomes, 0 if kept is None else kept.reused)


def _outcomes_of(
    tasks: list[Task], kept: RunCheckpoints | None, processes: int, progress: Progress
) -> list[Outcome]:
    """What each task came to; those that were kept are not run again."""
    outcomes = {} if kept is None else {i: one for i, task in enumerate(tasks) if (one := kept.find(*task))}
    missing = [number for number in range(len(tasks)) if number not in outcomes]
    if outcomes:
        progress.say(
            f"Going on where an earlier run was stopped: {len(outcomes):,} of {len(tasks):,} worlds are kept."
        )
    with progress.step(f"Running {len(missing):,} worlds", len(missing)) as advance:
        for index, outcome in _outcomes([tasks[number] for number in missing], min(processes, len(missing))):
            number = missing[index]
            outcomes[number] = outcome
            if kept is not None:
                kept.add(*tasks[number], outcome)
            advance(1)
    return [outcomes[number] for number in range(len(tasks))]


def _outcomes(tasks: list[Task], processes: int) -> Iterator[tuple[int, Outcome]]:
    """What each run came to, with its place among the tasks, as they are finished."""
    if processes <= 1:
        yield from enumerate(map(_live, tasks))
        return
    # New interpreters rather than forks: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
    )
    try:
        with _interrupts_held():
            places: dict[Future[Outcome], int] = {pool.submit(_live, task): i for i, task in enumerate(tasks)}
        for future in as_completed(places):
            yield places.pop(future), future.result()
    except BrokenProcessPool as error:
        raise ResultError(
            "A process that ran worlds was killed, perhaps because memory ran out; run it again with "
            "--processes 1."
        ) from error
    except BaseException:
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes that are started here never hear of Ctrl-C: this one does and ends them, with one line."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """Let this worker end when the program that started it is killed; else it would wait for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _live(task: Task) -> Outcome:
    from zhenzan.lab.simulation import run

    scenario, seed = task
    outcomes = run(scenario, seed, threads=1, log=False).outcomes
    return outcomes.numbers(), outcomes.sizes.to_pylist()
