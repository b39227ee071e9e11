"""Real logs: Kuaishou's as it is, campaigns of real timing replayed into it, and a dense crowd of sharers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import zhenzan

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def kuairand(shared_data: Path) -> zhenzan.Result:
    """The verdicts on the real log, with the video table found beside it."""
    (log,) = shared_data.glob("kuairand/log_standard_*.csv.gz")
    return zhenzan.verify(log)


def test_kuairand_is_counted_as_it_is(kuairand: zhenzan.Result) -> None:
    counts = kuairand.summary["counts"]
    assert counts["rows"] == 167_281
    assert counts["likes"] == 2_964 == kuairand.verdicts.num_rows
    assert counts["rejected"] == 0
    assert kuairand.summary["kinds"]["like"] == 2_964
    assert kuairand.summary["kinds"]["view"] == 167_281
    assert kuairand.summary["format"] == "kuairand"
    assert {"creator", "watched", "duration"} <= set(kuairand.summary["columns"])


def test_nearly_nothing_of_kuairand_is_called_fake(kuairand: zhenzan.Result) -> None:
    counts = kuairand.summary["counts"]
    assert counts["fake"] <= 0.005 * counts["likes"]
    assert kuairand.rings.num_rows <= 1
    claimed, verified = (sum(kuairand.items[name].to_pylist()) for name in ("claimed", "verified"))
    assert verified >= 0.95 * claimed


def test_a_real_crowd_of_sharers_is_left_alone(shared_data: Path) -> None:
    """Links that people shared, to the second: dense and bursty, and hardly bought."""
    table = pq.read_table(shared_data / "election_shares.parquet")
    result = zhenzan.verify(table, mapping={"creator": "publisher"})
    assert result.verdicts.num_rows == table.num_rows
    assert result.summary["counts"]["fake"] <= 0.05 * table.num_rows


def test_real_campaigns_replayed_into_a_real_background_are_found(shared_data: Path) -> None:
    """Stars that were bought, at their instants and on their targets, by one pool of accounts."""
    random = np.random.default_rng(7)
    (path,) = shared_data.glob("kuairand/log_standard_*.csv.gz")
    natural = long_views(path)
    log_start, log_end = int(natural["timestamp"].min()), int(natural["timestamp"].max())
    bought: dict[str, list[np.ndarray]] = {name: [] for name in natural}
    for number, times in enumerate(random.permutation(campaigns(shared_data))[:12]):
        begin = random.integers(log_start, log_end - times.max())
        bought["account"].append(10**9 + random.choice(300, times.size, replace=False))
        bought["item"].append(np.full(times.size, 10**8 + number))
        bought["timestamp"].append(begin + times)
    columns = {name: np.concatenate([natural[name], *bought[name]]) for name in natural}
    time = pa.array(columns.pop("timestamp")).view(pa.timestamp("us", tz="UTC"))
    result = zhenzan.verify(pa.table({**columns, "timestamp": time}))
    fake = np.array(result.verdicts["verdict"].to_pylist()) == "fake"
    size = natural["account"].size
    assert fake.size - size >= 300
    assert fake[size:].mean() >= 0.9
    assert fake[:size].mean() <= 0.001


def campaigns(folder: Path) -> np.ndarray:
    """The stars of each bought repository in its three busiest days, µs from the first: 30 to 200 of them."""
    stars = pq.read_table(folder / "github_fake_stars.parquet")
    time = stars["starred_at"].cast(pa.int64()).to_numpy()
    _, repository = np.unique(stars["repo"].to_numpy(zero_copy_only=False), return_inverse=True)
    order = np.lexsort((time, repository))
    stretches = []
    for instants in np.split(time[order], np.flatnonzero(np.diff(repository[order])) + 1):
        within = np.searchsorted(instants, instants + 3 * 86_400 * 10**6) - np.arange(instants.size)
        first = int(within.argmax())
        if 30 <= within[first] <= 200:
            stretches.append(instants[first : first + within[first]] - instants[first])
    together = np.empty(len(stretches), object)
    together[:] = stretches
    return together


def long_views(path: Path) -> dict[str, np.ndarray]:
    """The real log's long views as if they were likes: a dense background."""
    import duckdb

    columns = duckdb.sql(f"""
        select user_id as account, video_id as item, min(time_ms) * 1000 as timestamp
        from read_csv('{path}') where long_view = 1 group by all order by all
    """).fetchnumpy()
    return {name: np.asarray(values, np.int64) for name, values in columns.items()}
