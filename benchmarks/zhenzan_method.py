"""Zhenzan on a labelled world: what it said of every like, how long it took, and how right it was."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.metrics import Judgement, judge
from benchmarks.world import World


@dataclass(frozen=True)
class Opinion:
    """Per like of the world, in its order: probability, verdict, ring of its account (-1: none)."""

    probability: np.ndarray
    called_fake: np.ndarray
    ring: np.ndarray
    seconds: float
    judgement: Judgement


def opine(world: World) -> Opinion:
    """Verify the world's log in this process and judge the answer. Kernels should be warm: see `warm_up`."""
    import zhenzan

    log = world.table()
    begin = time.perf_counter()
    result = zhenzan.verify(log)
    seconds = time.perf_counter() - begin
    verdicts = result.verdicts
    assert verdicts.num_rows == len(world), "one verdict per like"
    assert (verdicts["row"].to_numpy() == np.arange(len(world))).all(), "verdicts come in input order"
    probability = verdicts["fake_probability"].to_numpy().astype(np.float64)
    called_fake = _dense(pc.equal(verdicts["verdict"].cast(pa.string()), "fake")).astype(bool)
    ring = _ring_of_likes(result.accounts, world.account)
    judgement = judge(world, probability, called_fake, ring, is_probability=True)
    return Opinion(probability, called_fake, ring, seconds, judgement)


def warm_up() -> None:
    """Compile every kernel on a small world, so that no measured second is a compiler's."""
    import zhenzan
    from benchmarks.lab_world import lab_world

    zhenzan.verify(lab_world(0, likes=30_000).table())


def _ring_of_likes(accounts: pa.Table, account: np.ndarray) -> np.ndarray:
    """The ring found for the account of each like, -1 where there is none."""
    ids = accounts["account"].to_numpy()
    ring = _dense(pc.fill_null(accounts["ring"], -1)).astype(np.int64)
    order = np.argsort(ids, kind="stable")
    position = np.searchsorted(ids[order], account)
    assert (ids[order][position] == account).all(), "every account of the log is in the accounts table"
    return ring[order][position]


def _dense(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_numpy())
