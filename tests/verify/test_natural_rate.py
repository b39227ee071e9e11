"""What is natural: the clock's pace and the life curve are learned as they were drawn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tests.testing.logs import DAY, SECOND, TIMESTAMP, Event, SmallLog, small_logs

import zhenzan
from zhenzan.verify.baseline.natural_rate import NaturalRate, learn_natural_rate
from zhenzan.verify.encoding.encode import encode

HOUR = 3600.0


def learned(item: np.ndarray, seconds: np.ndarray) -> NaturalRate:
    """From likes that are each of another account."""
    table = pa.table(
        {
            "account": np.arange(item.size),
            "item": item,
            "timestamp": pa.array((seconds * SECOND).astype(np.int64)).view(TIMESTAMP),
        }
    )
    return learn_natural_rate(encode(zhenzan.open_log(table).batches()).pairs)


@settings(max_examples=25, derandomize=True)
@given(small_logs())
def test_pace_and_life_are_cumulative_shares_on_any_log(log: SmallLog) -> None:
    expectation = learn_natural_rate(encode(log.batches()).pairs)
    assert np.all(np.diff(expectation.grid) > 0)
    assert np.all(np.diff(expectation.curve) > 0)
    assert expectation.curve[0] == 0.0
    assert expectation.curve[-1] == pytest.approx(1.0)
    assert expectation.log_end == expectation.grid[-1]
    assert np.all(np.isfinite(expectation.grid))


def test_nights_pass_faster_than_days() -> None:
    """A hundred thousand likes in a fortnight, nine of ten between 8 and 24 h UTC."""
    random = np.random.default_rng(0)
    count = 100_000
    hour = np.where(random.random(count) < 0.9, random.uniform(8, 24, count), random.uniform(0, 8, count))
    seconds = random.integers(0, 14, count) * 86_400 + hour * HOUR
    expectation = learned(random.integers(0, 20_000, count), seconds)
    first_hour = int(expectation.grid_start // HOUR) % 24
    pace = np.diff(expectation.grid)
    by_hour = np.array([pace[(24 + h - first_hour) % 24 :: 24].mean() for h in range(24)])
    night, day = by_hour[1:7].mean(), by_hour[9:23].mean()
    assert day / night == pytest.approx(0.9 / 16 / (0.1 / 8), rel=0.25)
    assert expectation.log_end == pytest.approx(14 * 86_400, rel=0.05)


@pytest.mark.parametrize("mean_hours", [3.0, 30.0])
def test_the_life_curve_is_that_of_the_items(mean_hours: float) -> None:
    """Items whose ages at a like are exponential, but for the part that the model spreads evenly."""
    random = np.random.default_rng(1)
    items, likes = 300, 40
    birth = random.uniform(0, 25 * 86_400, items)
    seconds = birth[:, None] + np.sort(random.exponential(mean_hours * HOUR, (items, likes)), axis=1)
    seconds[:, 0] = birth
    item = np.repeat(np.arange(items), likes)
    expectation = learned(item, seconds.ravel())
    ages = expectation.log_start + expectation.log_step * np.arange(expectation.curve.size)
    for share in (0.3, 0.5, 0.8):
        age = -mean_hours * HOUR * np.log(1 - share)
        assert np.interp(np.log(age), ages, expectation.curve) == pytest.approx(share, abs=0.12)


def test_the_more_alike_lives_are_the_larger_their_precision() -> None:
    """Of the items of both logs the ages at a like are Beta laws of one mean, of one or of many shapes."""
    random = np.random.default_rng(2)
    items, likes = 300, 40
    birth = random.uniform(0, 25 * 86_400, items)

    def precision(shares: np.ndarray) -> float:
        age = np.exp(random.beta(*(20.0 * shares), (likes, items)).T * np.log(5 * 86_400))
        age[:, 0] = 0.0
        return learned(np.repeat(np.arange(items), likes), (birth[:, None] + age).ravel()).precision

    alike = precision(np.full((2, items), 0.5))
    middle = random.beta(3, 3, items)
    assert precision(np.stack([middle, 1.0 - middle])) < 0.5 * alike


@pytest.mark.parametrize(
    ("unit", "resolution"), [(DAY, 86_400.0), (3600 * SECOND, 3600.0), (60 * SECOND, 60.0), (SECOND, 1.0)]
)
def test_the_resolution_of_the_times_is_seen(unit: int, resolution: float) -> None:
    events = [Event(k, 1, k * 7 * unit) for k in range(50)]
    assert learn_natural_rate(encode(SmallLog(events).batches()).pairs).resolution_seconds == resolution
