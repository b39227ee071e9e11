"""The whole road over random small logs and one world with rings: what must hold whatever the log."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.logs import (
    DAY,
    SECOND,
    YEAR_2100,
    Event,
    SmallLog,
    claimed_by_hand,
    small_logs,
    standing_by_hand,
)
from tests.testing.worlds import ordinary_world

import zhenzan
from zhenzan.errors import InputError

DECIBANS_PER_NAT = 10.0 / math.log(10.0)
UNSAID = 1.0 / (1.0 + 0.998 / 0.002 / 10.0**0.5)  # five decibans over the prior
VERDICTS = ("genuine", "uncertain", "fake")

modest = settings(max_examples=30, derandomize=True)


def table_of(name: str, result: zhenzan.Result) -> pa.Table:
    return getattr(result, name)


@pytest.fixture(scope="module")
def world() -> pa.Table:
    """A fortnight with two rings, in shuffled order."""
    return ordinary_world(11, rings=2).log().table()


@pytest.fixture(scope="module")
def judged(world: pa.Table) -> zhenzan.Result:
    result = zhenzan.verify(world)
    assert result.summary["counts"]["fake"] > 500, "a world in which nothing is fake proves nothing"
    assert result.summary["counts"]["rings"] >= 2
    return result


def shuffled(table: pa.Table, seed: int) -> tuple[np.ndarray, pa.Table]:
    order = np.random.default_rng(seed).permutation(table.num_rows)
    return order, table.take(pa.array(order))


def likes_of(result: zhenzan.Result) -> Counter[str]:
    """Every verdict without its row number, as a bag."""
    return Counter(str({k: v for k, v in row.items() if k != "row"}) for row in result.verdicts.to_pylist())


def check_shape(log: SmallLog, result: zhenzan.Result) -> None:
    verdicts = result.verdicts.to_pylist()
    assert [v["row"] for v in verdicts] == log.likes
    for v, i in zip(verdicts, log.likes, strict=True):
        event = log.events[i]
        assert (v["account"], v["item"]) == (event.account, event.item)
        assert round(v["timestamp"].timestamp() * 1e6) == event.time or event.time > 2**51
        assert ("id" in v) == log.with_ids
        assert v.get("id") == (event.id if log.with_ids else None)
    assert result.verdicts["timestamp"].cast(pa.int64()).to_pylist() == [
        log.events[i].time for i in log.likes
    ]


def check_sums(result: zhenzan.Result) -> None:
    """Evidence adds up to the probability, and the probability gives the verdict."""
    prior, thresholds = result.summary["prior_decibans"], result.summary["policy"]["verdict"]
    names = set(result.summary["evidence_names"])
    for v in result.verdicts.to_pylist():
        total = prior + sum(e["decibans"] for e in v["evidence"])
        p = v["fake_probability"]
        assert 0.0 <= p <= 1.0
        assert p == pytest.approx(1.0 / (1.0 + math.exp(-total / DECIBANS_PER_NAT)), rel=2e-3, abs=1e-6)
        assert {e["name"] for e in v["evidence"]} <= names
        assert v["verdict"] in VERDICTS
        if p > thresholds["fake_threshold"] + 1e-6:
            assert v["verdict"] == "fake"
        elif p < thresholds["genuine_threshold"] - 1e-6 and v["verdict"] != "genuine":
            assert v["verdict"] == "uncertain"
            assert "untold" in {e["name"] for e in v["evidence"]}, "only what cannot be told is uncertain"


def check_items(result: zhenzan.Result) -> None:
    verdicts: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for v in result.verdicts.to_pylist():
        verdicts[v["item"]].append(v)
    items = result.items.to_pylist()
    hired = {
        a["account"] for a in result.accounts.to_pylist() if a["ring"] is not None and a["paid_share"] >= 0.5
    }
    assert {row["item"] for row in items} == set(verdicts)
    assert len(items) == len(verdicts)
    for row in items:
        counted = [v for v in verdicts[row["item"]] if v["standing"] == "counted"]
        parts = Counter(
            "idle" if v["account"] in hired and v["verdict"] != "fake" else v["verdict"] for v in counted
        )
        assert Counter({part: row[part] for part in (*VERDICTS, "idle")}) == parts
        assert row["claimed"] == len(counted)
        assert 0.0 <= row["verified_low"] <= row["verified"] <= row["verified_high"] <= row["claimed"]
        assert row["verified"] == pytest.approx(
            sum(
                1.0 - max(v["fake_probability"] - UNSAID, 0.0) / (1.0 - UNSAID)
                for v in counted
                if v["account"] not in hired or v["verdict"] == "fake"
            ),
            abs=1e-4,
        )
        times = [v["timestamp"] for v in verdicts[row["item"]]]
        assert row["first"] == min(times)
        assert row["first"] <= row["last"] <= max(times)


def check_accounts(result: zhenzan.Result) -> None:
    liked: dict[Any, dict[Any, dict[str, Any]]] = defaultdict(dict)
    for v in result.verdicts.to_pylist():
        liked[v["account"]][v["item"]] = v
    accounts = result.accounts.to_pylist()
    assert {row["account"] for row in accounts} == set(liked)
    assert len(accounts) == len(liked)
    creator_of = {row["item"]: row["creator"] for row in result.items.to_pylist()}
    for row in accounts:
        mine = liked[row["account"]].values()
        assert row["likes"] == len(mine)
        assert row["fake_likes"] == sum(v["verdict"] == "fake" for v in mine)
        assert row["expected_fake"] == pytest.approx(sum(v["fake_probability"] for v in mine), abs=1e-4)
        assert row["creators"] == len({creator_of[v["item"]] for v in mine})
        assert row["first"] <= row["last"]
        assert 0.0 <= row["recruit_probability"] <= 1.0


def check_counts(log: SmallLog | None, result: zhenzan.Result) -> None:
    counts, verdicts = result.summary["counts"], result.verdicts
    assert counts["likes"] == verdicts.num_rows
    assert sum(counts[name] for name in ("claimed", "repeated", "cancelled")) == counts["likes"]
    assert sum(counts[name] for name in (*VERDICTS, "idle")) == counts["claimed"]
    for name in ("claimed", *VERDICTS, "idle"):
        assert counts[name] == sum(result.items[name].to_pylist())
    assert counts["verified_low"] <= counts["verified"] <= counts["verified_high"] <= counts["claimed"]
    assert counts["verified"] == pytest.approx(sum(result.items["verified"].to_pylist()))
    assert counts["accounts"] == result.accounts.num_rows
    assert counts["items"] == result.items.num_rows
    assert counts["creators"] == len(set(result.items["creator"].to_pylist()))
    assert counts["rings"] == result.rings.num_rows
    standings = Counter(verdicts["standing"].to_pylist())
    assert standings == Counter(
        counted=counts["claimed"], repeated=counts["repeated"], cancelled=counts["cancelled"]
    )
    assert Counter(verdicts["verdict"].to_pylist()) == Counter(result.summary["likes_with_repeats"])
    if log is not None:
        assert counts["rows"] == len(log.events)
        assert result.summary["kinds"] == Counter(e.kind for e in log.events)


@modest
@given(small_logs())
def test_tables_and_counts_hold_together_on_any_log(log: SmallLog) -> None:
    result = log.verify()
    check_shape(log, result)
    check_sums(result)
    check_items(result)
    check_accounts(result)
    if (
        "creator" not in log.columns
    ):  # an item without one owns itself, even where another creator bears its name
        check_counts(log, result)
    standing = [s for s in standing_by_hand(log.events) if s is not None]
    assert result.verdicts["standing"].to_pylist() == standing
    claimed = claimed_by_hand(log.events)
    assert dict(zip(*(result.items[c].to_pylist() for c in ("item", "claimed")), strict=True)) == claimed


def test_tables_and_counts_hold_together_where_rings_are(judged: zhenzan.Result) -> None:
    check_sums(judged)
    check_items(judged)
    check_accounts(judged)
    check_counts(None, judged)


@modest
@given(small_logs(), st.data())
def test_the_order_of_rows_changes_no_verdict(log: SmallLog, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(log.events))))
    log = SmallLog(log.events, log.columns)  # of two rows with different ids, either may be the repeated one
    one, two = log.verify(), log.permuted(order).verify()
    assert likes_of(one) == likes_of(two)
    for name in ("accounts", "items", "moments", "rings"):
        assert table_of(name, one).equals(table_of(name, two)), name


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_no_verdict_where_rings_are(
    world: pa.Table, judged: zhenzan.Result, seed: int
) -> None:
    order, table = shuffled(world, seed)
    again = zhenzan.verify(table)
    expected = judged.verdicts.take(pa.array(order)).drop_columns("row")
    assert again.verdicts.drop_columns("row").equals(expected.combine_chunks())
    for name in ("accounts", "items", "moments", "rings"):
        assert table_of(name, again).equals(table_of(name, judged)), name


def test_rows_given_twice_count_once_and_change_nothing(world: pa.Table, judged: zhenzan.Result) -> None:
    twice = zhenzan.verify(pa.concat_tables([world, world]))
    assert twice.summary["counts"]["repeated"] == world.num_rows
    assert twice.items.equals(judged.items)
    assert twice.accounts.equals(judged.accounts)
    assert twice.rings.equals(judged.rings)


def test_text_ids_give_the_same_verdicts_as_numbers(world: pa.Table, judged: zhenzan.Result) -> None:
    for name in ("account", "item", "creator"):
        words = pa.array([f"id-{value:09d}" for value in world[name].to_pylist()])
        world = world.set_column(world.column_names.index(name), name, words)
    named = zhenzan.verify(world)
    same = ["fake_probability", "verdict", "ring", "moment", "evidence"]
    assert named.verdicts.select(same).equals(judged.verdicts.select(same))


@pytest.mark.xfail(
    strict=True, reason="known fault: how item ids sort decides of five likes in five thousand"
)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_ids_are_called_hardly_matters(world: pa.Table, judged: zhenzan.Result, seed: int) -> None:
    """Ids that sort in another order: sums are rounded in another order, and nothing else may differ."""
    random = np.random.default_rng(seed)
    for name in ("account", "item", "creator"):
        values = world[name].to_numpy()
        known = np.unique(values)
        new = pa.array([f"真{code}" for code in random.permutation(known.size)])
        world = world.set_column(
            world.column_names.index(name), name, new.take(pa.array(np.searchsorted(known, values)))
        )
    renamed = zhenzan.verify(world)
    before, after = (r.verdicts["fake_probability"].to_numpy() for r in (judged, renamed))
    np.testing.assert_allclose(after, before, atol=1e-3)
    assert renamed.verdicts["verdict"].to_pylist() == judged.verdicts["verdict"].to_pylist()


@modest
@given(small_logs())
def test_numbers_as_text_give_the_same_probabilities(log: SmallLog) -> None:
    one, two = log.verify(), log.renamed(lambda n: f"{n:03d}", lambda n: f"{n:03d}").verify()
    np.testing.assert_allclose(
        two.verdicts["fake_probability"].to_numpy(), one.verdicts["fake_probability"].to_numpy(), atol=1e-5
    )
    assert two.verdicts["standing"].to_pylist() == one.verdicts["standing"].to_pylist()


@pytest.mark.parametrize("shift_days", [0, 365 * 30, 365 * 100])
def test_the_calendar_year_does_not_matter(world: pa.Table, judged: zhenzan.Result, shift_days: int) -> None:
    """From 1970 to 2100: whole days away, the same verdicts."""
    time = world["timestamp"].cast(pa.int64()).to_numpy()
    moved = time - time.min() // DAY * DAY + shift_days * DAY
    assert 0 <= moved.min() <= moved.max() < YEAR_2100
    column = pa.array(moved).view(pa.timestamp("us", tz="UTC"))
    then = zhenzan.verify(world.set_column(world.column_names.index("timestamp"), "timestamp", column))
    np.testing.assert_allclose(
        then.verdicts["fake_probability"].to_numpy(),
        judged.verdicts["fake_probability"].to_numpy(),
        atol=1e-4,
    )


def test_days_alone_are_enough_to_judge_by(world: pa.Table) -> None:
    time = world["timestamp"].cast(pa.int64()).to_numpy() // DAY * DAY
    column = pa.array(time).view(pa.timestamp("us", tz="UTC"))
    result = zhenzan.verify(world.set_column(world.column_names.index("timestamp"), "timestamp", column))
    check_sums(result)
    check_items(result)


SPAN = [0, 1, SECOND, DAY, YEAR_2100 - 1]


@pytest.mark.parametrize("time", [0, DAY, YEAR_2100 - 1])
def test_one_like_alone_is_genuine(time: int) -> None:
    result = SmallLog([Event("a", "b", time)]).verify()
    (verdict,) = result.verdicts.to_pylist()
    assert (verdict["verdict"], verdict["standing"], verdict["evidence"]) == ("genuine", "counted", [])
    assert result.rings.num_rows == 0


@pytest.mark.parametrize("accounts", [1, 300])
@pytest.mark.parametrize("items", [1, 300])
@pytest.mark.parametrize("step", [0, SECOND, DAY])
def test_degenerate_logs_give_whole_results(accounts: int, items: int, step: int) -> None:
    """One account, one item, all at one instant, and their combinations."""
    events = [Event(i % accounts, i * 7 % items, 10**15 + i * step) for i in range(300)]
    log = SmallLog(events)
    result = log.verify()
    check_shape(log, result)
    check_sums(result)
    check_items(result)
    check_accounts(result)
    check_counts(log, result)


def test_likes_from_one_end_of_time_to_the_other() -> None:
    log = SmallLog([Event(i % 5, i % 3, time + i) for i, time in enumerate(SPAN * 8)])
    result = log.verify()
    check_shape(log, result)
    check_sums(result)
    check_items(result)


def test_one_person_liking_everything_at_once_is_no_ring() -> None:
    result = SmallLog([Event(1, item, 10**15) for item in range(500)]).verify()
    assert result.summary["counts"]["fake"] == 0


def test_a_log_of_unlikes_alone_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no likes"):
        SmallLog([Event(1, 2, 3, "unlike")]).verify()


def test_an_unlike_takes_a_fake_like_off_the_count_not_off_the_evidence(
    world: pa.Table, judged: zhenzan.Result
) -> None:
    """A seller who unlikes the morning after is still seen; the item may claim nothing."""
    fake = np.flatnonzero(np.array(judged.verdicts["verdict"].to_pylist()) == "fake")
    late = pa.array([10**15 * 4] * fake.size).view(pa.timestamp("us", tz="UTC"))
    taken = world.take(pa.array(fake))
    taken = taken.set_column(taken.column_names.index("timestamp"), "timestamp", late)
    both = pa.concat_tables(
        [
            world.append_column("kind", pa.array(["like"] * world.num_rows)),
            taken.append_column("kind", pa.array(["unlike"] * taken.num_rows)),
        ]
    )
    result = zhenzan.verify(both)
    assert result.verdicts.drop_columns("standing").equals(judged.verdicts.drop_columns("standing"))
    assert result.summary["counts"]["cancelled"] == fake.size
    assert sum(result.items["claimed"].to_pylist()) == world.num_rows - fake.size
    assert sum(result.items["fake"].to_pylist()) == 0
    check_items(result)


def test_result_survives_being_written_and_read(tmp_path: Any, judged: zhenzan.Result) -> None:
    again = zhenzan.Result.load(judged.write(tmp_path / "result"))
    assert again.summary == judged.summary
    for name in ("verdicts", "accounts", "moments", "rings", "items"):
        assert table_of(name, again).equals(table_of(name, judged)), name
