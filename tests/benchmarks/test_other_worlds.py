import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.world import DAY, HOUR

from benchmarks import real_timing_worlds, worlds

needs_data = pytest.mark.skipif(
    not (real_timing_worlds.data_folder() / "github_fake_stars.parquet").exists(),
    reason="the research data is not on this machine (set ZHENZAN_DATA)",
)


@pytest.mark.parametrize("traffic", [True, False])
def test_farms_are_dense_medium_and_slow(traffic: bool) -> None:
    world = worlds.farms_world(1, likes=60_000, traffic=traffic)
    expected = {"farm_dense": (40, 2 * HOUR), "farm_medium": (200, 6 * HOUR), "farm_slow": (400, 3 * DAY)}
    for name, (items, window) in expected.items():
        likes = world.of(name) & world.is_bought
        assert len(np.unique(world.item[likes])) == pytest.approx(items, rel=0.15)
        assert np.ptp(world.timestamp[likes]) <= window
        assert 250 <= len(np.unique(world.account[likes])) <= 500
        natural = np.isin(world.item, world.item[likes]) & world.is_natural
        assert natural.any() == traffic


def test_farms_may_serve_each_item_at_its_own_time() -> None:
    world = worlds.farms_world(1, likes=60_000, window="item")
    assert np.ptp(world.timestamp[world.of("farm_dense")]) > 5 * DAY


@needs_data
@pytest.mark.parametrize("name", real_timing_worlds.BACKGROUNDS)
@pytest.mark.parametrize("placement", ["campaigns", "window"])
def test_replayed_rings_reuse_accounts_and_throwaways_do_not(name: str, placement: str) -> None:
    for reuse, low, high in (("reuse", 5.0, 10.0), ("throwaway", 1.0, 2.01)):
        world = worlds.replay_world(2, name, reuse, placement)
        sellers = np.unique(world.account[world.is_bought])
        assert low <= world.is_bought.sum() / len(sellers) <= high
        assert not np.isin(world.account[world.is_natural], sellers).any()
        assert 0.02 < world.is_bought.sum() / world.is_natural.sum() < 0.15


@needs_data
def test_replay_keeps_campaign_timings_to_the_second() -> None:
    world = worlds.replay_world(3, "kuairand")
    assert world.is_natural.sum() == 53_190
    known = {
        tuple(np.diff(campaign.offset).astype(int)) for campaign in real_timing_worlds.campaigns_of_log()
    }
    for number in np.unique(world.campaign[world.is_bought])[:20]:
        seconds = np.sort(world.timestamp[world.campaign == number]) // 1_000_000
        assert tuple(np.diff(seconds)) in known


@pytest.mark.parametrize("ids", ["int", "string"])
def test_scale_log_has_the_likes_asked_for_in_time_order(tmp_path: Path, ids: str) -> None:
    path = tmp_path / "log.parquet"
    steps: list[int] = []
    bought = worlds.scale_log(path, 1_200_000, 7, ids, advance=steps.append)
    table = pq.read_table(path)
    assert table.num_rows == sum(steps) == 1_200_000
    assert 0.01 < bought / table.num_rows < 0.05
    instants = table["timestamp"].cast("int64").to_numpy()
    assert (np.diff(instants) >= 0).all()
    assert table.schema.field("account").type == ("int64" if ids == "int" else "string")
    assert pc.count_distinct(table["account"]).as_py() > 50_000


def test_scale_log_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        worlds.scale_log(tmp_path / name, 50_000, 7)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
