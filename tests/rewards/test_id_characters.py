"""What one door takes every door takes, and every database keeps: ids of any letters."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from tests.effort import effort
from tests.ledger.machines import KEY, Clock
from tests.rewards.test_erasure import NOW, RULES

from zhenzan.interactions import HashKey, RotatingHash, join_rows, open_log, read_message
from zhenzan.ledger import Ledger, check
from zhenzan.rewards import Claim, holdings, reconcile
from zhenzan.rewards.account_ids import claim_key

HASHES = RotatingHash([HashKey(0, b"k" * 32)])
AT_ONCE = 2_500
LETTERS = (
    "abcXYZ019_.:-@/~ ",
    "中文赞爱",
    "éßñ",
    "\u200b\u2028\u202e\ufeff",
    "\U0001f600",
    "\t\n\r\x00\x07\x1f\x7f\x85\x9f",
    "'\"\\,;",
    "\ud7ff\ue000\ufffe\U0010ffff",
)


def ids(count: int, seed: int) -> list[str]:
    """Ids of all lengths and letters, some twice, some that look like a hash of another."""
    draw = random.Random(seed)
    names = []
    for _ in range(count):
        letters = "".join(draw.sample(LETTERS, draw.choice((1, 1, 1, 2, 3))))
        length = draw.choice((1, 2, 5, 12, 40, 64, 65, 200, 1_024, 1_025))
        names.append("".join(draw.choice(letters) for _ in range(length)))
    names[::50] = [f"{draw.getrandbits(160):040x}" for _ in names[::50]]
    names[1::50] = [
        str(draw.choice((0, 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30))) for _ in names[1::50]
    ]
    return names


def taken(body: bytes, format: str, accounts_sent: list[str]) -> list[str | None]:
    """The account as each row has it, None where a row is refused."""
    rows = read_message(body, format, HASHES)
    accounts: list[str | None] = [None] * len(accounts_sent)
    if len(rows.good):
        places = range(len(accounts_sent)) if rows.indices is None else rows.indices
        for index, account in zip(places, join_rows([rows])["account"].to_pylist(), strict=True):
            accounts[index] = account
    return accounts


def through_doors(folder: Path, accounts: list[str]) -> list[str]:
    """Those that are taken, by all doors alike."""
    rows = [{"account": id, "item": "v", "timestamp": "2026-03-01T10:00:00Z"} for id in accounts]
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    (folder / "log.ndjson").write_bytes(lines)
    by_door = {
        "ndjson": taken(lines, "ndjson", accounts),
        "array": taken(json.dumps(rows).encode(), "json", accounts),
        "arrow": taken(sink.getvalue().to_pybytes(), "arrow", accounts),
    }
    for name, source in (("file", str(folder / "log.ndjson")), ("frame", table)):
        accepted: list[str | None] = [None] * len(accounts)
        for batch in open_log(source).batches():
            for row, account in zip(batch["row"].to_pylist(), batch["account"].to_pylist(), strict=True):
                accepted[row] = str(account)
        by_door[name] = accepted
    first = by_door["ndjson"]
    for name, accepted in by_door.items():
        odd = next((row for row in range(len(accounts)) if accepted[row] != first[row]), None)
        assert odd is None, (name, accounts[odd or 0], accepted[odd or 0], first[odd or 0])
    return list(dict.fromkeys(account for account in first if account is not None))


@pytest.mark.also_soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_taken_is_kept_by_every_store(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    new: Callable[[], str] = (
        request.getfixturevalue("new_postgres") if kind == "postgres" else lambda: str(tmp_path / "l.sqlite")
    )
    with Ledger.open(new(), key=KEY, clock=Clock(NOW)) as ledger:
        everybody: list[str] = []
        for seed in range(effort(1, 40)):
            accounts = through_doors(tmp_path, ids(AT_ONCE, seed))
            assert 0.2 * AT_ONCE < len(accounts) < 0.95 * AT_ONCE
            everybody += [account for account in accounts if account not in set(everybody)]
            claims = [Claim(claim_key("like", who), "like", who, "", "", 2, 0) for who in accounts]
            reconcile(ledger, RULES, claims, is_asked=lambda rule, account: False)
        named = {name for (name,) in ledger.database.fetch("SELECT DISTINCT account FROM grants")}
        assert named == set(everybody)
        owners = ledger.database.fetch("SELECT COUNT(DISTINCT name) FROM owners WHERE name <> ''")[0][0]
        assert owners == len(everybody)
        for who in random.Random(1).sample(everybody, 50):
            assert holdings(ledger, who).points == holdings(ledger, everybody[0]).points > 0
        check(ledger)
