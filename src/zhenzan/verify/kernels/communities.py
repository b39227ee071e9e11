"""Kernels that part a bipartite graph of accounts and items into communities."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def commonest(labels, neighbours, first, last, tally, own):
    """The label most of neighbours first..last carry; ties go to the present label, then to the smallest."""
    best = own
    best_count = 0
    for i in range(first, last):
        tally[labels[neighbours[i]]] += 1
    if own >= 0:
        best_count = tally[own]
    for i in range(first, last):
        label = labels[neighbours[i]]
        count = tally[label]
        if count > best_count or (count == best_count and best != own and label < best):
            best, best_count = label, count
    for i in range(first, last):
        tally[labels[neighbours[i]]] = 0
    return best


@njit(cache=True, nogil=True)
def relabel(own, labels, neighbours, offset, tally):
    """Give each of one side the label of most of its neighbours. Returns how many got another."""
    moved = 0
    for i in range(offset.size - 1):
        label = commonest(labels, neighbours, offset[i], offset[i + 1], tally, own[i])
        if label != own[i]:
            own[i] = label
            moved += 1
    return moved


@njit(cache=True, nogil=True)
def propagate(account_offset, account_items, item_offset, item_accounts, rounds, account_label, item_label):
    """Label propagation (Raghavan et al. 2007) between the two sides, in fixed order, so that it is
    deterministic.
    """
    items = item_offset.size - 1
    accounts = account_offset.size - 1
    tally = np.zeros(items, np.int64)
    for v in range(items):
        item_label[v] = v
    for a in range(accounts):
        account_label[a] = -1
    for _ in range(rounds):
        moved = relabel(account_label, item_label, account_items, account_offset, tally)
        moved += relabel(item_label, account_label, item_accounts, item_offset, tally)
        if moved == 0:
            break


@njit(cache=True, nogil=True)
def root_of(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def join(parent, left, right):
    """Union of pairs, in order; the smaller label names the union."""
    for i in range(left.size):
        a, b = root_of(parent, left[i]), root_of(parent, right[i])
        if a != b:
            parent[max(a, b)] = min(a, b)
    for i in range(parent.size):
        parent[i] = root_of(parent, i)


@njit(cache=True, nogil=True)
def propagate_weighted(offset, neighbour, weight, rounds, label):
    """Label propagation on a weighted graph, in fixed order: each node takes the label of the largest weight
    around it, its own where equal. `offset` int64[nodes + 1] into `neighbour` int32 and `weight` float32.
    """
    tally = np.zeros(label.size, np.float64)
    for _ in range(rounds):
        moved = 0
        for v in range(label.size):
            for i in range(offset[v], offset[v + 1]):
                tally[label[neighbour[i]]] += weight[i]
            best, most = label[v], tally[label[v]]
            for i in range(offset[v], offset[v + 1]):
                candidate = label[neighbour[i]]
                if tally[candidate] > most or (
                    tally[candidate] == most and candidate < best and best != label[v]
                ):
                    best, most = candidate, tally[candidate]
            for i in range(offset[v], offset[v + 1]):
                tally[label[neighbour[i]]] = 0.0
            moved += best != label[v]
            label[v] = best
        if moved == 0:
            break
