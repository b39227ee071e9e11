"""Kernels that count who was at how many creators of a group of cells.

Cells have tables: `group` int32[cells + 1] and the like, the last for likes of no cell. Of their visitors,
regulars were at several creators of the group, passers at one.
"""

import numpy as np
from numba import njit

from zhenzan.verify.kernels.like_order import largest, sort_by_time


@njit(cache=True, nogil=True)
def visitors_of_groups(first, last, account_offset, by_account, cell, group, creator, is_large, others):
    """The visitors among accounts first..last, by account, then group; passers of `is_large` groups only.

    `cell[i]` is that of like `by_account[i]`. Writes `others[p]` int32, zeros before: the other creators of
    its cell's group at which the account of like p was. Returns, int32, of regulars the group, the account,
    the creators and the likes, and of passers the group, the account and the creator.
    """
    most, rows = largest(first, last, account_offset), account_offset[last] - account_offset[first]
    regular, passer = np.empty((4, rows // 2), np.int32), np.empty((3, rows), np.int32)
    of, where, row = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int32)
    of_to, where_to, row_to = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int32)
    regulars, passers = 0, 0
    for a in range(first, last):
        inside = 0
        for i in range(account_offset[a], account_offset[a + 1]):
            c = cell[i]
            if c >= 0 and group[c] >= 0:
                of[inside], where[inside], row[inside] = group[c], creator[c], by_account[i]
                inside += 1
        sort_by_time(of, where, row, inside, of_to, where_to, row_to)
        start = 0
        while start < inside:
            stop, visits = start + 1, 1
            while stop < inside and of[stop] == of[start]:
                visits += where[stop] != where[stop - 1]
                stop += 1
            if visits == 1:
                passer[0, passers], passer[1, passers], passer[2, passers] = of[start], a, where[start]
                passers += is_large[of[start]]
            else:
                regular[0, regulars], regular[1, regulars] = of[start], a
                regular[2, regulars], regular[3, regulars] = visits, stop - start
                regulars += 1
                for i in range(start, stop):
                    others[row[i]] = visits - 1
            start = stop
    return regular[:, :regulars].copy(), passer[:, :passers].copy()


@njit(cache=True, nogil=True)
def quiet_likes(
    first,
    last,
    is_large,
    group_creator,
    creators,
    creator_offset,
    item_of_creator,
    item_offset,
    account,
    cell,
    group,
    accounts,
    regular_offset,
    regular,
    visits,
    passer_offset,
    passer,
    sole,
    levels,
    by_members,
):
    """Of the likes of each asked group's creators outside its cells, those by accounts that were in its cells
    at `levels[t]` other creators or more: added up in `by_members[i, t]`, for the groups first..last.

    The creators of group g are `creators[group_creator[g]:group_creator[g + 1]]`; its regulars
    `regular[regular_offset[g]:regular_offset[g + 1]]`, with `visits` int32; its passers likewise, with the
    `sole` creator at whom they were. O(likes of the creators); 5 bytes an account.
    """
    level_of, only = np.zeros(accounts, np.int8), np.empty(accounts, np.int32)
    tally = np.zeros(levels.size + 1, np.int64)
    for g in range(first, last):
        if not is_large[g]:
            continue
        for i in range(regular_offset[g], regular_offset[g + 1]):
            level_of[regular[i]] = np.searchsorted(levels, visits[i], side="right")
        for i in range(passer_offset[g], passer_offset[g + 1]):
            level_of[passer[i]], only[passer[i]] = 1, sole[i]
        for i in range(group_creator[g], group_creator[g + 1]):
            v = creators[i]
            tally[:] = 0
            for k in range(creator_offset[v], creator_offset[v + 1]):
                item = item_of_creator[k]
                for p in range(item_offset[item], item_offset[item + 1]):
                    level = level_of[account[p]]
                    if level > 1 or (level == 1 and only[account[p]] != v):
                        tally[level] += cell[p] < 0 or group[cell[p]] != g
            for t in range(levels.size):
                by_members[i, t] += tally[t + 1 :].sum()
        for i in range(regular_offset[g], regular_offset[g + 1]):
            level_of[regular[i]] = 0
        for i in range(passer_offset[g], passer_offset[g + 1]):
            level_of[passer[i]] = 0


@njit(cache=True, nogil=True)
def sum_of_regulars(cell, others, weights, total, regulars):
    """Running sums over the likes of regulars in cells of which `weights` float64[cells + 1] is not 0: of
    what is told, `total` float64[pairs + 1], and of ones, `regulars` int32[pairs + 1].
    """
    total[0], regulars[0] = 0.0, 0
    for p in range(cell.size):
        value = weights[cell[p]] if others[p] > 0 and cell[p] >= 0 else 0.0
        total[p + 1] = total[p] + value
        regulars[p + 1] = regulars[p] + (value != 0.0)


@njit(cache=True, nogil=True)
def members_in_moments(first, last, start, stop, account, member, weights, share_min, against, share):
    """Of moments first..last in which members are `share_min` of the likes or more: `share`, that of one
    group's at most, and `against`, what is told of a group, ≤ 0, times its share, at least.

    `member` int32[accounts], the group of each, −1 for none; `weights` float64[groups].
    """
    tally, touched = np.zeros(weights.size, np.int64), np.empty(weights.size, np.int32)
    for m in range(first, last):
        likes, known, met = stop[m] - start[m], 0, 0
        for p in range(start[m], stop[m]):
            g = member[account[p]]
            if g >= 0:
                if tally[g] == 0:
                    touched[met] = g
                    met += 1
                tally[g] += 1
                known += 1
        for k in range(met):
            g = touched[k]
            if known >= share_min * likes:
                part = tally[g] / likes
                against[m], share[m] = min(against[m], weights[g] * part), max(share[m], part)
            tally[g] = 0
