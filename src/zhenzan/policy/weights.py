"""The weights of a policy: what calibration on labels learned, as records that check themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from zhenzan.policy.checks import DECIBANS_MAX, NAME_LENGTH_MAX, InvalidKeyError, number, repeated, text
from zhenzan.toml import Key, shown

KNOTS_MAX = 256
CUTS_MAX = 62  # of one side of a table
REPUTATION_IDS_MAX = 100_000
WITNESSES_MAX = 64
REPUTED = ("account", "item")


@dataclass(frozen=True)
class Curve:
    """Decibans as a function of one feature: linear between the knots `at`, constant outside them.

    `missing` is what an absent value says.
    """

    feature: str
    at: tuple[float, ...]
    decibans: tuple[float, ...]
    missing: float = 0.0

    def check(self, index: int) -> None:
        """Raise `InvalidKeyError` where the knots do not rise, or are not as many as the decibans."""
        key: Key = ("weights", "feature", index)
        text((*key, "feature"), self.feature, NAME_LENGTH_MAX)
        if not 1 <= len(self.at) <= KNOTS_MAX:
            raise InvalidKeyError((*key, "at"), f"needs 1 to {KNOTS_MAX} knots, has {len(self.at)}")
        for value in self.at:
            number((*key, "at"), value, -math.inf, math.inf, open_ends=True)
        if any(right <= left for left, right in pairwise(self.at)):
            raise InvalidKeyError((*key, "at"), "the knots must rise")
        if len(self.decibans) != len(self.at):
            message = f"has {len(self.decibans)} numbers, but there are {len(self.at)} knots in `at`"
            raise InvalidKeyError((*key, "decibans"), message)
        for value in (*self.decibans, self.missing):
            number((*key, "decibans"), value, -DECIBANS_MAX, DECIBANS_MAX)


@dataclass(frozen=True)
class Joint:
    """Decibans of two features together: a table with a row per range of the first, a column per range of
    the second.

    `cuts` part either feature into ranges: below the first cut, from each cut to the next, from the last
    on; one more row and column stand for an absent value.
    """

    features: tuple[str, str]
    cuts: tuple[tuple[float, ...], tuple[float, ...]]
    decibans: tuple[tuple[float, ...], ...]

    def check(self, index: int) -> None:
        """Raise `InvalidKeyError` where the cuts do not rise, or the table is not as large as they say."""
        key: Key = ("weights", "joint", index)
        for feature in self.features:
            text((*key, "features"), feature, NAME_LENGTH_MAX)
        if self.features[0] == self.features[1]:
            raise InvalidKeyError((*key, "features"), f"{shown(self.features[0])} stands there twice")
        for cuts in self.cuts:
            if not 1 <= len(cuts) <= CUTS_MAX:
                raise InvalidKeyError((*key, "cuts"), f"needs 1 to {CUTS_MAX} a feature, has {len(cuts)}")
            for value in cuts:
                number((*key, "cuts"), value, -math.inf, math.inf, open_ends=True)
            if any(right <= left for left, right in pairwise(cuts)):
                raise InvalidKeyError((*key, "cuts"), "the cuts must rise")
        rows, columns = (len(cuts) + 2 for cuts in self.cuts)
        if len(self.decibans) != rows or any(len(row) != columns for row in self.decibans):
            message = f"must be {rows} rows of {columns} numbers: two more than there are cuts"
            raise InvalidKeyError((*key, "decibans"), message)
        for row in self.decibans:
            for value in row:
                number((*key, "decibans"), value, -DECIBANS_MAX, DECIBANS_MAX)


@dataclass(frozen=True)
class Reputation:
    """What labels of an account's likes (or of likes of an item) say of its others: decibans by id."""

    of: str
    ids: tuple[str, ...]
    decibans: tuple[float, ...]

    def check(self, index: int) -> None:
        """Raise `InvalidKeyError` where an id stands twice, or the decibans are not as many as the ids."""
        key: Key = ("weights", "reputation", index)
        if self.of not in REPUTED:
            raise InvalidKeyError((*key, "of"), f"{shown(self.of)} is neither {' nor '.join(REPUTED)}")
        if not 1 <= len(self.ids) <= REPUTATION_IDS_MAX:
            raise InvalidKeyError(
                (*key, "ids"), f"needs 1 to {REPUTATION_IDS_MAX:,} ids, has {len(self.ids):,}"
            )
        for each in self.ids:
            if not isinstance(each, str):
                raise InvalidKeyError((*key, "ids"), f"{shown(each)} is not text")
        twice = repeated(self.ids)
        if twice is not None:
            raise InvalidKeyError((*key, "ids"), f"{shown(twice[1])} stands there twice")
        if len(self.decibans) != len(self.ids):
            message = f"has {len(self.decibans):,} numbers, but there are {len(self.ids):,} ids"
            raise InvalidKeyError((*key, "decibans"), message)
        for value in self.decibans:
            number((*key, "decibans"), value, -DECIBANS_MAX, DECIBANS_MAX)


@dataclass(frozen=True)
class Witness:
    """A like that was labelled: `timestamp` in µs since 1970. A log that covers its time and knows its
    account and item, but not this like, is of another platform: the same ids are others there.
    """

    account: str
    item: str
    timestamp: int


@dataclass(frozen=True)
class Weights:
    """What calibration on labels learned: an additive model in decibans.

    prior = `intercept`; each structural evidence is multiplied by its slope in `structural` (1 where it is
    not named); each curve adds the evidence `calibrated:<feature>`, each table of two features
    `calibrated:<feature>*<feature>`, each reputation `calibrated:account` or `calibrated:item`, where the
    `witnesses` do not say that the log is of another platform.
    """

    intercept: float
    structural: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    curves: tuple[Curve, ...] = ()
    joints: tuple[Joint, ...] = ()
    reputations: tuple[Reputation, ...] = ()
    witnesses: tuple[Witness, ...] = ()

    def check(self) -> None:
        """Raise `InvalidKeyError` where a value is not allowed."""
        number(("weights", "intercept"), self.intercept, -DECIBANS_MAX, DECIBANS_MAX)
        for name, slope in self.structural.items():
            number(("weights", "structural", name), slope, -DECIBANS_MAX, DECIBANS_MAX)
        for index, curve in enumerate(self.curves):
            curve.check(index)
        _once("feature", "feature", (curve.feature for curve in self.curves), "{!r} has a curve already")
        for index, joint in enumerate(self.joints):
            joint.check(index)
        both = (" and ".join(sorted(joint.features)) for joint in self.joints)
        _once("joint", "features", both, "{} have a table already")
        for index, reputation in enumerate(self.reputations):
            reputation.check(index)
        _once("reputation", "of", (each.of for each in self.reputations), "there is one of {}s already")
        if len(self.witnesses) > WITNESSES_MAX:
            raise InvalidKeyError(("weights", "witnesses"), f"are more than {WITNESSES_MAX}")

    def plain(self) -> dict[str, Any]:
        """Plain values, for JSON; of reputations, how many there are."""
        curves = [{**asdict(c), "at": list(c.at), "decibans": list(c.decibans)} for c in self.curves]
        joints = [
            {
                "features": list(joint.features),
                "cuts": [list(cuts) for cuts in joint.cuts],
                "decibans": [list(row) for row in joint.decibans],
            }
            for joint in self.joints
        ]
        return {
            "intercept": self.intercept,
            "structural": dict(self.structural),
            "feature": curves,
            "joint": joints,
            "reputation": [{"of": each.of, "ids": len(each.ids)} for each in self.reputations],
        }


def _once(table: str, key: str, names: Iterable[str], message: str) -> None:
    """Raise `InvalidKeyError` for the first of a table's records whose name another has."""
    twice = repeated(names)
    if twice is not None:
        raise InvalidKeyError(("weights", table, twice[0], key), message.format(twice[1]))
