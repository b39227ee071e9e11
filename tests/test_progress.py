"""Progress is shown where someone looks, and costs nothing where no one does."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from zhenzan.progress import SILENT, RichProgress


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_silent_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with SILENT.step("Reading", 3) as advance:
        advance(3)
    SILENT.say("hello")
    assert capfd.readouterr() == ("", "")


def test_a_step_shows_its_name_while_it_runs() -> None:
    console = terminal()
    with RichProgress(console).step("Reading likes", total=10) as advance:
        advance(10)
    assert "Reading likes" in shown(console)


def test_steps_nest_and_the_display_can_be_used_again() -> None:
    console = terminal()
    progress = RichProgress(console)
    for _ in range(2):
        with progress.step("outer", 2) as outer, progress.step("inner") as inner:
            inner(1)
            outer(1)
    assert "inner" in shown(console)


def test_an_error_inside_a_step_closes_the_display() -> None:
    progress = RichProgress(terminal())
    with pytest.raises(ValueError, match="boom"), progress.step("outer"):
        raise ValueError("boom")
    with progress.step("again"):
        pass


def test_sentences_are_shown_as_they_are_even_without_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    progress = RichProgress(console)
    with progress.step("Reading"):
        progress.say("compiling [kernels] the first time")
    assert shown(console) == "compiling [kernels] the first time\n"
