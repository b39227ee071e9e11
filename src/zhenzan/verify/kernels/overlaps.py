"""Kernels that count which moments share accounts."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def strongest_moment(start, stop, strength, eligible, best):
    """`best[e]`: the eligible moment of largest strength that holds edge e, or −1."""
    best[:] = -1
    for c in range(start.size):
        if not eligible[c]:
            continue
        for e in range(start[c], stop[c]):
            if best[e] < 0 or strength[c] > strength[best[e]]:
                best[e] = c


@njit(cache=True, nogil=True)
def shared_pairs(account_group, group_edge, edge_of, best, moments, degree_max, keys, size, ties):
    """Keys c·moments + c′ (c < c′, of different creators) for every account that is in both; returns how
    many.

    With `keys` of length 0 only counts, and adds up, per moment, its accounts in `size` and their other
    moments in `ties`.
    """
    count = 0
    held = np.empty(degree_max, np.int64)
    group = np.empty(degree_max, np.int64)
    for a in range(account_group.size - 1):
        degree = 0
        for g in range(account_group[a], account_group[a + 1]):
            for k in range(group_edge[g], group_edge[g + 1]):
                c = best[edge_of[k]]
                if c < 0:
                    continue
                fresh = True
                for i in range(degree):
                    if held[i] == c:
                        fresh = False
                if fresh and degree < degree_max:
                    held[degree] = c
                    group[degree] = g
                    degree += 1
        if keys.size == 0:
            for i in range(degree):
                size[held[i]] += 1
                ties[held[i]] += degree - 1
        for i in range(degree):
            for j in range(i):
                if group[i] != group[j]:
                    if keys.size:
                        keys[count] = min(held[i], held[j]) * moments + max(held[i], held[j])
                    count += 1
    return count


@njit(cache=True, nogil=True)
def poisson_tail(count, mean):
    """−ln P(X ≥ count) of a Poisson law, by its leading terms; exact enough where the tail is what matters
    (count > mean).
    """
    tail = np.zeros(count.size)
    for i in range(count.size):
        k, m = count[i], max(mean[i], 1e-300)
        if k <= m:
            continue
        log_term = k * np.log(m) - m
        for j in range(2, k + 1):
            log_term -= np.log(j)
        total = 1.0
        term = 1.0
        for j in range(1, 200):
            term *= m / (k + j)
            total += term
            if term < 1e-12:
                break
        tail[i] = -(log_term + np.log(total))
    return tail
