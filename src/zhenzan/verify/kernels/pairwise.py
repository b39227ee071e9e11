"""Kernels of joint tables: gradient boosting whose every tree looks at two features and becomes cells of a
table.

A tree splits one feature in two, then the other within either half, at a place of its own; where both are
the same feature, the table's diagonal is its curve. `cells` are
sums over rows by the bins of two features; all sums run in the order of rows.
"""

import numpy as np
from numba import njit

STEP = np.uint64(6364136223846793005)  # Knuth's multiplier: a fixed sequence, so the same tables every time
SHIFT = np.uint64(1442695040888963407)


@njit(cache=True, nogil=True)
def draw(state, drawn, count):
    """Fill `drawn` with numbers below `count`; returns the next state."""
    for k in range(drawn.size):
        state = state * STEP + SHIFT
        drawn[k] = np.int64((state >> np.uint64(33)) % np.uint64(count))
    return state


@njit(cache=True, nogil=True)
def add_cells(code, fake, weight, score, first, second, pairs, cells):
    """Sum gradients `cells[k, 0]` and curvatures `cells[k, 1]` of the logistic loss by bins of pair k."""
    cells[:] = 0.0
    for i in range(code.shape[0]):
        chance = 1.0 / (1.0 + np.exp(-score[i]))
        gradient = weight[i] * (fake[i] - chance)
        curvature = weight[i] * chance * (1.0 - chance)
        for k in range(pairs.size):
            a, b = code[i, first[pairs[k]]], code[i, second[pairs[k]]]
            cells[k, 0, a, b] += gradient
            cells[k, 1, a, b] += curvature


@njit(cache=True, nogil=True)
def split(gradient, curvature, pull, least, out):
    """Where a row of bins is best parted: gain, and in `out` the place and both sides' steps.

    The place is the number of bins to the left; all of them where no split keeps `least` on either side.
    """
    bins = gradient.size
    all_g, all_h = gradient.sum(), curvature.sum()
    best = all_g * all_g / (all_h + pull)
    out[0], out[1], out[2] = bins, all_g / (all_h + pull), 0.0
    g, h = 0.0, 0.0
    for t in range(bins - 1):
        g += gradient[t]
        h += curvature[t]
        if h < least or all_h - h < least:
            continue
        gain = g * g / (h + pull) + (all_g - g) ** 2 / (all_h - h + pull)
        if gain > best:
            best = gain
            out[0], out[1], out[2] = t + 1, g / (h + pull), (all_g - g) / (all_h - h + pull)
    return best


@njit(cache=True, nogil=True)
def grow(gradient, curvature, pull, least, tree):
    """The best tree on the cells of one pair, the first feature split first; returns its gain.

    `tree`: place of the first split, then place and two steps of either half. Gain 0 where none is allowed.
    """
    bins = gradient.shape[0]
    lower, upper = np.empty(3), np.empty(3)
    all_g, all_h = gradient.sum(axis=0), curvature.sum(axis=0)
    base = all_g.sum() ** 2 / (all_h.sum() + pull)
    g, h = np.zeros(bins), np.zeros(bins)
    best = 0.0
    for t in range(1, bins):
        g += gradient[t - 1]
        h += curvature[t - 1]
        if h.sum() < least or (all_h - h).sum() < least:
            continue
        gain = split(g, h, pull, least, lower) + split(all_g - g, all_h - h, pull, least, upper) - base
        if gain > best:
            best = gain
            tree[0] = t
            tree[1:4] = lower
            tree[4:7] = upper
    return best


@njit(cache=True, nogil=True)
def step_of(tree, turned, rate, step):
    """The tree as cells: `step[a, b]`, what it adds for these bins of the pair's features."""
    for a in range(step.shape[0]):
        for b in range(step.shape[1]):
            x, y = (b, a) if turned else (a, b)
            half = 1 if x < tree[0] else 4
            step[a, b] = rate * (tree[half + 1] if y < tree[half] else tree[half + 2])


@njit(cache=True, nogil=True)
def boost(code, fake, weight, score, first, second, bins, rounds, tried, rate, pull, least, table, gains):
    """Boost on `score` float64[n], which is changed: a tree a round, the best on `tried` pairs drawn anew.

    `code` uint8[n, features] are bins; pair p is of features `first[p]` and `second[p]`. Adds the trees to
    `table[p, a, b]`, their gains to `gains[p]`.
    """
    state = np.uint64(1)
    pairs = np.empty(tried, np.int64)
    cells, step = np.empty((tried, 2, bins, bins)), np.empty((bins, bins))
    tree, best_tree = np.empty(7), np.empty(7)
    for _ in range(rounds):
        state = draw(state, pairs, first.size)
        add_cells(code, fake, weight, score, first, second, pairs, cells)
        best, chosen, turned = 0.0, 0, False
        for k in range(tried):
            for side in range(2):
                g = cells[k, 0] if side == 0 else np.ascontiguousarray(cells[k, 0].T)
                h = cells[k, 1] if side == 0 else np.ascontiguousarray(cells[k, 1].T)
                gain = grow(g, h, pull, least, tree)
                if gain > best:
                    best, chosen, turned = gain, pairs[k], side == 1
                    best_tree[:] = tree
        if best > 0.0:
            gains[chosen] += best
            step_of(best_tree, turned, rate, step)
            table[chosen] += step
            for i in range(code.shape[0]):
                score[i] += step[code[i, first[chosen]], code[i, second[chosen]]]
