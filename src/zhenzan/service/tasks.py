"""Periodic tasks: each runs again and again by its name on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from zhenzan.errors import one_line
from zhenzan.service.thread_priority import lower_thread_priority

__all__ = ["PeriodicTask", "TaskRunner"]

START_SECONDS = 0.5  # until each task runs for the first time
RETRY_SECONDS = 5.0  # after a failure

log = logging.getLogger("zhenzan.service")


@dataclass(frozen=True)
class PeriodicTask:
    """`run` is called `interval_seconds` after it returned; what it raises is logged, and it is tried again.

    `is_background`: requests come first, where threads have priorities.
    """

    name: str
    interval_seconds: float
    run: Callable[[], object]
    is_background: bool = True


class TaskRunner:
    """Runs tasks until it is closed. `failures`: how often each task failed since the start."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failing: dict[str, tuple[float, str]] = {}  # since when (monotonic seconds), and how
        self.failures: Counter[str] = Counter()
        self.tasks: Sequence[PeriodicTask] = ()

    @property
    def is_stopping(self) -> bool:
        """Whether a task that takes long should break off."""
        return self._stop.is_set()

    def start(self, tasks: Iterable[PeriodicTask]) -> None:
        """Begin with all of them, once."""
        assert not self.tasks
        self.tasks = tuple(tasks)
        assert len({task.name for task in self.tasks}) == len(self.tasks), "two tasks have one name"
        for task in self.tasks:
            thread = threading.Thread(target=self._repeat, args=(task,), name=task.name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """Stop: each task ends its turn, and no other begins."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def trouble(self, seconds: float) -> dict[str, str]:
        """Tasks that have failed for longer than so many seconds, by name, and why."""
        now = time.monotonic()
        return {name: why for name, (since, why) in list(self._failing.items()) if now - since >= seconds}

    def _repeat(self, task: PeriodicTask) -> None:
        if task.is_background:
            lower_thread_priority()
        wait = min(START_SECONDS, task.interval_seconds)
        while not self._stop.wait(wait):
            try:
                task.run()
            except Exception as error:
                wait = RETRY_SECONDS
                if not self.is_stopping:  # else it broke off
                    self._note(task, error)
            else:
                wait = task.interval_seconds
                self._failing.pop(task.name, None)

    def _note(self, task: PeriodicTask, error: Exception) -> None:
        since = self._failing.get(task.name, (time.monotonic(), ""))[0]
        self._failing[task.name] = since, one_line(error)
        self.failures[task.name] += 1
        log.exception("the task %s failed; it is tried again", task.name)
