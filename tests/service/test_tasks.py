"""Periodic tasks: each by itself, again after a failure, ended between two turns."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.polling import wait_until

from zhenzan.service import tasks
from zhenzan.service.tasks import PeriodicTask, TaskRunner


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[TaskRunner]:
    monkeypatch.setattr(tasks, "RETRY_SECONDS", 0.01)
    runner = TaskRunner()
    yield runner
    runner.close()


def test_a_task_that_fails_is_tried_again_and_holds_up_no_other(runner: TaskRunner) -> None:
    turns, tries, heals = [0], [0], threading.Event()

    def fails() -> None:
        tries[0] += 1
        if not heals.is_set():
            raise RuntimeError("not yet")

    def runs() -> None:
        turns[0] += 1

    runner.start([PeriodicTask("fails", 0.01, fails), PeriodicTask("runs", 0.01, runs)])
    wait_until(lambda: tries[0] > 3 and turns[0] > 3)
    assert runner.trouble(0) == {"fails": "not yet"}
    assert runner.trouble(3600) == {}
    heals.set()
    wait_until(lambda: runner.trouble(0) == {})
    assert runner.failures["fails"] >= 3
    assert runner.failures["runs"] == 0


def test_a_turn_ends_before_the_runner_is_closed_and_breaking_off_is_no_failure(runner: TaskRunner) -> None:
    began, done = threading.Event(), list[bool]()

    def breaks_off() -> None:
        began.set()
        wait_until(lambda: runner.is_stopping)
        done.append(True)
        raise RuntimeError("broken off")

    runner.start([PeriodicTask("long", 0.01, breaks_off)])
    began.wait()
    runner.close()
    assert done == [True]
    assert runner.failures["long"] == 0
    assert runner.trouble(0) == {}
