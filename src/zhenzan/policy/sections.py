"""Sections of a policy and its rules: each field with its meaning, range and default."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from zhenzan.config import Line, about
from zhenzan.policy.record import Decibans, PolicyRecord, UpToDecibans

__all__ = ["LEARN", "Context", "Limits", "Prior", "Rule", "Verdict"]

LEARN: Literal["learn"] = "learn"

SQL_LENGTH_MAX = 4000

Share = Annotated[float, Meta(ge=0, le=1)]
InnerShare = Annotated[float, Meta(gt=0, lt=1)]


class Verdict(PolicyRecord, frozen=True):
    """Verdict thresholds: where a probability becomes genuine, uncertain or fake."""

    fake_threshold: Annotated[Share, about("A like is called fake from this fake_probability on.")] = 0.9
    genuine_threshold: Annotated[
        Share,
        about("A like is called genuine up to this fake_probability; between the two it is uncertain."),
    ] = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.genuine_threshold >= self.fake_threshold:
            message = f"{self.genuine_threshold} is not below fake_threshold ({self.fake_threshold})"
            raise self.refused(message, "genuine_threshold")


class Prior(PolicyRecord, frozen=True):
    """The prior: what is believed before any evidence; absent means learned from the log."""

    campaign: Annotated[
        InnerShare | None, about("Share of moments that are campaigns; learned when absent.")
    ] = None
    recruit: Annotated[InnerShare | None, about("Share of accounts that are recruits; 0.01 when absent.")] = (
        None
    )


class Limits(PolicyRecord, frozen=True):
    """How far single reasons may go, and how much is kept."""

    context_decibans: Annotated[
        UpToDecibans, about("The most that all context evidence of a like may add or take away.")
    ] = 20.0
    rule_decibans: Annotated[
        UpToDecibans, about('The most that a rule with weight = "learn" may add or take away.')
    ] = 20.0
    ring_accounts_min: Annotated[
        int, Meta(ge=2, le=1_000_000), about("The fewest accounts that are called a ring.")
    ] = 3
    cleared_moments: Annotated[
        int,
        Meta(ge=0, le=10_000_000),
        about("How many of the largest natural bursts are kept in the results."),
    ] = 1000


class Context(PolicyRecord, frozen=True):
    """Context evidence that may speak, where the log has its columns."""

    watch: Annotated[bool, about("Liked without watching, or too fast after opening (needs watched).")] = True
    device: Annotated[bool, about("A device used by many accounts (needs device).")] = True
    ip: Annotated[
        bool, about("A network address of many accounts that are suspect otherwise too (needs ip).")
    ] = True
    rotation: Annotated[
        bool, about("A new address or device for nearly every like (needs ip or device).")
    ] = True
    gaps: Annotated[bool, about("Metronomic gaps between an account's likes.")] = True
    hours: Annotated[bool, about("An account that never sleeps.")] = True
    gesture: Annotated[bool, about("A straight pointer trace of constant speed (needs gesture).")] = True
    reward: Annotated[bool, about("Likes of a creator that stop at the number which unlocks a reward.")] = (
        True
    )


class Rule(PolicyRecord, frozen=True):
    """An operator's rule: a condition in SQL, with a weight. The SQL itself is checked before the run."""

    name: Annotated[Line, about("What the rule is called; no two of a table have the same name.")]
    when: Annotated[
        str,
        Meta(min_length=1, max_length=SQL_LENGTH_MAX),
        about("A condition in SQL; where it is true, the rule speaks.", line=False),
    ]
    weight: Annotated[
        Decibans | Literal["learn"],
        about(
            "How many decibans then speak for fake (negative: for genuine), or `learn`, which the screen "
            "does not know.",
            needed=True,
            value="number, -100 to 100, or `learn`",
        ),
    ] = LEARN
