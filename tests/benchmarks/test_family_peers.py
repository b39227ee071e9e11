"""Peers on the families: which likes count, and what the table says of known scores."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.families.contract import FamilyWorld
from benchmarks.families.halves import HIRING
from benchmarks.families.oracle import oracle_recalls
from benchmarks.families.scoring import counted_likes, score
from benchmarks.peers import Attempt, Peer
from benchmarks.world import World

from benchmarks import family_peers
from zhenzan.progress import SILENT

SMALL = next(family for family in HIRING if (family.half, family.name) == ("development", "small"))


@pytest.fixture(scope="module")
def small() -> FamilyWorld:
    return SMALL.make(3)


def _knows_all(world: World) -> SimpleNamespace:
    return SimpleNamespace(probability=np.where(world.is_bought, 0.9, 0.1))


def _knows_nothing(peer: Peer, world: World, limit_seconds: float) -> Attempt:
    if peer.name == "FRAUDAR's peeling":
        return Attempt(None, limit_seconds, "no result")
    return Attempt(np.zeros(len(world)), 0.0)


def test_every_family_that_hires_is_there_once() -> None:
    assert len({(family.half, family.name) for family in HIRING}) == len(HIRING) == 14
    assert "quiet" not in {family.name for family in HIRING}


def test_likes_that_count_are_those_of_pools_that_an_oracle_finds_and_that_are_not_aged(
    small: FamilyWorld,
) -> None:
    bought, ring = small.world.is_bought, small.world.ring
    every = np.ones(len(small.pool_kinds))
    assert np.array_equal(counted_likes(replace(small, pool_kinds=("tiny",) * every.size), every), bought)
    assert not counted_likes(replace(small, pool_kinds=("aged",) * every.size), every).any()
    all_but_first = counted_likes(
        replace(small, pool_kinds=("tiny",) * every.size), every - (np.arange(every.size) == 0)
    )
    assert np.array_equal(all_but_first, bought & (ring > 0))


def test_the_score_of_a_world_counts_the_same_likes(small: FamilyWorld) -> None:
    counted = counted_likes(small, oracle_recalls(small))
    nobody = np.full(len(small.world), -1)
    scored = score(small, counted.astype(float), counted, nobody, 0, 0.0)
    assert scored.average_precision == 1.0
    assert sum(pool.likes for pool in scored.pools if pool.counts) == counted.sum()


def test_who_knows_all_leads_whoever_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family_peers, "warm_up", lambda: None)
    monkeypatch.setattr(family_peers, "opine", _knows_all)
    monkeypatch.setattr(family_peers, "attempt", _knows_nothing)
    monkeypatch.setattr(family_peers, "HIRING", (SMALL,))
    text = family_peers.families(SILENT, quick=True)
    row = next(line for line in text.splitlines() if line.startswith("| development | small |"))
    ours, boosting, fraudar = row.split(" | ")[3:6]
    assert (ours, fraudar) == ("1.000", "–")
    assert 0.0 < float(boosting) < 0.5
    assert "leads on 1 of 1 families and, taken one by one, on 1 of 1 worlds" in text


def test_ties_do_not_lead() -> None:
    values = np.array([[0.5, 0.5, 0.1], [0.6, 0.5, np.nan], [np.nan, 0.9, 0.9]])
    assert family_peers._leads(values) == "1 of 2"
