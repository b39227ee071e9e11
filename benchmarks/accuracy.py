"""Accuracy sections: the lab's worlds, farms, replayed campaigns; each gives the text of its part."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from benchmarks import worlds
from benchmarks.document import percent, table
from benchmarks.metrics import Judgement, Reliability, share
from benchmarks.real_timing_worlds import USES
from benchmarks.world import side_by_side
from benchmarks.zhenzan_method import Opinion, opine, warm_up
from zhenzan.progress import Progress

#: Development uses seeds below 100; nothing here was looked at while the model was made.
FIRST_SEED = 100
LIKES, QUICK_LIKES = 1_000_000, 200_000
WORLD_SEEDS = 10
FARM_SEEDS = 3
REPLAY_SEEDS = 20
SIDE_BY_SIDE = 5


def _all(
    progress: Progress, name: str, jobs: Sequence[Callable[[], worlds.World]]
) -> list[tuple[worlds.World, Opinion]]:
    """Verify every world; some 50 MB of labels are kept for each million likes."""
    done = []
    with progress.step(name, len(jobs)) as advance:
        for make in jobs:
            world = make()
            done.append((world, opine(world)))
            advance(1)
    return done


def lab(progress: Progress, quick: bool) -> str:
    """The lab's worlds: per seed, kind of campaign and confounder, and the reliability of probabilities."""
    warm_up()
    seeds = range(FIRST_SEED, FIRST_SEED + (2 if quick else WORLD_SEEDS))
    likes = QUICK_LIKES if quick else LIKES
    runs = _all(progress, "Worlds of the lab", [partial(worlds.lab_world, seed, likes) for seed in seeds])
    judged = [opinion.judgement for _, opinion in runs]
    by_seed = [
        (
            world.name,
            len(world),
            percent(world.is_bought.mean()),
            one.average_precision,
            one.recall_at_99,
            percent(one.natural_called_fake),
            one.rings_rand_index,
            one.calibration_error,
            percent(one.camouflage_called_fake),
            f"{opinion.seconds:.1f} s",
        )
        for (world, opinion), one in zip(runs, judged, strict=True)
    ]
    means = (
        "**mean**",
        None,
        None,
        _mean(one.average_precision for one in judged),
        _mean(one.recall_at_99 for one in judged),
        percent(_mean(one.natural_called_fake for one in judged)),
        _mean(one.rings_rand_index for one in judged),
        _mean(one.calibration_error for one in judged),
        percent(_mean(one.camouflage_called_fake for one in judged)),
        f"{np.median([opinion.seconds for _, opinion in runs]):.1f} s",
    )
    goal = ("*goal*", None, None, "≥ 0.97, each ≥ 0.94", "≥ 0.90", "≤ 0.1 %", "≥ 0.9", "≤ 0.03", None, None)
    header = (
        "world",
        "likes",
        "bought",
        "AP",
        "recall at 99 %",
        "natural called fake",
        "rings (Rand)",
        "calibration error",
        "camouflage called fake",
        "time",
    )
    return "\n\n".join(
        (
            "## Worlds of the lab",
            LAB_TEXT,
            table(header, [*by_seed, means, goal]),
            _by_kind(judged),
            _by_confounder(runs),
            _side_by_side([world for world, _ in runs[:SIDE_BY_SIDE]]),
            "How often what was stated came true, over all seeds together:",
            _reliability([one.reliability for one in judged if one.reliability is not None]),
        )
    )


LAB_TEXT = """\
A month of the [simulated world](explanation/lab.md), calibrated below, in which viral hits, fans at a video's
first minutes, topic communities, live storms, offices, heavy users, newcomers and hunters of cards look as
sudden as bought likes do, a feed is moved by what is bought, and sellers of every kind work
(`scenarios/benchmark.toml`). Paid crowds are real people who like for pleasure too. The time in the last line
is the median."""


def _by_kind(judged: list[Judgement]) -> str:
    kinds = list(judged[0].average_precision_by_kind)
    rows = [
        (
            kind,
            _mean(one.average_precision_by_kind.get(kind) for one in judged),
            min(one.average_precision_by_kind.get(kind, np.nan) for one in judged),
            _mean(one.recall_by_kind.get(kind) for one in judged),
        )
        for kind in kinds
    ]
    return table(("kind of campaign (goal: each ≥ 0.85)", "AP", "worst seed's AP", "recall at 99 %"), rows)


def _side_by_side(several: list[worlds.World]) -> str:
    """Several worlds in one log: populations that never meet must not look like rings to each other."""
    one = opine(side_by_side(several)).judgement
    return (
        f"The first {len(several)} worlds as one log, people and items apart, as on a platform of many "
        f"languages: "
        f"AP {one.average_precision:.3f}, recall at 99 % {one.recall_at_99:.3f}, natural called fake "
        f"{percent(one.natural_called_fake)}."
    )


def _by_confounder(runs: list[tuple[worlds.World, Opinion]]) -> str:
    rows = []
    for name in runs[0][1].judgement.called_fake_by_confounder:
        shares = [opinion.judgement.called_fake_by_confounder.get(name, np.nan) for _, opinion in runs]
        likes = int(np.mean([(world.of(name) & world.is_natural).sum() for world, _ in runs]))
        rows.append((name, likes, percent(_mean(shares)), percent(np.nanmax(shares))))
    header = ("confounder (goal: ≤ 0.5 % called fake)", "natural likes", "called fake", "worst seed")
    return table(header, rows)


def _reliability(tables: list[Reliability]) -> str:
    likes = np.sum([one.likes for one in tables], axis=0)
    stated = np.sum([one.likes * one.stated for one in tables], axis=0) / np.maximum(likes, 1)
    observed = np.sum([one.likes * one.observed for one in tables], axis=0) / np.maximum(likes, 1)
    rows = [
        (
            f"{bin_ / len(likes):.2f}–{(bin_ + 1) / len(likes):.2f}",
            int(likes[bin_]),
            stated[bin_],
            observed[bin_],
        )
        for bin_ in range(len(likes))
        if likes[bin_]
    ]
    return table(
        ("stated probability", "likes", "stated", "bought"), [tuple(map(_plain, row)) for row in rows]
    )


def farms(progress: Progress, quick: bool) -> str:
    """Three farms and thirty flash crowds, in all variants of the targets and of the working hours."""
    warm_up()
    variants = list(itertools.product((True, False), ("common", "item")))
    seeds = range(FIRST_SEED, FIRST_SEED + (1 if quick else FARM_SEEDS))
    likes = QUICK_LIKES if quick else LIKES
    rows = []
    for traffic, window in variants:
        name = f"{'items with likes of their own' if traffic else 'new items'}, " + (
            "hours common to a farm" if window == "common" else "each item at its time"
        )
        jobs = [partial(worlds.farms_world, seed, likes, traffic, window) for seed in seeds]
        runs = _all(progress, f"Farms: {name}", jobs)
        judged = [opinion.judgement for _, opinion in runs]
        recalls = [
            _mean(share(opinion.called_fake, world.of(farm) & world.is_bought) for world, opinion in runs)
            for farm in ("farm_dense", "farm_medium", "farm_slow")
        ]
        rows.append(
            (
                name,
                _mean(one.average_precision for one in judged),
                *recalls,
                percent(_mean(one.natural_called_fake for one in judged)),
                percent(_mean(one.called_fake_by_confounder["viral"] for one in judged)),
                max(_flagged_crowds(world, opinion) for world, opinion in runs),
                _mean(one.rings_rand_index for one in judged),
            )
        )
    goal = ("*goal*", "≥ 0.99", "≥ 0.95", "≥ 0.95", "≥ 0.95", "≤ 0.1 %", "–", "0", "≥ 0.9")
    header = (
        "farms' targets",
        "AP",
        "dense found",
        "medium found",
        "slow found",
        "natural called fake",
        "flash likes called fake",
        "crowds flagged",
        "rings (Rand)",
    )
    return "\n\n".join(
        (
            "## Three farms among flash crowds",
            "A million likes with three farms of 300–500 accounts (dense in two hours; 15 % of 200 items in "
            "six hours; 5 % of 400 items over three days) and 30 natural flash crowds of 1,500. Found means "
            "called fake at the default policy; a crowd is flagged when over 5 % of it is called fake.",
            table(header, [*rows, goal]),
        )
    )


def _flagged_crowds(world: worlds.World, opinion: Opinion) -> int:
    """Flash crowds of which more than one in twenty likes is called fake."""
    crowd = world.of("viral")
    _, item = np.unique(world.item[crowd], return_inverse=True)
    return int((np.bincount(item, weights=opinion.called_fake[crowd]) > 0.05 * np.bincount(item)).sum())


def replay(progress: Progress, quick: bool) -> str:
    """Real campaign timings in real logs."""
    warm_up()
    seeds = range(FIRST_SEED, FIRST_SEED + (2 if quick else REPLAY_SEEDS))
    cases = [
        (reuse, placement, targets, background)
        for reuse in USES
        for placement, targets in (("campaigns", "own"), ("window", "own"), ("campaigns", "background"))
        for background in ("kuairand", "election")
    ]
    rows = []
    for reuse, placement, targets, background in cases:
        jobs = [partial(worlds.replay_world, seed, background, reuse, placement, targets) for seed in seeds]
        runs = _all(progress, f"Replay: {background}, {reuse}, {placement}, {targets}", jobs)
        judged = [opinion.judgement for _, opinion in runs]
        rows.append(
            (
                ACCOUNTS[reuse],
                TIMINGS[placement],
                TARGETS[targets],
                background,
                _mean(one.average_precision for one in judged),
                min(one.average_precision for one in judged),
                _mean(one.recall_at_99 for one in judged),
                percent(_mean(one.natural_called_fake for one in judged)),
                _mean(one.recall_of_verdicts for one in judged),
                _mean(one.rings_rand_index for one in judged),
            )
        )
    goal = ("*goal*", None, None, None, "≥ 0.95", None, "≥ 0.90", "≤ 0.1 %", None, "≥ 0.9")
    header = (
        "accounts",
        "timing",
        "targets",
        "background",
        "AP",
        "worst seed's AP",
        "recall at 99 %",
        "natural called fake",
        "found",
        "rings (Rand)",
    )
    return "\n\n".join(
        (
            "## Real timings: fake GitHub stars replayed",
            REPLAY_TEXT.format(seeds=len(seeds)),
            table(header, [*rows, goal]),
        )
    )


ACCOUNTS = {"reuse": "used 5 times or more", "throwaway": "used once or twice"}
TIMINGS = {"campaigns": "campaigns of 10 or more", "window": "stretch of the log"}
TARGETS = {"own": "items of their own", "background": "items with natural likes"}
REPLAY_TEXT = """\
Stars that StarScout found fake, laid into KuaiRand (long views taken as likes) and into shares of
links before an election, {seeds} seeds each; accounts come from fresh pools. *Campaigns*: runs of
10 stars or more of one repository without a gap over a day, each at a random place, its inner
timing kept to the second. *Stretch of the log*: windows of the fake log as long as the background,
laid over it as they were, with all repositories of 3 stars or more, most of which have few.
Repositories too big for a pool whose accounts are used five times are left out. The goal is for
accounts that are used again; of an account used once or twice little can be known, and what is
found then is found by timing alone. The election log is itself a case from research on coordinated
sharing: some of what counts as natural here may not be."""


def _mean(values: Iterable[float | None]) -> float:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return float(np.nanmean(numbers)) if np.isfinite(numbers).any() else float("nan")


def _plain(value: object) -> object:
    return float(value) if isinstance(value, np.floating) else value
