"""Honest promotion: decisions a second, and what was promised in worlds that nothing was tuned on."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from benchmarks.document import percent, table
from zhenzan.progress import Progress
from zhenzan.promote import Audience, Decider, Flight, Simulation, Slots, Targeting, simulate
from zhenzan.promote.simulation import play_ring_pair, ring_gain

FLIGHTS = (500, 5_000)
BATCHES = (1, 64, 256)
DECISIONS, QUICK_DECISIONS = 200_000, 6_400
REPEATS = 3
REGIONS, INTERESTS, VIEWERS = 40, 30, 1_000_000
HOUR = 3_600_000_000
NOW = 1_800_000_000_000_000
FIRST_SEED = 1_001  # worlds below were looked at while the engine was built
MARKETS = ((10, 100, 20), (100, 30, 4), (1_000, 6, 3))  # units, orders a world, worlds
QUICK_MARKETS = ((3, 2, 1),)
RING_SEEDS, QUICK_RING_SEEDS = 20, 2
TEXT = """\
Decisions a second of one process on one core: targeting (up to half of {regions} regions and {interests}
interests, half of the hours), caps, pacing, a weighted draw, log with propensity, and a receipt for each
exposure; `all fit`: flights without targeting, so that every flight is a candidate. Medians of {repeats}."""
WORLDS = """\
Worlds from seed {seed} on, which nothing was tuned on; each sold once, delivered by five sets of rules. The
worst world stands beside the mean. Intervals are quoted at 80 %."""


def promotion(progress: Progress, quick: bool) -> str:
    """Speed of decisions, then worlds in which orders are delivered."""
    with progress.step("Decisions", len(FLIGHTS) * 2) as advance:
        speed = []
        for flights in FLIGHTS:
            for targeted in (True, False):
                speed += _speed(flights, targeted, QUICK_DECISIONS if quick else DECISIONS)
                advance(1)
    parts = [
        "## Honest promotion",
        TEXT.format(regions=REGIONS, interests=INTERESTS, repeats=REPEATS),
        table(("flights", "batch", "decisions", "one call, median", "goal"), speed),
        WORLDS.format(seed=FIRST_SEED),
    ]
    for units, orders, worlds in QUICK_MARKETS if quick else MARKETS:
        with progress.step(f"Orders of {units}", worlds) as advance:
            simulations = []
            for seed in range(FIRST_SEED, FIRST_SEED + worlds):
                simulations.append(simulate(orders, units, seed))
                advance(1)
        parts += [_promises(simulations), _rules(simulations)]
    return "\n\n".join((*parts, _rings(progress, QUICK_RING_SEEDS if quick else RING_SEEDS)))


def _decider(flights: int, targeted: bool) -> Decider:
    draw = np.random.default_rng(1)
    regions = tuple(f"R{number}" for number in range(REGIONS))
    interests = tuple(f"I{number}" for number in range(INTERESTS))
    decider = Decider(Audience(regions, interests), bytes(32), capacity=flights)
    for number in range(flights):
        targeting = Targeting()
        if targeted:
            targeting = Targeting(
                frozenset(draw.choice(regions, draw.integers(1, REGIONS // 2), replace=False).tolist()),
                frozenset(draw.choice(24, 12, replace=False).tolist()),
                frozenset(draw.choice(interests, draw.integers(1, INTERESTS // 2), replace=False).tolist()),
            )
        decider.add(
            Flight(number, 100_000, NOW - HOUR, NOW + 20 * HOUR, NOW + 24 * HOUR, 0.03, targeting=targeting)
        )
    decider.set_ring_members(draw.integers(1, VIEWERS, 10_000))
    return decider


def _slots(decider: Decider, size: int, draw: np.random.Generator) -> Slots:
    def below(end: int) -> npt.NDArray[np.int64]:
        return draw.integers(0, end, size)

    viewers = draw.integers(1, VIEWERS, size)
    return decider.slots(viewers, below(REGIONS + 1), below(24), below(INTERESTS + 1), np.full(size, 20_000))


def _speed(flights: int, targeted: bool, decisions: int) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for batch in BATCHES:
        calls = max(decisions // batch // (50 if batch == 1 else 1), 10)
        rates, waits, shown = [], [], 0
        for repeat in range(REPEATS):
            decider, draw = _decider(flights, targeted), np.random.default_rng(repeat)
            slots = [_slots(decider, batch, draw) for _ in range(calls)]
            decider.decide(slots[0], NOW)
            begin = time.process_time()
            for number, row in enumerate(slots):
                at = time.perf_counter_ns()
                shown += len(decider.decide(row, NOW + (number + 1) * 5_000 * batch).tags)
                waits.append(time.perf_counter_ns() - at)
            rates.append(calls * batch / (time.process_time() - begin))
        name = f"{flights:,}" if targeted else f"{flights:,}, all fit"
        goal = "≤ 50 µs" if batch == 1 else "≥ 150,000/s" if flights <= 500 else "≥ 100,000/s"
        rate = f"{np.median(rates):,.0f}/s ({shown / (REPEATS * calls * batch):.0%} show)"
        rows.append((
            name, batch, rate, f"{np.median(waits) / 1e3:.0f} µs", goal,
        ))  # fmt: skip
    return rows


def _promises(simulations: list[Simulation]) -> str:
    numbers = [simulation.numbers for simulation in simulations]

    def total(name: str) -> int:
        return int(sum(row[name] for row in numbers))

    def spread(name: str) -> str:
        values = [row[name] for row in numbers]
        return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"

    possible = max(total("possible"), 1)
    bonus = [row["bonus"] / max(row["accepted"], 1) for row in numbers]
    limits = total("blocks_over_plan") + total("hours_over_cap") + total("days_over_cap")
    rows = [
        ("orders asked for, accepted", f"{total('orders'):,}, {total('accepted'):,}", ""),
        ("units billed or reserved beyond a goal", total("over_delivered"), "0"),
        ("likes beyond a goal, unbilled, an order", f"{np.mean(bonus):.3f}, worst {max(bonus):.3f}", "≤ 0.2"),
        ("billed less settled value, minor units", total("billed") - total("settled_value"), "0"),
        ("orders refunded more than paid", total("refunded_above_paid"), "0"),
        ("refunded after closing, minor units", total("refunded_after_close"), ""),
        ("minor units from nowhere", total("ledger_difference"), "0"),
        ("feasible orders completed", percent(total("completed") / max(total("feasible"), 1)), "≥ 99 %"),
        ("refused though possible", percent(total("refused_though_possible") / possible), "≤ 5 %"),
        ("refused, with an offer", f"{total('refused'):,}, {total('refused_with_offer'):,}", "all"),
        ("exposures within the interval", spread("exposures_covered"), "0.75 to 0.85"),
        ("hours within the interval", spread("hours_covered"), "0.75 to 0.85"),
        ("width beside true rates: exposures", spread("exposures_width_ratio"), "≤ 1.5"),
        ("width beside true rates: hours", spread("hours_width_ratio"), "≤ 1.5"),
        ("ten minutes, hours, days over a limit", limits, "0"),
    ]
    title = f"{len(numbers)} worlds, orders of {numbers[0]['units']:,}:"
    return f"{title}\n\n{table(('', 'measured', 'goal'), rows)}"


def _rules(simulations: list[Simulation]) -> str:
    rows = []
    for name in simulations[0].rules:
        worlds = [simulation.rules[name] for simulation in simulations]
        off = [rules["deviation"] for rules in worlds]
        rows.append((
            f"**{name}**" if name == "zhenzan" else name,
            f"{np.mean([rules['beyond_goal'] for rules in worlds]):.2f}",
            f"{percent(float(np.mean(off)))}, worst {percent(max(off))}",
            percent(float(np.mean([rules["within_1_5_units"] for rules in worlds]))),
            percent(float(np.mean([rules["completed"] for rules in worlds]))),
        ))  # fmt: skip
    return table(
        ("rules", "likes beyond an order's goal", "off the plan", "within 1.5 units", "completed"), rows
    )


def _rings(progress: Progress, seeds: int) -> str:
    with progress.step("Rings", seeds) as advance:
        pairs = []
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            pairs.append(play_ring_pair(seed))
            advance(1)
    mean, low, high = ring_gain(pairs)
    fakes = sum(pair.billed_for_fakes for pair in pairs)
    return (
        f"A ring buys promotion of its own items and likes them, {seeds} pairs of worlds: it has {mean:+.2f}"
        f" likes of real people an order more than an honest buyer (95 %: {low:+.2f} to {high:+.2f}; goal"
        f" ≤ 0), and is billed for {fakes} likes that were found fake (goal 0)."
    )
