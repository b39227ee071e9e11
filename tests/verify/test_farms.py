"""Coarse farms in small logs: who is half of a log does not set its norm, and honest crowds stay honest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.pairs import PairLog, pair_logs, pairs_of
from tests.verify.farm_logs import CONTEXT, DAY, Judged, SmallWorld

from zhenzan.policy import Context, Limits, Policy
from zhenzan.verify.encoding.subset import subset_of
from zhenzan.verify.evidence.farms import find_farms
from zhenzan.verify.evidence.features import Features

FAKE_MAX = 0.005  # of natural likes


@pytest.mark.parametrize("natural", [130, 520, 2000, 4400])
@pytest.mark.parametrize("devices", [1, 8])
def test_a_farm_of_any_share_of_a_small_log_is_found(natural: int, devices: int) -> None:
    world = SmallWorld(natural + devices, natural)
    world.farm(40, 12, 40.0, devices=devices)
    world.idle()
    judged = Judged(world, world.table())
    assert judged.share("fake", farm=True) >= 0.95
    assert judged.share("fake", "uncertain", farm=False) <= FAKE_MAX
    assert judged.ring_accounts == judged.farm_accounts
    truth = len({(like[1], like[2]) for like in world.rows if like[0] != "farm"})
    doubt = 0.05 * truth + 0.02 * int(judged.farm.sum())  # a farm at a chance of 0.98 leaves a fiftieth
    assert judged.result.items["verified"].to_numpy().sum() == pytest.approx(truth, abs=doubt)


@pytest.mark.parametrize("columns", [("device",), ("device", "ip"), ("ip",), ("watched", "duration", "ip")])
def test_a_farm_is_not_verified_whatever_context_the_log_has(columns: tuple[str, ...]) -> None:
    world = SmallWorld(11, 500)
    world.farm(40, 12, 40.0)
    judged = Judged(world, world.table(columns))
    assert judged.share("fake", "uncertain", farm=True) >= 0.95
    assert judged.share("fake", farm=False) <= FAKE_MAX


@pytest.mark.parametrize("watched", ["zero", "missing"])
def test_a_farm_is_not_verified_where_watch_times_say_nothing(watched: str) -> None:
    world = SmallWorld(12, 500)
    world.farm(40, 12, 40.0)
    world.honest_crowds()
    judged = Judged(world, world.table(watched=watched))
    assert judged.share("fake", "uncertain", farm=True) >= 0.95
    assert judged.share("fake", farm=False) <= FAKE_MAX


def test_three_likes_a_second_for_minutes_are_found_amid_honest_crowds() -> None:
    world = SmallWorld(13, 900)
    world.farm(100, 9, 300.0, devices=8)
    world.honest_crowds()
    judged = Judged(world, world.table())
    assert judged.share("fake", farm=True) >= 0.95
    assert judged.share("fake", farm=False) <= FAKE_MAX


@pytest.mark.parametrize("natural", [200, 1000, 4000])
@pytest.mark.parametrize("columns", [CONTEXT, ()])
def test_honest_crowds_stay_honest_in_small_logs(natural: int, columns: tuple[str, ...]) -> None:
    world = SmallWorld(natural, natural)
    world.honest_crowds()
    judged = Judged(world, world.table(columns))
    assert judged.share("fake", farm=False) <= FAKE_MAX
    assert "farm" not in judged.result.summary["evidence_names"]
    assert not judged.ring_accounts


@pytest.mark.parametrize("change", ["zero", "missing", "one device", "models", "days"])
def test_columns_that_tell_nothing_accuse_nobody(change: str) -> None:
    world = SmallWorld(14, 1500, items=12)
    world.honest_crowds()
    if change == "one device":
        world.rows = [(*like[:5], "web", like[6]) for like in world.rows]
    if change == "models":
        world.rows = [(*like[:5], f"model {like[1] % 12}", like[6]) for like in world.rows]
    unit = DAY if change == "days" else 1e-6
    watched = change if change in ("zero", "missing") else "measured"
    judged = Judged(world, world.table(watched=watched, unit=unit))
    assert judged.share("fake", farm=False) <= FAKE_MAX
    assert "farm" not in judged.result.summary["evidence_names"]


def test_the_reason_is_told_and_weights_add_up() -> None:
    world = SmallWorld(15, 500)
    world.farm(40, 12, 40.0)
    result = Judged(world, world.table()).result
    like = next(v for v in result.verdicts.to_pylist() if "farm" in {e["name"] for e in v["evidence"]})
    total = result.summary["prior_decibans"] + sum(e["decibans"] for e in like["evidence"])
    assert like["fake_probability"] == pytest.approx(1 / (1 + 10 ** (-total / 10)), abs=1e-4)
    assert "household" in result.explain(like=like["row"]).text
    assert "刷赞设备" in result.explain(like=like["row"], language="zh").text


@pytest.mark.parametrize(
    "policy",
    [
        Policy(context=Context(device=False, ip=False)),
        Policy(limits=Limits(context_decibans=0.0)),
    ],
)
def test_a_policy_that_leaves_devices_no_word_finds_no_farm(policy: Policy) -> None:
    features = Features(pairs_of(_block(devices=1))[0])
    assert find_farms(features, Policy()).decibans.size == 1
    assert find_farms(features, policy).decibans.size == 0


def _block(devices: int) -> PairLog:
    """Thirty people with one like each, and twenty accounts that like five items within a second."""
    account = [*range(30), *np.repeat(range(100, 120), 5).tolist()]
    item = [*(n % 7 for n in range(30)), *(list(range(5)) * 20)]
    time = [*(n * 3_600_000_000 for n in range(30)), *(n * 10_000 for n in range(100))]
    device = [*range(1000, 1030), *(1 + a % devices for a in account[30:])]
    return PairLog(account, item, time, {i: i for i in range(7)}, {"device": device})


@settings(max_examples=25)
@given(pair_logs(40), st.integers(0, 10**6))
def test_the_rest_of_a_log_is_the_log_of_its_rest(log: PairLog, seed: int) -> None:
    pairs, row = pairs_of(log)
    kept = np.random.default_rng(seed).random(pairs.n) < 0.6
    kept[seed % pairs.n] = True
    rest = subset_of(pairs, kept)
    chosen = sorted(row[kept].tolist())
    alone, _ = pairs_of(
        PairLog(
            [log.account[i] for i in chosen],
            [log.item[i] for i in chosen],
            [log.time[i] for i in chosen],
            {i: log.creator[i] for i in {log.item[i] for i in chosen}},
            {},
        )
    )
    for name in ("account", "item", "time", "creator_of_item", "item_offset", "by_account", "account_offset"):
        np.testing.assert_array_equal(getattr(rest.pairs, name), getattr(alone, name), err_msg=name)
    assert rest.pairs.n_creators == alone.n_creators
    np.testing.assert_array_equal(rest.account[rest.pairs.account], pairs.account[kept])
    np.testing.assert_array_equal(rest.item[rest.pairs.item], pairs.item[kept])


@settings(max_examples=15)
@given(st.data())
def test_the_order_of_rows_decides_no_farm(data: st.DataObject) -> None:
    block = _block(devices=data.draw(st.sampled_from([1, 2])))
    order = data.draw(st.permutations(range(len(block.account))))
    names = dict(zip(sorted(set(block.account)), sorted(set(block.account), reverse=True), strict=True))
    (first, row), (again, other) = pairs_of(block), pairs_of(block.renamed(order, names))
    position = np.argsort(row)[np.array(order)[other]]
    before, after = (find_farms(Features(log), Policy()).chance for log in (first, again))
    np.testing.assert_allclose(before[position], after, atol=1e-6)
