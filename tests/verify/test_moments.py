"""Moments: found where likes crowd, at the scale of the crowd, disjoint; none where likes come evenly."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from tests.testing.logs import DAY, SECOND, Event, SmallLog, small_logs
from tests.testing.worlds import World

import zhenzan
from zhenzan.verify.baseline.moments import SCALES_SECONDS, STEADY_RANGE, Moments, _steadiness, find_moments
from zhenzan.verify.baseline.natural_rate import learn_natural_rate
from zhenzan.verify.encoding.encode import Pairs, encode
from zhenzan.verify.inference import coordinated_groups
from zhenzan.verify.kernels import burst_windows, cell_overlaps

modest = settings(max_examples=25, derandomize=True)


def pairs_of(events: list[Event]) -> Pairs:
    return encode(SmallLog(events).batches()).pairs


def moments_of(pairs: Pairs) -> Moments:
    return find_moments(pairs, learn_natural_rate(pairs))


def steady(items: int, days: int, per_day: int) -> list[Event]:
    """Items that are liked evenly, by ever new accounts."""
    random = np.random.default_rng(3)
    times = np.sort(random.integers(0, days * DAY, (items, days * per_day)), axis=1)
    account = itertools.count()
    return [Event(next(account), item, int(t)) for item in range(items) for t in times[item]]


def check_moments(pairs: Pairs, moments: Moments) -> None:
    """What the description of `Moments` promises."""
    start, stop = moments.start.astype(int), moments.stop.astype(int)
    assert np.all(start < stop)
    assert np.all(pairs.item[start] == pairs.item[stop - 1])
    assert np.all(moments.expected > 0)
    assert np.all(moments.excess >= 0)
    assert np.all((moments.excess_share > 0) & (moments.excess_share < 1))
    span = (pairs.time[stop - 1] - pairs.time[start]) / SECOND
    assert np.all(span < np.asarray(SCALES_SECONDS)[moments.scale])
    scale_offset = np.searchsorted(moments.scale, np.arange(len(SCALES_SECONDS) + 1))
    assert scale_offset[0] == 0
    assert scale_offset[-1] == moments.n
    for scale, (first, last) in enumerate(itertools.pairwise(scale_offset)):
        assert np.all(moments.scale[first:last] == scale)
        assert np.all(start[first:last][1:] >= stop[first:last][:-1]), "moments of one scale overlap"


@modest
@given(small_logs())
def test_moments_are_disjoint_runs_of_one_item_on_any_log(log: SmallLog) -> None:
    pairs = encode(log.batches()).pairs
    check_moments(pairs, moments_of(pairs))


@pytest.mark.parametrize("minutes", [1, 30, 300])
def test_the_whole_short_life_of_an_item_is_a_moment(minutes: int) -> None:
    """Among items that all live so, none stands out in time; what was bought of them accounts must tell."""
    length, random = minutes * 60 * SECOND, np.random.default_rng(5)
    events = []
    for item in range(60):
        begin = int(random.integers(0, 20 * DAY))
        times = [begin, *(begin + random.integers(1, length, 19)).tolist()]
        events += [Event(100 * item + i, item, int(time)) for i, time in enumerate(times)]
    moments = moments_of(pairs := pairs_of(events))
    check_moments(pairs, moments)
    assert np.unique(pairs.item[moments.start[moments.likes >= 10]]).size == 60


def test_moments_are_disjoint_runs_of_one_item_in_a_world_with_rings() -> None:
    world = World(4)
    world.background()
    world.ring("ring", members=60, orders=10)
    pairs = encode(zhenzan.open_log(world.log().table()).batches()).pairs
    moments = moments_of(pairs)
    assert moments.n > 20
    check_moments(pairs, moments)


@pytest.mark.parametrize("length", [60, 400, 1800, 4 * 3600, 20 * 3600])
def test_a_crowd_is_found_at_a_scale_of_its_length(length: int) -> None:
    begin = 10 * DAY + 7 * 3600 * SECOND
    crowd = [Event(10**6 + k, 5, begin + k * length * SECOND // 80) for k in range(80)]
    pairs = pairs_of([*steady(20, 20, 5), *crowd])
    moments = moments_of(pairs)
    here = (pairs.item[moments.start] == 5) & (pairs.time[moments.start] <= begin + length * SECOND)
    here &= pairs.time[moments.stop - 1] >= begin
    assert here.any()
    best = np.flatnonzero(here)[np.argmax(moments.excess[here])]
    assert moments.likes[best] >= 72
    assert moments.expected[best] < 20
    scale = SCALES_SECONDS[moments.scale[best]]
    assert length / 2 <= scale <= max(12 * length, 600)


@pytest.mark.xfail(strict=True, reason="known fault: even likes leave some likes uncertain")
def test_even_likes_make_no_moments_that_mean_anything() -> None:
    """A window as rich as the candidates are comes by chance; one that is a cell of its own does not."""
    pairs = pairs_of(steady(30, 20, 8))
    moments = moments_of(pairs)
    assert moments.likes.sum() <= 0.1 * pairs.n
    assert np.count_nonzero(moments.excess >= coordinated_groups.EXCESS_MIN) <= 2
    verdicts = zhenzan.verify(SmallLog(steady(30, 20, 8)).table()).summary["counts"]
    assert (verdicts["fake"], verdicts["uncertain"], verdicts["rings"]) == (0, 0, 0)


@pytest.mark.parametrize("shape", [1.0, 4.0, 25.0])
def test_the_steadiness_of_natural_paces_is_that_of_the_log(shape: float) -> None:
    """Each hour's likes of an item are Poisson, their rate a Gamma law of the shape about the mean."""
    random = np.random.default_rng(5)
    items, hours = 20, 240
    count = random.poisson(random.gamma(shape, 6.0 / shape, (items, hours)))
    item, hour = (np.repeat(axis.ravel(), count.ravel()) for axis in np.indices(count.shape))
    second = hour * 3600 + random.integers(0, 3600, hour.size)
    pairs = pairs_of(
        [Event(k, int(i), int(s) * SECOND) for k, (i, s) in enumerate(zip(item, second, strict=True))]
    )
    steadiness = _steadiness(pairs, learn_natural_rate(pairs), 3600 * SECOND)
    assert STEADY_RANGE[0] <= steadiness <= STEADY_RANGE[1]
    assert shape / 2.5 <= steadiness <= shape * 2.5


def test_times_of_day_resolution_make_no_moments_shorter_than_a_day() -> None:
    events = [Event(e.account, e.item, e.time // DAY * DAY) for e in steady(30, 20, 8)]
    crowd = [Event(10**6 + k, 5, 10 * DAY) for k in range(100)]
    moments = moments_of(pairs_of([*events, *crowd]))
    assert moments.n >= 1
    assert min(SCALES_SECONDS[s] for s in moments.scale) >= 86_400


@modest
@given(st.floats(0.01, 50), st.integers(0, 200))
def test_excess_is_the_gain_of_the_best_poisson_rate(expected: float, likes: int) -> None:
    gain = stats.poisson.logpmf(likes, max(likes, 1e-12)) - stats.poisson.logpmf(likes, expected)
    assert burst_windows.excess(float(likes), expected) == pytest.approx(
        gain if likes > expected else 0.0, abs=1e-6
    )


@modest
@given(st.floats(0.01, 50), st.integers(0, 200), st.floats(0.5, 50))
def test_an_excess_over_an_unsteady_pace_is_the_smaller_the_less_steady_it_is(
    expected: float, likes: int, steadiness: float
) -> None:
    value = burst_windows.excess_over_pace(float(likes), expected, steadiness)
    assert 0.0 <= value <= burst_windows.excess(float(likes), expected) + 1e-9
    assert value <= burst_windows.excess_over_pace(float(likes), expected, 2 * steadiness) + 1e-9
    steady_pace = burst_windows.excess_over_pace(float(likes), expected, 1e7)
    assert steady_pace == pytest.approx(burst_windows.excess(float(likes), expected), rel=1e-3, abs=1e-3)


@modest
@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 0.99), st.floats(2, 200))
def test_an_excess_over_life_is_the_smaller_the_less_alike_lives_are(
    likes: int, more: int, mass: float, precision: float
) -> None:
    size = likes + more
    value = burst_windows.excess_over_life(float(likes), size, mass, precision)
    alike = burst_windows.excess_over_life(float(likes), size, mass, 1e9)
    gain = stats.binom.logpmf(likes, size, likes / size) - stats.binom.logpmf(likes, size, mass)
    assert 0.0 <= value <= alike + 1e-9
    assert alike == pytest.approx(gain if likes > size * mass else 0.0, rel=1e-4, abs=1e-6)


@modest
@given(st.floats(1e-6, 20), st.integers(1, 60))
def test_poisson_surprise_is_near_the_tail_and_never_far_below_it(mean: float, count: int) -> None:
    surprise = cell_overlaps.poisson_surprise(count, mean)
    if count <= mean:
        assert surprise == 0.0
    elif count > 2 * mean:
        tail = -special.logsumexp(stats.poisson.logpmf(np.arange(count, count + 400), mean))
        assert tail - 0.1 <= surprise <= tail + 0.8


@modest
@given(st.lists(st.tuples(st.integers(-3, 9), st.integers(1, 4)), min_size=1, max_size=9))
def test_best_windows_are_the_disjoint_ones_of_largest_sum(plan: list[tuple[int, int]]) -> None:
    size = len(plan)
    score = np.array([float(s) for s, _ in plan], np.float32)
    stop = np.array([min(i + length, size) for i, (_, length) in enumerate(plan)], np.int32)
    number = np.arange(size, dtype=np.float32)
    span, values = np.zeros((2, size + 1), np.int32), np.zeros((2, size + 1), np.float32)
    first, begin = 100, 1
    end = burst_windows.best_windows(
        score, stop, first, size, np.empty(size + 1), number, number + 0.5, span, begin, values
    )
    taken = span[0, begin:end] - first
    assert np.array_equal(span[1, begin:end] - first, stop[taken])
    assert np.array_equal(values[:, begin:end], np.stack([number[taken], number[taken] + 0.5]))
    assert np.all(taken[1:] >= stop[taken][:-1])
    best = 0.0
    for k in range(size + 1):
        for some in itertools.combinations(range(size), k):
            if all(stop[a] <= b for a, b in itertools.pairwise(some)):
                best = max(best, float(score[list(some)].sum()))
    assert float(score[taken].sum()) == pytest.approx(best)
