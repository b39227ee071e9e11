"""A platform where people see what those they follow have posted, as forums, servers and islands do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.families.contract import NATURAL, Likes
from benchmarks.families.population import Urn, sorted_unique
from benchmarks.world import DAY, HOUR


@dataclass(frozen=True)
class FollowFeed:
    """A log of likes by followers: `likes.event` is the community of likes that stay inside one, else −1."""

    span: float
    accounts: int
    creator: np.ndarray
    likes: Likes


def follow_feed(
    rng: np.random.Generator,
    communities: int = 0,
    inside: float = 1.0,
    delay_hours: float = 3.0,
    accounts: int = 40_000,
    creators: int = 2_000,
    days: int = 30,
) -> FollowFeed:
    """Those who follow its creator may like a post, some hours after it (`delay_hours`: the median).

    A share `inside` of the follows is drawn from one's own community, where there are any. About a second.
    """
    groups = max(communities, 1)
    home = rng.integers(groups, size=accounts)
    community = rng.permutation(np.arange(creators) % groups)
    urn = Urn(rng.pareto(1.0, creators) + 0.05, community, groups)
    pair = _follows(rng, urn, home, inside if communities else 0.0)
    idol, fan = pair // accounts, pair % accounts
    posts = 1 + rng.poisson(9, creators)
    creator = np.repeat(np.arange(creators), posts)
    birth = rng.uniform(0, days * DAY, len(creator))
    activity = np.minimum(rng.pareto(1.5, accounts) + 0.2, 20.0)
    row, item = _liked_posts(rng, idol, 0.06 * (activity / activity.mean())[fan], posts)
    time = birth[item] + delay_hours * HOUR * rng.lognormal(0, 1.2, len(row))
    event = np.where((home[fan[row]] == community[idol[row]]) & (communities > 0), home[fan[row]], -1)
    return FollowFeed(float(days * DAY), accounts, creator, Likes(fan[row], item, time, NATURAL, event))


def _follows(rng: np.random.Generator, urn: Urn, home: np.ndarray, inside: float) -> np.ndarray:
    """Sorted creator × accounts + account: some 25 creators of each account (fewer where there are none)."""
    counts = np.minimum(rng.poisson(rng.gamma(1.0, 25.0, len(home))), 300)
    pair = np.empty(0, np.int64)
    for _ in range(4):
        missing = counts - np.bincount(pair % len(home), minlength=len(home))
        fan = np.repeat(np.arange(len(home)), missing)
        group = np.where(rng.random(len(fan)) < inside, home[fan], -1)
        pair = sorted_unique(np.concatenate([pair, urn.draw(rng, group) * len(home) + fan]))
    return pair


def _liked_posts(
    rng: np.random.Generator, idol: np.ndarray, chance: np.ndarray, posts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(place in `idol`, item): a follow likes each of its creator's posts by its chance × the post's own."""
    appeal = rng.lognormal(0, 0.8, posts.sum()).astype(np.float32)
    first = np.cumsum(posts) - posts
    rows, items = [], []
    for block in np.array_split(np.arange(len(idol), dtype=np.int32), 16):
        count = posts[idol[block]]
        row = np.repeat(block, count)
        item = np.arange(len(row)) + np.repeat(first[idol[block]] - (np.cumsum(count) - count), count)
        hit = rng.random(len(row), np.float32) < chance.astype(np.float32)[row] * appeal[item]
        rows.append(row[hit])
        items.append(item[hit])
    return np.concatenate(rows), np.concatenate(items)
