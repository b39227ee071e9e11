"""Device farms as rings: their campaigns and accounts, added to those found without them."""

from __future__ import annotations

import numpy as np

from zhenzan.verify.baseline.moments import Moments, joined
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.evidence.farms import Farms
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT
from zhenzan.verify.inference.hired_groups import GROUP_SCALE
from zhenzan.verify.inference.structural_findings import Structure
from zhenzan.verify.rings.campaigns import Campaigns, find_campaigns

__all__ = ["with_accounts_of_farms", "with_farms"]


def with_farms(pairs: Pairs, structure: Structure, farms: Farms) -> tuple[Moments, Campaigns, np.ndarray]:
    """The moments and campaigns, those of the farms among them, and the log-odds of each moment."""
    beliefs, moments = structure.beliefs, structure.moments
    theirs, logit, like, which = _moments_of_farms(pairs, farms)
    edge_pair = np.concatenate([structure.graph.edge_pair, like])
    bought = np.concatenate([beliefs.bought, farms.chance[like]])
    moment_of = np.concatenate([beliefs.moment_of, which + moments.n])
    all_moments, all_logit = joined([moments, theirs]), np.concatenate([beliefs.logit, logit])
    campaigns = find_campaigns(pairs.n, pairs.item, all_moments, edge_pair, bought, moment_of, all_logit)
    return all_moments, campaigns, all_logit


def _moments_of_farms(pairs: Pairs, farms: Farms) -> tuple[Moments, np.ndarray, np.ndarray, np.ndarray]:
    """What each farm did on each item, from its first like to its last, as moments; their log-odds, natural,
    float64[moments]; and the farms' likes, int32 ascending, with the moment of each.
    """
    like = np.flatnonzero(farms.of_pair >= 0)
    key = farms.of_pair[like].astype(np.int64) * pairs.n_items + pairs.item[like]
    names, first, which, likes = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    last = np.zeros(names.size, np.int64)
    np.maximum.at(last, which, like)
    start, stop = like[first], last + 1
    moments = Moments(
        start=start.astype(np.int32),
        stop=stop.astype(np.int32),
        expected=(stop - start - likes).astype(np.float64),
        excess=likes.astype(np.float64),
        scale=np.full(start.size, GROUP_SCALE, np.int8),
        at_birth=np.zeros(start.size, bool),
    )
    logit = farms.decibans[names // pairs.n_items] / DECIBANS_PER_NAT
    return moments, logit, like, which


def with_accounts_of_farms(
    pairs: Pairs, farms: Farms, recruit: np.ndarray, paid: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How likely each account is hired, and its paid share, where a farm may have it. float32[accounts]."""
    recruit = recruit.copy()
    np.maximum.at(recruit, pairs.account, farms.chance)
    share = np.bincount(pairs.account, farms.chance, pairs.n_accounts) / np.diff(pairs.account_offset)
    return recruit, np.maximum(paid, share.astype(np.float32))
