"""A service under load whose processes are killed, again and again; what must be true afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, LINES, Process, serving

from zhenzan.lake import read_since
from zhenzan.ledger import Ledger, check
from zhenzan.policy import Policy
from zhenzan.rewards import load_catalogue, run_rewards
from zhenzan.settlement import run_settlement

ROWS = 40  # in a message
ACKNOWLEDGED_LEAST = 400
ACCOUNTS, ITEMS, CREATORS = 60, 80, 8


@dataclass
class Killed:
    """What was done, and what went wrong, "" if nothing."""

    kills: int
    acknowledged: int
    kept: int
    grants: int
    failure: str


def kill_under_load(
    home: Path,
    kills: int,
    seed: int,
    *,
    database: str = "",
    life_seconds: float = 2.5,
    advance: Callable[[int], object] = lambda number: None,
) -> Killed:
    """Kill service or worker `kills` times at random moments, while likes come in and are settled and paid.

    Afterwards every acknowledged like must be in the lake exactly once, the ledger must check, and what was
    granted must be what a new ledger grants for the same likes.
    """
    rng = random.Random(seed)
    acknowledged: set[str] = set()
    options = ["--settle-every", "0.5", "--settle-share", "2", "--catalogue", str(CATALOGUE)]
    options += ["--database", database] if database else []
    with serving() as start:
        done = 0
        while done < kills:
            process = start(home, *options)
            sending = threading.Thread(target=send, args=(process, done, seed, acknowledged))
            sending.start()
            for _ in range(rng.choice((0, 0, 1, 2))):  # first the worker alone, or not
                time.sleep(rng.uniform(0.05, life_seconds / 2))
                worker = worker_of(process.child.pid)
                if worker and done < kills - 1:
                    os.kill(worker, signal.SIGKILL)
                    done += 1
                    advance(1)
            time.sleep(rng.uniform(0.05, life_seconds))
            process.kill()
            sending.join()
            done += 1
            advance(1)
        process = start(home, *options)
        sending = threading.Thread(target=send, args=(process, done, seed, acknowledged))
        sending.start()
        wait_until(lambda: len(acknowledged) > ACKNOWLEDGED_LEAST)  # however slow the machine is
        assert process.stop() == 0
        sending.join()
    return checked(home, done, acknowledged, database)


def send(process: Process, turn: int, seed: int, acknowledged: set[str]) -> None:
    """Send until the service is gone; every second message twice. Only what is answered with 200 counts."""
    number = 0
    with process.client(**LINES) as client:
        while True:
            rows = [_like(seed, turn, number, i) for i in range(ROWS)]
            body = "\n".join(map(json.dumps, rows))
            try:
                for _ in range(1 + number % 2):
                    answer = client.post("/v1/interactions", content=body)
                    if answer.status_code == 200:
                        acknowledged.update(str(row["id"]) for row in rows)
            except httpx.TransportError:
                return
            number += 1
            time.sleep(0.02)


def _like(seed: int, turn: int, number: int, i: int) -> dict[str, object]:
    rng = random.Random(f"{seed}/{turn}/{number}/{i}")
    item = rng.randrange(ITEMS)
    at = 1_772_000_000 + turn * 40_000 + number * 60 + rng.random() * 3_000
    return {
        "id": f"{turn}-{number}-{i}",
        "account": f"fan-{rng.randrange(ACCOUNTS)}",
        "item": f"v{item}",
        "creator": f"c{item % CREATORS}",
        "timestamp": at,
    }


def worker_of(pid: int) -> int:
    """The worker of a service, 0 while there is none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return int(children[0]) if children else 0


def checked(home: Path, kills: int, acknowledged: set[str], database: str) -> Killed:
    """Stop everything first: what is in the lake and in the ledger, against what was acknowledged."""
    ids = [id for batch in read_since(home, 0) for id in batch.column("id").to_pylist()]
    failure = ""
    if len(ids) != len(set(ids)):
        failure = f"{len(ids) - len(set(ids))} likes are kept twice"
    if missing := acknowledged - set(ids):
        failure = f"{len(missing)} acknowledged likes are lost"
    database_url = database or str(home / "zhenzan.sqlite")
    settlement = run_settlement(home, Policy.default())
    assert settlement is not None
    catalogue, result = load_catalogue(CATALOGUE), settlement.load()
    granted = []
    for where, key in ((database_url, home / "ledger.key"), (str(home / "fresh.sqlite"), home / "fresh.key")):
        with Ledger.open(where, key=key) as ledger:
            run_rewards(ledger, catalogue, result, decided={})
            check(ledger)
            rows = ledger.database.fetch("SELECT key, granted FROM grants WHERE granted > 0 ORDER BY key")
            granted.append(sorted(map(tuple, rows)))
    if granted[0] != granted[1]:
        failure = f"{len(set(granted[0]) ^ set(granted[1]))} grants are not what the likes earn"
    return Killed(kills, len(acknowledged), len(ids), len(granted[0]), failure)
