"""Group commit: a batch is applied while the one before it is flushed to the disk, and falls with what it
stands on.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest
from tests.effort import effort
from tests.ledger.machines import KEY, Clock
from tests.ledger.test_faults import BASE, USERS, CrashError, at_flushes, crash, opened
from tests.polling import PATIENCE_SECONDS

from zhenzan.errors import LedgerError
from zhenzan.ledger import (
    Accepted,
    Batch,
    Command,
    GroupCommit,
    IdReusedError,
    Ledger,
    OpenAccount,
    OverdraftError,
    Phase,
    RejectionError,
    Transfer,
    check,
)


def index_of(batch: Batch) -> int:
    """Where its first command stands."""
    (done, *_) = batch.outcomes
    assert isinstance(done, Accepted)
    assert not done.repeated
    return done.seq


def pays(id: str, debit: str, credit: str, amount: int, **more: Any) -> Transfer:
    return Transfer(id=id, debit=debit, credit=credit, asset="points", amount=amount, **more)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    is_server = request.param == "PostgreSQL"
    url = request.getfixturevalue("new_postgres")() if is_server else tmp_path / "ledger.sqlite"
    with Ledger.open(url, key=KEY, clock=Clock()) as ledger:
        ledger.submit(BASE)
        ledger.submit([pays("fund", "mint", "u1", 30)])
        yield ledger
        check(ledger)


class Meanwhile:
    """A batch that another thread submits while the one before is not durable: applied, and waiting."""

    def __init__(self, ledger: Ledger, *commands: Command, **more: Any) -> None:
        self.answer: Future[Batch] = Future()
        applied, real = threading.Event(), ledger._apply_ahead

        def apply_ahead(*arguments: Any) -> Any:
            self.ahead = real(*arguments)
            applied.set()
            return self.ahead

        def submit() -> None:
            try:
                self.answer.set_result(ledger.submit(commands, **more))
            except BaseException as error:
                self.answer.set_exception(error)

        with patch.object(ledger, "_apply_ahead", apply_ahead):
            threading.Thread(target=submit, daemon=True).start()
            assert applied.wait(PATIENCE_SECONDS)
        time.sleep(0.01)
        assert not self.answer.done()


def beside_a_lost_batch(ledger: Ledger, lost: Transfer, later: Transfer) -> Meanwhile:
    """One that was submitted while the one before was on its way, whose flush then failed."""
    with at_flushes(ledger, crash):
        finish = ledger.prepare([lost])
    meanwhile = Meanwhile(ledger, later)
    with pytest.raises(CrashError):
        finish()
    return meanwhile


def test_a_batch_is_applied_on_what_the_one_before_leaves(ledger: Ledger) -> None:
    finish = ledger.prepare([pays("a", "u1", "u2", 30)])
    second = Meanwhile(ledger, pays("b", "u2", "u3", 30))
    assert second.ahead is not None
    assert index_of(finish()) + 1 == index_of(second.answer.result(PATIENCE_SECONDS))
    assert [ledger.balance(account).posted for account in ("u1", "u2", "u3")] == [0, 0, 30]


def test_what_stands_on_a_batch_that_never_was_is_applied_again(ledger: Ledger) -> None:
    """Money that came in with the lost batch is not there; what went out with it is."""
    poor = beside_a_lost_batch(ledger, pays("a", "u1", "u2", 30), pays("b", "u2", "u3", 30))
    assert poor.ahead is not None
    with pytest.raises(OverdraftError):
        poor.answer.result(PATIENCE_SECONDS)
    rich = beside_a_lost_batch(ledger, pays("c", "u1", "u2", 30), pays("d", "u1", "u3", 30))
    assert rich.ahead is None  # refused by what was on its way
    assert index_of(rich.answer.result(PATIENCE_SECONDS))
    assert [ledger.balance(account).posted for account in ("u1", "u2", "u3")] == [0, 0, 30]
    assert [ledger.find(transfer_id) is None for transfer_id in "abcd"] == [True, True, True, False]


def test_an_id_that_is_on_its_way_is_known(ledger: Ledger) -> None:
    finish = ledger.prepare([pays("a", "u1", "u2", 1), pays("a", "u1", "u2", 1)])
    again = Meanwhile(ledger, pays("a", "u1", "u2", 1))
    first, second = finish().outcomes
    repeated = again.answer.result(PATIENCE_SECONDS).outcomes[0]
    assert again.ahead is not None
    assert isinstance(first, Accepted)
    assert second == repeated == Accepted(first.seq, True)
    finish = ledger.prepare([pays("b", "u1", "u2", 1)])
    other = Meanwhile(ledger, pays("b", "u1", "u2", 2))
    finish()
    with pytest.raises(IdReusedError):
        other.answer.result(PATIENCE_SECONDS)
    anew = beside_a_lost_batch(ledger, pays("c", "u1", "u2", 1), pays("c", "u1", "u2", 1))
    assert index_of(anew.answer.result(PATIENCE_SECONDS))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (pays("hold", "u1", "u2", 5, phase=Phase.pending),
         Transfer(id="post", pending="hold", phase=Phase.post)),
        (pays("hold", "u1", "u2", 5, phase=Phase.pending, group="g"),
         Transfer(id="void", pending="hold", phase=Phase.void, group="v")),
        (pays("a", "u1", "u2", 5), pays("back", "u2", "u1", 5, reverses="a")),
        (OpenAccount(id="u9", asset="points", owner="p9"), OpenAccount(id="u9", asset="points", owner="p9")),
        (Transfer(id="mint1", debit="press", credit="c1", asset="card", amount=1),
         Transfer(id="give", debit="c1", credit="c2", asset="card", amount=1, serial=1)),
    ],
)  # fmt: skip
def test_what_only_the_database_tells_waits_for_it(ledger: Ledger, before: Command, after: Command) -> None:
    finish = ledger.prepare([before])
    later = Meanwhile(ledger, after, on_error="continue")  # a refusal would be the answer
    assert later.ahead is None
    finish()
    assert isinstance(later.answer.result(PATIENCE_SECONDS).outcomes[0], Accepted)


def test_the_callers_own_rows_are_written_when_the_batch_before_is_durable(ledger: Ledger) -> None:
    seen: list[bool] = []

    def also(connection: Any) -> None:
        seen.append(ledger.find("a") is not None)

    finish = ledger.prepare([pays("a", "u1", "u2", 1)])
    later = Meanwhile(ledger, pays("b", "u1", "u2", 1), also=also)
    assert seen == []
    finish()
    assert index_of(later.answer.result(PATIENCE_SECONDS))
    assert seen == [True]


def test_a_flush_that_fails_after_it_was_durable_is_found_by_its_id(ledger: Ledger) -> None:
    real = ledger.database.write

    @contextmanager
    def silent() -> Iterator[Any]:
        with real() as connection:
            yield connection
        raise CrashError

    with patch.object(ledger.database, "write", silent):
        finish = ledger.prepare([pays("a", "u1", "u2", 30)])
    later = Meanwhile(ledger, pays("b", "u2", "u3", 30))
    with pytest.raises(CrashError):
        finish()
    assert index_of(later.answer.result(PATIENCE_SECONDS))
    (again,) = ledger.submit([pays("a", "u1", "u2", 30)]).outcomes
    assert isinstance(again, Accepted)
    assert again.repeated


class Interrupted:
    """A lock that is held elsewhere; who waits for it is interrupted, as by Ctrl-C."""

    def locked(self) -> bool:
        return True

    def acquire(self) -> bool:
        raise KeyboardInterrupt


@pytest.mark.parametrize("where", ["_writing", "_seal"])
def test_an_interrupt_leaves_nothing_of_the_batch(ledger: Ledger, where: str) -> None:
    finish = ledger.prepare([pays("a", "u1", "u2", 10)])
    interruption = Interrupted() if where == "_writing" else Mock(side_effect=KeyboardInterrupt)
    with patch.object(ledger, where, interruption), pytest.raises(KeyboardInterrupt):
        ledger.submit([pays("b", "u1", "u2", 10)])
    finish()
    assert index_of(ledger.submit([pays("b", "u1", "u2", 10), pays("c", "u1", "u2", 10)]))
    assert ledger.balance("u2").posted == 30


@pytest.mark.parametrize("early", [True, False])
def test_a_hold_that_is_posted_on_its_way_does_not_run_out_meanwhile(ledger: Ledger, early: bool) -> None:
    """A batch that finds a hold run out waits; the hour is read once, and one that comes later waits too."""
    ends = ledger.clock() + 1
    hold = {"phase": Phase.pending, "expires_at": ends}
    ledger.submit([pays("hold", "u1", "u2", 5, **hold), pays("other", "u1", "u2", 5, **hold)])
    ledger.submit([pays("lasts", "u1", "u2", 5, phase=Phase.pending)])
    finish = ledger.prepare([Transfer(id="post", pending="hold", phase=Phase.post)])
    hours = itertools.chain([ends - 1] * early, itertools.repeat(ends))
    with patch.object(ledger, "clock", lambda: next(hours)):
        later = Meanwhile(ledger, pays("b", "u1", "u3", 1))
        assert (later.ahead is not None) == early
        finish()
        later.answer.result(PATIENCE_SECONDS)
        ledger.submit([pays("c", "u1", "u3", 1)])
    assert [ledger.balance(account).posted for account in ("u1", "u2", "u3")] == [23, 5, 2]


def test_a_ledger_closes_when_what_is_on_its_way_is_durable(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "ledger.sqlite")
    ledger.submit(BASE)
    finish = ledger.prepare([pays("a", "mint", "u1", 1)])
    closing = threading.Thread(target=ledger.close, daemon=True)
    closing.start()
    closing.join(0.05)
    assert closing.is_alive()
    finish()
    closing.join(PATIENCE_SECONDS)
    assert not closing.is_alive()
    with opened(tmp_path / "ledger.sqlite") as again:
        assert again.find("a") is not None
    with pytest.raises(LedgerError, match="closed"):
        ledger.submit([pays("b", "mint", "u1", 1)])


def test_many_submitters_share_commits_and_each_gets_its_own_answer(ledger: Ledger) -> None:
    async def one(commit: GroupCommit, number: int) -> bool:
        try:
            await commit.submit_async(pays(f"g{number}", "u1", "u2", 1))
        except OverdraftError:
            return False
        return True

    async def together(commit: GroupCommit) -> list[bool]:
        return await asyncio.gather(*(one(commit, number) for number in range(50)))

    with GroupCommit(ledger) as commit:
        done = asyncio.run(together(commit))
        threads = [commit.submit(pays(f"t{n}", "mint", "u1", 1)) for n in range(9)]
        assert all(future.result(PATIENCE_SECONDS)[0].seq for future in threads)
    assert sum(done) == 30
    assert ledger.balance("u2").posted == 30
    with pytest.raises(LedgerError, match="closed"):
        commit.submit()


@pytest.mark.also_soak
@pytest.mark.parametrize("seed", range(effort(3, 60)))
def test_flushes_that_fail_lose_their_own_and_nothing_else(ledger: Ledger, seed: int) -> None:
    """Threads submit commands in small batches, some of which fail on their way to the disk: what was
    acknowledged stands at its place, what was not does not stand.
    """
    draw = random.Random(seed)
    stands: dict[str, int] = {}
    fell: set[str] = set()

    def act() -> None:
        time.sleep(draw.random() * 2e-3)
        if draw.random() < 0.25:
            raise CrashError

    def command(draw: random.Random, name: str) -> Command:
        kind, number = draw.random(), draw.randrange(40)
        debit, credit = draw.sample(["mint", *(f"u{i}" for i in range(USERS))], 2)
        if kind < 0.8:
            return pays(f"{name}-{number}", debit, credit, number + 1)
        if kind < 0.9:
            return pays(f"{name}-{number}-hold", debit, credit, number + 1, phase=Phase.pending)
        return Transfer(id=f"{name}-{number}-post", pending=f"{name}-{number}-hold", phase=Phase.post)

    def submitter(commit: GroupCommit, name: str) -> None:
        own, waiting = random.Random(f"{seed}{name}"), []
        for _ in range(60):
            submitted = command(own, name)
            waiting.append((submitted, commit.submit(submitted)))
            if own.random() < 0.3:
                collect(waiting)
        collect(waiting)

    def collect(waiting: list[tuple[Command, Future[Any]]]) -> None:
        for submitted, future in waiting:
            try:
                stands[submitted.id] = future.result(PATIENCE_SECONDS)[0].seq
            except RejectionError:
                pass
            except CrashError:
                fell.add(submitted.id)
        waiting.clear()

    few = patch("zhenzan.ledger.group_commit.COMMANDS_MAX", 4)
    with few, at_flushes(ledger, act), GroupCommit(ledger) as commit:
        threads = [threading.Thread(target=submitter, args=(commit, name)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(stands) > 20
    for id, seq in stands.items():
        event = ledger.find(id)
        assert event is not None
        assert event.seq == seq
    assert fell - stands.keys()
    assert not [id for id in fell - stands.keys() if ledger.find(id) is not None]


WRITER = """
import asyncio, sys
sys.path[:0] = [{root!r}, {source!r}]
from pathlib import Path
from tests.ledger.test_faults import BASE, opened
from tests.ledger.test_group_commit import GroupCommit, pays
ledger = opened(Path({path!r}))
ledger.submit(BASE)
async def one(commit, number):
    turn = 0
    while True:
        id = f"{{sys.argv[1]}}-{{number}}-{{turn}}"
        await commit.submit_async(pays(id, "mint", f"u{{number % 6}}", 1))
        print(id, flush=True)
        turn += 1
async def all(commit):
    await asyncio.gather(*(one(commit, number) for number in range(30)))
with GroupCommit(ledger) as commit:
    asyncio.run(all(commit))
"""


@pytest.mark.also_soak
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path, root, draw = tmp_path / "ledger.sqlite", Path(__file__).resolve().parents[2], random.Random(5)
    code = WRITER.format(root=str(root), source=str(root / "src"), path=str(path))
    acknowledged: list[str] = []
    for turn in range(effort(3, 60)):
        process = subprocess.Popen([sys.executable, "-c", code, str(turn)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(draw.randrange(1, 400))]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.read().split("\n")[:-1]
        process.wait()
        with Ledger.open(path, read_only=True) as ledger:
            check(ledger)
            assert all(ledger.find(id) is not None for id in acknowledged)
    assert len(acknowledged) > 100
