"""Peers beside ours on the families of worlds: average precision per family, and where ours leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.document import table
from benchmarks.families.contract import FamilyWorld
from benchmarks.families.halves import HIRING, SEEDS, HiringFamily
from benchmarks.families.oracle import oracle_recalls
from benchmarks.families.scoring import counted_likes
from benchmarks.metrics import average_precision
from benchmarks.peers import (
    FRAUDAR_BLOCKS,
    Peer,
    attempt,
    fraudar,
    gradient_boosting,
    near_bipartite_cores,
    synchrony,
)
from benchmarks.world import World
from benchmarks.zhenzan_method import opine, warm_up
from zhenzan.progress import Advance, Progress

LIMIT_SECONDS = 300
QUICK_FAMILY, QUICK_SEEDS = "small", (0,)
OURS = "**Zhenzan**"


def boosting_alone(world: World) -> np.ndarray:
    """Gradient boosting on one thread: on a busy machine its threads mostly wait for each other."""
    import sklearn.ensemble  # noqa: F401  # its threads can be limited once they are there
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return gradient_boosting(world)


RIVALS = (
    Peer("boosting, half of the labels", boosting_alone, supervised=True),
    Peer("FRAUDAR's peeling", fraudar),
    Peer("SynchroTrap's", synchrony),
    Peer("CopyCatch's", near_bipartite_cores),
)

TEXT = """\
## Beside other methods, on the families of worlds

Every [family](explanation/worlds.md) of both halves in which likes are bought, seeds {seeds}: sizes,
people, crowds and pools are drawn anew by each seed. The development half is what the model may be tuned
on, the record half is not. AP is over the bought likes of the pools that *count* (an oracle finds them) and
all natural likes; the last line is over all bought likes, those of aged pools and of pools that no oracle
finds included. Means over the seeds. Boosting learns from ten counts of each account and from the labels of
half of the accounts, is judged on the other half, and the reverse; no other method sees a label. FRAUDAR
peels {blocks} blocks. SynchroTrap's is the similarity of pairs of accounts, CopyCatch's the largest
near-bipartite core.

{table}

Zhenzan leads on {families} families and, taken one by one, on {worlds} worlds; over all bought likes on
{families_of_all} families and {worlds_of_all} worlds."""


@dataclass(frozen=True)
class Ranking:
    """One method's average precision on one world; NaN where it gave no result.

    `counted`: over the pools that count and all natural likes; `everything`: over all bought and natural.
    """

    counted: float
    everything: float


@dataclass(frozen=True)
class FamilyRow:
    """The worlds of a family: likes in all, and of each method (ours first) a ranking of each world."""

    family: HiringFamily
    likes: int
    rankings: tuple[tuple[Ranking, ...], ...]

    @property
    def counted(self) -> np.ndarray:
        """Average precision over the pools that count: float64[methods, worlds]."""
        return np.array([[world.counted for world in method] for method in self.rankings])

    @property
    def everything(self) -> np.ndarray:
        """Average precision over all bought likes: float64[methods, worlds]."""
        return np.array([[world.everything for world in method] for method in self.rankings])


def families(progress: Progress, quick: bool) -> str:
    """Mean average precision of ours and of each peer on every family."""
    warm_up()
    seeds = QUICK_SEEDS if quick else SEEDS
    chosen = [family for family in HIRING if not quick or family.name == QUICK_FAMILY]
    with progress.step("Families", len(chosen) * len(seeds) * (1 + len(RIVALS))) as advance:
        rows = [_family_row(family, seeds, advance) for family in chosen]
    return written(rows, seeds)


def _family_row(family: HiringFamily, seeds: tuple[int, ...], advance: Advance) -> FamilyRow:
    likes, by_world = 0, []
    for drawn in family.worlds(seeds):
        likes += len(drawn.world)
        by_world.append(_rankings(drawn, advance))
    return FamilyRow(family, likes, tuple(zip(*by_world, strict=True)))


def _rankings(drawn: FamilyWorld, advance: Advance) -> list[Ranking]:
    """Ours, then each peer's, on one world."""
    counted = counted_likes(drawn, oracle_recalls(drawn))
    rankings = [_ranking(drawn, counted, opine(drawn.world).probability)]
    advance(1)
    for rival in RIVALS:
        rankings.append(_ranking(drawn, counted, attempt(rival, drawn.world, LIMIT_SECONDS).score))
        advance(1)
    return rankings


def _ranking(drawn: FamilyWorld, counted: np.ndarray, score: np.ndarray | None) -> Ranking:
    if score is None:
        return Ranking(np.nan, np.nan)
    bought, natural = drawn.world.is_bought, drawn.world.is_natural
    return Ranking(_precision(score, counted, natural), _precision(score, bought, natural))


def _precision(score: np.ndarray, bought: np.ndarray, natural: np.ndarray) -> float:
    some = bought | natural
    return average_precision(score[some].astype(np.float64), bought[some]) if bought.any() else np.nan


def written(rows: Sequence[FamilyRow], seeds: Sequence[int]) -> str:
    """The section: a row a family, the means, and on how many families and worlds ours leads."""
    counted, everything = (
        np.stack([_means(values) for values in half])
        for half in ([row.counted for row in rows], [row.everything for row in rows])
    )
    cells = [
        (row.family.half, row.family.name, row.likes // len(seeds), *mean.tolist())
        for row, mean in zip(rows, counted, strict=True)
    ]
    means = [
        ("**mean**", None, None, *_means(counted.T).tolist()),
        ("*mean, all bought likes*", None, None, *_means(everything.T).tolist()),
    ]
    header = ("half", "family", "likes", OURS, *(rival.name for rival in RIVALS))
    return TEXT.format(
        seeds=", ".join(map(str, seeds)),
        blocks=FRAUDAR_BLOCKS,
        table=table(header, [*cells, *means]),
        families=_leads(counted),
        worlds=_leads(np.concatenate([row.counted.T for row in rows])),
        families_of_all=_leads(everything),
        worlds_of_all=_leads(np.concatenate([row.everything.T for row in rows])),
    )


def _means(values: np.ndarray) -> np.ndarray:
    """Means along the last axis over what is a number; NaN where nothing is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(-1)
    return np.where(known.any(-1), total / np.maximum(known.sum(-1), 1), np.nan)


def _leads(values: np.ndarray) -> str:
    """In how many of the rows that it ranks the first method is above every other: "3 of 4".

    Values float64[rows, methods]; a method without a result is no rival.
    """
    values = values[~np.isnan(values[:, 0])]
    others = np.nan_to_num(values[:, 1:], nan=0.0)
    return f"{int((values[:, 0] > others.max(1)).sum())} of {len(values)}"
