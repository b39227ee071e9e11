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
def memberships(
    account_group, group_edge, edge_of, best, degree_max, account_member, moment, group, size, ties
):  # fmt: skip
    """The moments of each account, ascending: `moment` and the creator's `group` it was met in, int32, of
    account a from `account_member[a]` to `account_member[a + 1]`, at most `degree_max` of them.

    Adds up, per moment, its accounts in `size` and their other moments in `ties`.
    """
    end = 0
    account_member[0] = 0
    for a in range(account_group.size - 1):
        begin = end
        for g in range(account_group[a], account_group[a + 1]):
            for k in range(group_edge[g], group_edge[g + 1]):
                c = best[edge_of[k]]
                if c < 0 or end - begin == degree_max:
                    continue
                at = end
                while at > begin and moment[at - 1] > c:
                    at -= 1
                if at > begin and moment[at - 1] == c:
                    continue
                for i in range(end, at, -1):
                    moment[i], group[i] = moment[i - 1], group[i - 1]
                moment[at], group[at] = c, g
                end += 1
        for i in range(begin, end):
            size[moment[i]] += 1
            ties[moment[i]] += end - begin - 1
        account_member[a + 1] = end


@njit(cache=True, nogil=True)
def members_of(account_member, moment, begin, member, account):
    """The other way round: `member` int32, the memberships of each moment c from `begin[c]`, and whose each
    of them is, `account` int32. `begin` is left at their ends.
    """
    for a in range(account_member.size - 1):
        for i in range(account_member[a], account_member[a + 1]):
            account[i] = a
            member[begin[moment[i]]] = i
            begin[moment[i]] += 1


@njit(cache=True, nogil=True)
def shared_accounts(
    first, last, begin, member, account, account_member, moment, group, crowd, rare_max, shared_min, once,
    twice, sharing,
):  # fmt: skip
    """Pairs c < c′ of moments, c of first..last, that share accounts who met them at different creators.

    `crowd` float64[moments, 3]: accounts; the part of all memberships that are their other ones; the part of
    all likes that are theirs. Returns the pairs that share `shared_min`: c, c′, how many they share, and how
    many chance would give. Per c: `sharing` counts all pairs; of pairs of which chance would give less than
    `rare_max`, `once` adds up what it would give where one account is shared, and `twice` counts those that
    share two. One pass over the pairs of each account's moments, with a tally that stays in the cache.

    No array is made or named anew in the inner loops, where counting references to it costs more than all
    else: room for all pairs of c is made before they are looked at.
    """
    tally, touched = np.zeros(crowd.shape[0], np.int32), np.empty(crowd.shape[0] + 1, np.int32)
    room, kept = 1024, 0
    left, right = np.empty(room, np.int64), np.empty(room, np.int64)
    shared, expected = np.empty(room, np.int64), np.empty(room, np.float64)
    for c in range(first, last):
        met = 0
        for k in range(begin[c], begin[c + 1]):
            i = member[k]
            own = group[i]
            for j in range(i + 1, account_member[account[i] + 1]):
                if group[j] != own:
                    d = moment[j]
                    count = tally[d]
                    touched[met] = d
                    met += count == 0
                    tally[d] = count + 1
        while kept + met >= room:
            left, right = np.concatenate((left, left)), np.concatenate((right, right))
            shared, expected = np.concatenate((shared, shared)), np.concatenate((expected, expected))
            room *= 2
        size, ties, likes = crowd[c, 0], crowd[c, 1], crowd[c, 2]
        by_one, pairs = 0.0, 0
        for k in range(met):
            d = touched[k]
            count = tally[d]
            tally[d] = 0
            by_ties = max(ties * crowd[d, 0], crowd[d, 1] * size)
            by_likes = max(likes * crowd[d, 0], crowd[d, 2] * size)
            chance = min(by_ties, by_likes)
            rare = chance < rare_max
            by_one += chance * (rare & (count == 1))
            pairs += rare & (count == 2)
            left[kept], right[kept], shared[kept], expected[kept] = c, d, count, chance
            kept += count >= shared_min
        once[c], twice[c], sharing[c] = by_one, pairs, met
    return left[:kept], right[:kept], shared[:kept], expected[:kept]


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
