"""The hard world: a month of likes with every confounder and five kinds of campaign."""

from __future__ import annotations

import numpy as np

from benchmarks import campaigns, gatherings, natural
from benchmarks.world import DAY, HOUR, Part, World, assemble

START = 1_709_251_200_000_000  # 2024-03-01T00:00:00Z in µs
SHARES = {"viral": 0.08, "surge": 0.03, "fans": 0.12, "community": 0.04, "storm": 0.03, "newcomer": 0.012}


def hard_world(seed: int, likes: int = 1_000_000, order: str = "shuffled", context: bool = False) -> World:
    """About `likes` likes over a month, 3–6 % of them bought; sizes and mixes vary with the seed.

    Scales down to some 30,000 likes (pools and rings shrink with it). With `context` the world has ip and
    device codes too: offices and schools share an address, bots rotate few. Takes some 7 s per million likes.
    """
    assert likes >= 20_000, "a hard world needs room for its confounders"
    rng = np.random.default_rng([seed, 20240301])
    scale = likes / 1_000_000
    span = rng.uniform(27, 33) * DAY
    people = natural.make_people(int(60_000 * scale * rng.uniform(0.85, 1.2)), rng, scale)
    catalogue = natural.make_catalogue(
        int(4_000 * scale * rng.uniform(0.85, 1.2)), int(20_000 * scale * rng.uniform(0.85, 1.2)), span, rng
    )
    parts = _confounders(people, catalogue, likes, scale, rng)
    market = _campaigns(people, catalogue, int(likes * rng.uniform(0.033, 0.057)), scale, rng)
    parts.append(market.joined())
    rest = likes - sum(len(part) for part in parts)
    parts.append(natural.ordinary_likes(people, catalogue, rest, rng))
    ring_of_account = np.full(people.count, -1, dtype=np.int32)
    for ring, accounts in enumerate(market.rings):
        ring_of_account[accounts] = ring
    network = _network(people, ring_of_account, rng) if context else None
    start = START + int(rng.integers(0, 300)) * 24 * HOUR
    notes: dict[str, object] = {"days": span / DAY, "orders": market.orders, "rings": len(market.rings)}
    return assemble(
        f"hard-{seed}", parts, catalogue.creator, ring_of_account, rng, start, order, network, notes
    )


def _confounders(
    people: natural.People, catalogue: natural.Catalogue, likes: int, scale: float, rng: np.random.Generator
) -> list[Part]:
    amount = {name: int(likes * share * rng.uniform(0.7, 1.3)) for name, share in SHARES.items()}
    return [
        gatherings.viral_hits(people, catalogue, amount["viral"], rng, small=False),
        gatherings.viral_hits(people, catalogue, amount["surge"], rng, small=True),
        gatherings.fan_likes(people, catalogue, amount["fans"], rng),
        gatherings.community_likes(people, catalogue, amount["community"], rng, scale),
        gatherings.cohort_shares(people, catalogue, rng),
        natural.newcomer_likes(people, catalogue, amount["newcomer"], rng),
        gatherings.live_storms(people, catalogue, amount["storm"], rng),
    ]


def _campaigns(
    people: natural.People, catalogue: natural.Catalogue, bought: int, scale: float, rng: np.random.Generator
) -> campaigns.Market:
    market = campaigns.Market(people, catalogue, rng)
    budget = (rng.dirichlet([12] * 5) * bought).astype(int)
    campaigns.bursts(market, budget[0], scale)
    campaigns.drips(market, budget[1], scale)
    campaigns.tiny_orders(market, budget[2], scale)
    campaigns.paid_crowds(market, budget[3], scale)
    campaigns.throwaways(market, budget[4])
    return market


def _network(
    people: natural.People, ring_of_account: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Ip and device code of each account: own ones for people, one ip per cohort, a few shared by a ring."""
    n = people.count
    ip, device = rng.permutation(n), rng.permutation(n)
    cohort = np.full(n, -1)
    cohort[: people.real] = people.cohort
    ip[cohort >= 0] = n + cohort[cohort >= 0]
    bots = np.flatnonzero((ring_of_account >= 0) & (np.arange(n) >= people.real))
    ip[bots] = 2 * n + ring_of_account[bots] * 1000 + rng.integers(0, 40, len(bots))
    device[bots] = 2 * n + ring_of_account[bots] * 1000 + rng.integers(0, 120, len(bots))
    return ip, device
