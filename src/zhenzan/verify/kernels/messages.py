"""Kernels of the message passing between accounts and moments.

Flat arrays; each is one linear pass over the residue.

Edges are numbered in pair order, so a moment is a run of edges and its kernels stream. Sums of logarithms
are taken as logarithms of running products, and σ(L − ln w) as 1 ÷ (1 + e^(−L)·w): no kernel computes a
logarithm or an exponential per edge. Each works on the moments or accounts first..last, for
`parts.in_parts`.
"""

import numpy as np
from numba import njit

ODDS_SILENT = 1e6  # a moment less likely than one in a million tells its accounts nothing
PRODUCT_LOW, PRODUCT_HIGH = 1e-100, 1e100
PRODUCT_EDGES = 16  # factors of 1e-9 to 1e9 that a product takes between two looks at its size
BLOCK_EDGES = 4096


@njit(cache=True, nogil=True)
def unexplained_share(start, stop, explained, expected, excess_min, share):
    """The part of a moment that was bought, once narrower moments inside it have taken what they explain.

    `explained[e]`: chance by narrower moments. A burst's neighbours are not bought because the day was busy:
    what is left must exceed its expectation by itself, or the share is 0.
    """
    taken = 0.0
    for e in range(start, stop):
        taken += explained[e]
    if taken < 1.0:
        return share
    left = stop - start - taken
    if left <= expected or left * np.log(left / expected) - (left - expected) < excess_min:
        return 0.0
    return min(share, 1.0 - expected / left)


@njit(cache=True, nogil=True)
def moments_to_edges(
    first, last, opened, order, start, stop, ratio, odds_against, expected, excess_min, bought_share, place
):  # fmt: skip
    """Raise `place[e]`, the chance that a like's place was bought, by the moments of the items first..last:
    item g's are `order[opened[g]:opened[g + 1]]`, narrow scales first (those of one scale are disjoint).

    Each like hears its moment's belief without its own vote.
    """
    for k in range(opened[first], opened[last]):
        c = order[k]
        against = odds_against[c]
        if against > ODDS_SILENT:
            continue
        share = unexplained_share(start[c], stop[c], place, expected[c], excess_min[c], bought_share[c])
        if share <= 0.0:
            continue
        for e in range(start[c], stop[c]):
            value = share / (1.0 + against * (1.0 - share + share * ratio[e]))
            place[e] = max(place[e], value)


@njit(cache=True, nogil=True)
def accounts_from_edges(
    first, last, account_group, group_edge, group_likes, edge_of, account_creators, prior_log, unheard_log, place,
    base, paid_shares, log_unpaid, quiet_max, odds, paid, unpaid_chance, loyal, told_log,
):  # fmt: skip
    """Posterior of each account's paid share and, per creator group, the odds of the paid share that the
    *other* groups tell.

    `prior_log[a, r]` log prior of `paid_shares[r]` (`paid_shares[0]` = 0). Writes `odds[e]` for every edge of
    the group, against those of an account with as many creators of which nothing was heard (and whose prior is
    `unheard_log[r]`), `paid[a]` = E[paid share] and `unpaid_chance[a]` = P(share 0); `loyal[e]` = 1 where the
    account has another like of the same creator in a place less likely bought than `quiet_max`. Where
    `told_log` has rows, `told_log[a, r]` is what the likes alone say of share r against none.

    Accounts go in blocks: what they hear is fetched, then weighed, then told, because the edges of an
    account lie far apart and a processor waits for many far reads at once, but not for one between two
    computations.
    """
    shares = paid_shares.size
    gain, rest = paid_shares / base, 1.0 - paid_shares
    weight, logs, value = np.empty(shares), np.empty(shares), np.empty(shares)
    most_groups, most_edges = 0, 0
    for a in range(first, last):
        opened, closed = account_group[a], account_group[a + 1]
        most_groups = max(most_groups, closed - opened)
        most_edges = max(most_edges, group_edge[closed] - group_edge[opened])
    factor = np.empty((most_groups, shares))
    heard = np.empty(BLOCK_EDGES + most_edges)
    elsewhere = np.empty(BLOCK_EDGES + most_edges, np.uint8)
    block = first
    while block < last:
        begin = group_edge[account_group[block]]
        end = begin
        block_last = block
        while block_last < last and end - begin < BLOCK_EDGES:
            block_last += 1
            end = group_edge[account_group[block_last]]
        for i in range(begin, end):
            heard[i - begin] = place[edge_of[i]]
        for a in range(block, block_last):
            opened, closed = account_group[a], account_group[a + 1]
            silent = account_creators[a] - (closed - opened)
            weight[:] = 1.0
            logs[:] = 0.0
            for g in range(opened, closed):
                low, high = group_edge[g] - begin, group_edge[g + 1] - begin
                at = g - opened
                for r in range(1, shares):
                    factor[at, r] = rest[r] + gain[r] * heard[low]
                if group_likes[g] > 1:
                    mean_of_likes(heard, low, high, group_likes[g], rest, gain, log_unpaid, value, factor, at)
                for r in range(1, shares):
                    weight[r] *= factor[at, r]
                    if weight[r] < PRODUCT_LOW or weight[r] > PRODUCT_HIGH:
                        logs[r] += np.log(weight[r])
                        weight[r] = 1.0
            mass, mean = 1.0, 0.0
            for r in range(1, shares):
                exponent = prior_log[a, r] - prior_log[a, 0] + silent * log_unpaid[r] + logs[r]
                if told_log.shape[0] > 0:
                    told_log[a, r] = silent * log_unpaid[r] + logs[r] + np.log(weight[r])
                weight[r] *= np.exp(min(exponent, 400.0))
                mass += weight[r]
                mean += weight[r] * paid_shares[r]
            paid[a] = mean / mass
            unpaid_chance[a] = 1.0 / mass
            unheard = unheard_odds(account_creators[a] - 1, unheard_log, log_unpaid, paid_shares)
            for g in range(opened, closed):
                others, mean = 1.0, 0.0
                for r in range(1, shares):
                    without = weight[r] / factor[g - opened, r]
                    others += without
                    mean += without * paid_shares[r]
                expected = mean / others
                told = expected / max(1.0 - expected, 1e-9) / unheard
                low, high = group_edge[g] - begin, group_edge[g + 1] - begin
                quiet = group_likes[g] - (high - low)
                for i in range(low, high):
                    quiet += heard[i] < quiet_max
                for i in range(low, high):
                    elsewhere[i] = quiet > (1 if heard[i] < quiet_max else 0)
                    heard[i] = told
        for i in range(begin, end):
            odds[edge_of[i]] = heard[i - begin]
            loyal[edge_of[i]] = elsewhere[i - begin]
        block = block_last


@njit(cache=True, nogil=True)
def unheard_odds(creators, prior_log, log_unpaid, paid_shares):
    """Odds of the expected paid share of an account that likes so many creators and of which nothing is heard."""
    mass, mean = 1.0, 0.0
    for r in range(1, paid_shares.size):
        weight = np.exp(prior_log[r] - prior_log[0] + creators * log_unpaid[r])
        mass += weight
        mean += weight * paid_shares[r]
    expected = max(mean / mass, 1e-300)
    return expected / (1.0 - expected)


@njit(cache=True, nogil=True)
def mean_of_likes(heard, low, high, likes, rest, gain, log_unpaid, value, factor, at):
    """One creator speaks once: turn `factor[at]`, the first like's factors, into the geometric mean over all
    likes of the creator.
    """
    value[:] = 0.0
    for i in range(low, high):
        for r in range(1, value.size):
            if i > low:
                factor[at, r] *= rest[r] + gain[r] * heard[i]
            if factor[at, r] < PRODUCT_LOW or factor[at, r] > PRODUCT_HIGH:
                value[r] += np.log(factor[at, r])
                factor[at, r] = 1.0
    uncovered = likes - (high - low)
    for r in range(1, value.size):
        factor[at, r] = np.exp((value[r] + np.log(factor[at, r]) + uncovered * log_unpaid[r]) / likes)


@njit(cache=True, nogil=True)
def votes(
    first, last, opened, order, start, stop, ratio, share_expected, share_factors, share_prior_log, likes_min,
    regular_shares, regular_prior_log, vote, bought_share,
):  # fmt: skip
    """Log-likelihood ratio campaign : natural of the accounts in each moment, averaged over how much of its
    excess was bought and, if it is natural, over how many of its likes are by regulars of such moments.
    """
    bought = share_factors.size
    part = np.concatenate((share_factors, regular_shares))
    prior = np.concatenate((share_prior_log, regular_prior_log))
    share, value, product = np.empty(part.size), np.empty(part.size), np.empty(part.size)
    for k in range(opened[first], opened[last]):
        c = order[k]
        for f in range(part.size):
            share[f] = share_expected[c] * part[f]
        log_votes(start[c], stop[c], ratio, share, value, product)
        for f in range(part.size):
            value[f] += prior[f]
            if 0 < f < bought and share[f] * (stop[c] - start[c]) < likes_min:
                value[f] = -1e300
        high, high_natural = -np.inf, -np.inf
        for f in range(bought):
            high = max(high, value[f])
        for f in range(bought, part.size):
            high_natural = max(high_natural, value[f])
        mass, mean, mass_natural = 0.0, 0.0, 0.0
        for f in range(bought):
            weight = np.exp(value[f] - high)
            mass += weight
            mean += weight * share_factors[f]
        for f in range(bought, part.size):
            mass_natural += np.exp(value[f] - high_natural)
        bought_share[c] = share_expected[c] * mean / mass
        vote[c] = high + np.log(mass) - high_natural - np.log(mass_natural)


@njit(cache=True, nogil=True)
def log_votes(start, stop, ratio, share, value, product):
    """Σ ln(1 − share + share·ratio) over the edges start..stop for each share, side by side, into `value`;
    `product` is room.
    """
    product[:] = 1.0
    value[:] = 0.0
    for begin in range(start, stop, PRODUCT_EDGES):
        for e in range(begin, min(begin + PRODUCT_EDGES, stop)):
            more = ratio[e] - 1.0
            for f in range(share.size):
                product[f] *= 1.0 + share[f] * more
        for f in range(share.size):
            if product[f] < PRODUCT_LOW or product[f] > PRODUCT_HIGH:
                value[f] += np.log(product[f])
                product[f] = 1.0
    for f in range(share.size):
        value[f] += np.log(product[f])


@njit(cache=True, nogil=True)
def judge_edges(
    first, last, opened, order, start, stop, ratio, odds_against, expected, excess_min, bought_share, bought,
    moment_of,
):  # fmt: skip
    """Raise `bought[e]`, the chance that a like was bought, by the moments of the items first..last, as in
    `moments_to_edges`.

    Inside a campaign a like is bought with the odds share·ratio : 1 − share.
    """
    for k in range(opened[first], opened[last]):
        c = order[k]
        share = unexplained_share(start[c], stop[c], bought, expected[c], excess_min[c], bought_share[c])
        if share <= 0.0:
            continue
        for e in range(start[c], stop[c]):
            own = 1.0 - share + share * ratio[e]
            value = share * ratio[e] / own / (1.0 + odds_against[c] * own)
            if moment_of[e] < 0 or value > bought[e]:
                bought[e] = value
                moment_of[e] = c


@njit(cache=True, nogil=True)
def natural_mass(place, bought):
    """Σ place·(1 − bought), in one fixed order, which a dot product of several threads would not keep."""
    total = 0.0
    for e in range(place.size):
        total += place[e] * (1.0 - bought[e])
    return total


@njit(cache=True, nogil=True)
def loyalty_sums(loyal, activity, bought, sums):
    """Natural and bought likes, `sums[level, bought, loyal]`, in one fixed order."""
    for e in range(loyal.size):
        level, told = activity[e], loyal[e]
        sums[level, 0, told] += 1.0 - bought[e]
        sums[level, 1, told] += bought[e]


@njit(cache=True, nogil=True)
def ratios_of_odds(
    first, last, ratio, factor, ratio_max, loyal, activity, if_loyal, if_not
):  # fmt: skip
    """What is heard of accounts to ratios bought : natural, and what loyalty says."""
    for e in range(first, last):
        r = min(ratio[e] * factor, ratio_max)
        ratio[e] = r * (if_loyal if loyal[e] else if_not[activity[e]])


@njit(cache=True, nogil=True)
def unheard_sums(ratio, bought, proven, moment_of, unheard_max):
    """Natural likes, those of accounts of which nothing is heard, and the same of bought likes in moments that
    are `proven`: float64[4], in one fixed order.
    """
    sums = np.zeros(4)
    for e in range(ratio.size):
        unheard = ratio[e] < unheard_max
        sums[0] += 1.0 - bought[e]
        sums[1] += (1.0 - bought[e]) * unheard
        if moment_of[e] >= 0 and proven[moment_of[e]]:
            sums[2] += bought[e]
            sums[3] += bought[e] * unheard
    return sums
