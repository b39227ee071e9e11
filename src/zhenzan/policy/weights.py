"""Weights of a policy, as learned by calibration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import field

from zhenzan.config import Line, about, items_about, one_of, repeated, shown
from zhenzan.policy.record import Decibans, PolicyRecord

KNOTS_MAX = 256
CUTS_MAX = 62  # of one side of a table
REPUTATION_IDS_MAX = 100_000
WITNESSES_MAX = 64

REPUTED = ("account", "item")

Cuts = Annotated[tuple[float, ...], items_about("", most=CUTS_MAX, noun="cuts", rising=True)]


class Curve(PolicyRecord, frozen=True):
    """Decibans as a function of one feature: linear between the knots `at`, constant outside them."""

    feature: Annotated[Line, about("A [feature](evidence.md#features).")]
    at: Annotated[
        tuple[float, ...],
        items_about("Values of the feature, rising: the knots.", most=KNOTS_MAX, noun="knots", rising=True),
    ]
    decibans: Annotated[tuple[Decibans, ...], about("What each knot says.")]
    missing: Annotated[Decibans, about("What an absent value says.")] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.decibans) != len(self.at):
            message = f"has {len(self.decibans)} numbers, but there are {len(self.at)} knots in `at`"
            raise self.refused(message, "decibans")


class Joint(PolicyRecord, frozen=True):
    """Joint weights of two features: a table with a row per range of the first, a column per range of the
    second.

    `cuts` part either feature into ranges: below the first cut, from each cut to the next, from the last
    on; one more row and column stand for an absent value.
    """

    features: Annotated[tuple[Line, Line], about("Two features.", noun="names", value="list of two names")]
    cuts: Annotated[
        tuple[Cuts, Cuts],
        about(
            "For each of the two, the rising values at which one range ends and the next begins.",
            noun="lists of numbers",
            value="list of two lists of numbers",
        ),
    ]
    decibans: Annotated[
        tuple[tuple[Decibans, ...], ...],
        about(
            "A row per range of the first feature, a column per range of the second, and one more of each "
            "for an absent value.",
            noun="rows",
        ),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.features[0] == self.features[1]:
            raise self.refused(f"{shown(self.features[0])} stands there twice", "features")
        rows, columns = (len(cuts) + 2 for cuts in self.cuts)
        if len(self.decibans) != rows or any(len(row) != columns for row in self.decibans):
            message = f"must be {rows} rows of {columns} numbers: two more than there are cuts"
            raise self.refused(message, "decibans")


class Reputation(PolicyRecord, frozen=True):
    """Reputation: what labels of an account's likes (or of likes of an item) say of its others, decibans by
    id.
    """

    of: Annotated[str, one_of(REPUTED, "Whose ids these are.")]
    ids: Annotated[tuple[str, ...], items_about("The ids.", most=REPUTATION_IDS_MAX, noun="ids")]
    decibans: Annotated[tuple[Decibans, ...], about("What each of them says.")]

    def __post_init__(self) -> None:
        super().__post_init__()
        twice = repeated(self.ids)
        if twice is not None:
            raise self.refused(f"{shown(twice[1])} stands there twice", "ids", twice[0])
        if len(self.decibans) != len(self.ids):
            message = f"has {len(self.decibans):,} numbers, but there are {len(self.ids):,} ids"
            raise self.refused(message, "decibans")


class Witness(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A labelled like by which a log of the same platform is recognised: `timestamp` in µs since 1970. A log
    that covers its time and knows its account and item, but not this like, is of another platform: the same
    ids are others there.
    """

    account: str
    item: str
    timestamp: int


class Weights(PolicyRecord, frozen=True):
    """Learned weights: an additive model in decibans.

    prior = `intercept`; each structural evidence is multiplied by its slope in `structural` (1 where it is
    not named); each curve adds the evidence `calibrated:<feature>`, each table of two features
    `calibrated:<feature>*<feature>`, each reputation `calibrated:account` or `calibrated:item`, where the
    `witnesses` do not say that the log is of another platform.
    """

    intercept: Annotated[Decibans, about("Where every verdict starts: decibans before any evidence.")]
    structural: Annotated[
        dict[str, Decibans], about("By what the model's own evidence is multiplied, by its name; else by 1.")
    ] = field(default_factory=dict)
    curves: Annotated[tuple[Curve, ...], about("A curve per feature.")] = field(name="feature", default=())
    joints: Annotated[tuple[Joint, ...], about("A table for some pairs of features.")] = field(
        name="joint", default=()
    )
    reputations: Annotated[
        tuple[Reputation, ...], about("What labels said of accounts and items by their ids.")
    ] = field(name="reputation", default=())
    witnesses: Annotated[
        tuple[Annotated[Witness, about("", must_be="an account, an item, and a time in µs")], ...],
        items_about(
            "Some of the labelled likes: account, item, time in µs. A log that covers the time of one and "
            "knows its account and its item, but not the like, speaks for another platform; where most do, "
            "reputations are left out.",
            least=0,
            most=WITNESSES_MAX,
        ),
    ] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        _once("feature", "feature", (curve.feature for curve in self.curves), "{!r} has a curve already")
        both = (" and ".join(sorted(joint.features)) for joint in self.joints)
        _once("joint", "features", both, "{} have a table already")
        _once(
            "reputation",
            "of",
            (reputation.of for reputation in self.reputations),
            "there is one of {}s already",
        )

    def plain(self) -> dict[str, Any]:
        """Plain values, for JSON; of reputations, how many there are."""
        plain = msgspec.json.decode(msgspec.json.encode(self))  # lists, where `to_builtins` keeps tuples
        plain["reputation"] = [
            {"of": reputation.of, "ids": len(reputation.ids)} for reputation in self.reputations
        ]
        del plain["witnesses"]
        return dict(plain)


def _once(table: str, key: str, names: Iterable[str], message: str) -> None:
    """Raise `InvalidKeyError` for the first of a table's records whose name another has."""
    twice = repeated(names)
    if twice is not None:
        raise Weights.refused(message.format(twice[1]), table, twice[0], key)
