"""One order delivered many times over, in ten-minute pieces, as pacing would deliver it.

Each time with a draw of what is not known.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from zhenzan.promote.kernels.bits import U64, mixed, uniform
from zhenzan.promote.kernels.pacing import (
    BLOCK_EXTRA,
    MAKE_GOOD_SECONDS_MIN,
    MAKE_GOOD_SHARE,
    PUSH_FACTOR,
    PUSH_FROM,
    PUSH_UNITS_MAX,
    PUSH_UNTIL,
    planned_share,
    push,
)

PIECE = 600.0
DAY_PIECES = 144


@njit(cache=True, nogil=True)
def deliver(terms, curve, rate, void_share, supply, lags, in_flight_max, key, done_seconds, exposures):
    """Write for each draw when the last unit settled (infinity: never) and how many exposures it took.

    `terms`: goal, seconds of the plan, of the window, between settlements, mean delay of an outcome, prior
    outcomes and exposures, viewers a day that it can reach. `supply` [draws, pieces]: exposures a second that
    can be had. Cost: some 10 ns a piece, 50 ns a unit.
    """
    last = int(np.ceil((terms.window_seconds + 2.0 * lags.verdict.max()) / PIECE)) + 2
    good = np.zeros(last + 1, np.int64)
    void = np.zeros(last + 1, np.int64)
    for draw in range(rate.size):
        good[:] = 0
        void[:] = 0
        state = _begun(key + mixed(U64(draw + 1)))
        _deliver_once(
            terms, curve, rate[draw], void_share[draw], supply[draw], lags, in_flight_max, state, good, void
        )
        done_seconds[draw] = state[DONE]
        exposures[draw] = state[EXPOSED]


# What a delivery has come to, in one array of floats.
COUNTED, CAPTURED, OUTCOMES, EXPOSED, SEEN, PUSHING, DONE, DRAWN, KEY = range(9)


@njit(cache=True, nogil=True, inline="always")
def _begun(key):
    state = np.zeros(9)
    state[DONE] = np.inf
    state[KEY] = np.float64(key >> U64(12))  # 52 bits, exact as a float
    return state


@njit(cache=True, nogil=True, inline="always")
def _random(state):
    state[DRAWN] += 1.0
    return uniform(U64(state[KEY]), U64(state[DRAWN]))


@njit(cache=True, nogil=True)
def _deliver_once(terms, curve, rate, void_share, supply, lags, in_flight_max, state, good, void):
    pieces = int(np.ceil(terms.window_seconds / PIECE))
    for piece in range(good.size):
        state[COUNTED] -= void[piece]
        state[CAPTURED] += good[piece]
        if state[CAPTURED] >= terms.goal:
            state[DONE] = piece * PIECE
            return
        if piece % DAY_PIECES == 0:
            state[SEEN] = 0.0
        if piece < pieces:
            had = supply[piece] * max(1.0 - state[SEEN] / terms.reach, 0.0)  # nobody sees it twice a day
            _piece(terms, curve, piece, rate, void_share, had, lags, in_flight_max, state, good, void)
        elif state[COUNTED] < terms.goal:
            return  # what is missing can no longer be made good


@njit(cache=True, nogil=True, inline="always")
def _due(terms, curve, seconds):
    return terms.goal * planned_share(curve, seconds / terms.plan_seconds)


@njit(cache=True, nogil=True)
def _piece(terms, curve, piece, rate, void_share, supply, lags, in_flight_max, state, good, void):
    """Ten minutes of delivery; as `pacing.plan_block` and `pacing.pace` do it."""
    begin = piece * PIECE
    left = min(PIECE, terms.window_seconds - begin)
    due = _due(terms, curve, begin)
    slope = (_due(terms, curve, begin + left) - due) / left
    believed = (terms.prior_outcomes + state[OUTCOMES]) / (terms.prior_exposures + state[EXPOSED])
    mean = _mean_rate(terms, state, begin)
    units = min(
        max(due + slope * left + 0.5 - state[COUNTED], 0.0), PUSH_FACTOR * PUSH_UNITS_MAX * mean * left + 1.0
    )
    exposures_left = np.ceil((units + np.sqrt(units)) / believed) + BLOCK_EXTRA
    at = 0.0
    while at < left and state[COUNTED] < terms.goal and supply > 0.0:
        behind = due + slope * at - state[COUNTED]
        if behind > PUSH_FROM:
            state[PUSHING] = 1.0
        elif behind < PUSH_UNTIL:
            state[PUSHING] = 0.0
        if state[PUSHING] == 0.0:
            if slope <= 0.0:
                return
            at += (PUSH_FROM - behind) / slope + 1e-6
            continue
        free = min(int(terms.goal - state[COUNTED]), in_flight_max.size - 1)
        room = in_flight_max[free] / terms.delay_seconds
        pace = min(min(push(behind) * mean, room) / believed, supply)
        wait = -np.log(1.0 - _random(state)) / (pace * rate)
        limit = min(left - at, exposures_left / pace)
        shown = pace * min(wait, limit)
        exposures_left -= shown
        state[EXPOSED] += shown
        state[SEEN] += shown
        if wait >= limit:
            return
        at += wait
        state[COUNTED] += 1.0
        state[OUTCOMES] += 1.0
        lag = lags.verdict[int(_random(state) * lags.verdict.size)]
        verdict = int(np.ceil((begin + at + lag) / terms.settle_seconds) * terms.settle_seconds / PIECE)
        verdict = min(max(verdict, piece + 1), good.size - 1)
        if _random(state) < void_share:
            void[verdict] += 1
            continue
        good[verdict] += 1
        if _random(state) < terms.reversed_share:
            later = lags.reversal[int(_random(state) * lags.reversal.size)] / PIECE
            if verdict + later < good.size - 1:
                good[verdict + int(later) + 1] -= 1
                void[verdict + int(later) + 1] += 1


@njit(cache=True, nogil=True, inline="always")
def _mean_rate(terms, state, seconds):
    if seconds < terms.plan_seconds:
        return terms.goal / terms.plan_seconds
    left = max((terms.window_seconds - seconds) * MAKE_GOOD_SHARE, MAKE_GOOD_SECONDS_MIN)
    return max(terms.goal - state[COUNTED], 1.0) / left
