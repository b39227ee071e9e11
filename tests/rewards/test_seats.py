"""Places among the first so many: nobody takes one by an earlier time, or by a like that comes in late."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import effort

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.ledger.machines import KEY, Clock
from tests.rewards.synthetic_result import DAY_US, START, Like, judged

from zhenzan.ledger import Ledger, check
from zhenzan.rewards import Appeals, Decision, claims, read_catalogue, run_rewards
from zhenzan.rewards.seats import granted_seats

FIRST = 3
TEXT = f"""
format = 1
points = {{ id = "points", cap = 1_000_000 }}
appeal_days = 7
late_hours = 48
[[edition]]
id = "card"
bound = "tradable"
cap = 100
[[edition]]
id = "badge"
cap = 100
[[rule]]
id = "limited"
every = 2
first = {FIRST}
edition = "card"
[[rule]]
id = "open"
points = 1
[[rule]]
id = "badges"
edition = "badge"
"""
CATALOGUE = read_catalogue(TEXT)
NOW = START + 30 * DAY_US
numbers = itertools.count()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def fan(account: str, hour: float, verdict: str = "genuine", received: float | None = None) -> list[Like]:
    return [Like(account, f"{account}{i}", hour + i, verdict, received) for i in range(2)]


def run(ledger: Ledger, folder: Path, likes: list[Like], decided: dict[str, Decision] | None = None) -> None:
    run_rewards(ledger, CATALOGUE, judged(folder / f"r{next(numbers)}", likes), decided=decided)


def holders(ledger: Ledger, rule: str = "limited") -> set[str]:
    rows = ledger.database.fetch("SELECT account FROM grants WHERE rule = ? AND cards > 0", (rule,))
    return {account for (account,) in rows}


def test_backdated_likes_take_no_card_from_those_who_hold_one(ledger: Ledger, tmp_path: Path) -> None:
    honest = [like for number in range(FIRST) for like in fan(f"fan{number}", 500 + number)]
    run(ledger, tmp_path, honest)
    early = [like for number in range(5) for like in fan(f"early{number}", 100 + number)]
    run(ledger, tmp_path, honest + early)
    assert holders(ledger) == {f"fan{number}" for number in range(FIRST)}
    assert not ledger.database.fetch("SELECT 1 FROM grant_entries WHERE state = 'frozen'")


def test_the_place_of_who_earned_it_no_more_goes_to_the_next_after_the_time_to_appeal(
    ledger: Ledger, tmp_path: Path, clock: Clock
) -> None:
    three = [like for number in range(1, FIRST) for like in fan(f"fan{number}", 500)]
    waits = fan("waits", 600)
    run(ledger, tmp_path, [*fan("fan0", 500), *three, *waits])
    run(ledger, tmp_path, [*fan("fan0", 500, "fake"), *three, *waits])
    assert holders(ledger) == {"fan1", "fan2"}  # one card is frozen: its place is not given away
    appeal = Appeals(ledger).open("fan0", "I am real")
    clock.now += 8 * DAY_US
    run(ledger, tmp_path, [*fan("fan0", 500, "fake"), *three, *waits])
    assert holders(ledger) == {"fan1", "fan2"}
    Appeals(ledger).decide(appeal.id, upheld=False, decision="No.")
    run(ledger, tmp_path, [*fan("fan0", 500, "fake"), *three, *waits])
    assert holders(ledger) == {"fan1", "fan2", "waits"}
    assert ledger.balance("burnt:card").posted == 1


def test_an_upheld_appeal_gives_the_card_back_and_nobody_loses_theirs(ledger: Ledger, tmp_path: Path) -> None:
    others = [*fan("fan1", 500), *fan("fan2", 500), *fan("waits", 600)]
    run(ledger, tmp_path, [*fan("fan0", 500), *others])
    run(ledger, tmp_path, [*fan("fan0", 500, "fake"), *others])
    appeal = Appeals(ledger).open("fan0", "I am real")
    Appeals(ledger).decide(appeal.id, upheld=True, decision="So it is.")
    run(ledger, tmp_path, [*fan("fan0", 500, "fake"), *others])
    assert holders(ledger) == {"fan0", "fan1", "fan2"}


@pytest.mark.parametrize(("hours", "is_late"), [(47, False), (60, True)])
def test_likes_that_come_in_long_after_their_time_earn_all_but_what_is_scarce(
    ledger: Ledger, tmp_path: Path, hours: float, is_late: bool
) -> None:
    late = [Like("late", f"v{i}", 100, "genuine", 100 + hours) for i in range(2)]
    run(ledger, tmp_path, late)
    assert holders(ledger) == (set() if is_late else {"late"})
    assert holders(ledger, "badges") == {"late"}  # soul-bound and common
    assert ledger.database.fetch("SELECT granted FROM grants WHERE rule = 'open'") == [(2,)]


def test_what_is_uncertain_holds_no_place_before_what_is_settled(ledger: Ledger, tmp_path: Path) -> None:
    likes = [*fan("maybe", 10, "uncertain"), *(like for i in range(FIRST) for like in fan(f"fan{i}", 500))]
    run(ledger, tmp_path, likes)
    assert holders(ledger) == {"fan0", "fan1", "fan2"}
    assert ledger.issued("card")[:2] == (FIRST, 0)


def test_the_reason_of_a_reversal_is_true(ledger: Ledger, tmp_path: Path) -> None:
    run(ledger, tmp_path, [*fan("a", 500), *fan("b", 500), *fan("c", 500)])
    run(
        ledger,
        tmp_path,
        [*fan("a", 500), *fan("b", 500, "uncertain")],
        {"a": Decision(True, NOW)},
    )
    causes = dict(
        ledger.database.fetch(
            "SELECT a.id, t.cause FROM transfers t JOIN accounts a ON a.number = t.debit WHERE t.reverses > 0"
        )
    )
    assert "a person decided that its likes are fake" in causes["points:a"]
    assert "no like is fake; 0 of its likes count, 2 are uncertain" in causes["points:b"]
    assert "its likes are no longer in the log" in causes["points:c"]


def test_a_decision_ends_where_it_was_made(ledger: Ledger, tmp_path: Path) -> None:
    until = START + 100 * 3_600_000_000
    before = [Like("ann", "before", 99, "fake"), Like("bo", "before", 99)]
    after = [Like("ann", "after", 101, "fake"), Like("bo", "after", 101)]
    backdated = [Like("ann", "backdated", 98, "fake", received=105)]
    decided = {"ann": Decision(False, until), "bo": Decision(True, until)}
    result = judged(tmp_path / "r", [*before, *after, *backdated])
    earned = {
        claim.account: claim.grants
        for claim in claims(result, CATALOGUE, decided=decided)
        if claim.rule == "open"
    }
    assert earned == {"ann": 1, "bo": 1}
    late = {who: Decision(decision.is_fake, until + 10 * 3_600_000_000) for who, decision in decided.items()}
    reached = [claim for claim in claims(result, CATALOGUE, decided=late) if claim.rule == "open"]
    assert {claim.account: claim.grants for claim in reached} == {"ann": 3}


@pytest.mark.also_soak
@settings(max_examples=effort(2, 300))
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(0, 5), st.integers(0, 400), st.sampled_from(["genuine", "genuine", "fake"])
            ),
            max_size=6,
            unique_by=lambda like: like[0],
        ),
        min_size=2,
        max_size=4,
    )
)
def test_nobody_loses_a_place_to_somebody_else_and_there_are_never_more(
    settlements: list[list[tuple[int, int, str]]],
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.open(Path(folder) / "l", key=KEY, clock=Clock(NOW)) as ledger,
    ):
        before: set[str] = set()
        for number, accounts in enumerate(settlements):
            likes = [like for who, hour, verdict in accounts for like in fan(f"a{who}", hour, verdict)]
            result = judged(Path(folder) / f"r{number}", likes)
            run_rewards(ledger, CATALOGUE, result)
            note = ledger.last_note()
            run_rewards(ledger, CATALOGUE, result)
            assert ledger.last_note() == note
            genuine = {f"a{who}" for who, _, verdict in accounts if verdict == "genuine"}
            now = holders(ledger)
            assert before & genuine <= now <= genuine
            taken = sum(
                keeps or who in now for who, keeps in granted_seats(ledger, CATALOGUE)["limited"].items()
            )
            assert taken <= FIRST
            assert taken == FIRST or now == genuine
            before = now
        check(ledger)
