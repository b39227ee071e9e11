"""The lab's world as a labelled log to be judged on: a month with every confounder and strategy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.world import BOUGHT, CAMOUFLAGE, CODE, NATURAL, World
from zhenzan.lab import Scenario, load_scenario, run
from zhenzan.lab import World as LabWorld

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "benchmark.toml"
LIKES = 1_000_000  # that the scenario brings, about
KINDS = {"natural": NATURAL, "bought": BOUGHT, "camouflage": CAMOUFLAGE}


def lab_world(seed: int, likes: int = LIKES, context: bool = False) -> World:
    """A month of `likes` likes, about, in time order. With `context` also addresses and devices.

    A smaller world has fewer people, creators, items and hired accounts, all in proportion. Cost: some 15 s
    and 2 GB for a million likes.
    """
    return as_benchmark(run(scaled(load_scenario(SCENARIO), likes / LIKES), seed), context=context)


def scaled(scenario: Scenario, factor: float) -> Scenario:
    """The same scenario with everything that is counted in heads `factor` times as large."""
    changes: dict[str, object] = {
        f"world.{name}": max(int(getattr(scenario.world, name) * factor), least)
        for name, least in (("viewers", 500), ("creators", 100), ("items", 300))
    }
    for seller in scenario.sellers:
        changes[f"seller.{seller.name}.accounts"] = max(int(seller.accounts * factor), 40)
    return scenario.changed(changes)


def as_benchmark(lived: LabWorld, *, context: bool = False) -> World:
    """The likes of a world of the lab in the form of the benchmark's worlds."""
    likes = lived.likes
    source = _words(likes["source"])
    return World(
        name=f"{lived.scenario.name} {lived.seed}",
        account=likes["account"].to_numpy(),
        item=likes["item"].to_numpy(),
        creator=likes["creator"].to_numpy(),
        timestamp=likes["timestamp"].cast(pa.int64()).to_numpy(),
        kind_of_like=_coded(_words(likes["kind_of_like"]), KINDS),
        strategy=_coded(source, CODE),
        ring=_ring_of_accounts(lived, likes["account"].to_numpy()),
        campaign=np.asarray(pc.fill_null(likes["campaign"], -1).to_numpy()),
        ip=_codes(likes["ip"]) if context else None,
        device=_codes(likes["device"]) if context else None,
        notes={"scenario": lived.scenario.digest, "outcomes": lived.outcomes.numbers()},
    )


def _ring_of_accounts(lived: LabWorld, account: np.ndarray) -> np.ndarray:
    """The ring of each like's account, −1: none. Throwaway accounts are used once: theirs is no ring."""
    known = lived.accounts["account"].to_numpy()
    ring = np.asarray(pc.fill_null(lived.accounts["ring"], -1).to_numpy()).astype(np.int32)
    fresh = [seller.name for seller in lived.scenario.sellers if seller.supply == "fresh"]
    ring[np.isin(np.asarray(pc.fill_null(lived.accounts["seller"], "").to_pylist()), fresh)] = -1
    order = np.argsort(known)
    return ring[order[np.searchsorted(known[order], account)]]


def _words(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.cast(pa.string()).to_numpy())


def _coded(words: np.ndarray, codes: dict[str, int]) -> np.ndarray:
    known, inverse = np.unique(words, return_inverse=True)
    return np.array([codes[word] for word in known.tolist()], np.int8)[inverse]


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.combine_chunks().dictionary_encode().indices.to_numpy())
