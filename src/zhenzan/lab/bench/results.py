"""Results of an experiment: every run, intervals over replicates, paired contrasts, the frontier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from zhenzan.lab.bench.checkpoints import Outcome
from zhenzan.lab.bench.frontier import frontier_of
from zhenzan.lab.bench.intervals import student_interval
from zhenzan.lab.bench.model import Contrast, Experiment, Run
from zhenzan.lab.bench.table_schemas import (
    CONTRASTS,
    INTERVALS,
    RUN_COLUMNS,
    SIZE_INTERVALS,
    SIZE_OUTCOMES,
    SIZES,
)
from zhenzan.lab.outputs.outcomes import SUMMARY

__all__ = ["Results", "gather"]


@dataclass(frozen=True)
class Results:
    """The results of an experiment. Each table is an Arrow table; its columns are in `bench.table_schemas`.

    `runs`: one row a run; `sizes`: one a run, strategy and order size; `intervals`, `size_intervals`: means
    over replicates; `contrasts`: each arm against its baseline, paired; `frontier`: where orders of a size
    stop paying (no rows where nothing is swept). `reused`: how many runs were those of an earlier program
    that was stopped.
    """

    experiment: Experiment
    runs: pa.Table
    sizes: pa.Table
    intervals: pa.Table
    size_intervals: pa.Table
    contrasts: pa.Table
    frontier: pa.Table
    reused: int = 0

    def tables(self) -> dict[str, pa.Table]:
        """All tables by name."""
        names = ("runs", "sizes", "intervals", "size_intervals", "contrasts", "frontier")
        return {name: getattr(self, name) for name in names}

    def contrast(self, outcome: str, arm: str, than: str, level: float | None = None) -> Contrast:
        """The contrast of an outcome between two arms, replicate by replicate. Raises `KeyError`."""
        return contrast_of(self.runs.to_pylist(), outcome, arm, than, level)


def gather(
    experiment: Experiment, plan: Sequence[Run], outcomes: Sequence[Outcome], reused: int = 0
) -> Results:
    """Put what the runs came to into tables."""
    head = [
        {"arm": run.arm, "level": run.level, "replicate": run.replicate, "seed": run.seed} for run in plan
    ]
    runs = [{**one, **numbers} for one, (numbers, _) in zip(head, outcomes, strict=True)]
    sizes = [{**one, **row} for one, (_, rows) in zip(head, outcomes, strict=True) for row in rows]
    return Results(
        experiment=experiment,
        runs=pa.Table.from_pylist(
            runs, schema=pa.schema([*RUN_COLUMNS, *((n, pa.float64()) for n in SUMMARY)])
        ),
        sizes=pa.Table.from_pylist(sizes, schema=SIZES),
        intervals=pa.Table.from_pylist(_intervals(experiment, runs), schema=INTERVALS),
        size_intervals=pa.Table.from_pylist(_size_intervals(experiment, sizes), schema=SIZE_INTERVALS),
        contrasts=pa.Table.from_pylist(_contrasts(experiment, runs), schema=CONTRASTS),
        frontier=frontier_of(experiment, sizes),
        reused=reused,
    )


Rows = list[dict[str, Any]]


def _cells(experiment: Experiment) -> list[tuple[str, float | None]]:
    return [(arm, level) for arm in experiment.arms for level in experiment.levels(arm)]


def _grouped(rows: Rows, *keys: str) -> dict[tuple[Any, ...], Rows]:
    groups: dict[tuple[Any, ...], Rows] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return groups


def _intervals(experiment: Experiment, runs: Rows) -> Rows:
    groups = _grouped(runs, "arm", "level")
    rows = []
    for arm, level in _cells(experiment):
        for outcome in SUMMARY:
            interval = student_interval([row[outcome] for row in groups[arm, level]])
            rows.append(
                {
                    "arm": arm,
                    "level": level,
                    "outcome": outcome,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                    "replicates": interval.count,
                }
            )
    return rows


def _size_intervals(experiment: Experiment, sizes: Rows) -> Rows:
    rows = []
    groups = _grouped(sizes, "arm", "level", "strategy", "quantity")
    order = {cell: index for index, cell in enumerate(_cells(experiment))}
    for key in sorted(groups, key=lambda key: (order[key[:2]], key[2], key[3])):
        group = groups[key]
        for outcome in SIZE_OUTCOMES:
            interval = student_interval([row[outcome] for row in group])
            rows.append(
                {
                    "arm": key[0],
                    "level": key[1],
                    "strategy": key[2],
                    "quantity": key[3],
                    "outcome": outcome,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                    "replicates": interval.count,
                    "orders": sum(row["orders"] for row in group),
                }
            )
    return rows


def _contrasts(experiment: Experiment, runs: Rows) -> Rows:
    rows = []
    for arm, level in _cells(experiment):
        than = experiment.baseline(arm)
        if than == arm:
            continue
        for outcome in SUMMARY:
            contrast = contrast_of(runs, outcome, arm, than, level)
            rows.append({name: getattr(contrast, name) for name in CONTRASTS.names})
    return rows


def contrast_of(runs: Rows, outcome: str, arm: str, than: str, level: float | None) -> Contrast:
    """The contrast of two arms at one value of the sweep, paired by seed. Raises `KeyError`."""

    def by_seed(name: str) -> dict[int, float]:
        values = {row["seed"]: row[outcome] for row in runs if row["arm"] == name and row["level"] == level}
        if not values:
            raise KeyError(f"there are no runs of arm {name!r} at level {level}")
        return values

    one, other = by_seed(arm), by_seed(than)
    differences = np.array([one[seed] - other[seed] for seed in one if seed in other], np.float64)
    interval = student_interval(differences)
    assert interval.count == 0 or math.isfinite(interval.mean)
    return Contrast(outcome, arm, than, interval.mean, interval.low, interval.high, interval.count, level)
