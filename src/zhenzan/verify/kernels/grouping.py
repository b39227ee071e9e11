"""Kernels that collect the covered likes and group them by account and creator."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def cover(start, stop, rank):
    """`rank` int32[n + 1], zeros: becomes the number of covered pairs before each pair. Returns how many are covered."""
    for c in range(start.size):
        for p in range(start[c], stop[c]):
            rank[p + 1] = 1
    for p in range(1, rank.size):
        rank[p] += rank[p - 1]
    return rank[rank.size - 1]


@njit(cache=True, nogil=True)
def count_creators(account_offset, by_account, item, creator_of_item, n_creators, creators):
    """Distinct creators that each account likes."""
    seen = np.full(n_creators, -1, np.int32)
    for a in range(account_offset.size - 1):
        distinct = 0
        for i in range(account_offset[a], account_offset[a + 1]):
            creator = creator_of_item[item[by_account[i]]]
            if seen[creator] != a:
                seen[creator] = a
                distinct += 1
        creators[a] = distinct


@njit(cache=True, nogil=True)
def group_edges(account_offset, by_account, item, creator_of_item, rank, edge_of, edge_pair):
    """Group covered pairs by account and creator; fills `edge_of` (edges in group order) and `edge_pair`.

    Returns `group_edge` (CSR into `edge_of`), `group_likes` (all likes of the account on that creator, covered or not),
    `account_group` (CSR into groups) and `account_code`.
    """
    edges = edge_of.size
    group_edge = np.empty(edges + 1, np.int32)
    group_likes = np.empty(edges, np.int32)
    account_group = np.empty(min(edges, account_offset.size) + 1, np.int32)
    account_code = np.empty(min(edges, account_offset.size), np.int32)
    n_edges = 0
    n_groups = 0
    n_accounts = 0
    for a in range(account_offset.size - 1):
        first, last = account_offset[a], account_offset[a + 1]
        opened_account = n_edges
        mine = by_account[first:last]
        any_covered = False
        for i in range(mine.size):
            if rank[mine[i] + 1] > rank[mine[i]]:
                any_covered = True
                break
        if not any_covered:
            continue
        account_code[n_accounts] = a
        account_group[n_accounts] = n_groups
        n_accounts += 1
        creators = np.empty(mine.size, np.int32)
        for i in range(mine.size):
            creators[i] = creator_of_item[item[mine[i]]]
        order = np.argsort(creators, kind="mergesort")
        i = 0
        while i < mine.size:
            j = i
            opened = n_edges
            while j < mine.size and creators[order[j]] == creators[order[i]]:
                p = mine[order[j]]
                if rank[p + 1] > rank[p]:
                    edge_of[n_edges] = rank[p]
                    edge_pair[rank[p]] = p
                    n_edges += 1
                j += 1
            if n_edges > opened:
                group_edge[n_groups] = opened
                group_likes[n_groups] = j - i
                n_groups += 1
            i = j
        assert n_edges > opened_account
    group_edge[n_groups] = n_edges
    account_group[n_accounts] = n_groups
    return (
        group_edge[: n_groups + 1].copy(),
        group_likes[:n_groups].copy(),
        account_group[: n_accounts + 1].copy(),
        account_code[:n_accounts].copy(),
    )
