"""What settles for good: each day once, counted beside what is judged anew, whatever stops the worker."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.settlement.test_settlement import likes

from zhenzan.errors import NoLikesError, ResultError
from zhenzan.interactions import HashKey, RotatingHash, join_rows, read_message
from zhenzan.lake import Lake
from zhenzan.policy import Policy
from zhenzan.rewards import claims, pending_claims, read_catalogue, standings
from zhenzan.settlement import Settlement, final_watermark, run_settlement
from zhenzan.settlement.finalize import final_files, finalize
from zhenzan.verify import Result

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
START = 20_000 * DAY_US
DAYS = 12
EVIDENCE = pa.list_(pa.struct([("name", pa.string()), ("decibans", pa.float32())]))
ACCOUNTS, ITEMS, CREATORS = 4, 12, 4
POLICY = Policy.default()
CATALOGUE = read_catalogue(
    """
format = 1
timezone = "Asia/Shanghai"
hold_days = 30
[points]
id = "points"
cap = 1_000_000
[[campaign]]
id = "spring"
budget = 1_000
creators = ["0", "1"]
[[rule]]
id = "collect"
per = "creator"
every = 2
points = 1
[[rule]]
id = "daily"
window = "day"
every = 1
most = 2
points = 1
[[rule]]
id = "deep"
every = 2
points = 1
depth = [{ watched = 0.5, counts = 1 }, { watched = 0.9, counts = 3 }]
[[rule]]
id = "first"
every = 1
first = 2
most = 3
points = 1
[[rule]]
id = "capped"
per = "creator"
every = 1
creator_most = 3
points = 1
[[rule]]
id = "come-back"
window = "day"
every = 1
streak = 2
grace = 1
points = 1
[[rule]]
id = "elsewhere"
per = "creator"
every = 1
elsewhere = 2
points = 1
[[rule]]
id = "week"
window = "week"
every = 3
points = 1
campaign = "spring"
[[rule]]
id = "mission"
in_order = true
points = 1
step = [{ of = "creators", count = 2 }, { of = "days", count = 2 }]
[[ladder]]
id = "level"
per = "creator"
half_life_days = 3
[[ladder.level]]
at = 2
points = 1
"""
)

Like = tuple[int, int, int, str, float]
logs = st.lists(
    st.tuples(
        st.integers(0, ACCOUNTS - 1),
        st.integers(0, ITEMS - 1),
        st.integers(0, 24 * DAYS - 1),
        st.sampled_from(["genuine", "genuine", "genuine", "uncertain", "fake"]),
        st.sampled_from([0.1, 0.6, 1.0]),
    ),
    max_size=50,
    unique_by=lambda like: like[:2],
)


def result(rows: list[Like], bots: set[int] = frozenset(), *, since: int = 0) -> Result:  # type: ignore[assignment]
    """Those of the likes that came from the hour `since` on; in the order of the log."""
    chosen = [(number, row) for number, row in enumerate(rows) if row[2] >= since]
    verdicts = pa.table(
        {
            "row": pa.array([number for number, _ in chosen], pa.int64()),
            "account": pa.array([f"a{row[0]}" for _, row in chosen], pa.string()),
            "item": pa.array([f"v{row[1]}" for _, row in chosen], pa.string()),
            "timestamp": pa.array([START + row[2] * HOUR_US for _, row in chosen], pa.int64()).cast(
                pa.timestamp("us", "UTC")
            ),
            "watched_share": pa.array([row[4] for _, row in chosen], pa.float32()),
            "fake_probability": pa.array([0.1] * len(chosen), pa.float32()),
            "verdict": pa.array([row[3] for _, row in chosen], pa.string()),
            "standing": pa.array(["counted"] * len(chosen), pa.string()),
            "ring": pa.array([None] * len(chosen), pa.int32()),
            "moment": pa.array([None] * len(chosen), pa.int32()),
            "evidence": pa.array([[]] * len(chosen), EVIDENCE),
        }
    )
    ids = range(ACCOUNTS)
    tables = {
        "verdicts": verdicts,
        "items": pa.table(
            {
                "item": [f"v{number}" for number in range(ITEMS)],
                "creator": [str(number % CREATORS) for number in range(ITEMS)],
            }
        ),
        "accounts": pa.table(
            {
                "account": [f"a{number}" for number in ids],
                "ring": pa.array([0 if number in bots else None for number in ids], pa.int32()),
                "paid_share": pa.array([float(number in bots) for number in ids], pa.float32()),
            }
        ),
        "moments": pa.table({"moment": pa.array([], pa.int32())}),
        "rings": pa.table({"ring": pa.array([], pa.int32())}),
    }
    return Result(tables, {"prior_decibans": -27.0})


@settings(max_examples=8)
@given(logs, st.sets(st.integers(0, ACCOUNTS - 1), max_size=1), st.integers(0, DAYS), st.integers(0, DAYS))
def test_what_settled_for_good_counts_as_if_it_were_judged_still(
    rows: list[Like], bots: set[int], first: int, second: int
) -> None:
    first, second = sorted((first, second))
    lapsed = [
        row if row[3] != "uncertain" or row[2] >= 24 * second else (*row[:3], "fake", row[4]) for row in rows
    ]
    whole = result(lapsed, bots)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for begin, end in ((0, first), (first, second)):
            if end > begin:
                result_folder = result(rows, bots, since=24 * begin).write(home / f"to-{end}")
                finalize(home, result_folder, START + begin * DAY_US, START + end * DAY_US)
        window = result(rows, bots, since=24 * second)
        window.final_files = tuple(final_files(home, START + second * DAY_US))
        assert list(claims(window, CATALOGUE)) == list(claims(whole, CATALOGUE))
        assert pending_claims(window, CATALOGUE) == pending_claims(whole, CATALOGUE)
        assert sorted(standings(window, CATALOGUE)) == sorted(standings(whole, CATALOGUE))
        some = {"a0", "a2"}
        assert list(claims(window, CATALOGUE, among={f"a{number}" for number in range(ACCOUNTS)})) != [] or (
            list(claims(whole, CATALOGUE)) == []
        )
        chosen = [
            claim
            for claim in claims(whole, CATALOGUE)
            if claim.account in some or claim.rule in ("first", "capped")
        ]
        assert sorted(claims(window, CATALOGUE, among=some)) == sorted(chosen)


def at(day: float, count: int = 30, *, kind: str = "like", who: str = "a") -> pa.RecordBatch:
    lines = "\n".join(
        f'{{"id":"{kind}{who}{day}-{i}","account":"{who}{i % 10}","item":"v{day}-{i % 6}","kind":"{kind}",'
        f'"timestamp":{(START + day * DAY_US) / 1e6 + i * 60}}}'
        for i in range(count)
    )
    return join_rows([read_message(lines.encode(), "ndjson", RotatingHash([HashKey(0, b"k")]))])


def claimed(settlement: Settlement) -> int:
    return sum(settlement.load().items["claimed"].to_pylist())


def kept(settlement: Settlement) -> list[str]:
    """The ids of all likes, those that settled for good too."""
    result = settlement.load()
    ids = result.verdicts["id"].to_pylist()
    for path in result.final_files:
        ids += pq.read_table(path)["id"].to_pylist()
    return ids


def test_day_by_day_each_like_is_judged_for_the_window_then_never_again(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for day in range(8):
            lake.append(at(day))
            lake.flush()
            settlement = run_settlement(tmp_path, POLICY, window_days=3)
            assert settlement is not None
            assert not settlement.is_behind
            assert settlement.since == START + max(day - 4, 0) * DAY_US
            assert settlement.interactions == 30 * min(day + 1, 5)
            assert len(kept(settlement)) == len(set(kept(settlement))) == 30 * (day + 1)
            assert claimed(settlement) == 30 * (day + 1)
    assert final_watermark(tmp_path) == START + 4 * DAY_US


def test_a_lake_that_is_far_behind_is_judged_in_parts(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for day in range(30):
            lake.append(at(day))
        lake.flush()
        passes = []
        while not passes or passes[-1].is_behind:
            settlement = run_settlement(tmp_path, POLICY, window_days=3)
            assert settlement is not None
            passes.append(settlement)
    assert [settlement.interactions for settlement in passes[:-1]] == [7 * 30] * (len(passes) - 1)
    assert 3 < len(passes) < 10
    assert len(kept(passes[-1])) == len(set(kept(passes[-1]))) == 900
    assert claimed(passes[-1]) == 900


def test_a_worker_that_is_killed_while_days_settle_does_it_again(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for day in range(8):
            lake.append(at(day))
        lake.flush()
        before = run_settlement(tmp_path, POLICY, window_days=4)
        assert before is not None
        files = final_files(tmp_path, START + 8 * DAY_US)
        assert [path.stem for path in files] == ["2024-10-04", "2024-10-05", "2024-10-06"]
        (tmp_path / "settled" / "until").unlink()  # killed before it was written
        files[1].write_bytes(b"half")
        again = run_settlement(tmp_path, POLICY, window_days=4)
        assert again is not None
        assert again.since == before.since
        lake.append(at(8.5))
        lake.flush()
        after = run_settlement(tmp_path, POLICY, window_days=4)
    assert after is not None
    assert len(kept(after)) == len(set(kept(after))) == 270


def test_the_same_like_long_after_counts_once(tmp_path: Path) -> None:
    catalogue = read_catalogue('format = 1\n[points]\nid = "p"\ncap = 100\n[[rule]]\nid = "r"\npoints = 1\n')
    with Lake(tmp_path) as lake:
        lake.append(at(0, 5))
        for day in (5, 6, 12):
            again = at(0, 5, who="a")
            index = again.schema.get_field_index("timestamp")
            moved = pa.array([START + day * DAY_US + i for i in range(5)], pa.int64()).cast(
                pa.timestamp("us", "UTC")
            )
            ids = pa.array([f"again-{day}-{i}" for i in range(5)])
            again = again.set_column(index, again.schema.field(index), moved)
            index = again.schema.get_field_index("id")
            lake.append(again.set_column(index, again.schema.field(index), ids))
            lake.flush()
            settlement = run_settlement(tmp_path, POLICY, window_days=2)
            assert settlement is not None
            if day < 12:
                continue
            earned = {
                claim.account: claim.grants for claim in claims(settlement.load(), catalogue, counting="all")
            }
    assert final_watermark(tmp_path) > START + 6 * DAY_US  # type: ignore[operator]
    assert earned == {f"a{i}": 1 for i in range(5)}


def test_a_like_from_the_future_moves_nothing(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(at(0))
        lake.append(at(400, 3))
        lake.flush()
        settlement = run_settlement(tmp_path, POLICY, window_days=2, clock=lambda: START + DAY_US)
    assert settlement is not None
    assert (settlement.interactions, settlement.is_behind) == (30, False)
    assert final_watermark(tmp_path) is None


def test_days_without_likes_do_not_stop_the_window(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(at(0, kind="view"))
        for day in (20, 21):
            lake.append(at(day))
        lake.flush()
        with pytest.raises(NoLikesError):
            run_settlement(tmp_path, POLICY, window_days=2)
        settlement = run_settlement(tmp_path, POLICY, window_days=2)
    assert settlement is not None
    assert settlement.interactions == 60


def test_a_like_that_comes_after_its_day_settled_is_left_out(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for day in (0, 5):
            lake.append(at(day))
        lake.flush()
        run_settlement(tmp_path, POLICY, window_days=2)
        lake.append(at(0.5, who="late"))
        lake.flush()
        settlement = run_settlement(tmp_path, POLICY, window_days=2)
    assert settlement is not None
    assert not any(id.startswith("likelate") for id in kept(settlement))


def test_a_damaged_mark_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "settled").mkdir()
    (tmp_path / "settled" / "until").write_text('{"until": "soon"}')
    with Lake(tmp_path) as lake:
        lake.append(likes(0, 10))
        lake.flush()
        with pytest.raises(ResultError, match="YYYY-MM-DD"):
            run_settlement(tmp_path, POLICY)


def test_hours_that_did_not_settle_are_not_deleted(tmp_path: Path) -> None:
    needed = [0]
    clock = START + 6 * DAY_US
    with Lake(tmp_path, keep_days=2, needed_from=lambda: needed[0], clock=lambda: clock) as lake:
        for day in range(6):
            lake.append(at(day))
        lake.flush()
        lake.merge()
        assert len(list((tmp_path / "lake").glob("date=*/hour=*/*.parquet"))) == 6
        needed[0] = START + 5 * DAY_US
        lake.merge()
        assert len(list((tmp_path / "lake").glob("date=*/hour=*/*.parquet"))) == 3
        lake.append(at(2_000, 1))  # a like from the future deletes nothing but what is old now
        lake.flush()
        lake.merge()
        assert len(list((tmp_path / "lake").glob("date=*/hour=*/*.parquet"))) == 3
