"""What is remembered of accounts from day to day, beyond the window."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.settlement.test_finalize import DAY_US, POLICY, START, at

from zhenzan.errors import ResultError
from zhenzan.lake import Lake
from zhenzan.settlement import final_watermark, run_settlement
from zhenzan.settlement.carry_over import HALF_LIFE_DAYS, known_before, read_known, remember
from zhenzan.verify.inference.suspects import SUSPECTS

DAY = START + 100 * DAY_US


def suspects(likelihoods: dict[str, float]) -> pa.Table:
    return pa.table(
        {"account": list(likelihoods), "told": [[likelihood] * 4 for likelihood in likelihoods.values()]},
        schema=SUSPECTS,
    )


def test_each_day_has_what_was_known_when_it_began(tmp_path: Path) -> None:
    folder = tmp_path / "settled" / "suspects"
    with Lake(tmp_path) as lake:
        for day in range(6):
            lake.append(at(day))
            lake.flush()
            run_settlement(tmp_path, POLICY, window_days=2)
            names = [path.stem[-2:] for path in sorted(folder.glob("*.parquet"))]
            assert len(names) <= 4  # those that no window begins with any more are gone
    last = final_watermark(tmp_path)
    assert last is not None
    assert known_before(tmp_path, last) is not None
    assert known_before(tmp_path, START - DAY_US) is None


def test_who_stays_away_is_remembered_and_fades(tmp_path: Path) -> None:
    known = tmp_path / "settled" / "suspects" / "2024-10-04.parquet"
    known.parent.mkdir(parents=True)
    pq.write_table(suspects({"away": 4.0, "here": 4.0, "hardly": 0.12}), known)
    result = tmp_path / "result"
    result.mkdir()
    pq.write_table(suspects({"here": 6.0, "new": 1.0}), result / "suspects.parquet")
    pq.write_table(pa.table({"account": ["here", "new", "other"]}), result / "accounts.parquet")
    until = START + int(HALF_LIFE_DAYS) * DAY_US
    remember(tmp_path, result, until + 5, known)
    path = known_before(tmp_path, until)
    remembered = read_known(path)
    assert remembered is not None
    likelihoods = {row["account"]: row["told"][0] for row in remembered.to_pylist()}
    assert likelihoods == {"away": 2.0, "here": 6.0, "new": 1.0}
    assert not known.exists()  # no window begins with it any more
    pq.write_table(suspects({"here": 1.0}), result / "suspects.parquet")
    remember(tmp_path, result, until + 9, None)  # the day has its file already
    assert read_known(path) == remembered


def test_a_damaged_memory_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "2024-10-04.parquet"
    path.write_bytes(b"PAR1 not")
    with pytest.raises(ResultError, match="delete it"):
        read_known(path)
