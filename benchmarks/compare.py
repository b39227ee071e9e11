"""Peers beside ours on the same logs."""

from __future__ import annotations

import numpy as np

from benchmarks import worlds
from benchmarks.accuracy import FIRST_SEED, LIKES, QUICK_LIKES
from benchmarks.document import table
from benchmarks.metrics import judge
from benchmarks.peers import FRAUDAR_BLOCKS, PEERS, attempt
from benchmarks.zhenzan_method import opine, warm_up
from zhenzan.progress import Progress

SEEDS = 3
LIMIT_SECONDS = 300


def peers(progress: Progress, quick: bool) -> str:
    """Average precision, recall at 99 % precision and seconds of every method on each kind of world."""
    warm_up()
    likes = QUICK_LIKES if quick else LIKES
    seeds = range(FIRST_SEED, FIRST_SEED + (1 if quick else SEEDS))
    makers = {
        "lab": lambda seed: worlds.lab_world(seed, likes),
        "farms": lambda seed: worlds.farms_world(seed, likes),
        "kuairand": lambda seed: worlds.replay_world(seed, "kuairand"),
        "election": lambda seed: worlds.replay_world(seed, "election"),
    }
    methods = ["**Zhenzan**", *(peer.name for peer in PEERS)]
    scores: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    failures: dict[tuple[str, str], str] = {}
    with progress.step("Peers", len(makers) * len(seeds) * len(methods)) as advance:
        for kind, make in makers.items():
            for seed in seeds:
                world = make(seed)
                ours = opine(world)
                one = ours.judgement
                scores.setdefault((methods[0], kind), []).append(
                    (one.average_precision, one.recall_at_99, ours.seconds)
                )
                advance(1)
                for peer in PEERS:
                    got = attempt(peer, world, LIMIT_SECONDS)
                    if got.score is None:
                        failures[peer.name, kind] = got.failure
                    else:
                        one = judge(world, got.score)
                        scores.setdefault((peer.name, kind), []).append(
                            (one.average_precision, one.recall_at_99, got.seconds)
                        )
                    advance(1)
    rows = [
        (method, *(cell for kind in makers for cell in _cells(scores, failures, method, kind)))
        for method in methods
    ]
    header = ["method"]
    for kind in makers:
        header += [f"{kind}: AP", "recall at 99 %", "time"]
    return "\n\n".join(
        (
            "## Beside other methods",
            f"Means over {len(seeds)} seeds, medians of time; scores of likes follow from those of accounts "
            f"or blocks as each method gives them. FRAUDAR peels {FRAUDAR_BLOCKS} blocks. Gradient boosting "
            "is shown the labels of half of the accounts, the others see none. Worlds: lab and farms with "
            f"{likes:,} likes, and fake stars replayed into two real logs.",
            table(header, rows),
        )
    )


def _cells(
    scores: dict[tuple[str, str], list[tuple[float, float, float]]],
    failures: dict[tuple[str, str], str],
    method: str,
    kind: str,
) -> tuple[object, object, object]:
    if (method, kind) not in scores:
        return failures.get((method, kind), "not run"), None, None
    precision, recall, seconds = np.array(scores[method, kind]).T
    return float(precision.mean()), float(recall.mean()), f"{np.median(seconds):.1f} s"
