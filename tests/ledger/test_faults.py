"""What a ledger survives: kills, crashes at any write, a full disk, flipped bits, a second writer."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.ledger.machines import KEY, START, Clock

from zhenzan.errors import LedgerError, ZhenzanError
from zhenzan.ledger import (
    Accepted,
    AccountKind,
    AssetKind,
    Balance,
    CreateAsset,
    DamageError,
    GroupIncompleteError,
    IdReusedError,
    LeaseLostError,
    Ledger,
    OpenAccount,
    Phase,
    SigningKey,
    Transfer,
    check,
    verify,
)
from zhenzan.store import Database, StoreError

USERS = 6
BASE = [
    CreateAsset(id="points"),
    CreateAsset(id="card", kind=AssetKind.unique, cap=1_000_000),
    OpenAccount(id="mint", asset="points", kind=AccountKind.mint),
    OpenAccount(id="press", asset="card", kind=AccountKind.mint),
    *(OpenAccount(id=f"u{i}", asset="points", owner=f"p{i}") for i in range(USERS)),
    *(OpenAccount(id=f"c{i}", asset="card", owner=f"p{i}") for i in range(USERS)),
]


def batch(number: int) -> list[Transfer]:
    """Ten transfers of several kinds; the same number makes the same."""
    draw = random.Random(number)
    transfers = [
        Transfer(
            id=f"{number}-{i}",
            debit="mint",
            credit=f"u{draw.randrange(USERS)}",
            asset="points",
            amount=draw.randrange(1, 9),
        )
        for i in range(6)
    ]
    transfers.append(
        Transfer(id=f"{number}-card", debit="press", credit=f"c{number % USERS}", asset="card", amount=1)
    )
    transfers.append(
        Transfer(
            id=f"{number}-hold", debit="mint", credit="u0", asset="points", amount=2, phase=Phase.pending
        )
    )
    if number % 2:
        transfers.append(Transfer(id=f"{number}-post", pending=f"{number}-hold", phase=Phase.post))
    return transfers


def opened(path: Path, clock: Clock | None = None) -> Ledger:
    return Ledger.open(path, key=KEY, clock=clock or Clock())


def small(path: Path, batches: int = 8) -> None:
    with opened(path) as ledger:
        ledger.submit(BASE)
        for number in range(batches):
            ledger.submit(batch(number))
        ledger.erase("p5")


WRITER = """
import sys
sys.path[:0] = [{root!r}, {source!r}]
from pathlib import Path
from tests.ledger.test_faults import BASE, batch, opened
ledger = opened(Path({path!r}))
ledger.submit(BASE)
number = int(sys.argv[1])
while True:
    ledger.submit(batch(number))
    print(number, flush=True)
    number += 1
"""


def kill_during_load(path: Path, times: int, draw: random.Random) -> int:
    """Kill a writer again and again; every acknowledged batch must be there, whole. Gives how many were."""
    root = Path(__file__).resolve().parents[2]
    code = WRITER.format(root=str(root), source=str(root / "src"), path=str(path))
    acknowledged = -1
    for _ in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(acknowledged + 1)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(draw.randrange(1, 30)):
            line = process.stdout.readline()
            if not line:
                break
            acknowledged = int(line)
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split()
        acknowledged = max([acknowledged, *map(int, rest)])
        process.wait()
        with Ledger.open(path, read_only=True) as ledger:
            check(ledger)
            for number in range(max(acknowledged - 30, 0), acknowledged + 2):
                there = [ledger.find(transfer.id) is not None for transfer in batch(number)]
                assert all(there) or (number > acknowledged and not any(there)), number
    return acknowledged


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    assert kill_during_load(tmp_path / "ledger.sqlite", times=4, draw=random.Random(1)) > 4


class CrashError(Exception):
    """The process would have died here."""


@contextmanager
def at_flushes(ledger: Ledger, act: Callable[[], object]) -> Iterator[None]:
    """Call `act` whenever all of a transaction is written and it is about to become durable."""
    real = ledger.database.write

    @contextmanager
    def watched() -> Iterator[Any]:
        with real() as connection:
            yield connection
            act()

    with patch.object(ledger.database, "write", watched):
        yield


def crash() -> None:
    """An act for `at_flushes`: all is written, nothing is committed."""
    raise CrashError


def crash_at(ledger: Ledger, write: int) -> Callable[[], None]:
    """Make the ledger's n-th write from now on fail as a crash would. Gives what undoes it."""
    left, kept = [write], {}
    for name in ("insert", "upsert", "change"):
        real = kept[name] = getattr(ledger.database, name)

        def failing(*arguments: Any, real: Callable[..., None] = real) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise CrashError
            real(*arguments)

        setattr(ledger.database, name, failing)

    def undo() -> None:
        for name, real in kept.items():
            setattr(ledger.database, name, real)

    return undo


def fill_disk(ledger: Ledger) -> Callable[[], Any]:
    """No page more for the database, as when the disk is full."""
    pages = ledger.database.fetch("PRAGMA page_count")[0][0]
    with ledger.database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    return lambda: ledger.database.engine.dispose()


def dump(path: Path) -> list[str]:
    """All that the database says, but for the lease, the version of the tables and who brought them there,
    which carry no value; capitals, blanks and other names of a type in how a table is made say nothing.
    """
    connection = sqlite3.connect(path)
    try:
        unsaid = ("leases", "alembic_version", "upgrades")
        lines = (line for line in connection.iterdump() if not any(name in line[:40] for name in unsaid))
        return [_making(line) if line[:6].upper() == "CREATE" else line for line in lines]
    finally:
        connection.close()


def _making(line: str) -> str:
    """What SQLite reads in how a table is made: a type with INT in it is an integer, one with CHAR a text."""
    types = {"int": "integer", "char": "text"}

    def meant(column: re.Match[str]) -> str:
        return f"{column[1]} {next((type for part, type in types.items() if part in column[2]), column[2])}"

    return re.sub(r"(?<=[(,] )(\"?\w+\"?) (\w+)", meant, " ".join(line.casefold().split()))


def flip(path: Path, copy: Path, bits: int, draw: random.Random) -> int:
    """Flip bits of a ledger's file, one at a time. Gives how many were found; others must change nothing."""
    data, before, detected = path.read_bytes(), dump(path), 0
    live = [offset for offset, byte in enumerate(data) if byte]  # most of a small file is empty
    for _ in range(bits):
        offset, bit = draw.choice(live), draw.randrange(8)
        changed = bytearray(data)
        changed[offset] ^= 1 << bit
        copy.write_bytes(changed)
        try:
            with Ledger.open(copy, read_only=True) as ledger:
                check(ledger)
        except ZhenzanError:
            detected += 1
        else:
            assert dump(copy) == before, f"bit {bit} of byte {offset} changed what is said, and was not found"
        for left in copy.parent.glob(f"{copy.name}-*"):
            left.unlink()
    return detected


@pytest.mark.slow
def test_a_flipped_bit_is_found_or_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    small(path, batches=3)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    assert flip(path, tmp_path / "copy.sqlite", bits=120, draw=random.Random(3)) > 20


CHANGES = {
    "transfers": "UPDATE transfers SET amount = amount + 1 WHERE seq = 20",
    "transfers ": "UPDATE transfers SET cause = 'x' WHERE seq = 21",
    "transfers    ": "UPDATE transfers SET cause = x'' WHERE seq = 21",
    "transfers  ": "DELETE FROM transfers WHERE seq = (SELECT MAX(seq) FROM transfers)",
    "accounts": "UPDATE accounts SET credits = credits + 1 WHERE id = 'u1'",
    "accounts ": "UPDATE accounts SET floor = -5 WHERE id = 'u1'",
    "entries": (
        "UPDATE entries SET credits = credits + 1 WHERE seq = 22 "
        "AND account = (SELECT MAX(account) FROM entries WHERE seq = 22)"
    ),
    "cards": "UPDATE cards SET holder = 1 WHERE serial = 1",
    "cards ": "DELETE FROM cards WHERE serial = 2",
    "pendings": "UPDATE pendings SET resolution = 0 WHERE resolution = 1",
    "assets": "UPDATE assets SET cap = 7 WHERE id = 'points'",
    "assets ": "UPDATE assets SET issued = issued - 1 WHERE id = 'points'",
    "tiles": "UPDATE tiles SET hashes = zeroblob(32) WHERE number = 0 AND level = 0",
    "batches": "UPDATE batches SET time = time + 1 WHERE number = 3",
    "seals": "DELETE FROM seals WHERE seq = (SELECT MIN(seq) FROM seals)",
    "owners": "UPDATE owners SET name = 'mallory' WHERE name = 'p1'",
    "keys": "UPDATE keys SET seq = 100000",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_behind_the_ledgers_back_is_found(tmp_path: Path, change: str) -> None:
    path = tmp_path / "ledger.sqlite"
    small(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute(CHANGES[change]).rowcount > 0
    with Ledger.open(path, read_only=True) as ledger, pytest.raises(DamageError) as raised:
        check(ledger)
    assert "row" in str(raised.value)


def test_a_history_that_was_rewritten_whole_is_found_by_whoever_kept_a_checkpoint(tmp_path: Path) -> None:
    from zhenzan.ledger import Checkpoint, consistency_holds

    small(tmp_path / "honest.sqlite")
    with opened(tmp_path / "other.sqlite") as ledger:
        ledger.submit(BASE)
        ledger.submit([Transfer(id="theft", debit="mint", credit="u1", asset="points", amount=999)])
        for number in range(20):
            ledger.submit(batch(number))
        check(ledger)
        kept = Ledger.open(tmp_path / "honest.sqlite", read_only=True).last_note()
        old, new = Checkpoint.parse(kept), Checkpoint.parse(ledger.last_note())
        assert not consistency_holds(old.size, new.size, old.root, new.root, ledger.consistency(kept))


def test_a_second_writer_is_refused_and_a_paused_one_cannot_commit(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first = opened(path)
    first.submit(BASE)
    with pytest.raises(LedgerError, match="writes this ledger"):
        opened(path)
    with sqlite3.connect(path) as connection:  # the first sleeps past its lease
        connection.execute("UPDATE leases SET until = 0")
    second = opened(path)
    second.submit(batch(1))
    with pytest.raises(LeaseLostError):
        first.submit(batch(2))
    assert second.find("2-0") is None
    second.close()
    check(Ledger.open(path, read_only=True))


def test_readers_wait_for_nobody_and_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with opened(path) as ledger:
        ledger.submit(BASE)
        reader = Ledger.open(path, read_only=True)
        ledger.submit(batch(0))
        assert reader.balance("u0").posted == ledger.balance("u0").posted
        with pytest.raises(LedgerError, match="read-only"):
            reader.submit(batch(1))


def test_the_callers_rows_commit_with_the_batch_or_not_at_all(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.sqlite") as ledger:
        ledger.submit(
            BASE, also=lambda connection: connection.exec_driver_sql("CREATE TABLE mine (n INTEGER)")
        )

        def failing(connection: Any) -> None:
            connection.exec_driver_sql("INSERT INTO mine VALUES (1)")
            raise CrashError

        with pytest.raises(CrashError):
            ledger.submit(batch(0), also=failing)
        assert ledger.find("0-0") is None
        assert ledger.database.fetch("SELECT COUNT(*) FROM mine")[0][0] == 0
        ledger.submit(batch(0))
        check(ledger)


def test_balances_of_any_time_are_those_that_were_read_then(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path / "ledger.sqlite", clock) as ledger:
        ledger.submit(BASE)
        seen = {}
        for number in range(10):
            clock.now += 1_000_000
            ledger.submit(batch(number))
            seen[clock.now] = {f"u{i}": ledger.balance(f"u{i}") for i in range(USERS)}
        for time, balances in seen.items():
            for account, balance in balances.items():
                assert ledger.balance(account, as_of=time) == balance
        assert ledger.balance("u0", as_of=START - 1).posted == 0
        entries = ledger.history("u0", limit=3)
        more = ledger.history("u0", after=entries[-1].seq, limit=10_000)
        assert sum(entry.change for entry in [*entries, *more]) == ledger.balance("u0").posted


def test_a_lost_key_file_and_a_foreign_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    messages: list[str] = []
    Ledger.open(path, say=messages.append).close()
    assert "keep a copy" in messages[0]
    key = tmp_path / "ledger.sqlite.key"
    assert key.stat().st_mode & 0o077 == 0
    shutil.copy(key, tmp_path / "kept")
    key.unlink()
    with pytest.raises(LedgerError, match="there is no signing key"):
        Ledger.open(path)
    with pytest.raises(LedgerError, match="not the one"):
        Ledger.open(path, key=KEY)
    (tmp_path / "kept").chmod(0o644)
    with pytest.raises(LedgerError, match="other users may read"):
        Ledger.open(path, key=tmp_path / "kept")


def test_a_key_that_signs_already_is_no_change(tmp_path: Path) -> None:
    key = SigningKey(KEY.name, bytes(range(1, 33)))
    with opened(tmp_path / "ledger.sqlite") as ledger:
        assert ledger.rotate(KEY) == ledger.last_note()
        note = ledger.rotate(key)
        assert ledger.rotate(key) == note
        assert len(ledger.keys()) == 2
        check(ledger)


def test_a_database_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("this is no database" * 100)
    with pytest.raises(StoreError, match="no database"):
        Ledger.open(path, key=KEY)
    with pytest.raises(StoreError, match="there is no such ledger"):
        Ledger.open(tmp_path / "absent.sqlite", read_only=True)
    with pytest.raises(StoreError, match="not a database URL"):
        Ledger.open("nonsense://x", key=KEY)
    assert isinstance(Database, type)


def test_a_pending_group_is_made_once_and_resolved_whole(tmp_path: Path) -> None:
    def held(id: str, account: str) -> Transfer:
        return Transfer(
            id=id, debit="mint", credit=account, asset="points", amount=3, phase=Phase.pending, group="g"
        )

    with opened(tmp_path / "ledger.sqlite") as ledger:
        ledger.submit([*BASE, held("a", "u1"), held("b", "u2")])
        with pytest.raises(IdReusedError, match="exists already"):
            ledger.submit([held("c", "u3")])
        part = ledger.submit([Transfer(id="p", pending="b", phase=Phase.post)], on_error="continue")
        assert isinstance(part.outcomes[0], GroupIncompleteError)
        assert ledger.balance("u2") == Balance(0, 0, 3)
        both = [
            Transfer(id=f"{hold_id}-post", pending=hold_id, phase=Phase.post, group="posts")
            for hold_id in "ab"
        ]
        ledger.submit(both)
        assert ledger.balance("u1").posted == ledger.balance("u2").posted == 3
        check(ledger)


def test_a_hold_of_an_erased_person_runs_out_like_any_other(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path / "ledger.sqlite", clock) as ledger:
        ledger.submit(BASE)
        ledger.submit([Transfer(id="fund", debit="mint", credit="u1", asset="points", amount=9)])
        hold = Transfer(
            id="hold",
            debit="u1",
            credit="u0",
            asset="points",
            amount=9,
            phase=Phase.pending,
            expires_at=clock.now + 10,
        )
        ledger.submit([hold])
        ledger.erase("p0")
        clock.now += 20
        ledger.submit([Transfer(id="spent", debit="u1", credit="u2", asset="points", amount=9)])
        assert ledger.balance("u1") == Balance(0, 0, 0)
        proof = ledger.prove(f"expired:{ledger.find('hold').seq}")
        verify(proof, ledger.keys())
        assert not proof.openings
        check(ledger)


def test_a_refused_transfer_to_an_erased_person_changes_no_balance(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.sqlite") as ledger:
        ledger.submit(BASE)
        number = ledger.database.fetch("SELECT number FROM accounts WHERE id = 'u0'")[0][0]
        ledger.erase("p0")
        done = ledger.submit(
            [
                Transfer(id="a", debit="mint", credit=f"erased:{number}", asset="points", amount=5),
                Transfer(id="b", debit="mint", credit="u1", asset="points", amount=1),
            ],
            on_error="continue",
        )
        assert [type(outcome).__name__ for outcome in done.outcomes] == ["UnknownAccountError", "Accepted"]
        assert ledger.balance("mint").posted == -1
        check(ledger)


@pytest.mark.parametrize("alone", [True, False])
def test_the_owner_of_a_refused_account_is_not_remembered(tmp_path: Path, alone: bool) -> None:
    taken = OpenAccount(id="u0", asset="points", owner="stranger")
    other = OpenAccount(id="new", asset="points", owner="stranger")
    more = [Transfer(id="a", debit="mint", credit="u1", asset="points", amount=1)]
    with opened(tmp_path / "ledger.sqlite") as ledger:
        ledger.submit(BASE)
        done = ledger.submit([taken] if alone else [taken, *more], on_error="continue")
        assert isinstance(done.outcomes[0], IdReusedError)
        check(ledger)
        ledger.submit([other])
        assert ledger.submit([other]).outcomes[0].repeated
        check(ledger)


def test_what_is_made_twice_in_one_batch_is_one_event(tmp_path: Path) -> None:
    commands = [CreateAsset(id="gems"), OpenAccount(id="gem-case", asset="gems")]
    with opened(tmp_path / "ledger.sqlite") as ledger:
        done = [outcome.seq for outcome in ledger.submit([*commands, *commands]).outcomes]
        assert done == [1, 2, 1, 2]
        assert [outcome.seq for outcome in ledger.submit(commands).outcomes] == [1, 2]


@pytest.mark.parametrize("alone", [True, False])
def test_what_a_refused_group_did_is_undone(tmp_path: Path, alone: bool) -> None:
    """Cards minted, given away or held, and what was taken back: the rest of the batch finds none of it."""

    def mints(id: str, group: str = "") -> Transfer:
        return Transfer(id=id, debit="press", credit="c1", asset="card", amount=1, group=group)

    def fails(group: str) -> Transfer:
        return Transfer(id=f"{group}-no", debit="u1", credit="u2", asset="points", amount=999, group=group)

    with opened(tmp_path / "ledger.sqlite") as ledger:
        ledger.submit([*BASE, mints("first")])
        ledger.submit([Transfer(id="fund", debit="mint", credit="u1", asset="points", amount=50)])
        ledger.submit([Transfer(id="gift", debit="u1", credit="u2", asset="points", amount=20)])
        batch = [
            Transfer(id="g-in", debit="mint", credit="u1", asset="points", amount=1, group="g"),
            mints("g-mint", "g"),
            Transfer(id="g-give", debit="c1", credit="c2", asset="card", amount=1, serial=1, group="g"),
            Transfer(
                id="g-back", debit="u2", credit="u1", asset="points", amount=20, reverses="gift", group="g"
            ),
            fails("g"),
            Transfer(id="ok", debit="u1", credit="u2", asset="points", amount=1),
            mints("h-mint", "h"),
            Transfer(
                id="h-hold",
                debit="c1",
                credit="c2",
                asset="card",
                amount=1,
                serial=1,
                phase=Phase.pending,
                group="h",
            ),
            fails("h"),
            Transfer(id="back", debit="u2", credit="u1", asset="points", amount=20, reverses="gift"),
            mints("second"),
        ]
        if alone:
            ledger.submit(batch[:5], on_error="continue")
            assert ledger.find("g-mint") is None
            check(ledger)
        done = ledger.submit(batch, on_error="continue")
        stands = [isinstance(outcome, Accepted) for outcome in done.outcomes]
        assert stands == [*[False] * 5, True, *[False] * 3, True, True]
        assert ledger.find("second").serial == 2  # type: ignore[union-attr]
        assert [(card.serial, card.is_held) for card in ledger.cards("c1")] == [(1, False), (2, False)]
        assert [ledger.balance(account).posted for account in ("u1", "u2")] == [49, 1]
        check(ledger)
