"""Context evidence of single likes: watch time, addresses, rhythm, gesture.

Each family sorts likes into a few bins. A bin's weight is P(bin | fake) : P(bin | genuine), learned as
Fellegi and Sunter's record linkage learns match weights: P(bin | genuine) from the log itself, where nearly
all likes are genuine, so that what is common in a log never speaks there, whatever it is elsewhere (an
office behind one address, an app that likes on double tap); P(bin | fake) from the likes that the rest of
the model believes fake, starting from the documented default of the family. A family never learns from its
own word. Context only accuses: crowds of real people that are paid look real in all of it, so looking real
acquits nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_chances, are_sizes, is_within
from zhenzan.policy import Policy
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import Bins, Probability, Sorting
from zhenzan.verify.evidence.registry import CONTEXT

__all__ = ["ContextEvidence", "context_evidence"]

ROUNDS = 3  # of expectation-maximisation; families that agree strengthen each other
DECIBANS_MAX = 15.0  # the most one family may say for fake, once it has learned from many fakes
DECIBANS_DEFAULT_MAX = 8.0  # and on its defaults alone
SPEAK_MIN = 1.0  # what says less is not worth a line
BELIEF_MIN = 0.1  # a belief under this is the prior, not a finding to learn from
DEFAULT_SHARE = 0.2  # of fakes that are taken to show a family's default pattern; the rest look genuine
PSEUDO_GENUINE = 200.0  # likes that the default shares of genuine ones are worth
PSEUDO_FAKE = 50.0  # the same for fake ones


@dataclass(frozen=True)
class ContextEvidence:
    """Evidence of one family: `bins` int8[pairs] (−1 silent), `table` float32[bins] decibans of each bin.

    One byte a like; `decibans` float32[pairs] is made when asked for. `scale` float32[pairs], shared by the
    families of a run, keeps their sum within the policy's limit; None where it never exceeds it.
    """

    name: str
    description: str
    bins: Bins
    table: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        assert self.bins.dtype == np.int8
        assert is_within(self.bins, -1, self.table.size)
        assert bool(np.isfinite(self.table).all())
        assert self.scale is None or (are_sizes(self.bins.size, self.scale) and are_chances(self.scale))

    @property
    def decibans(self) -> npt.NDArray[np.float32]:
        decibans = np.append(self.table, np.float32(0))[self.bins]
        return decibans if self.scale is None else decibans * self.scale


def context_evidence(features: Features, probability: Probability, policy: Policy) -> list[ContextEvidence]:
    """Weigh what the log's columns tell of each like, given what the rest of the model believes.

    `probability` float[pairs], in [0, 1], from participation and coincidence. Families that the policy
    turns off, or whose columns the log lacks, are left out. Where the sum over families exceeds
    `limits.context_decibans`, all that they say of the like is scaled down. Cost: a few linear passes a
    family and round; one byte a like and family, about 20 a like while it works.
    """
    families = [
        (kind, kind.sorting)
        for kind in CONTEXT
        if kind.sorting
        and getattr(policy.context, kind.name, True)
        and (not kind.needs or any(column in features.columns for column in kind.needs))
    ]
    if not families or features.pairs.n == 0:
        return []
    bins = [sorting.compute(features, probability) for _, sorting in families]
    tables = [np.zeros(len(sorting.genuine)) for _, sorting in families]
    likes = [_sizes(own, table.size) for own, table in zip(bins, tables, strict=True)]
    for _ in range(ROUNDS):
        heard = _worth_hearing(probability, tables, _total(tables, bins, features.pairs.n))
        spoken = [own[heard] for own in bins]
        total = _total(tables, spoken, heard.size)
        tables = [
            _learn(sorting, seen, evidence, _believed(probability[heard], total, table, evidence))
            for (_, sorting), seen, evidence, table in zip(families, likes, spoken, tables, strict=True)
        ]
    scale = _scale(_total(tables, bins, features.pairs.n), policy.limits.context_decibans)
    return [
        ContextEvidence(kind.name, kind.explanation, own, table.astype(np.float32), scale)
        for (kind, _), own, table in zip(families, bins, tables, strict=True)
    ]


def _total(tables: list[Any], bins: list[Bins], n: int) -> npt.NDArray[np.float32]:
    total = np.zeros(n, np.float32)
    for table, own in zip(tables, bins, strict=True):
        if table.any():
            total += np.append(table, 0.0).astype(np.float32)[own]
    return total


def _believed(probability: Probability, total: Any, table: Any, own: Bins) -> npt.NDArray[np.float32]:
    """The probability with the word of all other families, and without this one's."""
    others = total - np.append(table, 0.0).astype(np.float32)[own]
    odds = np.float32(10) ** (others / np.float32(10))
    p = probability.astype(np.float32)
    believed = p * odds / (p * odds + (1 - p))
    believed[believed < BELIEF_MIN] = 0.0
    return np.asarray(believed)


def _worth_hearing(
    probability: Probability, tables: list[Any], total: npt.NDArray[np.float32]
) -> npt.NDArray[np.int64]:
    """The likes whose belief can reach `BELIEF_MIN`: those that are there, and those that context accuses.

    No family acquits, so a like of which none speaks is believed as much as without them.
    """
    most = 10 ** (sum(max(float(table.max()), 0.0) for table in tables) / 10)
    least = BELIEF_MIN / (BELIEF_MIN + (1 - BELIEF_MIN) * most)
    there = probability >= 0.99 * BELIEF_MIN
    return np.flatnonzero(there | ((total > 0) & (probability >= 0.99 * least)))


def _sizes(bins: Bins, size: int) -> npt.NDArray[np.float64]:
    """Likes of each bin."""
    return np.array([np.count_nonzero(bins == i) for i in range(size)], np.float64)


def _learn(
    sorting: Sorting, likes: npt.NDArray[np.float64], bins: Bins, believed: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Decibans of each bin, of `likes` likes, from `bins` and beliefs of those that may be fake."""
    size = len(sorting.genuine)
    fakes = np.bincount(bins + 1, believed, minlength=size + 1)[1:]
    genuine = likes - fakes + PSEUDO_GENUINE * np.array(sorting.genuine)
    genuine /= genuine.sum()
    default = (1 - DEFAULT_SHARE) * genuine + DEFAULT_SHARE * np.array(sorting.fake)
    fake = fakes + PSEUDO_FAKE * default
    decibans = 10 * np.log10(fake / fake.sum() / genuine)
    decibans[list(sorting.spares)] = 0.0
    decibans[decibans < SPEAK_MIN] = 0.0
    learned = fakes.sum() / (fakes.sum() + PSEUDO_FAKE)
    most = DECIBANS_DEFAULT_MAX + learned * (DECIBANS_MAX - DECIBANS_DEFAULT_MAX)
    return np.minimum(decibans, most)


def _scale(total: npt.NDArray[np.float32], limit: float) -> npt.NDArray[np.float32] | None:
    """What all evidence of a like is multiplied by to stay within the limit; None where none exceeds it."""
    if not np.any(total > limit):
        return None
    return np.asarray(np.float32(limit) / np.maximum(total, np.float32(max(limit, 1e-6))))
