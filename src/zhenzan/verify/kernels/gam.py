"""Kernels of the additive model: sums over rows that touch two knots of each feature's curve."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def scores(column, knot, share, linear, offset, coefficients, out):
    """Log-odds of each row. Coefficients: intercept, one per linear column, then the knots of each curve.

    `column[f]` is where curve f begins; `knot[i, f]` its left knot at row i, `share[i, f]` how far towards
    the next.
    """
    slopes = linear.shape[1]
    for i in range(knot.shape[0]):
        total = coefficients[0] + offset[i]
        for s in range(slopes):
            total += linear[i, s] * coefficients[1 + s]
        for f in range(knot.shape[1]):
            c = column[f] + knot[i, f]
            w = share[i, f]
            total += (1.0 - w) * coefficients[c]
            if w > 0.0:
                total += w * coefficients[c + 1]
        out[i] = total


@njit(cache=True, nogil=True)
def normal_equations(column, knot, share, linear, weight, residual, gradient, hessian):
    """Add Xᵀr to `gradient` and the lower triangle of XᵀWX to `hessian`. Rows in order."""
    slopes = linear.shape[1]
    at = np.empty(1 + slopes + 2 * knot.shape[1], np.int64)
    value = np.empty(at.size, np.float64)
    for i in range(knot.shape[0]):
        at[0] = 0
        value[0] = 1.0
        used = 1
        for s in range(slopes):
            if linear[i, s] != 0.0:
                at[used] = 1 + s
                value[used] = linear[i, s]
                used += 1
        for f in range(knot.shape[1]):
            c = column[f] + knot[i, f]
            w = share[i, f]
            at[used] = c
            value[used] = 1.0 - w
            used += 1
            if w > 0.0:
                at[used] = c + 1
                value[used] = w
                used += 1
        for a in range(used):
            gradient[at[a]] += residual[i] * value[a]
            scaled = weight[i] * value[a]
            for b in range(a + 1):
                hessian[at[a], at[b]] += scaled * value[b]
