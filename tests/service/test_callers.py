"""Many callers at once: nothing is lost, nothing is done twice, and no answer is a fault of ours."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, LINES, Process
from tests.service.stream_helpers import ids

from zhenzan.ledger import Ledger, check
from zhenzan.service import Resources, Settings

CALLERS, TURNS, ROWS, SHARED_IDS = 32, 40, 20, 5
READS = ("summary", "items", "accounts", "rings", "catalogue", "holdings?account=fan-1", "ledger/checkpoint")


def at_once(count: int, call: Callable[[int], object]) -> None:
    """Call from so many threads, let go together; the first error of one of them is raised."""
    ready, errors = threading.Barrier(count), list[BaseException]()

    def run(caller: int) -> None:
        ready.wait()
        try:
            call(caller)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(caller,)) for caller in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.soak
def test_what_many_send_while_many_read_is_kept_once(serve: Callable[..., Process], tmp_path: Path) -> None:
    """Each sends its own likes, and some that all others send too."""
    options = ("--catalogue", str(CATALOGUE), "--settle-every", "0.5", "--settle-share", "1")
    process = serve(tmp_path / "home", *options)
    accepted, statuses = Counter[str](), Counter[int]()
    counting = threading.Lock()

    def send(client: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """As every client does, again for as long as there is too much."""
        body = "\n".join(map(json.dumps, rows))
        while (answer := client.post("/v1/interactions", content=body, headers=LINES)).status_code == 429:
            pass
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def call(caller: int) -> None:
        with process.client() as client:
            for turn in range(TURNS):
                names = [f"own-{caller}-{turn}-{i}" for i in range(ROWS)]
                names += [f"shared-{turn}-{i}" for i in range(SHARED_IDS)]
                receipt = send(client, [like(name) for name in names])
                read = client.get("/v1/" + READS[(caller + turn) % len(READS)])
                with counting:
                    accepted.update({word: receipt[word] for word in ("accepted", "duplicates")})
                    statuses[read.status_code] += 1

    at_once(CALLERS, call)
    own, shared = CALLERS * TURNS * ROWS, TURNS * SHARED_IDS
    assert accepted == {"accepted": own + shared, "duplicates": shared * (CALLERS - 1)}
    assert max(statuses) < 500, statuses
    wait_until(
        lambda: process.ask("GET", "/v1/summary").json().get("counts", {}).get("likes") == own + shared
    )
    assert process.stop() == 0
    ids_kept = ids(tmp_path / "home")
    assert len(ids_kept) == len(set(ids_kept)) == own + shared
    with Ledger.open(tmp_path / "home" / "zhenzan.sqlite", read_only=True) as ledger:
        check(ledger)


def like(name: str) -> dict[str, Any]:
    number = sum(name.encode()) * 7 + len(name)
    return {
        "id": name,
        "account": f"fan-{number % 97}-{name}",
        "item": f"v{number % 31}",
        "creator": f"c{number % 5}",
        "timestamp": 1_790_000_000 + number,
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_many_propose_and_open_is_there(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    numbers, cases = list[int](), list[str]()
    database = request.getfixturevalue("new_postgres")() if kind == "postgres" else ""
    with Resources(Settings(tmp_path, database=database)) as core:

        def call(caller: int) -> None:
            text = f'format = 1\nname = "draft-{caller}"\n'
            numbers.append(core.policies.propose("me", text).number)
            cases.append(core.cases.open("me", "account", f"a-{caller}", "odd", [f"a-{caller}"]).id)

        at_once(8, call)
        assert len(set(numbers)) == len(set(cases)) == 8
        assert len(core.policies.listed()) == 8
        assert {core.cases.find(id).subject for id in cases} == {f"a-{caller}" for caller in range(8)}
