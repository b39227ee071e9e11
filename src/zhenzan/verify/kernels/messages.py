"""Kernels of the message passing between accounts and moments. Flat arrays; each is one linear pass over the residue.

Edges are numbered in pair order, so a moment is a run of edges and its kernels stream. Sums of logarithms are taken as logarithms
of running products, and σ(L − ln w) as 1 ÷ (1 + e^(−L)·w): no kernel computes a logarithm or an exponential per edge.
"""

import numpy as np
from numba import njit, prange

ODDS_SILENT = 1e6  # a moment less likely than one in a million tells its accounts nothing
PRODUCT_LOW, PRODUCT_HIGH = 1e-100, 1e100


@njit(cache=True, nogil=True, parallel=True)
def moments_to_edges(first, last, start, stop, ratio, odds_against, bought_share, place):
    """Raise `place[e]`, the chance that a like's place was bought, by the moments first..last of one scale (they are disjoint).

    Each like hears its moment's belief without its own vote.
    """
    for c in prange(first, last):
        against = odds_against[c]
        if against > ODDS_SILENT:
            continue
        share = bought_share[c]
        for e in range(start[c], stop[c]):
            value = share / (1.0 + against * (1.0 - share + share * ratio[e]))
            place[e] = max(place[e], value)


@njit(cache=True, nogil=True, parallel=True)
def accounts_from_edges(
    account_group, group_edge, group_likes, edge_of, account_creators, prior_log, place, base, paid_shares, log_unpaid,
    odds, paid, unpaid_chance,
):  # fmt: skip
    """Posterior of each account's paid share and, per creator group, the odds of the paid share that the *other* groups tell.

    `prior_log[r]` log prior of `paid_shares[r]` (`paid_shares[0]` = 0). Writes `odds[e]` for every edge of the group, `paid[a]` =
    E[paid share] and `unpaid_chance[a]` = P(share 0).
    """
    shares = paid_shares.size
    for a in prange(account_group.size - 1):
        first, last = account_group[a], account_group[a + 1]
        silent = account_creators[a] - (last - first)
        factor = np.empty((last - first, shares))
        weight = np.ones(shares)
        logs = np.zeros(shares)
        for g in range(first, last):
            likes = group_likes[g]
            uncovered = likes - (group_edge[g + 1] - group_edge[g])
            for r in range(1, shares):
                rho = paid_shares[r]
                gain = rho / base
                product = 1.0
                value = 0.0
                for i in range(group_edge[g], group_edge[g + 1]):
                    product *= 1.0 - rho + gain * place[edge_of[i]]
                    if product < PRODUCT_LOW or product > PRODUCT_HIGH:
                        value += np.log(product)
                        product = 1.0
                if likes > 1:
                    product = np.exp((value + np.log(product) + uncovered * log_unpaid[r]) / likes)
                factor[g - first, r] = product
                weight[r] *= product
                if weight[r] < PRODUCT_LOW or weight[r] > PRODUCT_HIGH:
                    logs[r] += np.log(weight[r])
                    weight[r] = 1.0
        mass = 1.0
        mean = 0.0
        for r in range(1, shares):
            weight[r] *= np.exp(min(prior_log[r] - prior_log[0] + silent * log_unpaid[r] + logs[r], 400.0))
            mass += weight[r]
            mean += weight[r] * paid_shares[r]
        paid[a] = mean / mass
        unpaid_chance[a] = 1.0 / mass
        for g in range(first, last):
            others = 1.0
            mean = 0.0
            for r in range(1, shares):
                without = weight[r] / factor[g - first, r]
                others += without
                mean += without * paid_shares[r]
            expected = mean / others
            for i in range(group_edge[g], group_edge[g + 1]):
                odds[edge_of[i]] = expected / max(1.0 - expected, 1e-9)


@njit(cache=True, nogil=True, parallel=True)
def votes(start, stop, ratio, share_expected, share_factors, share_prior_log, likes_min, vote, bought_share):
    """Log-likelihood ratio campaign : natural of the accounts in each moment, averaged over how much of its excess was bought."""
    factors = share_factors.size
    for c in prange(start.size):
        total = np.empty(factors)
        high = -1e300
        for f in range(factors):
            share = share_expected[c] * share_factors[f]
            if f > 0 and share * (stop[c] - start[c]) < likes_min:
                total[f] = -1e300
                continue
            product = 1.0
            value = share_prior_log[f]
            for e in range(start[c], stop[c]):
                product *= 1.0 - share + share * ratio[e]
                if product < PRODUCT_LOW or product > PRODUCT_HIGH:
                    value += np.log(product)
                    product = 1.0
            total[f] = value + np.log(product)
            high = max(high, total[f])
        mass = 0.0
        mean = 0.0
        for f in range(factors):
            weight = np.exp(total[f] - high)
            mass += weight
            mean += weight * share_factors[f]
        vote[c] = high + np.log(mass)
        bought_share[c] = share_expected[c] * mean / mass


@njit(cache=True, nogil=True, parallel=True)
def judge_edges(
    first, last, start, stop, ratio, odds_against, bought_share, lift, newcomer, bought, moment_of
):
    """Raise `bought[e]`, the chance that a like was bought, by the moments first..last of one scale.

    Inside a campaign a like is bought with the odds share·ratio : 1 − share; a newcomer's ratio is lifted where newcomers abound.
    """
    for c in prange(first, last):
        share = bought_share[c]
        for e in range(start[c], stop[c]):
            own = 1.0 - share + share * ratio[e]
            r = max(ratio[e], 1.0 + lift[c]) if newcomer[e] else ratio[e]
            value = share * r / (1.0 - share + share * r) / (1.0 + odds_against[c] * own)
            if moment_of[e] < 0 or value > bought[e]:
                bought[e] = value
                moment_of[e] = c
