"""Kernels that count which cells of the log share accounts."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def cells_of_items(item_offset, start, stop, strength, chunk_likes, likes_min, cell, first):
    """Cut the likes of every item into cells: `cell[p]`, −1 for items of under `likes_min` likes.

    A like in moments `start[c]:stop[c]` belongs to the strongest of them; the others of an item are cut by
    time into chunks of about `chunk_likes`. Cells of moments come first, numbered as these; `first[c]` is any
    like of each cell. Returns how many cells there are.
    """
    moments = start.size
    cell[:] = -1
    for c in range(moments):
        first[c] = start[c]
        for p in range(start[c], stop[c]):
            if cell[p] < 0 or strength[c] > strength[cell[p]]:
                cell[p] = c
    end = moments
    for g in range(item_offset.size - 1):
        begin, likes = item_offset[g], item_offset[g + 1] - item_offset[g]
        if likes < likes_min:
            continue
        free = 0
        for p in range(begin, begin + likes):
            free += cell[p] < 0
        if free < likes_min:
            continue
        chunks = (free + chunk_likes - 1) // chunk_likes
        at = 0
        opened = -1
        for p in range(begin, begin + likes):
            if cell[p] < 0:
                chunk = at * chunks // free
                if chunk != opened:
                    first[end] = p
                    end += 1
                    opened = chunk
                cell[p] = end - 1
                at += 1
    return end


@njit(cache=True, nogil=True)
def begins_of_cells(cell, time, begin, likes):
    """When the first like of each cell came, `begin` int64, and how many there are, `likes` int32, zeros
    before.
    """
    for p in range(cell.size):
        c = cell[p]
        if c >= 0:
            if likes[c] == 0:
                begin[c] = time[p]
            likes[c] += 1


@njit(cache=True, nogil=True)
def memberships(account_offset, cell, degree_max, every, account_member, member_cell, size, ties, likes):
    """The cells of each account, ascending, at most `degree_max` of them: `member_cell` from
    `account_member[a]` to `account_member[a + 1]`. Only every `every`-th account is taken. `cell` is by
    account.

    Adds up, per cell, its accounts in `size`, their other cells in `ties`, and in `likes` all likes of its
    accounts, taken or not.
    """
    end = 0
    account_member[0] = 0
    for a in range(account_offset.size - 1):
        begin, own = end, account_offset[a + 1] - account_offset[a]
        for i in range(account_offset[a], account_offset[a + 1]):
            if cell[i] >= 0:
                likes[cell[i]] += own
                if a % every == 0 and end - begin < degree_max:
                    at = end
                    while at > begin and member_cell[at - 1] > cell[i]:  # rarely: both orders are of time
                        member_cell[at] = member_cell[at - 1]
                        at -= 1
                    member_cell[at] = cell[i]
                    end += 1
        for i in range(begin, end):
            size[member_cell[i]] += 1
            ties[member_cell[i]] += end - begin - 1
        account_member[a + 1] = end
    return end


@njit(cache=True, nogil=True)
def members_of(account_member, member_cell, begin, later):
    """The other way round: the memberships of each cell c from `begin[c]` on. Of each, `later` int32[., 2] is
    where the later cells of its account begin and end in `member_cell`. `begin` is left at their ends.
    """
    for a in range(account_member.size - 1):
        for i in range(account_member[a], account_member[a + 1]):
            at = begin[member_cell[i]]
            later[at, 0], later[at, 1] = i + 1, account_member[a + 1]
            begin[member_cell[i]] += 1


@njit(cache=True, nogil=True)
def shared_accounts(first, last, begin, later, member_cell, creator, crowd, rare_max, step, meetings):
    """Of pairs of cells of which chance would share less than `rare_max` accounts: `meetings[0]` adds up what
    it would where one is shared, `meetings[1]` counts those that share two. Looks at every `step`-th cell.
    """
    tally = np.zeros(begin.size - 1, np.int32)
    touched = np.empty(begin.size - 1, np.int32)
    for c in range(first, last, step):
        met = _tally(c, begin, later, member_cell, tally, touched)
        for k in range(met):
            d = touched[k]
            shared = tally[d]
            tally[d] = 0
            if shared <= 2 and creator[d] != creator[c]:
                chance = by_chance(crowd, c, d)
                if chance < rare_max:
                    meetings[0] += chance * (shared == 1)
                    meetings[1] += shared == 2


@njit(cache=True, nogil=True, inline="always")
def by_chance(crowd, c, d):
    """Accounts that two cells would share by chance: by how busy theirs are in cells, or in all, whichever
    says less. `crowd` float64[cells, 3]: accounts; the part of all memberships that are their other ones; the
    part of all likes that are theirs.
    """
    by_ties = max(crowd[c, 1] * crowd[d, 0], crowd[d, 1] * crowd[c, 0])
    by_likes = max(crowd[c, 2] * crowd[d, 0], crowd[d, 2] * crowd[c, 0])
    return min(by_ties, by_likes)


@njit(cache=True, nogil=True)
def _tally(c, begin, later, member_cell, tally, touched):
    """Count the accounts that cell c shares with each later cell."""
    met = 0
    for k in range(begin[c], begin[c + 1]):
        for j in range(later[k, 0], later[k, 1]):
            d = member_cell[j]
            touched[met] = d
            met += tally[d] == 0
            tally[d] += 1
    return met


@njit(cache=True, nogil=True)
def strongest_links(
    first, last, begin, later, member_cell, creator, crowd, interest, shared_min, surprise_min, most
):
    """Per cell of first..last the `most` later cells, of other creators, with which it shares the most beyond
    chance times `interest`: both, int32, and −ln of the chance, float32.
    """
    tally = np.zeros(begin.size - 1, np.int32)
    touched = np.empty(begin.size - 1, np.int32)
    strength, other = np.empty(most, np.float32), np.empty(most, np.int32)
    room = 1024
    left, right = np.empty(room, np.int32), np.empty(room, np.int32)
    surprise = np.empty(room, np.float32)
    end = 0
    for c in range(first, last):
        met = _tally(c, begin, later, member_cell, tally, touched)
        kept = 0
        for k in range(met):
            d = touched[k]
            shared = tally[d]
            tally[d] = 0
            if shared < shared_min or creator[d] == creator[c]:
                continue
            value = np.float32(poisson_surprise(shared, interest * by_chance(crowd, c, d)))
            if value < surprise_min:
                continue
            at = kept if kept < most else most - 1
            if kept == most and (value < strength[at] or (value == strength[at] and d > other[at])):
                continue
            while at > 0 and (strength[at - 1] < value or (strength[at - 1] == value and other[at - 1] > d)):
                strength[at], other[at] = strength[at - 1], other[at - 1]
                at -= 1
            strength[at], other[at] = value, d
            kept = min(kept + 1, most)
        while end + kept > room:
            left, right = np.concatenate((left, left)), np.concatenate((right, right))
            surprise = np.concatenate((surprise, surprise))
            room *= 2
        for k in range(kept):
            left[end], right[end], surprise[end] = c, other[k], strength[k]
            end += 1
    return left[:end].copy(), right[:end].copy(), surprise[:end].copy()


@njit(cache=True, nogil=True)
def strongest_of_both(offset, end, surprise, most, votes):
    """Count in `votes` int8[links] the ends of a link that have it among their `most` strongest, ties to the
    first. The ends of cell c are `end[offset[c]:offset[c + 1]]`: links, modulo their number.
    """
    strength = np.empty(end.size, np.float32)
    for i in range(end.size):
        strength[i] = surprise[end[i] % votes.size]
    for c in range(offset.size - 1):
        own = strength[offset[c] : offset[c + 1]]
        least, room = np.float32(-np.inf), most
        if own.size > most:
            least = np.partition(own, own.size - most)[own.size - most]
            room -= np.sum(own > least)
        for i in range(own.size):
            tied = own[i] == least and room > 0
            if own[i] > least or tied:
                room -= tied
                votes[end[offset[c] + i] % votes.size] += 1


@njit(cache=True, nogil=True, inline="always")
def poisson_surprise(count, mean):
    """−ln P(X ≥ count) of a Poisson law where count > mean, by Chernoff's bound's leading term; else 0."""
    if count <= mean:
        return 0.0
    return count * np.log(count / max(mean, 1e-300)) - (count - mean) + 0.5 * np.log(6.283185307 * count)
