"""Progress reports of long work: named steps with bars, and sentences.

Library code takes a `Progress` and calls it; what it looks like is the caller's choice. `SILENT` shows
nothing and costs nothing; `RichProgress` draws bars on standard error, so that standard output stays clean
for pipes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

__all__ = ["SILENT", "Advance", "Progress", "RichProgress"]

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""


class Progress(Protocol):
    """The interface that long work reports its progress to.

    `with progress.step("Reading likes", total) as advance: advance(n)`; `total` is in the units of `advance`,
    or None when it is not known. Steps may nest. `say` shows one sentence that stays on the screen.
    """

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]: ...

    def say(self, text: str) -> None: ...


class _Silent:
    """Says nothing."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Advance]:
        yield _ignore

    def say(self, text: str) -> None:
        pass


def _ignore(amount: int) -> None:
    pass


SILENT: Progress = _Silent()


class RichProgress:
    """Progress bars on a Rich console (standard error unless told otherwise).

    `translate` turns each sentence into the reader's language.

    Steps share one live display, which appears with the first step and goes when the last one ends. Where the
    console is no terminal, bars are not drawn and only the sentences appear.
    """

    def __init__(self, console: Console | None = None, translate: Callable[[str], str] = str) -> None:
        from rich.console import Console

        self._translate = translate
        self.console = console if console is not None else Console(stderr=True)
        self._bars: Bars | None = None
        self._open_steps = 0

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Advance]:
        bars = self._enter()
        task = bars.add_task(name, total=total)
        try:
            yield lambda amount: bars.advance(task, amount)
        finally:
            bars.remove_task(task)
            self._leave()

    def say(self, text: str) -> None:
        self.console.print(self._translate(text), style="dim", highlight=False, markup=False, soft_wrap=True)

    def _enter(self) -> Bars:
        if self._bars is None:
            self._bars = self._make_bars()
            self._bars.start()
        self._open_steps += 1
        return self._bars

    def _leave(self) -> None:
        self._open_steps -= 1
        if self._open_steps == 0 and self._bars is not None:
            self._bars.stop()
            self._bars = None

    def _make_bars(self) -> Bars:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
