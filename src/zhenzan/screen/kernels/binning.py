"""Kernel that bins a measure and looks up the weight of each bin."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bin_values(measured, cuts, decibans, out):
    """Write float32 `out`: decibans of the bin of each value, a cut belonging to the bin above it; 0 for NaN.

    `decibans` float32, one more than the ascending `cuts`, float64.
    """
    for i in range(measured.size):
        value = measured[i]
        if np.isnan(value):
            out[i] = np.float32(0)
            continue
        at = 0
        while at < cuts.size and value >= cuts[at]:
            at += 1
        out[i] = decibans[at]
