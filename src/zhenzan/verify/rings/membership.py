"""Membership: accounts that keep coming to one ring's campaigns, however much else they like.

The inference asks of each account how much of what it does is paid, which real people with a life of their
own, paid now and then,
answer badly. Once a ring is known the question is sharper: how many of *this ring's* campaigns does the
account come to, against
how many chance would bring it to? Two visits on unrelated creators, where natural likes fill a few
thousandths of the log's
likes, say more than forty ordinary likes deny.
"""

from __future__ import annotations

import numpy as np

from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.unique import unique_in
from zhenzan.verify.rings.campaigns import Campaigns
from zhenzan.verify.rings.partition import BOUGHT_MIN, Rings

INTEREST_FACTOR = 5.0  # people with like interests come to the same places that much oftener than strangers
CAMPAIGNS_MIN = 4  # rings known by fewer say too little of their members
VISITS_MEAN_MIN = 1.5  # throwaway accounts come once: nothing to know them by
RATIO_MAX = 200.0
LOG_RATIO_MAX = 20.0  # nats: its exponential stays far from the end of numbers


def main_rings(pairs: Pairs, campaigns: Campaigns, rings: Rings, bought: np.ndarray) -> np.ndarray:
    """The ring that gave most of each campaign's bought likes, −1 where none did. int32[campaigns]."""
    ring_of = rings.of_account[pairs.account]
    likes = np.flatnonzero((campaigns.of_pair >= 0) & (bought >= BOUGHT_MIN) & (ring_of >= 0))
    main = np.full(campaigns.n, -1, np.int32)
    if likes.size:
        key = campaigns.of_pair[likes].astype(np.int64) * rings.n + ring_of[likes]
        key, count = np.unique(key, return_counts=True)
        order = np.lexsort((-key, count))
        main[key[order] // rings.n] = key[order] % rings.n
    return main


def recruits_of_rings(
    pairs: Pairs, campaigns: Campaigns, rings: Rings, bought: np.ndarray, logit: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pair positions (ascending) in campaigns of well-known rings, and the chance that each was bought by a
    member.

    `bought` float[pairs]; `logit`, `share` float64[campaigns]: belief that it is a campaign, and the part of
    it that was bought.
    O(likes in campaigns · log).
    """
    ring_of_campaign = main_rings(pairs, campaigns, rings, bought)
    inside = np.flatnonzero(campaigns.of_pair >= 0)
    ring = (
        np.where(inside.size, ring_of_campaign[campaigns.of_pair[inside]], -1)
        if rings.n
        else np.full(inside.size, -1)
    )
    inside, ring = inside[ring >= 0], ring[ring >= 0].astype(np.int64)
    if inside.size == 0:
        return inside, np.empty(0)
    account, creator = pairs.account[inside].astype(np.int64), pairs.creator_of_item[pairs.item[inside]]
    visitor, which = np.unique(account * rings.n + ring, return_inverse=True)
    visits = unique_in(which, creator, visitor.size)
    member = rings.of_account[visitor // rings.n] == visitor % rings.n
    known = np.bincount(visitor[member] % rings.n, minlength=rings.n)
    mean = np.bincount(visitor[member] % rings.n, visits[member], rings.n) / np.maximum(known, 1)
    size = (campaigns.stop - campaigns.start).astype(np.float64)
    led = ring_of_campaign >= 0
    sold = np.bincount(ring_of_campaign[led], (size * share)[led], rings.n)
    natural = np.bincount(ring_of_campaign[led], (size * (1.0 - share))[led], rings.n) / pairs.n
    orders = np.bincount(ring_of_campaign[led], minlength=rings.n)
    members = np.maximum(sold / np.maximum(mean, 1.0), 1.0)
    spoken = (mean >= VISITS_MEAN_MIN) & (orders >= CAMPAIGNS_MIN)
    likes = np.diff(pairs.account_offset)[visitor // rings.n].astype(np.float64)
    by_ring = visitor % rings.n
    by_chance = INTEREST_FACTOR * natural[by_ring] * likes + 1e-9
    others, usual = visits - 1.0, np.maximum(mean[by_ring] - 1.0, 0.5)
    ratio_log = others * np.log(usual / by_chance) - (usual - by_chance)
    odds = members[by_ring] / pairs.n_accounts * np.exp(np.clip(ratio_log, -LOG_RATIO_MAX, LOG_RATIO_MAX))
    paid_here = odds / (1.0 + odds) / members[by_ring] * pairs.n / likes
    ratio = np.minimum(paid_here, RATIO_MAX)[which]
    campaign = campaigns.of_pair[inside]
    part = share[campaign]
    chance = part * ratio / (part * ratio + 1.0 - part) / (1.0 + np.exp(-logit[campaign]))
    chance[~spoken[ring]] = 0.0
    return inside, chance
