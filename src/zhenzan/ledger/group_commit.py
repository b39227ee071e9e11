"""Group commit: many callers submit commands, one batch commits all that have gathered meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from zhenzan.batching import MicroBatcher
from zhenzan.closeable import Closeable
from zhenzan.errors import LedgerError
from zhenzan.ledger.entities import Command
from zhenzan.ledger.ledger import Accepted, Ledger
from zhenzan.ledger.rejections import RejectionError

__all__ = ["GroupCommit"]

QUEUE_MAX = 10_000  # callers beyond that wait before they may submit
COMMANDS_MAX = 250  # in one batch: while it is flushed to the disk, the next is applied


class GroupCommit(Closeable):
    """Group commit for a ledger; submit from any thread. A future is done when its commands are durable, or
    refused.

    Tasks of an event loop use `submit_async`: a batch wakes its loop once, not once a task. Close it before
    the ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._batcher: MicroBatcher[Sequence[Command], tuple[Accepted, ...]] = MicroBatcher(
            "ledger group commit", self._begin, len, COMMANDS_MAX, QUEUE_MAX, threads=2
        )

    def submit(self, *commands: Command) -> Future[tuple[Accepted, ...]]:
        """Carry out commands, each by itself but for groups: the future gives their outcomes, or raises the
        first RejectionError among them.
        """
        future: Future[tuple[Accepted, ...]] = Future()
        self._offer(commands, future)
        return future

    def submit_async(self, *commands: Command) -> asyncio.Future[tuple[Accepted, ...]]:
        """The same for a task of the running event loop."""
        future: asyncio.Future[tuple[Accepted, ...]] = asyncio.get_running_loop().create_future()
        self._offer(commands, future)
        return future

    def _offer(
        self,
        commands: Sequence[Command],
        future: Future[tuple[Accepted, ...]] | asyncio.Future[tuple[Accepted, ...]],
    ) -> None:
        if self._batcher.is_closed:
            raise LedgerError("this group commit is closed")
        self._batcher.offer(commands, future)

    def close(self) -> None:
        """Wait for what was submitted."""
        self._batcher.close()

    def _begin(
        self, gathered: Sequence[Sequence[Command]]
    ) -> Callable[[], list[tuple[Accepted, ...] | BaseException]]:
        """One batch, all but its flush to the disk; then its outcomes for each caller."""
        commands = [command for batch in gathered for command in batch]
        finish = self._ledger.prepare(commands, on_error="continue")
        return lambda: _answers(gathered, finish().outcomes)


def _answers(
    gathered: Sequence[Sequence[Command]], outcomes: Sequence[Accepted | RejectionError]
) -> list[tuple[Accepted, ...] | BaseException]:
    answers: list[tuple[Accepted, ...] | BaseException] = []
    first = 0
    for commands in gathered:
        answers.append(_answer(outcomes[first : first + len(commands)]))
        first += len(commands)
    return answers


def _answer(outcomes: Sequence[Accepted | RejectionError]) -> tuple[Accepted, ...] | BaseException:
    for outcome in outcomes:
        if isinstance(outcome, RejectionError):
            return outcome
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Accepted))
