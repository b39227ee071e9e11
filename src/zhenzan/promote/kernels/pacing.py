"""How fast each flight is shown: from the plan, what has come, and what may still come of what was shown.

The control law is on the hazard of the next unit. Behind its plan a flight asks for units at several times
the mean rate; ahead of it, for none; in between it goes on as it was (hysteresis, as small budgets need:
Snap, arXiv:2509.25429). Exposures are the hazard over the outcome rate, which is learned on the way.
"""

from __future__ import annotations

import numpy as np
from numba import njit

US = 1e6
BLOCK_SECONDS = 600.0
PUSH_FACTOR = 4.0  # of the mean rate of units, while behind
PUSH_UNITS_MAX = 3.0  # times as fast again, where so many units are missing
PUSH_FROM, PUSH_UNTIL = 0.1, -0.4  # units behind the plan at which pushing begins, and ends
MAKE_GOOD_SHARE = 0.25  # of the time that is left: what is missing after the plan's end is due in it
MAKE_GOOD_SECONDS_MIN = 300.0
BLOCK_EXTRA = 2  # exposures that ten minutes may have beyond their plan
URGENT_UNITS = (0.75, 1.5, 3.0)  # units behind at which the weight of a draw doubles


@njit(cache=True, nogil=True, inline="always")
def planned_share(curve, progress):
    """The planned share of a goal at `progress` 0..1 between start and end, linear between knots."""
    steps = curve.size - 1
    at = min(max(progress, 0.0), 1.0) * steps
    low = min(int(at), steps - 1)
    return curve[low] + (at - low) * (curve[low + 1] - curve[low])


@njit(cache=True, nogil=True, inline="always")
def units_due(flights, flight, at_us):
    """Units of the plan at a time."""
    span = np.float64(flights.plan_end_us[flight] - flights.start_us[flight])
    progress = (at_us - flights.start_us[flight]) / span
    return flights.goal[flight] * planned_share(flights.curve[flight], progress)


@njit(cache=True, nogil=True, inline="always")
def outcome_rate(flights, flight):
    """Outcomes an exposure: the posterior mean under a gamma prior, of exposures that have matured."""
    matured = flights.shown[flight] - flights.open_fast[flight] - flights.open_slow[flight]
    seen = flights.prior_exposures[flight] + max(matured, 0.0)
    return (flights.prior_outcomes[flight] + flights.outcomes[flight]) / seen


@njit(cache=True, nogil=True, inline="always")
def _mean_rate(flights, flight, now_us):
    """Units a second: the plan's mean; after its end, what is missing over a part of the time left."""
    span = (flights.plan_end_us[flight] - flights.start_us[flight]) / US
    mean = flights.goal[flight] / span
    if now_us >= flights.plan_end_us[flight]:
        left = max((flights.end_us[flight] - now_us) / US * MAKE_GOOD_SHARE, MAKE_GOOD_SECONDS_MIN)
        return max((flights.goal[flight] - flights.counted[flight]) / left, 1.0 / left)
    return mean


@njit(cache=True, nogil=True, inline="always")
def push(behind):
    """How many times the mean rate of units a flight asks for that is so many units behind."""
    return PUSH_FACTOR * min(max(behind, 1.0), PUSH_UNITS_MAX)


@njit(cache=True, nogil=True)
def age(flights, seconds, fast_seconds, slow_seconds):
    """Let exposures mature: outcomes come after two exponential delays, a fast and a slow one."""
    fast, slow = np.exp(-seconds / fast_seconds), np.exp(-seconds / slow_seconds)
    for flight in range(flights.live.size):
        flights.open_fast[flight] *= fast
        flights.open_slow[flight] *= slow


@njit(cache=True, nogil=True)
def plan_block(flights, flight, now_us, block_end_us, lead_us):
    """Write down how many exposures the rest of these ten minutes may have.

    Enough for the units that are due at its end, and a standard deviation more: units are few.
    """
    rate = outcome_rate(flights, flight)
    in_flight = rate * flights.open_fast[flight]
    behind = units_due(flights, flight, block_end_us + lead_us) - flights.counted[flight] - in_flight
    seconds = (block_end_us - now_us) / US
    most = PUSH_FACTOR * PUSH_UNITS_MAX * _mean_rate(flights, flight, now_us) * seconds + 1.0
    units = min(max(behind + 0.5, 0.0), most)
    plan = np.int64(np.ceil((units + np.sqrt(units)) / rate))
    flights.block_most[flight] = flights.block_shown[flight] + plan + BLOCK_EXTRA


@njit(cache=True, nogil=True)
def plan_blocks(flights, now_us, block_end_us, lead_us):
    """Plan the ten minutes that end at `block_end_us` for every flight that has no plan for them yet."""
    for flight in range(flights.live.size):
        if flights.live[flight] and flights.block_end_us[flight] != block_end_us:
            if flights.block_end_us[flight]:  # else the flight is new, or shown already in these minutes
                flights.block_shown[flight] = 0
            flights.block_end_us[flight] = block_end_us
            plan_block(flights, flight, now_us, block_end_us, lead_us)


@njit(cache=True, nogil=True)
def pace(flights, now_us, lead_us, in_flight_max):
    """Set every flight's rate and weight. `in_flight_max` [units + 1]: expected outcomes of what was shown
    and may still come, at most, by how many units are free.
    """
    for flight in range(flights.live.size):
        if not flights.live[flight]:
            continue
        free = flights.goal[flight] - flights.counted[flight]
        begun = flights.start_us[flight] <= now_us < flights.end_us[flight]
        if not flights.running[flight] or not begun or free <= 0.0:
            flights.rate[flight] = 0.0
            continue
        rate = outcome_rate(flights, flight)
        soon = rate * flights.open_fast[flight]
        coming = soon + rate * flights.open_slow[flight]
        behind = units_due(flights, flight, now_us + lead_us) - flights.counted[flight] - soon
        if behind > PUSH_FROM:
            flights.pushing[flight] = 1
        elif behind < PUSH_UNTIL:
            flights.pushing[flight] = 0
        room = in_flight_max[min(np.int64(free), in_flight_max.size - 1)]
        if not flights.pushing[flight] or coming + rate > room:
            flights.rate[flight] = 0.0
        else:
            flights.rate[flight] = push(behind) * _mean_rate(flights, flight, now_us) / rate
        _set_level(flights, flight, behind)


@njit(cache=True, nogil=True, inline="always")
def _set_level(flights, flight, behind):
    level = 0
    for units in URGENT_UNITS:
        level += behind > units
    if level != flights.level[flight]:
        word, bit = flight >> 6, np.uint64(1) << np.uint64(flight & 63)
        flights.planes[flights.level[flight], word] &= ~bit
        flights.planes[level, word] |= bit
        flights.level[flight] = level
