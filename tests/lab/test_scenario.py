"""Scenario files: what is right reads back equal; what is wrong gets line, key and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.errors import ScenarioError
from zhenzan.lab import Scenario, load_scenario, read_scenario, run
from zhenzan.lab.vocabulary import REGIONS, STRATEGIES

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_valid_and_bears_its_files_name(path: Path) -> None:
    assert load_scenario(path).name == path.stem


def test_the_canonical_text_reads_back_to_the_same_scenario() -> None:
    scenario = Scenario().changed({"world.days": 3, "seller.tiny.adapts": False, "name": 'a "name"'})
    assert read_scenario(scenario.to_toml()) == scenario
    assert read_scenario(scenario.to_toml()).digest == scenario.digest


@given(
    viewers=st.integers(50, 5_000_000),
    recall=st.floats(0, 1),
    ranker=st.sampled_from(["raw", "depth"]),
    price=st.floats(0, 1e6, allow_nan=False),
    quotas=st.lists(st.integers(1, 10**9), min_size=4, max_size=4, unique=True),
)
def test_any_allowed_values_survive_the_file(
    viewers: int, recall: float, ranker: str, price: float, quotas: list[int]
) -> None:
    changes = {
        "world.viewers": viewers,
        "detector.recall": recall,
        "feed.ranker": ranker,
        "seller.burst.account_cost": price,
        "feed.stage_quotas": tuple(sorted(quotas)),
    }
    scenario = Scenario().changed(changes)
    assert read_scenario(scenario.to_toml()) == scenario


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ('[feed]\n\nranker = "best"', 3, "feed.ranker", "'raw', 'depth', 'verified'"),
        ("[world]\ndays = 0", 2, "world.days", "a whole number between 1 and 400"),
        ("[world]\ndays = 2.5", 2, "world.days", "a whole number between 1 and 400"),
        ("[world]\nday = 3", 2, "world.day", "did you mean 'days'?"),
        ('[world]\nstart = "soon"', 2, "world.start", "YYYY-MM-DD"),
        ("[wrld]\ndays = 3", 1, "wrld", "did you mean 'world'?"),
        ("[viewers]\nmotives = [1, 0]", 2, "viewers.motives", "it must be 6"),
        ("[feed]\nstage_quotas = [5, 3]", 2, "feed.stage_quotas", "does not rise"),
        ("[sanctions]\nvoid = 1", 2, "sanctions.void", "true or false"),
        ("[buyers]\nbought_share = 2", 2, "buyers.bought_share", "between 0 and 0.9"),
        ("format = 9", 1, "format", "it reads 1"),
        ('[[seller]]\nstrategy = "tiny"\n[[seller]]\nstrategy = "tinny"', 4, "seller[2].strategy", "'tiny'"),
        ('[[seller]]\nname = "x"', 1, "seller[1]", "has no strategy"),
        ('[[seller]]\nstrategy = "tiny"\nrings = 0', 3, "seller[1].rings", "between 1 and 1,000"),
        ('[[seller]]\nstrategy = "tiny"\n[[seller]]\nstrategy = "tiny"', 3, "seller[2].name", "taken"),
        ('[world]\nviewers = "100"', 2, "world.viewers", "a whole number between 50 and 5,000,000"),
        ("[world]\nviewers = 1e5", 2, "world.viewers", "a whole number between 50 and 5,000,000"),
        ("[detector]\nrecall = 80", 2, "detector.recall", "a number between 0 and 1"),
        ("[detector]\nrecall = nan", 2, "detector.recall", "a number between 0 and 1"),
        ('[detector]\nkind = "Rates"', 2, "detector.kind", "'none', 'perfect', 'rates', 'verify'"),
        ("[detector.rates]\nrecall = 1", 1, "detector.rates", "the keys here are kind, recall"),
        ("[world]\nstep_minutes = 7", 2, "world.step_minutes", "does not divide a day"),
        ("[viewers]\nmotives = [0, 0, 0, 0, 0, 0]", 2, "viewers.motives", "at least one motive"),
        ("[feed]\nstage_quotas = [1, 3]", 1, "feed.stage_gates", "it must be 2, to go with"),
        ("seller = []", 1, "seller", "there is none"),
        ('[seller]\nstrategy = "tiny"', 1, "seller", "write [[seller]]"),
        ('[[seller]]\nstrategy = "tiny"\nregion = "Mars"', 3, "seller[1].region", "'any', 'CN', 'MY'"),
        ('[[seller]]\nstrategy = "tiny"\nprice = 3', 3, "seller[1].price", "did you mean 'tier_prices'?"),
        ('[[seller]]\nstrategy = "tiny"\nquantities = 9', 3, "seller[1].quantities", "not a list of numbers"),
        ('[[seller]]\nstrategy = "tiny"\ntier_from = [5]', 1, "seller[1].tier_prices", "it must be 1"),
        ("world = 5", 1, "world", "write [world]"),
        ("name = 5", 1, "name", "not a printable text"),
        ('scenario = "x"\n[[arm]]\nname = "one"', 2, "arm", "give the file to `zhenzan lab experiment`"),
    ],
)  # fmt: skip
def test_a_bad_file_gets_line_key_and_what_is_allowed(text: str, line: int, key: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text, "bad.toml")
    assert str(caught.value).startswith(f"bad.toml, line {line}: {key}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_day_may_be_written_as_tomls_own_date() -> None:
    assert read_scenario("[world]\nstart = 2024-05-06").world.start == "2024-05-06"


def test_sellers_of_every_region_can_be_made(small: Scenario) -> None:
    for region in REGIONS:
        world = run(small.changed({"seller.*.region": region, "world.days": 1, "records.views": 0.0}), 1)
        assert world.interactions.num_rows > 0


def test_what_is_no_toml_or_no_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="not valid TOML"):
        read_scenario("[world\n")
    with pytest.raises(ScenarioError, match="there is no such scenario file"):
        load_scenario(tmp_path / "none.toml")


def test_a_change_of_an_unknown_key_names_the_near_one() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'recall'"):
        Scenario().changed({"detector.recal": 0.5})


def test_every_strategy_has_a_seller_that_can_be_made() -> None:
    text = "\n".join(f'[[seller]]\nstrategy = "{name}"' for name in STRATEGIES)
    assert [seller.strategy for seller in read_scenario(text).sellers] == list(STRATEGIES)
