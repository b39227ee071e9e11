"""Which likes came in late, while they are judged and after they settled for good."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from tests.settlement.test_finalize import DAY_US, START, at

from zhenzan.lake import Lake
from zhenzan.policy import Policy
from zhenzan.rewards import claims, read_catalogue
from zhenzan.settlement import run_settlement
from zhenzan.verify import LATE

CATALOGUE = read_catalogue(
    'format = 1\n[points]\nid = "p"\ncap = 1000\n[[edition]]\nid = "e"\ncap = 1000\n'
    '[[rule]]\nid = "all"\npoints = 1\n[[rule]]\nid = "scarce"\nfirst = 100\nedition = "e"\n'
)


def earned(settlement) -> dict[str, set[str]]:  # type: ignore[no-untyped-def]
    by_rule: dict[str, set[str]] = {"all": set(), "scarce": set()}
    for claim in claims(settlement.load(), CATALOGUE, counting="all"):
        by_rule[claim.rule].add(claim.account[:-1])
    return by_rule


def test_a_like_that_came_in_late_is_known_for_good(tmp_path: Path) -> None:
    clock = [START + 3_600_000_000]
    with Lake(tmp_path, clock=lambda: clock[0]) as lake:
        for batch, day in (
            (at(0, who="prompt"), 0.03),
            (at(0.1, who="back"), 2.5),
            (at(0, who="prompt"), 2.5),
        ):
            clock[0] = START + int(day * DAY_US)
            lake.append(batch)
        lake.flush()
        settlement = run_settlement(tmp_path, Policy.default(), window_days=2, clock=lambda: clock[0])
        assert settlement is not None
        late = pq.read_table(settlement.folder / LATE)
        assert {account[:-1] for account in late["account"].to_pylist()} == {"back"}
        assert earned(settlement) == {"all": {"prompt", "back"}, "scarce": {"prompt"}}
        clock[0] = START + 6 * DAY_US
        lake.append(at(5.9, who="new"))
        lake.flush()
        for _ in range(2):
            settlement = run_settlement(tmp_path, Policy.default(), window_days=2, clock=lambda: clock[0])
        assert settlement is not None
        assert settlement.since > START + DAY_US
    assert earned(settlement) == {"all": {"prompt", "back", "new"}, "scarce": {"prompt", "new"}}
