"""Kernels that collect the covered likes and group them by account and creator."""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.like_order import sort_by_time


@njit(cache=True, nogil=True)
def cover(start, stop, rank):
    """`rank` int32[n + 1], zeros: becomes the number of covered pairs before each pair.

    Returns how many are covered.
    """
    for c in range(start.size):
        for p in range(start[c], stop[c]):
            rank[p + 1] = 1
    for p in range(1, rank.size):
        rank[p] += rank[p - 1]
    return rank[rank.size - 1]


@njit(cache=True, nogil=True)
def group_edges(first, last, account_offset, by_account, item, creator_of_item, rank, creators, edge_pair):
    """Group the covered pairs of accounts first..last by account and creator.

    Writes `creators[a]`, distinct creators of all likes of each account, and `edge_pair[e]`. Returns
    `edge_of`, edges in group order; `group_edge`, where each group begins there, and the end;
    `group_likes`, all likes of the account on that creator, covered or not; `account_group`, where each
    account with covered pairs begins among the groups, and the end; `account_code`, which accounts these
    are.
    """
    most, edges = 0, 0
    for a in range(first, last):
        most = max(most, account_offset[a + 1] - account_offset[a])
    for i in range(account_offset[first], account_offset[last]):
        p = by_account[i]
        edges += rank[p + 1] > rank[p]
    accounts = min(edges, last - first)
    edge_of, group_edge = np.empty(edges, np.int32), np.empty(edges + 1, np.int32)
    group_likes = np.empty(edges, np.int32)
    account_group, account_code = np.empty(accounts + 1, np.int32), np.empty(accounts, np.int32)
    likes_of = np.zeros(creator_of_item.max() + 1 if creator_of_item.size else 0, np.int32)
    creator = np.empty(most, np.int32)
    key, tie, row = np.empty(most, np.int64), np.zeros(most, np.int64), np.empty(most, np.int32)
    key_to, tie_to, row_to = np.empty(most, np.int64), np.zeros(most, np.int64), np.empty(most, np.int32)
    n_edges, n_groups, n_accounts = 0, 0, 0
    for a in range(first, last):
        own = by_account[account_offset[a] : account_offset[a + 1]]
        for i in range(own.size):
            creator[i] = item[own[i]]
        covered, distinct = 0, 0
        for i in range(own.size):
            creator[i] = creator_of_item[creator[i]]
            distinct += likes_of[creator[i]] == 0
            likes_of[creator[i]] += 1
            if rank[own[i] + 1] > rank[own[i]]:
                key[covered], row[covered] = creator[i], own[i]
                covered += 1
        creators[a] = distinct
        sort_by_time(key, tie, row, covered, key_to, tie_to, row_to)
        groups_before = n_groups
        for i in range(covered):
            if i == 0 or key[i] != key[i - 1]:
                group_edge[n_groups] = n_edges
                group_likes[n_groups] = likes_of[key[i]]
                n_groups += 1
            edge_of[n_edges] = rank[row[i]]
            edge_pair[rank[row[i]]] = row[i]
            n_edges += 1
        for i in range(own.size):
            likes_of[creator[i]] = 0
        if n_groups > groups_before:
            account_group[n_accounts] = groups_before
            account_code[n_accounts] = a
            n_accounts += 1
    group_edge[n_groups] = n_edges
    account_group[n_accounts] = n_groups
    return (
        edge_of,
        group_edge[: n_groups + 1].copy(),
        group_likes[:n_groups].copy(),
        account_group[: n_accounts + 1].copy(),
        account_code[:n_accounts].copy(),
    )
