"""Kernels of the message passing between accounts and moments.

Flat arrays; each is one linear pass over the residue.

Edges are numbered in pair order, so a moment is a run of edges and its kernels stream. Sums of logarithms
are taken as logarithms of running products, and σ(L − ln w) as 1 ÷ (1 + e^(−L)·w): no kernel computes a
logarithm or an exponential per edge. Each works on the moments or accounts first..last, for
`parallel.over_groups`.
"""

import numpy as np
from numba import njit

ODDS_SILENT = 1e6  # a moment less likely than one in a million tells its accounts nothing
PRODUCT_LOW, PRODUCT_HIGH = 1e-100, 1e100
LOG_MAX = 300.0  # more is certainty, and no number
GOERS = 0.2  # of natural accounts, those who go where crowds go
DAY_MINUTES, SAME_HOUR_MINUTES, SAME_HOUR_PSEUDO = 1440, 45, 3.0
MIX, OTHER_MIX = np.int64(6364136223846793005), np.int64(1442695040888963407)
TIE, EVEN = 1e-6, 1e-9  # nats and chances that rounding does not reach
SHARE_ROUNDS, SHARE_PSEUDO, SHARE_LEAST = 8, 3.0, 0.02
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
    first,
    last,
    opened,
    order,
    start,
    stop,
    ratio,
    kind,
    odds_against,
    expected,
    excess_min,
    bought_share,
    p_window,
    place_of,
):
    """Raise `p_window[e]`, the chance that a like's place was bought, by the moments of the items
    first..last: item g's are `order[opened[g]:opened[g + 1]]`, narrow scales first (those of one scale are
    disjoint).

    Each like hears its moment's belief without its own vote; `place_of[e]` becomes the moment it hears.
    """
    for k in range(opened[first], opened[last]):
        c = order[k]
        against = odds_against[c]
        if against > ODDS_SILENT:
            continue
        share = unexplained_share(start[c], stop[c], p_window, expected[c], excess_min[c], bought_share[c])
        if share <= 0.0:
            continue
        for e in range(start[c], stop[c]):
            value = share / (1.0 + against * (1.0 - share + share * ratio[kind[c], e]))
            if value > p_window[e] + EVEN:
                p_window[e], place_of[e] = value, c


@njit(cache=True, nogil=True)
def accounts_from_edges(
    first,
    last,
    account_group,
    group_edge,
    group_likes,
    edge_of,
    account_creators,
    prior_log,
    known,
    p_window,
    base,
    paid_shares,
    log_unpaid,
    quiet_max,
    ratio_max,
    ratio,
    paid,
    unpaid_chance,
    loyal,
    told_log,
):
    """Posterior of each account's paid share and, per creator group, the odds of the paid share that the
    *other* groups tell.

    `prior_log[r]` log prior of `paid_shares[r]` (`paid_shares[0]` = 0), `known[a, r]` what is known of an
    account from before. Writes `ratio[r − 1, e]`, what the *other* creators of the account say of share r
    against none (or, of a part of the natural, against the last share, that of people who go where crowds
    go), `paid[a]` = E[paid share] and `unpaid_chance[a]` = P(share 0); `loyal[e]` = 1 where the account has
    another like of the same creator in a place less likely bought than `quiet_max`. Where `told_log` has
    rows, `told_log[a, r]` is what the likes alone say of share r against none.

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
            heard[i - begin] = p_window[edge_of[i]]
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
                log_odds = silent * log_unpaid[r] + logs[r] + np.log(weight[r])
                if told_log.shape[0] > 0:
                    told_log[a, r] = log_odds
                weight[r] = np.exp(min(log_odds + known[a, r], LOG_MAX))
                posterior = weight[r] * np.exp(prior_log[r] - prior_log[0])
                mass += posterior
                mean += posterior * paid_shares[r]
            paid[a] = mean / mass
            unpaid_chance[a] = 1.0 / mass
            for g in range(opened, closed):
                goes = weight[shares - 1] / factor[g - opened, shares - 1]
                natural = 1.0 - GOERS + GOERS * goes
                for r in range(1, shares):
                    without = min(weight[r] / factor[g - opened, r] / natural, ratio_max)
                    for i in range(group_edge[g], group_edge[g + 1]):
                        ratio[r - 1, edge_of[i]] = without
                low, high = group_edge[g] - begin, group_edge[g + 1] - begin
                quiet = group_likes[g] - (high - low)
                for i in range(low, high):
                    quiet += heard[i] < quiet_max
                for i in range(low, high):
                    elsewhere[i] = quiet > (1 if heard[i] < quiet_max else 0)
        for i in range(begin, end):
            loyal[edge_of[i]] = elsewhere[i - begin]
        block = block_last


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
    first,
    last,
    opened,
    order,
    start,
    stop,
    ratio,
    share_expected,
    share_factors,
    share_prior_log,
    likes_min,
    regular_shares,
    regular_prior_log,
    goers_prior_log,
    kind_prior_log,
    vote,
    bought_share,
    kind,
):
    """Log-likelihood ratio campaign : natural of the accounts in each moment, averaged over how much of its
    excess was bought and, if it is natural, over how many of its likes are by regulars of such moments.

    A pool's members are paid for about as much of what they do: the vote is a mean over kinds of pools, one
    for each row of `ratio` but the last; `kind[c]` becomes the one that tells most. The last row is of people
    who go where crowds go: a natural crowd may be theirs alone.
    """
    bought, kinds = share_factors.size, ratio.shape[0] - 1
    part = np.concatenate((share_factors, regular_shares))
    prior = np.concatenate((share_prior_log, regular_prior_log))
    share, value, product = np.empty(part.size), np.empty(part.size), np.empty(part.size)
    campaign, natural = np.empty(kinds), np.empty(kinds)
    all_of_it, goers, room = np.empty(1), np.empty(1), np.empty(1)
    for k in range(opened[first], opened[last]):
        c = order[k]
        for f in range(part.size):
            share[f] = share_expected[c] * part[f]
        best = -np.inf
        for r in range(kinds):
            log_votes(start[c], stop[c], ratio[r], share, value, product)
            for f in range(part.size):
                value[f] += prior[f]
                if 0 < f < bought and share[f] * (stop[c] - start[c]) < likes_min:
                    value[f] = -1e300
            campaign[r], natural[r] = log_sum(value[:bought]), log_sum(value[bought:])
            by_kind = campaign[r] + kind_prior_log[r]
            if by_kind - natural[r] > best + TIE:
                best = by_kind - natural[r]
                kind[c] = r
                mass, mean = 0.0, 0.0
                for f in range(bought):
                    weight = np.exp(value[f] - campaign[r])
                    mass += weight
                    mean += weight * share_factors[f]
                bought_share[c] = share_expected[c] * mean / mass
            campaign[r] = by_kind
        bought_share[c] = share_of_ratios(start[c], stop[c], ratio[kind[c]], bought_share[c])
        all_of_it[0] = share_expected[c]
        log_votes(start[c], stop[c], ratio[kinds], all_of_it, goers, room)
        by_goers = goers[0] + goers_prior_log + np.log(kinds)
        by_others = log_sum(natural)
        high = max(by_goers, by_others)
        vote[c] = log_sum(campaign) - high - np.log(np.exp(by_goers - high) + np.exp(by_others - high))


@njit(cache=True, nogil=True)
def share_of_ratios(start, stop, ratio, share):
    """The part of a moment that was bought, as its accounts' ratios tell, not above `share`: some rounds of
    expectation-maximisation that lean on it as on `SHARE_PSEUDO` likes.
    """
    most = share
    for _ in range(SHARE_ROUNDS):
        total = SHARE_PSEUDO * most
        for e in range(start, stop):
            r = share * ratio[e]
            total += r / (1.0 - share + r)
        share = min(total / (SHARE_PSEUDO + stop - start), most)
    return max(share, SHARE_LEAST)


@njit(cache=True, nogil=True)
def log_sum(values):
    """Ln Σ exp of values, of which one at least is finite."""
    high = values.max()
    total = 0.0
    for value in values:
        total += np.exp(value - high)
    return high + np.log(total)


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
    first,
    last,
    opened,
    order,
    start,
    stop,
    ratio,
    kind,
    odds_against,
    expected,
    excess_min,
    bought_share,
    bought,
    moment_of,
):
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
            r = ratio[kind[c], e]
            own = 1.0 - share + share * r
            value = share * r / own / (1.0 + odds_against[c] * own)
            if moment_of[e] < 0 or value > bought[e] + EVEN:
                bought[e] = value
                moment_of[e] = c


@njit(cache=True, nogil=True)
def message_mass(p_window, bought, proved):
    """Σ place·(1 − bought), and Σ place where it is not `proved`, in one fixed order, which sums of several
    threads would not keep.
    """
    natural, unproved = 0.0, 0.0
    for e in range(p_window.size):
        natural += p_window[e] * (1.0 - bought[e])
        if not proved[e]:
            unproved += p_window[e]
    return natural, unproved


@njit(cache=True, nogil=True)
def loyalty_sums(loyal, activity, bought, sums):
    """Natural and bought likes, `sums[level, bought, loyal]`, in one fixed order."""
    for e in range(loyal.size):
        level, is_loyal = activity[e], loyal[e]
        sums[level, 0, is_loyal] += 1.0 - bought[e]
        sums[level, 1, is_loyal] += bought[e]


@njit(cache=True, nogil=True)
def weigh_loyalty(first, last, ratio, loyal, if_loyal):
    """Multiply the ratios of the loyal edges of first..last by what loyalty says."""
    for e in range(first, last):
        if loyal[e]:
            for r in range(ratio.shape[0]):
                ratio[r, e] *= if_loyal


@njit(cache=True, nogil=True)
def other_moments(
    first, last, account_group, group_edge, edge_of, p_window, place_of, stamp, place_min, other
):
    """Per edge of the accounts first..last, one moment of another creator that its account hears of:
    `other[e]`, −1 for none. Of several about as strong each account names another, by
    when it liked, `stamp[e]`.
    """
    for a in range(first, last):
        opened, closed = account_group[a], account_group[a + 1]
        most = 0.0
        for i in range(group_edge[opened], group_edge[closed]):
            most = max(most, p_window[edge_of[i]])
        least = max(place_min, 0.487 * most)
        for g in range(opened, closed):
            named, least_key = -1, np.int64(0)
            when = stamp[edge_of[group_edge[g]]]
            for i in range(group_edge[g], group_edge[g + 1]):
                when = min(when, stamp[edge_of[i]])
            for h in range(opened, closed):
                if h == g:
                    continue
                for i in range(group_edge[h], group_edge[h + 1]):
                    if p_window[edge_of[i]] >= least:
                        key = stamp[edge_of[i]] * MIX + when * OTHER_MIX
                        if named < 0 or key < least_key:
                            named, least_key = place_of[edge_of[i]], key
            for i in range(group_edge[g], group_edge[g + 1]):
                other[edge_of[i]] = named


@njit(cache=True, nogil=True)
def spread_of_others(
    first, last, opened, order, start, stop, item_of, minute_of, other, unnamed, spread, same_hour
):
    """Per moment of the items first..last, 1 minus the share of the one item that most of its accounts name
    among the items they name: that two crowds are the same people is one coincidence, not a hundred. And
    `same_hour`, the share of those they name on other days that came at this hour of the day: an office.
    """
    named = np.empty(1024, np.int32)
    for k in range(opened[first], opened[last]):
        c = order[k]
        count, days, alike = 0, 0, 0
        for e in range(start[c], stop[c]):
            if other[e] >= 0 and count < named.size:
                named[count] = item_of[other[e]]
                count += 1
                apart = abs(minute_of[other[e]] - minute_of[c])
                if apart > DAY_MINUTES // 2:
                    days += 1
                    apart %= DAY_MINUTES
                    alike += min(apart, DAY_MINUTES - apart) <= SAME_HOUR_MINUTES
        same_hour[c] = alike / (days + SAME_HOUR_PSEUDO)
        if count == 0:
            spread[c] = unnamed
            continue
        some = np.sort(named[:count])
        most, run = 1, 1
        for i in range(1, count):
            run = run + 1 if some[i] == some[i - 1] else 1
            most = max(most, run)
        spread[c] = 1.0 - most / count
