"""Pointer traces of likes: people's are curved and uneven, scripts' straight and steady."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.lab.events import Events
from zhenzan.lab.kernels.watch import DOUBLE_TAP
from zhenzan.lab.outputs.table_schemas import GESTURE
from zhenzan.lab.rng import generator
from zhenzan.lab.vocabulary import SOURCE_CODE

__all__ = ["POINTS", "gestures"]

POINTS = 8
SCREEN = (400.0, 800.0)
TRACE_MS = 260.0  # how long a pointer is on its way, about
TAP_GAP_MS = 140.0


def gestures(seed: int, rows: Events, likes: npt.NDArray[np.bool_]) -> pa.Array:
    """One trace a like, null for all else. A bot's is a straight line at constant speed; a paid person's is
    a person's. Double taps end with a second touch at nearly the same point.
    """
    rng = generator(seed, "gestures")
    which = np.flatnonzero(likes)
    n = len(which)
    step = np.linspace(0, 1, POINTS)
    begin, end = rng.uniform(0, 1, (n, 2)) * SCREEN, rng.uniform(0.2, 0.9, (n, 2)) * SCREEN
    machine = (rows.kind[which] != 0) & (rows.source[which] != SOURCE_CODE["crowd"])
    eased = np.where(machine[:, None], step, 10 * step**3 - 15 * step**4 + 6 * step**5)  # minimum jerk
    bow = np.where(machine, 0.0, rng.normal(0, 25, n))[:, None] * np.sin(np.pi * step)
    tremor = np.where(machine[:, None], 0.0, rng.normal(0, 1.2, (n, POINTS)))
    x = begin[:, :1] + (end - begin)[:, :1] * eased + bow + tremor
    y = begin[:, 1:] + (end - begin)[:, 1:] * eased - bow + tremor[:, ::-1]
    length = TRACE_MS * rng.lognormal(0, 0.3, n)[:, None]
    jitter = np.where(machine[:, None], 0.0, rng.uniform(-0.04, 0.04, (n, POINTS)))
    t = np.maximum.accumulate(length * np.clip(step + jitter, 0, 1), axis=1)
    double = (rows.flags[which] & DOUBLE_TAP) != 0
    t[double, -1] = t[double, -2] + TAP_GAP_MS
    x[double, -1], y[double, -1] = x[double, -2] + rng.normal(0, 2, int(double.sum())), y[double, -2]
    return _lists(x, y, t, which, len(rows))


def _lists(
    x: npt.NDArray[Any], y: npt.NDArray[Any], t: npt.NDArray[Any], which: npt.NDArray[np.int64], rows: int
) -> pa.Array:
    points = pa.StructArray.from_arrays([np.round(v.ravel(), 2) for v in (x, y, t)], ["x", "y", "t"])
    size = np.zeros(rows, np.int64)
    size[which] = POINTS
    offset = np.concatenate(([0], np.cumsum(size))).astype(np.int32)
    missing = np.append(size == 0, False)
    return pa.ListArray.from_arrays(pa.array(offset, mask=missing), points).cast(GESTURE)
