"""Context evidence: it finds what machines do, and leaves people alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.testing.pairs import DAY, HOUR, MINUTE, PairLog, pair_logs, pairs_of

from zhenzan.policy import Context, Limits, Policy
from zhenzan.verify.evidence.context import DECIBANS_MAX, ContextEvidence, context_evidence
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.registry import CONTEXT

PRIOR = 0.002
DEFAULT = Policy.default()


class World:
    """Likes that are added crowd by crowd; `group` says which crowd a like belongs to."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.rows: list[tuple[np.ndarray, ...]] = []
        self.groups: list[str] = []
        self.accounts = 0

    def add(
        self, group: str, time: np.ndarray, *, watched: float, ip: np.ndarray, device: np.ndarray
    ) -> None:
        """One account's likes; `watched` is the mean share of an item that it watches."""
        n, random = time.size, self.random
        item = random.choice(4000, n, replace=False)
        duration = 15_000 + item * 3
        share = random.gamma(2.0, watched / 2, n) if watched else random.uniform(0, 0.005, n)
        self.rows.append((np.full(n, self.accounts), item, time, (share * duration), duration, ip, device))
        self.groups += [group] * n
        self.accounts += 1

    def person(self, group: str, likes: int, days: int, *, ip: int | None = None, zone: int = 0) -> None:
        """Likes in sessions in waking hours, from home and from one's own phone."""
        day = self.random.integers(0, days, likes) * DAY
        session = self.random.choice([8, 12, 13, 18, 21, 22], likes) * HOUR + self.random.integers(
            0, HOUR, likes
        )
        home = np.full(likes, 1000 + self.accounts if ip is None else ip)
        phone = np.full(
            likes, 1000 + self.accounts // 2 * 2 if self.random.random() < 0.1 else 9000 + self.accounts
        )
        self.add(group, day + (session + zone * HOUR) % DAY, watched=0.7, ip=home, device=phone)

    def machine(self, group: str, likes: int, farm: int) -> None:
        """Likes around the clock every hour, unwatched, from a farm's devices and its one address."""
        time = (
            self.random.integers(0, DAY)
            + np.arange(likes) * HOUR
            + self.random.integers(0, MINUTE // 6, likes)
        )
        self.add(
            group,
            time,
            watched=0.0,
            ip=np.full(likes, 1 + farm),
            device=np.full(likes, 1 + farm * 100 + self.accounts % 3),
        )

    def features(self) -> tuple[Features, np.ndarray]:
        """Return the features and the group of each pair."""
        account, item, time, watched, duration, ip, device = (
            np.concatenate(c) for c in zip(*self.rows, strict=True)
        )
        columns = {"watched": watched, "duration": duration, "ip": ip, "device": device}
        log = PairLog(
            account.tolist(),
            item.tolist(),
            time.tolist(),
            {i: i // 4 for i in range(4000)},
            {name: np.asarray(values).astype(int).tolist() for name, values in columns.items()},
        )
        pairs, row = pairs_of(log)
        return Features(pairs), np.array(self.groups)[row]


def natural_world(seed: int = 0) -> World:
    """Ordinary people, heavy ones, a school of 300 behind one address, a continent twelve hours away."""
    world = World(seed)
    for _ in range(1500):
        world.person("ordinary", int(world.random.integers(1, 15)), 30, zone=int(world.random.integers(0, 3)))
    for _ in range(40):
        world.person("heavy", int(world.random.integers(200, 600)), 30)
    for _ in range(300):
        world.person("school", int(world.random.integers(2, 12)), 30, ip=7)
    for _ in range(200):
        world.person("far away", int(world.random.integers(1, 15)), 30, zone=12)
    return world


def mixed_world(seed: int = 0) -> World:
    world = natural_world(seed)
    for farm in range(2):
        for _ in range(30):
            world.machine("machine", 60, farm)
    return world


def total(evidence: list[ContextEvidence]) -> np.ndarray:
    return np.sum([family.decibans for family in evidence], axis=0)


def posterior(probability: np.ndarray, decibans: np.ndarray) -> np.ndarray:
    odds = probability / (1 - probability) * 10 ** (decibans / 10)
    return odds / (1 + odds)


@pytest.mark.parametrize("seed", range(3))
def test_where_there_is_no_fraud_no_like_becomes_fake(seed: int) -> None:
    features, _ = natural_world(seed).features()
    probability = np.full(features.pairs.n, PRIOR, np.float32)
    bursts = np.random.default_rng(seed).random(features.pairs.n) < 0.05
    probability[bursts] = 0.2  # what a viral hour may look like to the rest of the model
    after = posterior(probability, total(context_evidence(features, probability, DEFAULT)))
    assert (after[~bursts] >= 0.5).sum() == 0
    assert (after >= 0.9).mean() < 0.0005


def test_machines_are_heard_and_people_are_not() -> None:
    features, group = mixed_world().features()
    machine = group == "machine"
    probability = np.full(features.pairs.n, PRIOR, np.float32)
    known = machine & (np.random.default_rng(1).random(machine.size) < 0.5)
    probability[known] = 0.97
    evidence = context_evidence(features, probability, DEFAULT)
    after = posterior(probability, total(evidence))
    unknown = machine & ~known
    assert np.median(total(evidence)[unknown]) > 10
    assert (after[~machine] >= 0.5).mean() < 0.0005
    for name in ("ordinary", "heavy", "school", "far away"):
        assert np.mean(total(evidence)[group == name]) < 0.5, name
        assert np.quantile(total(evidence)[group == name], 0.95) <= 5, name
    speaking = {family.name for family in evidence if family.decibans[machine].mean() > 3}
    assert {"watch", "device", "hours", "ip"} <= speaking


def test_a_school_behind_one_address_is_not_accused_and_a_farm_is() -> None:
    features, group = mixed_world().features()
    machine = group == "machine"
    probability = np.where(machine, np.float32(0.9), np.float32(PRIOR))
    ip = next(family for family in context_evidence(features, probability, DEFAULT) if family.name == "ip")
    assert ip.decibans[group == "school"].max() == 0
    assert ip.decibans[machine].min() > 3


def test_a_family_does_not_learn_from_its_own_word() -> None:
    features, group = mixed_world().features()
    probability = np.full(features.pairs.n, PRIOR, np.float32)
    only_hours = DEFAULT.replaced(context=Context(**{f.name: f.name == "hours" for f in CONTEXT}))
    once = context_evidence(features, probability, only_hours)[0].table
    louder = context_evidence(
        features, np.where(group == "machine", np.float32(0.9), probability), only_hours
    )[0]
    assert louder.table.max() > once.max() + 2  # it learns from others


def test_a_log_without_the_columns_has_only_rhythm() -> None:
    features = Features(pairs_of(PairLog([1, 2], [1, 2], [0, HOUR], {1: 1, 2: 1}, {}))[0])
    names = [family.name for family in context_evidence(features, np.full(2, PRIOR, np.float32), DEFAULT)]
    assert names == ["gaps", "hours", "reward"]


def test_what_the_policy_turns_off_is_silent() -> None:
    features, _ = natural_world().features()
    quiet = DEFAULT.replaced(context=Context(**{f.name: f.name == "watch" for f in CONTEXT}))
    evidence = context_evidence(features, np.full(features.pairs.n, PRIOR, np.float32), quiet)
    assert [family.name for family in evidence] == ["watch"]
    none = DEFAULT.replaced(context=Context(**{f.name: False for f in CONTEXT}))
    assert context_evidence(features, np.full(features.pairs.n, PRIOR, np.float32), none) == []


def test_every_family_has_a_switch_and_fitting_defaults() -> None:
    switches = set(Context.__struct_fields__)
    assert {kind.name for kind in CONTEXT} == switches, (
        "Context in policy/sections.py has a switch of each name"
    )
    for kind in CONTEXT:
        genuine, fake = kind.sorting.genuine, kind.sorting.fake
        assert len(genuine) == len(fake)
        assert sum(genuine) == pytest.approx(1, abs=0.01)
        assert sum(fake) == pytest.approx(1, abs=0.01)
        assert all(share > 0 for share in (*genuine, *fake))


modest = settings(max_examples=20)


@modest
@given(pair_logs(30), st.floats(0, 1), st.floats(0, 30), st.integers(0, 10**6))
def test_the_sum_stays_within_the_limit_whatever_is_believed(
    log: PairLog, belief: float, limit: float, seed: int
) -> None:
    features = Features(pairs_of(log)[0])
    probability = np.random.default_rng(seed).choice([0.0, belief, 1.0], features.pairs.n).astype(np.float32)
    evidence = context_evidence(features, probability, Policy(limits=Limits(context_decibans=limit)))
    assert len(evidence) == len(CONTEXT)
    assert np.all(np.abs(total(evidence)) <= limit + 1e-3)
    for family in evidence:
        assert family.decibans.dtype == np.float32
        assert np.all(np.isfinite(family.decibans))
        assert np.all((family.decibans >= 0) & (family.decibans <= DECIBANS_MAX))


@modest
@given(pair_logs(30), st.data())
def test_the_order_of_rows_does_not_matter(log: PairLog, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(log.account))))
    people = sorted(set(log.account))
    names = dict(zip(people, data.draw(st.permutations(people)), strict=True))
    (first, row), (again, other) = pairs_of(log), pairs_of(log.renamed(order, names))
    position = np.argsort(row)[np.array(order)[other]]
    belief = np.linspace(0.01, 0.9, first.n).astype(np.float32)
    before = context_evidence(Features(first), belief, DEFAULT)
    after = context_evidence(Features(again), belief[position], DEFAULT)
    for one, two in zip(before, after, strict=True):
        np.testing.assert_allclose(one.decibans[position], two.decibans, atol=1e-4, err_msg=one.name)
