"""Decisions: whom an order fits, hard caps, exact propensities, receipts; and all of it after a restart."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.errors import PromotionError
from zhenzan.promote import Audience, Decider, Decisions, Flight, Targeting
from zhenzan.promote.caps import day_end, day_start, local_clock
from zhenzan.promote.kernels import decisions as kernel
from zhenzan.times import HOUR_US

REGIONS, INTERESTS = ("CN", "MY", "SG"), ("food", "music")
AUDIENCE = Audience(REGIONS, INTERESTS)
KEY = bytes(range(32))
NOW = round(datetime(2026, 10, 24, 20, tzinfo=UTC).timestamp()) * 1_000_000
DAY_US = 24 * HOUR_US


def flight(number: int, **changes: object) -> Flight:
    values = {
        "goal": 1_000,
        "start_us": NOW - HOUR_US,
        "plan_end_us": NOW + 40 * HOUR_US,
        "end_us": NOW + 48 * HOUR_US,
    }
    return Flight(number, **{**values, "like_rate": 0.03, **changes})  # type: ignore[arg-type]


def decider(*flights: Flight, **options: object) -> Decider:
    promoter = Decider(AUDIENCE, KEY, **{"capacity": 64, "organic_share": 0.0, **options})  # type: ignore[arg-type]
    for entry in flights:
        promoter.add(entry)
    return promoter


def shown(promoter: Decider, now_us: int, viewers: object, **slot: int) -> Decisions:
    viewer = np.atleast_1d(np.asarray(viewers, np.uint64))
    columns = {"region": 0, "hour": 12, "interest": 0, "local_day": 1, **slot}
    slots = promoter.slots(viewer, *(np.full(viewer.size, value) for value in columns.values()))
    return promoter.decide(slots, now_us)


def unpaced(promoter: Decider) -> None:
    """Take away what pacing holds back, so that the caps alone are left."""
    promoter.flights.burst_seconds[0] = 1e12
    promoter.flights.tokens[:] = 1e9
    promoter.flights.rate[:] = promoter.flights.live
    promoter.flights.block_most[:] = 10**9


targetings = st.builds(
    Targeting,
    st.frozensets(st.sampled_from(REGIONS)),
    st.frozensets(st.integers(0, 23), max_size=3),
    st.frozensets(st.sampled_from(INTERESTS)),
    st.frozensets(st.integers(1, 6), max_size=2),
)


@given(
    st.lists(targetings, min_size=1, max_size=70),
    st.integers(1, 6), st.integers(0, 3), st.integers(0, 23), st.integers(0, 2), st.integers(0, 2**32),
)  # fmt: skip
@settings(max_examples=25)
def test_only_what_fits_is_shown_with_its_exact_chance(
    targetings: list[Targeting], viewer: int, region: int, hour: int, interest: int, seed: int
) -> None:
    promoter = decider(
        *(flight(n, targeting=entry) for n, entry in enumerate(targetings)), capacity=128, seed=seed
    )
    fitting = {
        number
        for number, entry in enumerate(targetings)
        if (not entry.regions or (region < 3 and REGIONS[region] in entry.regions))
        and (not entry.hours or hour in entry.hours)
        and (not entry.interests or (interest < 2 and INTERESTS[interest] in entry.interests))
        and viewer not in entry.excluded
    }
    (entry,) = shown(promoter, NOW, viewer, region=region, hour=hour, interest=interest).log
    assert entry["eligible"] == len(fitting)
    assert (entry["flight"] in fitting) == (entry["reason"] == kernel.SHOWN) == bool(fitting)
    if fitting:
        weights = {n: 1 << int(promoter.flights.level[promoter.row(n)]) for n in fitting}
        expected = weights[int(entry["flight"])] / sum(weights.values())
        assert entry["propensity"] == pytest.approx(expected, rel=1e-6)


def test_the_draw_has_the_chances_that_it_logs() -> None:
    counts: Counter[int] = Counter()
    flights = [flight(n, goal=100_000, end_us=NOW + DAY_US, plan_end_us=NOW + HOUR_US) for n in range(3)]
    promoter = decider(*flights, organic_share=0.25, viewer_day=1)
    promoter.pace(NOW)
    row = promoter.row(0)
    promoter.flights.planes[promoter.flights.level[row]] &= ~np.uint64(
        1 << row
    )  # one weight of 1 beside the others'
    promoter.flights.planes[0] |= np.uint64(1 << row)
    for batch in range(60):
        unpaced(promoter)
        log = shown(promoter, NOW + batch, np.arange(100) + 100 * batch + 1).log
        counts.update(log["flight"].tolist())
    share = {n: counts[n] / 6_000 for n in (-1, 0, 1, 2)}
    weight = 1 << int(promoter.flights.level[promoter.row(1)])
    total = 1 + 2 * weight
    assert share[-1] == pytest.approx(0.25, abs=0.025)
    assert share[0] == pytest.approx(0.75 / total, abs=0.02)
    assert share[1] == pytest.approx(0.75 * weight / total, abs=0.025)


@given(st.integers(1, 8), st.lists(st.integers(1, 4), min_size=1, max_size=80), st.integers(0, 9))
@settings(max_examples=25)
def test_no_viewer_sees_more_than_the_cap_or_one_order_twice_a_day(
    viewer_day: int, viewers: list[int], seed: int
) -> None:
    promoter = decider(*(flight(n) for n in range(12)), viewer_day=viewer_day, seed=seed)
    seen: Counter[tuple[int, int, int]] = Counter()
    for step, viewer in enumerate(viewers):
        day = 1 + step // 40
        for number in shown(promoter, NOW + step * 60_000_000, viewer, local_day=day).flight.tolist():
            if number >= 0:
                seen[viewer, day, number] += 1
    assert all(count == 1 for count in seen.values())
    daily = Counter((viewer, day) for viewer, day, _ in seen)
    assert all(count <= viewer_day for count in daily.values())


def test_many_viewers_are_remembered_as_their_table_grows() -> None:
    promoter = decider(*(flight(n, goal=1_000_000) for n in range(2)), viewer_day=2)
    first: Counter[int] = Counter()
    for batch in range(24):
        unpaced(promoter)
        log = shown(promoter, NOW, np.arange(2_000) + 2_000 * (batch // 2) + 1).log
        first.update(log["viewer"][log["flight"] >= 0].tolist())
    assert len(first) > 16_384
    assert max(first.values()) <= 2


ZONES = ("Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "UTC")


@given(
    st.sampled_from(ZONES), st.integers(1, 40), st.integers(1, 60), st.integers(60, 1_200), st.integers(0, 9)
)
@settings(max_examples=6)
def test_hard_caps_hold_when_the_clock_changes(
    zone: str, hour_cap: int, day_cap: int, step_seconds: int, seed: int
) -> None:
    """Three days around the night of 25 October 2026, whose date lasts 25 hours in Berlin."""
    promoter = decider(flight(1, goal=5_000, hour_cap=hour_cap, day_cap=day_cap, zone=zone), seed=seed)
    hours: Counter[int] = Counter()
    dates: Counter[int] = Counter()
    now_us = NOW
    for viewer in range(1, 2 * DAY_US // (step_seconds * 1_000_000)):
        now_us += step_seconds * 1_000_000
        unpaced(promoter)
        count = len(shown(promoter, now_us, np.arange(9) + 9 * viewer, local_day=viewer).tags)
        hours[now_us // HOUR_US] += count
        dates[local_clock(now_us, ZoneInfo(zone))[0]] += count
    assert max(hours.values()) <= hour_cap
    assert max(dates.values()) <= day_cap
    assert sum(dates.values()) > 0


@given(st.sampled_from((*ZONES, "America/Havana", "Asia/Beirut")), st.integers(0, 400 * 24 * 60))
@settings()
def test_a_date_begins_and_ends_where_the_clock_says(zone: str, minutes: int) -> None:
    at_us, clock = NOW + minutes * 60_000_000, ZoneInfo(zone)
    begin, end = day_start(at_us, clock), day_end(at_us, clock)
    date = local_clock(at_us, clock)[0]
    assert begin <= at_us < end
    assert 22 * HOUR_US < end - begin < 26 * HOUR_US
    assert (local_clock(begin, clock)[0], local_clock(end - 1, clock)[0]) == (date, date)
    assert (local_clock(begin - 1, clock)[0], local_clock(end, clock)[0]) == (date - 1, date + 1)


@given(
    st.integers(1, 40), st.floats(0.005, 0.5), st.floats(0.005, 0.5), st.integers(1, 30), st.integers(0, 99)
)
@settings(max_examples=15)
def test_pacing_keeps_to_the_plan_of_each_ten_minutes_whatever_comes_of_it(
    goal: int, believed: float, rate: float, hours: int, seed: int
) -> None:
    """No more than the plan and two; the plan is not moved afterwards; nothing once no unit is free."""
    draw = np.random.default_rng(seed)
    end_us = NOW + hours * HOUR_US
    promoter = decider(
        flight(1, goal=goal, like_rate=believed, start_us=NOW, plan_end_us=end_us, end_us=end_us)
    )
    plans: dict[int, set[int]] = {}
    counts: Counter[int] = Counter()
    counted = 0
    for step in range(150):
        now_us = NOW + step * 45_000_000
        new = len(shown(promoter, now_us, np.arange(20) + 20 * step + 1, local_day=1).tags)
        assert counted < goal or not new
        block = now_us // (HOUR_US // 6)
        counts[block] += new
        plans.setdefault(block, set()).add(int(promoter.flights.block_most[promoter.row(1)]))
        outcomes = min(int(draw.binomial(new, rate)), goal - counted)
        counted += outcomes - (counted > 0 and draw.random() < 0.02)
        promoter.count(1, counted, outcomes)
    assert all(len(most) == 1 for most in plans.values())
    assert all(count <= max(plans[block]) for block, count in counts.items())


def test_ring_members_and_accounts_of_the_buyer_are_shown_nothing() -> None:
    promoter = decider(flight(1, targeting=Targeting(excluded=frozenset({7}))))
    promoter.set_ring_members([8])
    assert shown(promoter, NOW, [7, 8, 9]).log["reason"].tolist() == [
        kernel.NOTHING_FITS, kernel.NOT_A_VIEWER, kernel.SHOWN,
    ]  # fmt: skip


@given(st.integers(0, 47), st.integers(0, 7))
@settings()
def test_a_receipt_holds_and_a_changed_one_does_not(byte: int, bit: int) -> None:
    decisions = shown(promoter := decider(flight(1)), NOW, 5)
    record, (tag,) = decisions.log.tobytes(), decisions.tags
    assert promoter.receipts.holds(record, tag)
    changed = bytearray(record)
    changed[byte] ^= 1 << bit
    assert not promoter.receipts.holds(bytes(changed), tag)
    assert not promoter.receipts.holds(record + b"\0", tag)
    other = Decider(AUDIENCE, KEY[::-1]).receipts
    assert not other.holds(record, tag)


def test_the_same_seed_decides_the_same() -> None:
    logs = [shown(decider(flight(1), flight(2), seed=3), NOW, np.arange(1, 40)).log for _ in range(2)]
    assert logs[0].tobytes() == logs[1].tobytes()


def test_a_restart_keeps_caps_and_what_viewers_have_seen() -> None:
    flights = [flight(n, hour_cap=9, day_cap=30, goal=400) for n in range(5)]
    old, log = decider(*flights, seed=1), []
    now_us = NOW
    for step in range(400):
        now_us = NOW + step * 20_000_000
        log.append(shown(old, now_us, np.arange(3) + step % 40 * 3 + 1, local_day=1).log)
    new = decider(*flights, seed=1)
    new.restore(np.concatenate(log), now_us)
    old.pace(now_us)
    new.pace(now_us)
    for name in ("shown", "hour_left", "day_left", "block_shown"):
        assert getattr(new.flights, name)[:].tolist() == getattr(old.flights, name)[:].tolist(), name
    np.testing.assert_allclose(new.flights.open_fast, old.flights.open_fast, rtol=0.3, atol=0.05)
    np.testing.assert_allclose(new.flights.open_slow, old.flights.open_slow, rtol=0.02, atol=0.05)
    for promoter in (old, new):
        promoter.flights.hour_left[:] = promoter.flights.day_left[:] = 10**9
    for viewer in range(1, 125):
        eligible = []
        for promoter in (old, new):
            unpaced(promoter)
            eligible += shown(promoter, now_us, viewer, local_day=1).log["eligible"].tolist()
        assert eligible[0] == eligible[1]


@pytest.mark.parametrize("slot", [{"region": 4}, {"hour": 24}, {"interest": -1}, {"viewers": 0}])
def test_a_malformed_slot_decides_nothing(slot: dict[str, int]) -> None:
    promoter = decider(flight(1))
    viewers = slot.pop("viewers", 1)
    with pytest.raises(ValueError, match="slot 0"):
        shown(promoter, NOW, viewers, **slot)
    assert promoter.flights.shown.sum() == 0


def test_a_place_is_used_again_and_its_old_viewers_are_not_mistaken() -> None:
    promoter = decider(capacity=64)
    for number in range(64):
        promoter.add(flight(number))
    with pytest.raises(PromotionError, match="room for 64"):
        promoter.add(flight(64))
    (first,) = shown(promoter, NOW, 1).flight.tolist()
    promoter.remove(first)
    promoter.add(flight(99, goal=100_000))
    for number in set(range(64)) - {first}:
        promoter.remove(number)
    assert shown(promoter, NOW + 1, 1).flight.tolist() == [99]
    with pytest.raises(PromotionError, match="did you mean 'MY'"):
        promoter.add(flight(100, targeting=Targeting(regions=frozenset({"my"}))))
    assert len(promoter) == 1
