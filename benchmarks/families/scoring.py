"""One world's score sheet: what was found, what was called fake that is not, how rings and chances agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.families.contract import FamilyWorld
from benchmarks.families.oracle import RECALL_WANTED, oracle_recalls
from benchmarks.metrics import RELIABILITY_BINS
from zhenzan.lab.metrics import adjusted_rand_index, average_precision, recall_at_precision, share

MIDDLE = (0.05, 0.95)
CROWD_LIKES_MIN = 50


@dataclass(frozen=True)
class PoolScore:
    """One planted pool: its size, what the oracle recalls, our recall by verdict and at 99 % precision."""

    kind: str
    accounts: int
    likes: int
    oracle: float
    verdict_recall: float
    recall: float

    @property
    def counts(self) -> bool:
        return _counts(self.kind, self.oracle)

    @property
    def aged(self) -> bool:
        return _aged(self.kind)


def _aged(kind: str) -> bool:
    return kind.startswith("aged")


def _counts(kind: str, oracle: float) -> bool:
    return oracle >= RECALL_WANTED and not _aged(kind)


def counted_likes(family: FamilyWorld, oracle: np.ndarray) -> np.ndarray:
    """The bought likes of the pools that count, by what the `oracle` recalls of each pool. bool[n]."""
    counts = [_counts(kind, recall) for kind, recall in zip(family.pool_kinds, oracle, strict=True)]
    return np.array([*counts, False])[family.world.ring] & family.world.is_bought


@dataclass(frozen=True)
class Score:
    """A world's score. `counted_*`: over the likes of the pools that count (see `PoolScore.counts`).

    `crowds`: share called fake per kind of crowd; `worst_crowd`: the largest share of one crowd of 50 likes
    or more. `middle`: int64/float64 per bin of stated chance between 0.05 and 0.95: likes, sum stated,
    bought.
    """

    likes: int
    average_precision: float | None
    recall_at_99: float | None
    all_average_precision: float | None
    pools: tuple[PoolScore, ...]
    flagged: float
    crowds: dict[str, float]
    worst_crowd: float
    rings: int
    rand: float | None
    middle: np.ndarray
    seconds: float


def score(
    family: FamilyWorld,
    probability: np.ndarray,
    fake: np.ndarray,
    ring: np.ndarray,
    rings: int,
    seconds: float,
) -> Score:
    """Judge stated chances float[n], verdicts bool[n] and rings of the likes' accounts int[n]."""
    world = family.world
    probability = probability.astype(np.float64)
    natural = world.is_natural
    oracle = oracle_recalls(family)
    pools = _pools(family, probability, fake, oracle)
    counted = counted_likes(family, oracle)
    some = natural | counted
    has = bool(counted.any())
    return Score(
        likes=len(world),
        average_precision=average_precision(probability[some], counted[some]) if has else None,
        recall_at_99=recall_at_precision(probability[some], counted[some])[0] if has else None,
        all_average_precision=_average_precision(family, probability),
        pools=pools,
        flagged=share(fake, natural),
        crowds=_by_kind(family, fake),
        worst_crowd=_worst_crowd(family, fake),
        rings=rings,
        rand=_rand(family, ring),
        middle=_middle(family, probability),
        seconds=seconds,
    )


def _average_precision(family: FamilyWorld, probability: np.ndarray) -> float | None:
    world = family.world
    some = world.is_natural | world.is_bought
    if not world.is_bought.any():
        return None
    return average_precision(probability[some], world.is_bought[some])


def _pools(
    family: FamilyWorld, probability: np.ndarray, fake: np.ndarray, oracle: np.ndarray
) -> tuple[PoolScore, ...]:
    world = family.world
    scores = []
    for pool, kind in enumerate(family.pool_kinds):
        mine = world.is_bought & (world.ring == pool)
        some = mine | world.is_natural
        accounts = np.unique(world.account[mine]).size
        recall = recall_at_precision(probability[some], mine[some])[0] if mine.any() else 1.0
        scores.append(
            PoolScore(kind, accounts, int(mine.sum()), float(oracle[pool]), share(fake, mine), recall)
        )
    return tuple(p for p in scores if p.likes)


def _by_kind(family: FamilyWorld, fake: np.ndarray) -> dict[str, float]:
    kinds = np.array([*family.crowd_kinds, ""])[family.crowd]
    return {kind: share(fake, kinds == kind) for kind in sorted(set(family.crowd_kinds))}


def _worst_crowd(family: FamilyWorld, fake: np.ndarray) -> float:
    inside = family.crowd >= 0
    likes = np.bincount(family.crowd[inside])
    flagged = np.bincount(family.crowd[inside], fake[inside])
    large = likes >= CROWD_LIKES_MIN
    return float((flagged[large] / likes[large]).max()) if large.any() else 0.0


def _rand(family: FamilyWorld, ring: np.ndarray) -> float | None:
    """Adjusted Rand index over all accounts that sold a like, found or not (those in no ring stand alone)."""
    world = family.world
    sellers = np.flatnonzero(world.is_bought)
    if not sellers.size:
        return None
    first = sellers[np.unique(world.account[sellers], return_index=True)[1]]
    return adjusted_rand_index(world.ring[first], ring[first])


def _middle(family: FamilyWorld, probability: np.ndarray) -> np.ndarray:
    world = family.world
    some = (world.is_natural | world.is_bought) & (probability > MIDDLE[0]) & (probability < MIDDLE[1])
    bin_ = np.minimum((probability[some] * RELIABILITY_BINS).astype(np.int64), RELIABILITY_BINS - 1)
    columns = (None, probability[some], world.is_bought[some])
    return np.stack([np.bincount(bin_, column, RELIABILITY_BINS).astype(float) for column in columns])


def calibration_error(middle: np.ndarray) -> float:
    """Expected calibration error of bins [likes, sum stated, bought]: float64[3, bins]."""
    return float(np.abs(middle[1] - middle[2]).sum() / max(middle[0].sum(), 1.0))
