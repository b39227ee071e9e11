"""Streaks, missions, levels, depth and diminishing returns, each against a plain count of the same likes."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import effort

from zhenzan.errors import CatalogueError, InputError
from zhenzan.rewards import claims, read_catalogue, standings
from zhenzan.rewards.levels import decayed
from zhenzan.verify import Result

HEAD = 'format = 1\n[points]\nid = "points"\ncap = 1_000_000\n'
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
START = 20_000 * DAY_US
ACCOUNTS, ITEMS, CREATORS = 3, 12, 4
Like = tuple[int, int, int, float]

like = st.tuples(
    st.integers(0, ACCOUNTS - 1),
    st.integers(0, ITEMS - 1),
    st.integers(0, 24 * 12),
    st.sampled_from([0.1, 0.6, 1.0]),
)
logs = st.lists(like, max_size=40, unique_by=lambda like: like[:2])


def result(likes: list[Like]) -> Result:
    """Account, item, hour and watched share of each like; an item's creator is its number modulo four."""
    account, item, hour, watched = (
        (list(column) for column in zip(*likes, strict=True)) if likes else [[]] * 4
    )
    time = np.array(hour, np.int64) * HOUR_US + START
    verdicts = pa.table(
        {
            "row": pa.array(range(len(likes)), pa.int64()),
            "account": pa.array([f"a{number}" for number in account], pa.string()),
            "item": pa.array(item, pa.int64()),
            "timestamp": pa.array(time).cast(pa.timestamp("us", "UTC")),
            "verdict": pa.array(["genuine"] * len(likes), pa.string()),
            "standing": pa.array(["counted"] * len(likes), pa.string()),
            "watched_share": pa.array(watched, pa.float32()),
            "app": pa.array(["one" if number % 2 else "two" for number in item], pa.string()),
        }
    )
    creator = [number % CREATORS for number in range(ITEMS)]
    names = [f"a{number}" for number in range(ACCOUNTS)]
    return Result(
        {
            "verdicts": verdicts,
            "items": pa.table({"item": pa.array(range(ITEMS)), "creator": pa.array(creator)}),
            "accounts": pa.table(
                {
                    "account": names,
                    "ring": pa.array([None] * ACCOUNTS, pa.int32()),
                    "paid_share": pa.array([0.0] * ACCOUNTS, pa.float32()),
                }
            ),
        },
        {},
    )


def granted(likes: list[Like], rule: str) -> dict[tuple[str, str, str], int]:
    catalogue = read_catalogue(HEAD + rule)
    return {
        (claim.account, claim.scope, claim.window): claim.grants for claim in claims(result(likes), catalogue)
    }


def in_time(likes: list[Like], account: int) -> list[Like]:
    """An account's likes by time; of the same time, as the log has them."""
    return sorted((like for like in likes if like[0] == account), key=lambda like: like[2])


def plain_rows(days: list[int], streak: int, missed_most: float, gap_most: float) -> int:
    """How many rows of `streak` held days there are; one that may not miss what was missed begins anew."""
    rows, row = 0, []
    for day in days:
        gaps = [after - before - 1 for before, after in itertools.pairwise([*row, day])]
        if sum(gaps) > missed_most or max(gaps, default=0) > gap_most:
            row = []
        row.append(day)
        if len(row) == streak:
            rows, row = rows + 1, []
    return rows


@pytest.mark.also_soak
@settings(max_examples=effort(25, 600))
@given(
    st.lists(st.sets(st.integers(0, 24), max_size=22), min_size=ACCOUNTS, max_size=ACCOUNTS),
    st.integers(1, 2), st.integers(1, 5), st.sampled_from([(0, 0), (1, 0), (2, 0), (3, 1), (0, 1), (0, 2)]),
    st.sampled_from(["day", "week"]),
)  # fmt: skip
def test_a_row_of_days_earns_if_it_misses_no_more_than_grace_in_all(
    days: list[set[int]], every: int, streak: int, grace: tuple[int, int], window: str
) -> None:
    in_all, between = grace
    rule = f'[[rule]]\nid = "s"\nstreak = {streak}\nevery = {every}\nwindow = "{window}"\npoints = 1\n'
    rule += f"grace = {in_all}\n" * (in_all > 0) + f"grace_between = {between}\n" * (between > 0)
    length = 7 if window == "week" else 1
    monday = 4 if window == "week" else 0  # START is a Thursday
    likes = [
        (account, n, (monday + day * length) * 24 + n, 1.0)
        for account in range(ACCOUNTS)
        for day in sorted(days[account])
        for n in range(every)
    ]
    most = (in_all or (float("inf") if between else 0), between or in_all)
    expected = {f"a{i}": plain_rows(sorted(days[i]), streak, *most) for i in range(ACCOUNTS)}
    grants_by_account = {account: grants for (account, _, _), grants in granted(likes, rule).items()}
    assert grants_by_account == {account: rows for account, rows in expected.items() if rows}


def test_liking_every_other_day_is_no_week_in_a_row() -> None:
    rule = '[[rule]]\nid = "s"\nstreak = 7\npoints = 1\n{}\n'
    every_other = [(0, day % ITEMS, day * 24, 1.0) for day in range(0, 14, 2)]
    assert granted(every_other, rule.format("grace = 1")) == {}
    assert granted(every_other, rule.format("grace = 6")) == {("a0", "", ""): 1}
    assert granted(every_other, rule.format("grace_between = 1")) == {("a0", "", ""): 1}
    one_missed = [(0, day, day * 24, 1.0) for day in (0, 1, 2, 4, 5, 6, 7)]
    assert granted(one_missed, rule.format("grace = 1")) == {("a0", "", ""): 1}
    assert granted(one_missed, rule.format("")) == {}


@pytest.mark.also_soak
@settings(max_examples=effort(15, 400))
@given(logs, st.booleans())
def test_a_mission_is_done_when_all_its_steps_are(likes: list[Like], in_order: bool) -> None:
    rule = f"""[[rule]]
id = "m"
in_order = {str(in_order).lower()}
points = 5
[[rule.step]]
count = 2
watched = 0.5
[[rule.step]]
count = 2
of = "creators"
[[rule.step]]
count = 2
of = "days"
creators = [1, 2, 3]
"""
    steps = [
        (lambda like: like[3] >= 0.5, lambda like: like[1]),
        (lambda like: True, lambda like: like[1] % CREATORS),
        (lambda like: like[1] % CREATORS > 0, lambda like: like[2] // 24),
    ]
    expected = {}
    for account in range(ACCOUNTS):
        mine, begin, done = in_time(likes, account), 0, 0
        for counts, distinct in steps:
            seen = set()
            for index in range(begin, len(mine)):
                if counts(mine[index]):
                    seen.add(distinct(mine[index]))
                if len(seen) == 2:
                    done += 1
                    begin = index + 1 if in_order else 0
                    break
        if done == len(steps):
            expected[f"a{account}", "", ""] = 1
    assert granted(likes, rule) == expected


@pytest.mark.also_soak
@settings(max_examples=effort(15, 400))
@given(logs, st.integers(1, 4), st.integers(0, 3))
def test_a_like_counts_by_how_much_was_watched(likes: list[Like], every: int, most: int) -> None:
    rule = f"""[[rule]]
id = "d"
per = "app"
window = "day"
every = {every}
most = {most}
points = 1
[[rule.depth]]
watched = 0.5
counts = 1
[[rule.depth]]
watched = 0.95
counts = 3
"""
    expected: dict[tuple[str, str, str], int] = defaultdict(int)
    for account, item, hour, watched in likes:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=START + hour * HOUR_US)).date()
        counts = 3 if watched >= 0.95 else 1 if watched >= 0.5 else 0
        expected[f"a{account}", "one" if item % 2 else "two", day.isoformat()] += counts
    limited = {key: min(n // every, most) if most else n // every for key, n in expected.items()}
    assert granted(likes, rule) == {key: n for key, n in limited.items() if n}


@pytest.mark.also_soak
@settings(max_examples=effort(15, 400))
@given(logs, st.sampled_from([0, 1, 3]))
def test_a_level_is_reached_by_likes_and_decays_without_them(likes: list[Like], half_life: int) -> None:
    text = f"""[[ladder]]
id = "fan"
per = "creator"
half_life_days = {half_life}
[[ladder.level]]
at = 1
[[ladder.level]]
at = 2
points = 7
"""
    catalogue = read_catalogue(HEAD + text)
    scores: dict[tuple[str, str], tuple[float, int]] = {}
    reached = set()
    for account, item, hour, _ in sorted(likes, key=lambda like: like[2]):
        key = (f"a{account}", str(item % CREATORS))
        score, last = scores.get(key, (0.0, hour))
        score = score * 0.5 ** ((hour - last) / 24 / half_life) + 1 if half_life else score + 1
        scores[key] = (score, hour)
        if score >= 2 - 1e-9:
            reached.add(key)
    standing_of = {
        (standing.account, standing.scope): standing for standing in standings(result(likes), catalogue)
    }
    assert set(standing_of) == set(scores)
    for key, (score, hour) in scores.items():
        assert standing_of[key].score == pytest.approx(score, rel=1e-9)
        assert standing_of[key].at == START + hour * HOUR_US
    earned = list(claims(result(likes), catalogue))
    assert {(claim.account, claim.scope) for claim in earned} == reached
    assert all((claim.rule, claim.grants) == ("fan.2", 1) for claim in earned)


def test_a_score_halves_every_half_life_and_never_grows() -> None:
    assert decayed(8, START, START + 2 * DAY_US, 1) == pytest.approx(2)
    assert decayed(8, START, START + 2 * DAY_US, 0) == 8
    assert decayed(8, START, START - DAY_US, 1) == 8


@given(st.integers(0, 60), st.integers(0, 60))
def test_later_grants_may_be_worth_less_and_each_is_worth_what_it_says(one: int, other: int) -> None:
    rule = """[[rule]]
id = "r"
points = 10
then = [{ after = 5, points = 4 }, { after = 20, points = 0 }]
"""
    (only_rule,) = read_catalogue(HEAD + rule).rules
    worth_each = [10 if n < 5 else 4 if n < 20 else 0 for n in range(60)]
    assert only_rule.worth(one) == sum(worth_each[:one])
    assert (only_rule.worth(one) <= only_rule.worth(other)) or one > other


def test_likes_of_a_campaign_count_only_inside_it() -> None:
    text = """[[campaign]]
id = "summer"
items = [1, 2]
begin = 2024-10-04T12:00:00Z
budget = 3
[[rule]]
id = "r"
campaign = "summer"
points = 1
"""
    likes: list[Like] = [(0, 1, 0, 1.0), (0, 2, 20, 1.0), (0, 3, 21, 1.0), (1, 1, 30, 1.0)]
    assert granted(likes, text) == {("a0", "", ""): 1, ("a1", "", ""): 1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[rule]]\nid = "r"\npoints = 1\nstreak = 3\nwindow = "month"\n', "line 9: rule[1].window"),
        (
            '[[rule]]\nid = "r"\npoints = 1\nstreak = 3\ngrace = 1\ngrace_between = 2\n',
            "line 10: rule[1].grace_between: is more than `grace`, 1, allows",
        ),
        ('[[rule]]\nid = "r"\npoints = 1\ngrace = 1\n', "line 8: rule[1].grace: is for a `streak`"),
        ('[[rule]]\nid = "a"\npoints = 1\n[[rule]]\nid = "r"\npoints = 1\n[[rule.step]]\ncuont = 3\n',
         "line 12: rule[2].step[1].cuont: there is no such key; did you mean 'count'?"),
        ('[[rule]]\nid = "r"\npoints = 1\ncampaign = "x"\n', "there is no campaign 'x'; there are: none"),
        ('[[ladder]]\nid = "l"\n[[ladder.level]]\nat = 5\n[[ladder.level]]\nat = 5\n',
         "line 10: ladder[1].level[2].at: 5 is not over the one before, 5"),
        ('[[ladder]]\nid = "l"\n', "has one [[ladder.level]] or more"),
        ('[[right]]\nid = "r"\n[[right.by]]\nladder = "l"\n', "there is no ladder 'l'; there are: none"),
        ('[[edition]]\nid = "e"\ncap = 1\nroyalty = 0.1\n', "name who gets the royalty"),
    ],
)  # fmt: skip
def test_a_wrong_catalogue_says_line_key_and_fix(text: str, says: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(HEAD + text)
    assert says in str(caught.value)


def test_a_rule_that_asks_for_what_the_log_has_not_says_so() -> None:
    known = result([(0, 1, 2, 1.0)])
    verdicts = known.verdicts.drop_columns(["app", "watched_share"])
    without = Result({"verdicts": verdicts, "items": known.items, "accounts": known.accounts}, {})
    for rule, says in (('per = "app"', "the column app"), ("watched = 0.5", "watched and duration")):
        catalogue = read_catalogue(HEAD + f'[[rule]]\nid = "r"\npoints = 1\n{rule}\n')
        with pytest.raises(InputError, match=says):
            list(claims(without, catalogue))
