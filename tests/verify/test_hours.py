"""Set hours: whether linked moments come when people are free, or at any hour."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.verify.baseline.moments import Moments
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.coincidence import Groups
from zhenzan.verify.inference.hours import HEARD_MAX, set_hours

HOUR, DAY = 3_600_000_000, 86_400_000_000
PLACES = 16


def heard(hours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One group of moments of ten likes each, one a day at a creator of its own, all tied to each other."""
    n = hours.size
    likes = 10 * n
    item = np.repeat(np.arange(n, dtype=np.int32), 10)
    background = np.arange(24 * 200) * HOUR // 200  # likes at all hours, of an item of their own
    time = np.concatenate([np.repeat(np.arange(n) * DAY + (hours * HOUR).astype(np.int64), 10), background])
    pairs = Pairs(
        account=np.zeros(time.size, np.int32),
        item=np.concatenate([item, np.full(background.size, n, np.int32)]),
        time=time,
        creator_of_item=np.arange(n + 1, dtype=np.int32),
        item_offset=np.append(np.arange(0, likes + 1, 10), time.size),
        by_account=np.arange(time.size, dtype=np.int32),
        account_offset=np.array([0, time.size]),
        n_creators=n + 1,
        context={},
    )
    start = np.arange(0, likes, 10, dtype=np.int32)
    moments = Moments(
        start=start,
        stop=start + 10,
        expected=np.full(n, 0.1),
        excess=np.full(n, 20.0),
        scale=np.zeros(n, np.int8),
        at_birth=np.zeros(n, bool),
    )
    ties = np.stack(np.triu_indices(n, 1)).astype(np.int64)
    groups = Groups(np.zeros(n, np.int32), np.zeros(0, np.int32), ties, ties, 1, 5.0)
    return set_hours(pairs, moments, groups)


@given(st.floats(0, 24, exclude_max=True), st.integers(0, 2**32 - 1))
def test_meetings_at_one_hour_of_the_day_speak_against_hire_at_whatever_hour(hour: float, seed: int) -> None:
    of_group, of_moment = heard((hour + np.random.default_rng(seed).normal(0, 0.2, PLACES)) % 24)
    assert of_group[0] < -6
    assert (of_moment < -6).all()


@given(st.integers(0, 23), st.integers(1, 11))
def test_meetings_spread_evenly_over_the_day_say_nothing(first: int, step: int) -> None:
    spread = (first + np.arange(PLACES) * 24 / PLACES) % 24
    of_group, of_moment = heard(np.roll(spread, step))
    assert of_group[0] == 0
    assert (of_moment == 0).all()


@given(st.lists(st.floats(0, 24, exclude_max=True), min_size=2, max_size=40))
def test_what_hours_say_is_bounded_and_never_for_hire(hours: list[float]) -> None:
    for said in heard(np.array(hours)):
        assert (said <= 0).all()
        assert (said >= -HEARD_MAX).all()
