"""Counters say what a plain sum says; the screen's verdicts are the same however often they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import LakeError
from zhenzan.lake import COLUMNS
from zhenzan.screen import EVIDENCE, FEATURES, Counters, Screen
from zhenzan.screen.counter_table import CounterTable
from zhenzan.screen.counters import BATCH_ROWS
from zhenzan.screen.features import ENTITIES, HALF_LIVES_SECONDS, PAIRS, SPANS
from zhenzan.screen.kernels.decayed_counters import count_likes, drop, move, times_of

START = 1_790_000_000_000_000
NAMES = list(FEATURES)
FIELDS = (*ENTITIES, "creator")

like = st.tuples(
    st.integers(0, 3 * 86_400), *[st.integers(0, 4) for _ in FIELDS]
)  # seconds; 0 of an id: there is none
logs = st.lists(like, min_size=1, max_size=60)


def as_arrays(log: list[tuple[int, ...]]) -> tuple[dict[str, Any], Any]:
    keys = {}
    for i, name in enumerate(FIELDS, 1):
        column = np.array([row[i] for row in log], np.uint64)
        keys[name] = column if name in ("device", "ip", "region") else column + np.uint64(1)
    return keys, START + np.array([row[0] for row in log], np.int64) * 1_000_000


def weight(elapsed_us: float, half_life_seconds: float) -> float:
    return float(2.0 ** (-abs(elapsed_us) / 1e6 / half_life_seconds))


def plainly(keys: dict[str, Any], times: Any, i: int) -> dict[str, float]:
    """The features of like i by their definition, for a log in order of time."""
    features: dict[str, float] = {}
    day = HALF_LIVES_SECONDS[2]
    for entity in ENTITIES:
        own = keys[entity][i]
        before = [j for j in range(i + 1) if keys[entity][j] == own]
        for span, half_life in zip(SPANS, HALF_LIVES_SECONDS, strict=True):
            total = sum(weight(times[i] - times[j], half_life) for j in before)
            features[f"{entity}_likes_{span}"] = total if own else np.nan
    for one, other in PAIRS:
        both = [j for j in range(i + 1) if keys[one][j] == keys[one][i] and keys[other][j] == keys[other][i]]
        here = keys[one][i] and keys[other][i]
        total = sum(weight(times[i] - times[j], day) for j in both)
        features[f"{one}_{other}_likes_day"] = total if here else np.nan
        for side, across in ((one, other), (other, one)):
            name = f"{side}_{across}s_day"
            if name in FEATURES:
                last: dict[int, int] = {}
                for j in range(i + 1):
                    if keys[side][j] == keys[side][i] and keys[across][j]:
                        last[int(keys[across][j])] = j
                distinct = sum(weight(times[i] - times[j], day) for j in last.values())
                features[name] = distinct if here else np.nan
    return features


@settings(max_examples=60)
@given(logs)
def test_features_are_what_they_are_said_to_be(log: list[tuple[int, ...]]) -> None:
    keys, times = as_arrays(sorted(log))
    counted = Counters().count(keys, times)
    for i in range(len(log)):
        expected = plainly(keys, times, i)
        assert set(expected) == set(NAMES)
        np.testing.assert_allclose(counted[i], [expected[name] for name in NAMES], rtol=1e-4, atol=1e-4)


@settings(max_examples=60)
@given(logs, st.lists(st.integers(1, 20), min_size=1, max_size=20))
def test_the_size_of_batches_and_a_restart_between_them_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, log: list[tuple[int, ...]], sizes: list[int]
) -> None:
    keys, times = as_arrays(log)  # in any order: some come late
    whole = Counters().count(keys, times)
    path = tmp_path_factory.mktemp("state") / "counters.npz"
    counters, parts, begin = Counters(), [], 0
    for turn in range(len(log)):
        end = min(begin + sizes[turn % len(sizes)], len(log))
        parts.append(
            counters.count({name: column[begin:end] for name, column in keys.items()}, times[begin:end])
        )
        begin = end
        counters.save(path, begin)
        counters, sequence = Counters.load(path)
        assert sequence == begin
        if begin == len(log):
            break
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_what_is_full_drops_the_longest_silent() -> None:
    counters = Counters(entities_max=20_000, pairs_max=20_000)
    n, faithful = 400_000, np.uint64(7)
    ids = np.arange(10, n + 10, dtype=np.uint64)
    ids[::50] = faithful
    keys = dict.fromkeys(FIELDS, ids)
    times = START + np.arange(n, dtype=np.int64) * 1000
    counted = counters.count(keys, times)
    assert len(counters.entities.keys) <= 1 << 17
    assert len(counters.pairs.keys) <= 1 << 17
    assert counted[-50, NAMES.index("account_likes_day")] == pytest.approx(n / 50, rel=0.01)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 4)), min_size=1, max_size=40),
    st.integers(0, 5),
)
def test_what_stays_is_found_where_a_fresh_table_would_have_it(
    rows: list[tuple[int, int]], since: int
) -> None:
    """Keys that begin their search at a few rows of 64, and around the table's end."""
    keys = [(home * 5 + 60) % 64 + 64 * i for i, (home, _) in enumerate(rows, 1)]
    whole = np.array([(key, time, i, i) for i, (key, (_, time)) in enumerate(zip(keys, rows, strict=True))])
    table, expected = np.zeros((64, 4), np.uint64), np.zeros((64, 4), np.uint64)
    move(whole.astype(np.uint64), table)
    assert drop(table, since) == (whole[:, 1] >= since).sum()
    move(whole[whole[:, 1] >= since].astype(np.uint64), expected)
    assert sorted(table.tolist()) == sorted(expected.tolist())
    for row in whole[whole[:, 1] >= since]:
        at = row[0] % 64
        while table[at, 0] != row[0]:
            assert table[at, 0] != 0, "a gap before the row"
            at = (at + 1) % 64
        assert table[at].tolist() == row.tolist()
    assert (table[:, 0] != 0).sum() == (whole[:, 1] >= since).sum()


def test_where_all_came_at_one_moment_all_go() -> None:
    """A log of days: nobody was silent for longer than anybody else."""
    counters = Counters(entities_max=10_000, pairs_max=10_000)
    for begin in range(1, 100_001, 20_000):
        keys = dict.fromkeys(FIELDS, np.arange(begin, begin + 20_000, dtype=np.uint64))
        counters.count(keys, np.full(20_000, START))
    assert max(counters.entities.count, counters.pairs.count) <= 5 * BATCH_ROWS
    table = CounterTable(2, 100)
    table.fill(np.array([(i, min(i, 20)) for i in range(1, 91)], np.uint64))
    table.make_room(20)  # most have the middle's time, less than a quarter came before it: all go
    assert table.count == 0
    table.fill(np.array([(i, min(i, 40)) for i in range(1, 91)], np.uint64))
    table.make_room(20)
    assert table.count == 51


def test_a_restart_of_what_is_full_changes_nothing(tmp_path: Path) -> None:
    limits = {"entities_max": 30_000, "pairs_max": 40_000}
    rng, one, other = np.random.default_rng(3), Counters(**limits), Counters(**limits)
    for turn in range(12):
        keys = {
            name: rng.integers(1, 9_000 + 500 * i, 2_000, dtype=np.uint64) for i, name in enumerate(FIELDS)
        }
        times = START + np.sort(rng.integers(turn * 10**9, (turn + 1) * 10**9, 2_000))
        np.testing.assert_array_equal(one.count(keys, times), other.count(keys, times))
        other.save(tmp_path / "counters.npz", turn)
        other, _ = Counters.load(tmp_path / "counters.npz", **limits)
    assert one.pairs.count <= 40_000 < 12 * 2_000 * 5 * 0.9  # some went


def test_a_damaged_state_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04 rubbish")
    with pytest.raises(LakeError, match="not a file of counters"):
        Counters.load(tmp_path / "x.npz")


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    columns = {
        "sequence": list(range(len(rows))),
        "id": [str(i) for i in range(len(rows))],
        "kind": [row.get("kind", "like") for row in rows],
        "timestamp": [START + int(row.get("at", 0) * 1e6) for row in rows],
        "received": [START] * len(rows),
    }
    for field in COLUMNS:
        columns.setdefault(field.name, [row.get(field.name) for row in rows])
    arrays = [
        pa.array(columns[field.name], pa.int64()).cast(field.type)
        if pa.types.is_timestamp(field.type)
        else pa.array(columns[field.name], field.type)
        for field in COLUMNS
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=COLUMNS)


def test_a_bare_like_has_the_prior_and_a_view_none() -> None:
    screened = Screen().step(
        batch([{"account": "a", "item": "v", "creator": "c"}, {"account": "a", "item": "v", "kind": "view"}])
    )
    assert screened.chances[0] == pytest.approx(0.0196, abs=1e-3)
    assert np.isnan(screened.chances[1])
    assert screened.likes.tolist() == [0]


def test_unwatched_likes_from_a_shared_device_in_a_burst_look_bad() -> None:
    rows = [
        {"account": f"a{i}", "item": "v", "creator": "c", "device": 5, "watched": 0, "at": i}
        for i in range(60)
    ]
    chances = Screen().step(batch(rows)).chances
    assert chances[0] < 0.2
    assert chances[-1] > 0.7


def test_what_the_settlement_knows_speaks_from_the_next_batch_on() -> None:
    screen, rows = Screen(), [{"account": "bot", "item": "v", "creator": "c"}]
    before = screen.step(batch(rows)).chances[0]
    accounts = pa.table(
        {"account": ["bot", "fan"], "recruit_probability": pa.array([0.999, 0.01], pa.float32())}
    )
    times = pa.array([START, START + 60_000_000]).cast(COLUMNS.field("timestamp").type)
    moments = pa.table(
        {
            "item": ["v", "w"],
            "start": times.take([0, 0]),
            "end": times.take([1, 1]),
            "campaign_probability": pa.array([0.99, 0.2], pa.float32()),
        }
    )
    screen.know(accounts, moments)
    terms = screen.step(
        batch([*rows, {"account": "fan", "item": "w"}, {"account": "x", "item": "v", "at": 7200}])
    ).decibans
    assert terms["recruit"].tolist() == pytest.approx([30, 0, 0], abs=0.1)
    assert terms["campaign"].tolist() == pytest.approx([20, 0, 0], abs=0.1)
    assert screen.step(batch(rows)).chances[0] > 0.9 > before


def test_warming_leaves_nothing_behind() -> None:
    Screen.warm()
    assert Screen().counters.entities.count == 0


def test_warming_compiles_what_a_large_batch_needs() -> None:
    Screen.warm()
    Screen().step(batch([{"account": "a", "item": "v", "at": i} for i in range(BATCH_ROWS + 1)]))
    assert len({out for *_, out, _ in count_likes.signatures}) == 1
    assert all(kernel.signatures for kernel in (drop, move, times_of))


def test_every_evidence_is_described_and_needs_known_columns() -> None:
    for evidence in EVIDENCE:
        assert evidence.description.endswith(".")
        assert set(evidence.needs) <= set(NAMES) | {"watched"}
        assert len(evidence.decibans) == len(evidence.cuts) + 1
