"""Kernels that apply due verdicts to the counters of items, orders, accounts and creators."""

from numba import njit

from zhenzan.lab.kernels.event_counters import credit_of
from zhenzan.lab.kernels.watch import LIKE, UNLIKE

PENDING, GENUINE, FAKE = 0, 1, 2


@njit(cache=True, nogil=True)
def apply_verdicts(
    account,
    item,
    watched,
    flags,
    kind,
    campaign,
    source,
    verdict,
    new,
    void,
    at_once,
    deep,
    creator_of,
    duration_ms,
    views,
    bought_views,
    credit,
    bought_credit,
    shown,
    voided_shown,
    judged,
    caught,
    found_of_account,
    found_today,
    natural_today,
    found_by_source,
):
    """Write the new verdicts (PENDING: none) and move the counters by what changed. O(rows).

    A void like takes its view along: else an item's rate would fall by what others did to it.

    `judged`, `caught` [orders]; `found_of_account`; `found_today`, `natural_today` [creators];
    `found_by_source` [3, sources].
    """
    for row in range(account.size):
        before, now = verdict[row], new[row]
        if not flags[row] & LIKE or now == before:
            continue
        if now == PENDING or before == FAKE:
            continue
        i = item[row]
        paid = kind[row] != 0
        worth = 0.0 if flags[row] & UNLIKE else credit_of(flags[row], watched[row], duration_ms[i], deep)
        verdict[row] = now
        if campaign[row] >= 0 and before == PENDING and kind[row] == 1:
            judged[campaign[row]] += 1
        if now == GENUINE:
            if not at_once:
                credit[i] += worth
                bought_credit[i] += worth if paid else 0.0
            continue
        found_by_source[kind[row], source[row]] += 1
        found_of_account[account[row]] += 1
        found_today[creator_of[i]] += 1
        natural_today[creator_of[i]] += 0 if paid else 1
        if campaign[row] >= 0 and kind[row] == 1:
            caught[campaign[row]] += 1
        if not void:
            continue
        if not flags[row] & UNLIKE:
            voided_shown[i] += 1
            shown[i] -= 1
        views[i] -= 1
        bought_views[i] -= 1 if paid else 0
        if at_once or before == GENUINE:
            credit[i] -= worth
            bought_credit[i] -= worth if paid else 0.0
