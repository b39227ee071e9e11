"""A synthetic log to try things on: the lab's shipped scenario `sample`, in the form of a platform's export.

Nothing in it comes from people. It is small, the same for the same seed, and holds what makes the question
hard: hits, loyal fans, live rooms' storms of likes; and what sellers deliver: bursts by accounts used again
and again, tiny orders from a pool, a paid crowd of real people, and accounts that are used once and thrown
away.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from zhenzan.errors import InputError
from zhenzan.lab import World, run, shipped_scenario
from zhenzan.progress import SILENT, Progress

__all__ = ["SOURCES", "START", "Sample", "as_table", "make_sample", "write_labels", "write_log"]

SCENARIO = "sample"
START = np.datetime64("2026-03-02T00:00:00", "us")  # a Monday; the scenario's first day
SOURCES = ("natural", "ring", "pool", "crowd", "throwaway", "camouflage")
CAMOUFLAGE = SOURCES.index("camouflage")
REPEAT_SHARE, REPEAT_DELAY_SECONDS = 0.004, 3600.0  # of the honest likes, delivered once more
SUFFIXES = (".csv", ".parquet")
APP = "made-up sample"  # in every row, so that nobody takes the log for a real one

_SOURCE_OF_STRATEGY = {"burst": "ring", "tiny": "pool", "crowd": "crowd", "throwaway": "throwaway"}


@dataclass(frozen=True)
class Sample:
    """The log as columns, one row per interaction in order of time.

    Accounts, items and creators are numbered from 0. `seconds` counts from `START`; `duration_ms` is -1 where
    not known, in live rooms; `unlike` marks the taking back of a like; `source` says how the row came about,
    an index into `SOURCES`.
    """

    account: npt.NDArray[np.int64]
    item: npt.NDArray[np.int64]
    creator: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    watched_ms: npt.NDArray[np.int64]
    duration_ms: npt.NDArray[np.int64]
    unlike: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int8]

    def take(self, rows: npt.NDArray[np.generic]) -> Sample:
        """The rows at these positions, or where this is true."""
        return Sample(**{name: values[rows] for name, values in vars(self).items()})


def make_sample(seed: int = 1, progress: Progress = SILENT) -> Sample:
    """Make the log: about 60,000 likes over 20 days, the same for the same seed.

    About a second; the first time on a machine, on which kernels are compiled, some ten.
    """
    return _delivered_again(_from_world(run(shipped_scenario(SCENARIO), seed, progress=progress)), seed)


def _from_world(world: World) -> Sample:
    """The likes and unlikes of a world, with its opaque ids made short."""
    log, truth = world.interactions, world.truth
    rows = pa.array(np.flatnonzero(pc.is_in(log["kind"].cast(pa.string()), pa.array(["like", "unlike"]))))
    log, truth = log.take(rows), truth.take(rows)
    account, item, creator = (
        np.unique(log[name].to_numpy(), return_inverse=True)[1].astype(np.int64)
        for name in ("account", "item", "creator")
    )
    time = log["timestamp"].cast(pa.int64()).to_numpy() - START.astype(np.int64)
    return Sample(
        account=account,
        item=item,
        creator=creator,
        seconds=time / 1e6,
        watched_ms=log["watched"].to_numpy(),
        duration_ms=pc.fill_null(log["duration"], -1).to_numpy(),
        unlike=pc.equal(log["kind"].cast(pa.string()), "unlike").to_numpy(),
        source=_sources(truth),
    )


def _sources(truth: pa.Table) -> npt.NDArray[np.int8]:
    kind, strategy = (np.array(truth[name].to_pylist(), object) for name in ("kind_of_like", "source"))
    source = np.zeros(truth.num_rows, np.int8)
    for name, ours in _SOURCE_OF_STRATEGY.items():
        source[(kind == "bought") & (strategy == name)] = SOURCES.index(ours)
    source[kind == "camouflage"] = CAMOUFLAGE
    return source


def _delivered_again(sample: Sample, seed: int) -> Sample:
    """The same log, in which some honest likes were sent a second time, later."""
    rng = np.random.default_rng(seed)
    honest = np.flatnonzero(~sample.unlike & (sample.source == 0))
    again = rng.choice(honest, int(len(honest) * REPEAT_SHARE), replace=False)
    when = sample.seconds[again] + np.round(rng.exponential(REPEAT_DELAY_SECONDS, len(again)), 3)
    kept = when <= sample.seconds[-1]
    rows = np.append(np.arange(len(sample.account)), again[kept])
    seconds = np.append(sample.seconds, when[kept])
    order = np.argsort(seconds, kind="stable")
    return Sample(**{**vars(sample.take(rows[order])), "seconds": seconds[order]})


def write_log(sample: Sample, path: Path) -> None:
    """Write the log as CSV or Parquet, by the path's ending; missing folders are made.

    Raises:
        InputError: the path ends in neither `.csv` nor `.parquet`.
    """
    _write(as_table(sample), path)


def write_labels(sample: Sample, path: Path) -> None:
    """Write which likes were bought: columns `id` (as in the log), `fake` (0 or 1) and `how`.

    Likes by which hired accounts try to look natural are neither, and left out.
    """
    likes = ~sample.unlike & (sample.source != CAMOUFLAGE)
    labels = pa.table(
        {
            "id": _ids(len(sample.account)).filter(pa.array(likes)),
            "fake": pa.array((sample.source[likes] > 0).astype(np.int8)),
            "how": pa.array(np.array(SOURCES)[sample.source[likes]]),
        }
    )
    _write(labels, path)


def as_table(sample: Sample) -> pa.Table:
    """Return the log in the interaction schema's names; `duration` is null for live rooms."""
    live = sample.duration_ms < 0
    milliseconds = np.round(sample.seconds * 1e3).astype("timedelta64[ms]")
    return pa.table(
        {
            "id": _ids(len(sample.account)),
            "kind": pa.array(np.where(sample.unlike, "unlike", "like")),
            "timestamp": pa.array(START + milliseconds, pa.timestamp("ms", "UTC")),
            "account": pa.array([f"viewer-{number:05d}" for number in sample.account.tolist()]),
            "item": pa.array(
                [
                    f"{'live' if is_live else 'video'}-{number:04d}"
                    for number, is_live in zip(sample.item.tolist(), live.tolist(), strict=True)
                ]
            ),
            "creator": pa.array([f"creator-{number:03d}" for number in sample.creator.tolist()]),
            "watched": pa.array(sample.watched_ms),
            "duration": pa.array(sample.duration_ms, mask=live),
            "app": pa.array([APP] * len(sample.account)),
        }
    )


def _ids(count: int) -> pa.Array:
    return pa.array([f"L{row:06d}" for row in range(1, count + 1)])


def _write(table: pa.Table, path: Path) -> None:
    """Write beside the target and rename, so that a killed run leaves no half file."""
    if path.suffix not in SUFFIXES:
        raise InputError(
            f"{path}: the sample log is written as {' or '.join(SUFFIXES)}, by the ending of its name"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.suffix == ".csv":
            pa_csv.write_csv(table, unfinished, pa_csv.WriteOptions(quoting_style="needed"))
        else:
            pa_parquet.write_table(table, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
