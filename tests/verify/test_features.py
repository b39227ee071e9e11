"""Each feature against a plain definition of it, on small random logs."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.pairs import DAY, HOUR, MINUTE, PairLog, pair_logs, pairs_of

from zhenzan.errors import PolicyError
from zhenzan.verify.evidence.features import FEATURES, Features, check_names

NAN = math.nan
Plain = Callable[["View", int], float]


class View:
    """A log with the questions that plain definitions ask."""

    def __init__(self, log: PairLog) -> None:
        self.log, self.n = log, len(log.account)
        self.account, self.item, self.time = log.account, log.item, log.time

    def mine(self, i: int) -> list[int]:
        return [j for j in range(self.n) if self.account[j] == self.account[i]]

    def here(self, i: int) -> list[int]:
        return [j for j in range(self.n) if self.item[j] == self.item[i]]

    def likes_of(self, i: int) -> int:
        return len(self.mine(i))

    def near(self, among: list[int], i: int, before: int, after: int) -> list[int]:
        return [j for j in among if self.time[i] - before < self.time[j] < self.time[i] + after]

    def column(self, name: str, i: int) -> float:
        value = self.log.columns[name][i]
        return NAN if value is None else value


def gap(view: View, among: list[int], i: int, sign: int) -> float:
    others = [j for j in among if j != i]
    if any(view.time[j] == view.time[i] for j in others):
        return 0.0
    gaps = [sign * (view.time[j] - view.time[i]) for j in others if sign * (view.time[j] - view.time[i]) > 0]
    return min(gaps) / 1e6 if gaps else NAN


def age(view: View, among: list[int], i: int) -> float:
    return (view.time[i] - min(view.time[j] for j in among)) / DAY


def rank(view: View, among: list[int], i: int) -> float:
    return 1 + sum(view.time[j] < view.time[i] for j in among)


def span(view: View, among: list[int]) -> float:
    return (max(view.time[j] for j in among) - min(view.time[j] for j in among)) / DAY


def pulled(view: View, among: list[int], i: int, value: Callable[[int], float], pull: int) -> float:
    others = [value(j) for j in among if j != i]
    mean = sum(value(j) for j in range(view.n)) / view.n
    return (sum(others) + pull * mean) / (len(others) + pull)


def one_time(view: View) -> Callable[[int], float]:
    return lambda j: float(view.likes_of(j) == 1)


def loyalty(view: View) -> Callable[[int], float]:
    return lambda j: math.log(view.likes_of(j))


def one_day(view: View) -> Callable[[int], float]:
    return lambda j: float(len({view.time[k] // DAY for k in view.mine(j)}) == 1)


def tenure(view: View) -> Callable[[int], float]:
    return lambda j: math.log1p(span(view, view.mine(j)))


def others_mean(view: View, i: int, value: Callable[[int], float]) -> float:
    others = [value(j) for j in view.mine(i) if j != i]
    return sum(others) / len(others) if others else NAN


def hours(view: View, i: int) -> set[int]:
    return {view.time[j] // HOUR % 24 for j in view.mine(i)}


def quiet(view: View, i: int) -> float:
    seen = hours(view, i)
    return max(
        k for k in range(25) for start in range(24) if all((start + m) % 24 not in seen for m in range(k))
    )


def variation(view: View, i: int) -> float:
    times = sorted(view.time[j] for j in view.mine(i))
    gaps = [b - a for a, b in itertools.pairwise(times) if b - a <= 6 * HOUR]
    if len(gaps) < 8 or sum(gaps) == 0:
        return NAN
    return float(np.std(gaps) / np.mean(gaps))


def wake(view: View, i: int) -> float:
    longest = since = 0
    times = sorted(view.time[j] for j in view.mine(i))
    for previous, now in itertools.pairwise([times[0] - DAY, *times]):
        since = now if now - previous >= 4 * HOUR else since
        longest = max(longest, now - since)
    return longest / HOUR


def busiest(view: View, i: int) -> float:
    days = [view.time[j] // DAY for j in view.mine(i)]
    return max(days.count(day) for day in days) / len(days)


def creator_of(view: View, j: int) -> int:
    return view.log.creator[view.item[j]]


def per_day(view: View, i: int) -> float:
    return len(view.here(i)) / (span(view, view.here(i)) + 1)


def surge(view: View, i: int) -> float:
    expected = len(view.here(i)) * min(1.0, 60 / (span(view, view.here(i)) + 1))
    return math.log((len(view.near(view.here(i), i, 30 * DAY, 30 * DAY)) + 1) / (expected + 1))


def trend(view: View, i: int) -> float:
    month, quarter = (len(view.near(view.here(i), i, days * DAY, 1)) for days in (30, 90))
    return math.log((month + 1) / (quarter / 3 + 1))


def behind(view: View, i: int, name: str) -> float:
    value = view.log.columns[name][i]
    if value is None:
        return NAN
    return len({view.account[j] for j in range(view.n) if view.log.columns[name][j] == value})


def reward(view: View, i: int) -> float:
    def fans(likes: int) -> int:
        counts = Counter(view.account[j] for j in range(view.n) if creator_of(view, j) == creator_of(view, i))
        return sum(count == likes for count in counts.values())

    likes = sum(creator_of(view, j) == creator_of(view, i) for j in view.mine(i))
    items = {view.item[j] for j in range(view.n) if creator_of(view, j) == creator_of(view, i)}
    if likes < 3 or likes >= len(items) or fans(likes) < 10:
        return NAN
    return fans(likes) / ((fans(likes - 1) * (likes > 2) + fans(likes + 1)) / 2 + 1)


def addresses(view: View, i: int, name: str) -> float:
    return len({view.log.columns[name][j] for j in view.mine(i)} - {None})


def watched_ratio(view: View, i: int) -> float:
    watched, duration = view.column("watched", i), view.column("duration", i)
    return watched / duration if duration > 0 else NAN


def trace(view: View, i: int) -> tuple[float, float, float]:
    points = view.log.columns["gesture"][i] or []
    if not points:
        return NAN, NAN, NAN
    duration = points[-1]["t"] - points[0]["t"]
    if len(points) < 3:
        return NAN, NAN, duration
    steps = [
        (math.dist((a["x"], a["y"]), (b["x"], b["y"])), b["t"] - a["t"])
        for a, b in itertools.pairwise(points)
    ]
    path = sum(length for length, _ in steps)
    chord = math.dist((points[0]["x"], points[0]["y"]), (points[-1]["x"], points[-1]["y"]))
    speeds = [length / time for length, time in steps if time > 0]
    uneven = float(np.std(speeds) / np.mean(speeds)) if len(speeds) >= 2 and sum(speeds) > 0 else NAN
    return (chord / path if path > 0 else NAN), uneven, duration


PLAIN: dict[str, Plain] = {
    "account_likes": lambda v, i: v.likes_of(i),
    "account_creators": lambda v, i: len({creator_of(v, j) for j in v.mine(i)}),
    "account_days": lambda v, i: len({v.time[j] // DAY for j in v.mine(i)}),
    "account_span_days": lambda v, i: span(v, v.mine(i)),
    "account_rate": lambda v, i: v.likes_of(i) / (span(v, v.mine(i)) + 30),
    "account_busiest_day_share": busiest,
    "account_active_hours": lambda v, i: len(hours(v, i)),
    "account_quiet_hours": quiet,
    "account_gap_variation": variation,
    "account_wake_hours": wake,
    "reward_spike": reward,
    "account_age_days": lambda v, i: age(v, v.mine(i), i),
    "account_rank": lambda v, i: rank(v, v.mine(i), i),
    "account_gap_seconds": lambda v, i: gap(v, v.mine(i), i, -1),
    "account_next_gap_seconds": lambda v, i: gap(v, v.mine(i), i, 1),
    "account_hour_likes": lambda v, i: len(v.near(v.mine(i), i, HOUR, HOUR)),
    "account_day_likes": lambda v, i: len(v.near(v.mine(i), i, DAY, DAY)),
    "account_creator_likes": lambda v, i: sum(creator_of(v, j) == creator_of(v, i) for j in v.mine(i)),
    "account_other_items_likes": lambda v, i: others_mean(v, i, lambda j: math.log(len(v.here(j)))),
    "account_other_singleton_share": lambda v, i: others_mean(
        v, i, lambda j: pulled(v, v.here(j), j, one_time(v), 5)
    ),
    "account_other_loyalty": lambda v, i: others_mean(v, i, lambda j: pulled(v, v.here(j), j, loyalty(v), 5)),
    "account_other_tenure": lambda v, i: others_mean(v, i, lambda j: pulled(v, v.here(j), j, tenure(v), 5)),
    "item_month_visitor_share": lambda v, i: pulled(
        v, v.near(v.here(i), i, 30 * DAY, 30 * DAY), i, one_day(v), 3
    ),
    "item_past_quarter_visitor_share": lambda v, i: pulled(
        v, v.near(v.here(i), i, 90 * DAY, 1), i, one_day(v), 3
    ),
    "item_likes": lambda v, i: len(v.here(i)),
    "item_singleton_share": lambda v, i: pulled(v, v.here(i), i, one_time(v), 5),
    "item_loyalty": lambda v, i: pulled(v, v.here(i), i, loyalty(v), 5),
    "item_age_days": lambda v, i: age(v, v.here(i), i),
    "item_rank": lambda v, i: rank(v, v.here(i), i),
    "item_gap_seconds": lambda v, i: gap(v, v.here(i), i, -1),
    "item_next_gap_seconds": lambda v, i: gap(v, v.here(i), i, 1),
    "item_10_minute_likes": lambda v, i: len(v.near(v.here(i), i, 10 * MINUTE, 10 * MINUTE)),
    "item_hour_likes": lambda v, i: len(v.near(v.here(i), i, HOUR, HOUR)),
    "item_day_likes": lambda v, i: len(v.near(v.here(i), i, DAY, DAY)),
    "item_week_likes": lambda v, i: len(v.near(v.here(i), i, 7 * DAY, 7 * DAY)),
    "item_past_quarter_likes": lambda v, i: len(v.near(v.here(i), i, 90 * DAY, 1)),
    "item_burst": lambda v, i: len(v.near(v.here(i), i, DAY, DAY)) / per_day(v, i),
    "item_surge": surge,
    "item_trend": trend,
    "item_day_singleton_share": lambda v, i: pulled(v, v.near(v.here(i), i, DAY, DAY), i, one_time(v), 3),
    "item_month_singleton_share": lambda v, i: pulled(
        v, v.near(v.here(i), i, 30 * DAY, 30 * DAY), i, one_time(v), 3
    ),
    "item_next_quarter_singleton_share": lambda v, i: pulled(
        v, v.near(v.here(i), i, 1, 90 * DAY), i, one_time(v), 3
    ),
    "item_month_loyalty": lambda v, i: pulled(v, v.near(v.here(i), i, 30 * DAY, 30 * DAY), i, loyalty(v), 3),
    "weekday": lambda v, i: (v.time[i] // DAY + 3) % 7,
    "hour": lambda v, i: v.time[i] // HOUR % 24,
    "watched_ms": lambda v, i: v.column("watched", i),
    "watched_ratio": watched_ratio,
    "device_accounts": lambda v, i: behind(v, i, "device"),
    "ip_accounts": lambda v, i: behind(v, i, "ip"),
    "account_devices": lambda v, i: addresses(v, i, "device"),
    "account_ips": lambda v, i: addresses(v, i, "ip"),
    "gesture_straightness": lambda v, i: trace(v, i)[0],
    "gesture_unevenness": lambda v, i: trace(v, i)[1],
    "gesture_ms": lambda v, i: trace(v, i)[2],
}

modest = settings(max_examples=25)


@modest
@given(pair_logs())
def test_every_feature_is_what_its_description_says(log: PairLog) -> None:
    pairs, row = pairs_of(log)
    features, view = Features(pairs), View(log)
    for name in FEATURES:
        plain = np.array([PLAIN[name](view, int(i)) for i in row], float)
        np.testing.assert_allclose(features[name], plain, rtol=2e-4, atol=2e-4, err_msg=name)


@modest
@given(pair_logs(), st.data())
def test_neither_the_order_of_rows_nor_the_names_of_accounts_matter(
    log: PairLog, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(log.account))))
    people = sorted(set(log.account))
    names = dict(zip(people, data.draw(st.permutations(people)), strict=True))
    (first, row), (again, other) = pairs_of(log), pairs_of(log.renamed(order, names))
    before, after = Features(first), Features(again)
    position = np.argsort(row)[np.array(order)[other]]
    for name in FEATURES:
        np.testing.assert_array_equal(before[name][position], after[name], err_msg=name)


def test_every_feature_has_a_plain_definition_and_one_sentence() -> None:
    assert set(PLAIN) == set(FEATURES)
    for feature in FEATURES.values():
        assert feature.description.endswith(".")
        assert feature.unit
        assert feature.description.count(". ") == 0


def test_accounts_that_stop_at_a_rewards_threshold_stand_out() -> None:
    likes = [(a, i) for a in range(30) for i in range(5 if a < 20 else a % 8 + 1)]
    log = PairLog(
        [a for a, _ in likes], [i for _, i in likes], [0] * len(likes), dict.fromkeys(range(9), 1), {}
    )
    pairs, row = pairs_of(log)
    spike, view = Features(pairs)["reward_spike"], View(log)
    np.testing.assert_allclose(spike, [reward(view, int(i)) for i in row])
    assert np.nanmax(spike) > 5
    assert set(np.array(log.account)[row][~np.isnan(spike)]) == {*range(20), 20, 28}


def test_features_are_compact() -> None:
    log = PairLog([1, 2], [1, 1], [0, 5], {1: 1}, {})
    features = Features(pairs_of(log)[0])
    assert {features[name].dtype for name in features} <= {np.dtype(np.float32), np.dtype(np.int32)}


def test_a_feature_without_its_column_is_not_there() -> None:
    features = Features(pairs_of(PairLog([1], [1], [0], {1: 1}, {}))[0])
    assert "watched_ms" not in features
    assert "account_likes" in features
    with pytest.raises(KeyError, match="needs the column watched and duration"):
        features["watched_ratio"]
    with pytest.raises(KeyError):
        features["nothing"]


def test_a_misspelt_feature_gets_a_suggestion() -> None:
    with pytest.raises(PolicyError, match="no feature 'acount_likes'; did you mean 'account_likes'"):
        check_names(["acount_likes"], "weights")
