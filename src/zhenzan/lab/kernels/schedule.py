"""Kernels of viewers' schedules: a day's sessions, drawn at once."""

import numpy as np
from numba import njit

from zhenzan.lab.kernels.random import GOLDEN, seeded, unit

VIEWS_MAX = 400  # of one viewer in one step


def rhythm_tables(rhythm, size=4096):
    """Two tables of size + 1 from a rhythm of 24 hours: the share of a day's sessions that lies before each
    hour, and the hour before which each share lies.
    """
    share = np.concatenate(([0.0], np.cumsum(rhythm / rhythm.sum())))
    hours, even = np.arange(25.0), np.linspace(0.0, 1.0, size + 1)
    return np.interp(24.0 * even, hours, share), np.interp(even, share, hours)


@njit(cache=True, nogil=True, inline="always")
def read_off(table, position):
    """The value of a table at a place from 0 to 1, in between by a straight line."""
    at = position * (table.size - 1)
    low = min(int(at), table.size - 2)
    return table[low] + (at - low) * (table[low + 1] - table[low])


@njit(cache=True, nogil=True)
def draw_sessions(
    key,
    day,
    steps_per_day,
    share_before,
    hour_before,
    zone,
    sessions_per_day,
    views_mean,
    out_viewer,
    out_step,
    out_views,
):
    """The sessions of one day; gives their number, or a larger one than there is room for.

    A viewer comes as a Poisson process along their own clock. Rows are by viewer, then step; who comes twice
    in a step comes once and stays longer. Cost: O(viewers + sessions), some 60 ns a session.
    """
    stop = -np.log(1.0 - 1.0 / max(views_mean, 1.000001))
    rows = 0
    for i in range(sessions_per_day.size):
        rate = np.float64(sessions_per_day[i])
        state = seeded(key, i, day)
        passed = -np.log(1.0 - unit(state))
        if passed >= rate:
            continue
        midnight = (np.float64(zone[i]) / 24.0) % 1.0
        before = read_off(share_before, midnight)
        last = -1
        while passed < rate:
            local = read_off(hour_before, (before + passed / rate) % 1.0)
            step = int(((local / 24.0 - midnight) % 1.0) * steps_per_day)
            step = min(max(step, last), steps_per_day - 1)
            number = 1 + int(-np.log(1.0 - unit(state + GOLDEN)) / stop)
            if step == last:
                number += out_views[rows - 1] if rows <= out_views.size else 0
            else:
                rows += 1
            if rows <= out_views.size:
                out_viewer[rows - 1], out_step[rows - 1] = i, step
                out_views[rows - 1] = min(number, VIEWS_MAX)
            last = step
            state += GOLDEN + GOLDEN
            passed -= np.log(1.0 - unit(state))
    return rows


@njit(cache=True, nogil=True)
def sort_by_step(viewer, step, views, edges, out_viewer, out_offset):
    """Sessions in order of their steps: `edges` [steps + 1] into them, `out_offset` [sessions + 1] running
    total of views. Stable: within a step by viewer. O(sessions).
    """
    edges[:] = 0
    for row in range(step.size):
        edges[step[row] + 1] += 1
    for k in range(1, edges.size):
        edges[k] += edges[k - 1]
    next_row = edges[:-1].copy()
    for row in range(step.size):
        at = next_row[step[row]]
        out_viewer[at], out_offset[at + 1] = viewer[row], views[row]
        next_row[step[row]] = at + 1
    out_offset[0] = 0
    for row in range(step.size):
        out_offset[row + 1] += out_offset[row]
