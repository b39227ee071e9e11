"""What a world's log and truth look like."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from zhenzan.interactions import open_log
from zhenzan.lab import Scenario, World, run
from zhenzan.lab.outputs.table_schemas import INTERACTIONS, TRUTH
from zhenzan.lab.vocabulary import CONFOUNDERS, STRATEGIES


def words(column: object) -> np.ndarray:
    return np.asarray(column.cast("string").to_numpy())  # type: ignore[attr-defined]


def test_the_log_reads_as_interactions_without_a_rejected_row(world: World) -> None:
    log = open_log(world.interactions)
    rows = sum(batch.num_rows for batch in log.batches())
    assert rows == world.interactions.num_rows
    assert log.summary.rejected == 0


def test_truth_is_aligned_with_the_log_which_is_in_order_of_time(world: World) -> None:
    assert world.interactions.schema.names[: len(INTERACTIONS.names)] == INTERACTIONS.names
    assert world.truth.schema == TRUTH
    assert world.truth.num_rows == world.interactions.num_rows
    assert (world.truth["row"].to_numpy() == np.arange(world.truth.num_rows)).all()
    assert (np.diff(world.interactions["timestamp"].cast("int64").to_numpy()) >= 0).all()


def test_every_strategy_confounder_kind_and_motive_is_there(small: Scenario) -> None:
    sellers = [f"seller.{name}.weight" for name in ("burst", "drip", "tiny", "crowd", "throwaway")]
    scenario = small.changed(
        {
            "world.days": 10,
            "buyers.bought_share": 0.3,
            "rewards.card_threshold": 4,
            **dict.fromkeys(sellers, 1.0),
        }
    )
    lived = run(scenario, 9)
    sources = set(words(lived.truth["source"]))
    assert sources >= {"ordinary", *CONFOUNDERS} - {"promoted"}
    assert sources >= set(STRATEGIES) - {"mixed"}
    assert set(words(lived.interactions["kind"])) >= {"like", "unlike", "comment", "share", "follow"}
    motives = {"social", "algorithmic", "commercial", "emotional", "expression", "reward", "hired"}
    assert set(words(lived.truth["motive"])) == motives


def test_an_account_likes_an_item_once(world: World) -> None:
    likes = world.likes
    pairs = likes["account"].to_numpy() * 10**9 + likes["item"].to_numpy()
    assert len(np.unique(pairs)) == len(pairs)


def test_hired_likes_are_hired_and_belong_to_rings_and_natural_ones_have_no_order(world: World) -> None:
    likes = world.likes
    kind = words(likes["kind_of_like"])
    assert set(words(likes["motive"])[kind != "natural"]) == {"hired"}
    assert likes.filter(pc.equal(likes["kind_of_like"].cast("string"), "bought"))["ring"].null_count == 0
    assert (
        likes.filter(pc.equal(likes["kind_of_like"].cast("string"), "natural"))["campaign"].null_count
        == (kind == "natural").sum()
    )


def test_an_unlike_follows_its_like(world: World) -> None:
    log = world.interactions
    kind = words(log["kind"])
    key = log["account"].to_numpy() * 10**9 + log["item"].to_numpy()
    time = log["timestamp"].cast("int64").to_numpy()
    liked = dict(zip(key[kind == "like"], time[kind == "like"], strict=True))
    taken = kind == "unlike"
    assert taken.sum() > 20
    assert all(liked[k] < t for k, t in zip(key[taken], time[taken], strict=True))


def test_views_of_half_of_the_viewers_are_kept_whole(world: World) -> None:
    kind = words(world.interactions["kind"])
    viewers = set(world.interactions["account"].to_numpy()[kind == "view"])
    assert 0.4 < len(viewers) / 1_500 < 2.0  # newcomers too
    assert (kind == "view").sum() > 0.3 * world.outcomes["viewer_steps"]


def test_gestures_are_of_likes_only_and_bots_draw_straight_lines(world: World) -> None:
    kind, paid = words(world.interactions["kind"]), words(world.truth["kind_of_like"]) != "natural"
    bot = paid & (words(world.truth["source"]) != "crowd") & (kind == "like")
    drawn = world.interactions["gesture"].combine_chunks()
    assert (np.asarray(drawn.is_valid()) == (kind == "like")).all()
    tap = world.truth["double_tap"].to_numpy()

    def bend(rows: np.ndarray) -> float:
        traces = drawn.take(rows).to_pylist()
        worst = []
        for trace in traces:
            x, y = np.array([p["x"] for p in trace]), np.array([p["y"] for p in trace])
            chord = np.array([x[-1] - x[0], y[-1] - y[0]])
            offset = (x - x[0]) * chord[1] - (y - y[0]) * chord[0]
            worst.append(np.abs(offset).max() / max(np.hypot(*chord), 1e-9))
        return float(np.median(worst))

    natural = np.flatnonzero((kind == "like") & ~paid & ~tap)[:200]
    assert bend(np.flatnonzero(bot & ~tap)[:200]) < 0.5 < bend(natural)


def test_members_of_an_office_share_an_address_only_at_work(small: Scenario) -> None:
    lived = run(small.changed({"viewers.cohort_share": 0.5, "records.views": 1.0, "world.days": 3}), 1)
    address = words(lived.interactions["ip"])
    _, code = np.unique(address, return_inverse=True)
    people = lived.interactions["account"].to_numpy()
    accounts_of = np.array([len(np.unique(people[code == k])) for k in np.argsort(-np.bincount(code))[:5]])
    assert accounts_of.max() > 10
    alone = run(small.changed({"viewers.cohort_share": 0.0, "buyers.demand": "none", "world.days": 2}), 1)
    frame = {
        (a, i)
        for a, i in zip(
            words(alone.interactions["ip"]), alone.interactions["account"].to_numpy(), strict=True
        )
    }
    assert len({a for a, _ in frame}) == len(frame)


@pytest.mark.parametrize("column", ["account", "item", "creator"])
def test_every_id_of_the_log_is_known_to_the_tables(world: World, column: str) -> None:
    table = {"account": world.accounts, "item": world.items, "creator": world.outcomes.creators}[column]
    assert set(world.interactions[column].to_numpy()) <= set(table[column].to_numpy())


def test_counts_of_log_items_and_outcomes_agree(world: World) -> None:
    likes = world.likes
    kind = words(likes["kind_of_like"])
    inside = world.outcomes.likes_by_source
    total = {
        name: sum(row["likes"] for row in inside.to_pylist() if row["kind_of_like"] == name)
        for name in ("natural", "bought", "camouflage")
    }
    for name in total:  # the log ends with the last day, a session may go on beyond it
        assert total[name] - 30 <= (kind == name).sum() <= total[name]
    assert pc.sum(world.items["likes_bought"]).as_py() == total["bought"]
    delivered = pc.sum(world.outcomes.orders["delivered"]).as_py()
    assert delivered == total["bought"] == world.outcomes["likes_bought"]
