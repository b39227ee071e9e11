"""A ledger among faults, all of it from one seed: beside a plain model, no fault loses or doubles anything.

Clients send random batches until each is acknowledged, out of order and some of them twice, while the process
dies at any write, writes of a commit are torn, the disk fills, another writer takes over, and the clock steps
to and fro. After every fault the ledger must hold what the model holds, and its own check must pass.

    python -m tests.ledger.simulation SEED...

runs seeds again, each as it ran before.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from msgspec import structs
from tests.ledger.machines import (
    CARDS,
    KEY,
    POINTS,
    SECOND,
    USERS,
    Clock,
    assert_replay_agrees,
    first_commands,
)
from tests.ledger.reference_model import NoError, ReferenceLedger
from tests.ledger.test_faults import CrashError, at_flushes, crash, crash_at, fill_disk

from zhenzan.errors import LedgerError
from zhenzan.ledger import (
    AssetKind,
    Batch,
    Checkpoint,
    Command,
    CreateAsset,
    LeaseLostError,
    Ledger,
    OpenAccount,
    Phase,
    RejectionError,
    SigningKey,
    Transfer,
    check,
    consistency_holds,
    verify,
)
from zhenzan.ledger.keys import write_key
from zhenzan.store import StoreError

__all__ = ["SimulationError", "make_template", "scratch", "simulate"]

FAULTS = ("crash", "crash", "torn", "lost", "full", "full", "overtaken")
FAULT_SHARE = 0.2
WRITES_MOST = 15  # of one commit; a crash after the last finds the batch done
STEPS = (0, 0, 1, SECOND, 2 * SECOND, -3 * SECOND)  # of the clock, µs
NAME = "ledger.sqlite"


class SimulationError(AssertionError):
    """A seed under which the ledger went wrong. Its text says how to run it again."""


@dataclass(frozen=True)
class Request:
    """What a client wants: a batch, or that somebody is erased, or another key."""

    batch: tuple[Command, ...] = ()
    on_error: str = "rollback"
    erase: str = ""
    key: SigningKey | None = None


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory where there is one: that fsync lasts is what killed processes show."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="zhenzan-", dir=memory if memory.is_dir() else None)


def make_template(folder: Path) -> Path:
    """An empty ledger with its key, to be copied for each seed: making the tables takes longest."""
    folder.mkdir()
    write_key(folder / f"{NAME}.key", KEY, replace=True)
    Ledger.open(folder / NAME, clock=Clock(), key=KEY).close()
    return folder


def simulate(template: Path, folder: Path, seed: int) -> Counter[str]:
    """Run one seed. Gives what was done, by name; raises SimulationError. Cost: some 0.1 s."""
    simulation = Simulation(template, folder / str(seed), seed)
    try:
        simulation.run()
    except Exception as error:
        raise SimulationError(
            f"seed {seed}: {type(error).__name__}: {error}; again: python -m tests.ledger.simulation {seed}"
        ) from error
    finally:
        simulation.ledger.close()
        shutil.rmtree(folder / str(seed))
    return simulation.count


class Simulation:
    """One seed's ledger, its plain model, and the clients who wait for an answer.

    `lasting`: the time of the last batch with events; `time`: that of the last batch since the ledger was
    read from the database.
    """

    def __init__(self, template: Path, folder: Path, seed: int) -> None:
        self.random, self.clock, self.plain = Random(seed), Clock(), ReferenceLedger()
        self.folder, self.images, self.number = folder, 0, 0
        self.count: Counter[str] = Counter()
        self.waiting: list[Request] = []
        self.sent: list[Request] = []
        self.transfers: list[Transfer] = []
        self.acknowledged: dict[str, int] = {}
        self.notes: list[str] = []
        self.lasting = self.time = self.clock.now
        self.key = KEY
        self.other_events = 1  # the first key; later ones and erasures
        folder.mkdir()
        self.path = shutil.copytree(template, folder / "0") / NAME
        self.ledger = self.open()

    def run(self) -> None:
        draw = self.random
        opened = first_commands(draw.randint(5, 40), draw.randint(1, 5), draw.choice([0, 0, -5, 3]))
        self.attempt(Request(tuple(opened)), "")
        for user in USERS:
            points = Transfer(id=self.new_id(), debit="mint", credit=user, asset="points", amount=3)
            card = Transfer(id=self.new_id(), debit="press", credit=f"{user}-cards", asset="card", amount=1)
            self.waiting.append(Request((points, card), "continue"))
        for _ in range(draw.randint(8, 14)):
            self.waiting.append(self.new_request())
            self.serve(down_to=draw.randrange(4))
            if draw.random() < 0.3:
                self.count["duplicates"] += 1
                self.attempt(draw.choice(self.sent), self.draw_fault())
        self.serve(down_to=0)
        self.audit()
        self.audit_proofs()
        self.count["seeds"] += 1

    # Clients.

    def serve(self, down_to: int) -> None:
        """Take requests in any order, each again and again until it is answered."""
        while len(self.waiting) > down_to:
            index = self.random.randrange(len(self.waiting))
            self.count["reordered"] += index > 0
            if self.attempt(self.waiting[index], self.draw_fault()):
                self.sent.append(self.waiting.pop(index))

    def draw_fault(self) -> str:
        return self.random.choice(FAULTS) if self.random.random() < FAULT_SHARE else ""

    def new_id(self) -> str:
        self.number += 1
        return f"t{self.number}"

    def new_request(self) -> Request:
        draw = self.random
        what = draw.random()
        if what < 0.04:
            return Request(erase=draw.choice(USERS))
        if what < 0.08:
            return Request(key=SigningKey(KEY.name, draw.randbytes(32)))
        batch: list[Command] = []
        for _ in range(draw.randint(1, 4)):
            batch += draw.choice(MAKERS)(self)
        self.transfers += [command for command in batch if isinstance(command, Transfer)]
        return Request(tuple(batch), draw.choice(["rollback", "continue", "continue"]))

    def issue(self) -> list[Command]:
        return [self.move("mint", self.random.choice(POINTS), "points", self.random.randint(1, 12))]

    def pay(self) -> list[Command]:
        accounts = [id for id, account in self.plain.accounts.items() if account.asset == "points"]
        debit, credit = self.random.choice(accounts), self.random.choice([*accounts, "mint", "nobody"])
        return [self.move(debit, credit, "points", self.random.randint(0, 6))]

    def move(self, debit: str, credit: str, asset: str, amount: int, serial: int = 0) -> Transfer:
        pends = self.random.random() < 0.4
        seconds = self.random.randrange(5)
        return Transfer(
            id=self.new_id(),
            debit=debit,
            credit=credit,
            asset=asset,
            amount=amount,
            serial=serial,
            phase=Phase.pending if pends else Phase.single,
            expires_at=self.clock.now + seconds * SECOND if pends and seconds else 0,
        )

    def resolve(self) -> list[Command]:
        held = [move.id for move in self.plain.moves if move.state == "open"]
        held += [transfer.id for transfer in self.transfers if transfer.phase == Phase.pending][-2:] or ["t0"]
        phase, part = self.random.choice([Phase.post, Phase.void]), self.random.choice([0, 0, 1, 2])
        return [Transfer(id=self.new_id(), pending=self.random.choice(held), phase=phase, amount=part)]

    def mint_card(self) -> list[Command]:
        return [self.move("press", self.random.choice(CARDS), "card", 1)]

    def move_card(self) -> list[Command]:
        serial = self.random.randint(1, 4)
        holder = self.plain.holder("card", serial)
        if holder is None or self.random.random() < 0.2:
            holder = self.random.choice(CARDS)
        return [self.move(holder, self.random.choice((*CARDS, "press")), "card", 1, serial)]

    def reverse(self) -> list[Command]:
        known = [transfer.id for transfer in self.transfers] or ["t0"]
        debit = self.random.choice(POINTS)
        return [
            Transfer(
                id=self.new_id(),
                debit=debit,
                credit="budget" if debit != "budget" else "fee",
                asset="points",
                amount=self.random.randint(1, 3),
                reverses=self.random.choice(known),
            )
        ]

    def group(self) -> list[Command]:
        name, phase = f"g{self.new_id()}", self.random.choice([Phase.single, Phase.pending])
        commands: list[Command] = []
        for _ in range(self.random.randint(2, 3)):
            debit, credit = self.random.sample(USERS, 2)
            commands.append(
                Transfer(
                    id=self.new_id(),
                    debit=debit,
                    credit=credit,
                    asset="points",
                    amount=1,
                    phase=phase,
                    group=name,
                )
            )
        if self.random.random() < 0.4:
            (also,) = self.random.choice([self.mint_card, self.move_card, self.reverse])()
            commands.insert(self.random.randrange(len(commands) + 1), structs.replace(also, group=name))
        return commands

    def resolve_group(self) -> list[Command]:
        groups = [
            transfer.group
            for transfer in self.transfers
            if transfer.group and transfer.phase == Phase.pending
        ]
        if not groups:
            return self.group()
        name, label = self.random.choice(groups), f"r{self.new_id()}"
        phase = self.random.choice([Phase.post, Phase.void])
        members = [
            transfer.id
            for transfer in self.transfers
            if transfer.group == name and transfer.phase == Phase.pending
        ]
        return [
            Transfer(id=self.new_id(), pending=member_id, phase=phase, group=label)
            for member_id in members[self.random.randrange(5) == 0 :]
        ]

    def open_account(self) -> list[Command]:
        id, owner = f"more-{self.random.randrange(6)}", self.random.choice((*USERS, "dan"))
        return [OpenAccount(id=id, asset=self.random.choice(["points", "points", "gems"]), owner=owner)]

    def create_asset(self) -> list[Command]:
        return [CreateAsset(id="gems", cap=self.random.choice([10, 10, 10, 20]))]

    def reuse_id(self) -> list[Command]:
        if not self.transfers:
            return self.issue()
        id = self.random.choice(self.transfers).id
        return [Transfer(id=id, debit="mint", credit="fee", asset="points", amount=11)]

    # One request, and what may go wrong meanwhile.

    def attempt(self, request: Request, fault: str) -> bool:
        """Submit it, with a fault or none. Gives whether the client has its answer."""
        step = self.random.choice(STEPS)
        self.clock.now += step
        self.count["clock steps back"] += step < 0
        now = max(self.time, self.clock.now)
        after, expected = self.foresee(request, now)
        is_new = self.events_of(after) > self.events_of(self.plain)
        if request.erase or request.key is not None:
            is_new = not any(expected) and request.key != self.key
        old = self.ledger if fault == "overtaken" else None
        if old is not None:  # it sleeps while another writes, and wakes up to submit
            self.ledger = self.open()
            self.forget()
            self.ledger, other = old, self.ledger
        torn = Torn(self.path) if fault == "torn" and request.key is None else None  # keys move later
        failed = ""
        outcome: Batch | str | RejectionError | None = None
        with self.armed(fault, request):
            try:
                outcome = self.submit(request)
            except RejectionError as refusal:
                outcome = refusal
            except (CrashError, StoreError, LeaseLostError) as error:
                failed = type(error).__name__
        if old is not None:
            assert failed or isinstance(outcome, RejectionError) or request.key == self.key, outcome
            old.close()
            self.ledger = other
        expected_error = {"crash": "CrashError", "full": "StoreError", "overtaken": "LeaseLostError"}.get(
            fault
        )
        assert failed in ("", expected_error), failed
        happened = not failed and not isinstance(outcome, RejectionError)
        if outcome is not None:
            self.compare(request, outcome, expected)
        if failed or (isinstance(outcome, RejectionError) and not request.erase):
            self.forget()  # an erasure is refused before anything is begun
        is_crash = fault in ("crash", "torn", "lost")
        if is_crash:
            before = self.events
            self.crash(torn)
            if torn is not None and happened and is_new:
                happened = self.stored_events() > before
            self.count["crashes"] += 1
        if happened:
            self.take_over(request, after, now, is_new)
        if is_crash:
            self.forget()
        self.count["full disks"] += failed == "StoreError"
        self.count["writers overtaken"] += fault == "overtaken"
        if is_crash or failed:
            self.audit()
            return False
        if isinstance(outcome, Batch):
            self.acknowledge(request, outcome)
        return True

    def foresee(self, request: Request, now: int) -> tuple[ReferenceLedger, list[str]]:
        """The model after a request, and the errors it should raise."""
        plain = self.plain.copy()
        if request.key is not None:
            return plain, []
        if request.erase:
            try:
                plain.erase(request.erase)
            except NoError as refusal:
                return plain, [str(refusal)]
            return plain, [""]
        plain.expire(now)
        after, expected = plain.after(request.batch, now, request.on_error)
        taken_back = request.on_error == "rollback" and any(expected)
        return (self.plain if taken_back else after), expected

    def submit(self, request: Request) -> Batch | str:
        if request.key is not None:
            return self.ledger.rotate(request.key)
        if request.erase:
            return self.ledger.erase(request.erase)
        return self.ledger.submit(request.batch, on_error=request.on_error)

    def compare(self, request: Request, outcome: Batch | str | RejectionError, expected: list[str]) -> None:
        """That ledger and model say the same of each command."""
        if not isinstance(outcome, Batch):
            refusal = type(outcome).__name__ if isinstance(outcome, RejectionError) else ""
            assert refusal == next((name for name in expected if name), ""), (outcome, expected)
            return
        ids: set[str] = set()
        for command, result, name in zip(request.batch, outcome.outcomes, expected, strict=True):
            if isinstance(result, RejectionError):
                assert name, (command, result)
                assert type(result).__name__ in (name, "GroupFailedError"), (command, result, name)
            else:
                assert not name, (command, result, name)
                assert result.repeated == (self.stands(command) or command.id in ids), (command, result)
                assert result.seq > 0
                ids.add(command.id)

    def stands(self, command: Command) -> bool:
        if isinstance(command, CreateAsset):
            return command.id in self.plain.assets
        if isinstance(command, OpenAccount):
            return command.id in self.plain.accounts
        return self.plain.find(command.id) is not None or command.id in self.plain.resolutions

    def take_over(self, request: Request, after: ReferenceLedger, now: int, is_new: bool) -> None:
        """The model follows what the ledger did."""
        if request.key is not None and request.key == self.key:
            return  # nothing, at no hour
        self.plain, self.time = after, now
        self.other_events += is_new and (bool(request.erase) or request.key is not None)
        self.key = request.key or self.key
        if is_new:
            self.lasting = now

    def acknowledge(self, request: Request, outcome: Batch) -> None:
        self.count["batches"] += 1
        self.notes.append(outcome.checkpoint)
        for command, result in zip(request.batch, outcome.outcomes, strict=True):
            if isinstance(command, Transfer) and not isinstance(result, RejectionError):
                assert self.acknowledged.setdefault(command.id, result.seq) == result.seq, command

    def forget(self) -> None:
        """The ledger starts again from what the database holds."""
        self.time = self.lasting

    @contextmanager
    def armed(self, fault: str, request: Request) -> Iterator[None]:
        with ExitStack() as undo:
            if fault == "crash":
                undo.callback(crash_at(self.ledger, self.random.randrange(WRITES_MOST)))
                write = self.random.randrange(6)
                if write == 0:
                    undo.enter_context(at_flushes(self.ledger, crash))
                if request.key is not None and write > 2:
                    undo.enter_context(crash_at_key(self.random.randrange(2)))
            elif fault == "full" and self.random.random() < 0.2:
                undo.callback(fill_disk(self.ledger))
            elif fault == "full":
                room = Torn.log_size(self.path) + self.random.randrange(20_000)
                undo.enter_context(no_file_beyond(room))
            yield

    def crash(self, torn: Torn | None) -> None:
        """The process is gone: what lies on the disk, perhaps not all of the last commit, is opened again."""
        self.images += 1
        image = self.folder / str(self.images)
        image.mkdir()
        for suffix in ("", "-wal", ".key", ".key.new"):
            file = self.path.with_name(NAME + suffix)
            if file.exists():
                shutil.copy(file, image / file.name)
        if torn is not None:
            torn.tear(image / NAME, self.random)
        self.ledger.database.close()
        self.path = image / NAME
        self.ledger = self.open()

    def open(self) -> Ledger:
        """As after the writer's death: it ran in this very process, which its lease would find alive.

        The tables are the template's: looking for migrations would take half the time.
        """
        key = self.path.with_name(f"{NAME}.key")
        with (
            patch("zhenzan.ledger.lease._is_dead", lambda holder: True),
            patch("zhenzan.store.engine.upgrade", lambda connection: None),
        ):
            try:
                return Ledger.open(self.path, clock=self.clock)
            except LedgerError:  # a crash between the commit of a new key and its place
                key.with_name(f"{NAME}.key.new").replace(key)
                return Ledger.open(self.path, clock=self.clock)

    # What must hold.

    @staticmethod
    def events_of(plain: ReferenceLedger) -> int:
        voids = sum(transfer.phase == Phase.void for transfer in plain.resolutions.values())
        ran_out = sum(move.state == "expired" for move in plain.moves)
        return sum(map(len, (plain.assets, plain.accounts, plain.erased, plain.moves))) + voids + ran_out

    @property
    def events(self) -> int:
        """As many as the ledger should hold."""
        return self.events_of(self.plain) + self.other_events

    def stored_events(self) -> int:
        return int(self.ledger.database.fetch("SELECT MAX(size) FROM batches")[0][0])

    def audit(self) -> None:
        """All that was acknowledged is there, once; balances and cards are the model's; the check passes."""
        ledger, plain = self.ledger, self.plain
        stored = dict(ledger.database.fetch("SELECT id, seq FROM transfers WHERE id NOT LIKE 'expired:%'"))
        assert stored.keys() == {move.id for move in plain.moves} | plain.resolutions.keys()
        for id, seq in self.acknowledged.items():
            assert stored[id] == seq, f"{id} was acknowledged as {seq}"
        for account in plain.accounts:
            balance = ledger.balance(account)
            assert balance.posted == plain.posted(account), account
            assert balance.debits_pending == plain.held(account, self.clock.now), account
        for id, asset in plain.assets.items():
            if asset.kind == AssetKind.unique:
                assert ledger.issued(id)[0] == plain.serials.get(id, 0)
        for serial in range(1, plain.serials.get("card", 0) + 1):
            holder = plain.holder("card", serial)
            assert holder in plain.erased or ledger.holder("card", serial) == holder, serial
        with patch.object(ledger.database, "altered_table", lambda: None):  # nobody alters a table here
            assert check(ledger) == self.events
        self.count["audits"] += 1

    def audit_proofs(self) -> None:
        """Replay makes the projections; what was proved and signed earlier still is."""
        ledger = self.ledger
        assert_replay_agrees(ledger)
        id = self.random.choice(list(self.acknowledged))
        verify(ledger.prove(id), ledger.keys())
        kept = self.random.choice(self.notes)
        old, new = Checkpoint.parse(kept), Checkpoint.parse(ledger.last_note())
        assert consistency_holds(old.size, new.size, old.root, new.root, ledger.consistency(kept))


MAKERS: tuple[Callable[[Simulation], list[Command]], ...] = (
    Simulation.issue,
    Simulation.pay,
    Simulation.pay,
    Simulation.resolve,
    Simulation.resolve,
    Simulation.mint_card,
    Simulation.move_card,
    Simulation.reverse,
    Simulation.group,
    Simulation.resolve_group,
    Simulation.open_account,
    Simulation.create_asset,
    Simulation.reuse_id,
)


class Torn:
    """The write-ahead log before a commit, to leave any part of what the commit adds on the disk."""

    def __init__(self, path: Path) -> None:
        self.data, self.size = path.read_bytes(), self.log_size(path)

    def tear(self, image: Path, draw: Random) -> None:
        size = self.log_size(image)
        if size > self.size and image.read_bytes() == self.data:  # else a checkpoint relies on the log
            with image.with_name(f"{image.name}-wal").open("r+b") as log:
                log.truncate(draw.randint(self.size, size))

    @staticmethod
    def log_size(path: Path) -> int:
        log = path.with_name(f"{path.name}-wal")
        return log.stat().st_size if log.exists() else 0


@contextmanager
def crash_at_key(write: int) -> Iterator[None]:
    """At the first or second file of a new key: beside the old one, and in its place."""
    left = [write]

    def failing(*arguments: Any, **more: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise CrashError
        write_key(*arguments, **more)

    with patch("zhenzan.ledger.ledger.write_key", failing):
        yield


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The disk fills while a commit is being written: no file of this process grows beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def main(seeds: list[int]) -> None:
    with scratch() as name:
        folder = Path(name)
        template = make_template(folder / "template")
        for seed in seeds:
            print(seed, dict(simulate(template, folder, seed)), flush=True)


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])
