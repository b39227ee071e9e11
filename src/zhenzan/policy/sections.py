"""The sections of a policy and its rules: frozen records with their meaning, range and default in one place.

Each record checks itself when it is made and raises `InvalidKeyError`, a `PolicyError` that knows which key
is wrong; `load` adds the file and the line.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, cast

from zhenzan.policy.checks import DECIBANS_MAX, NAME_LENGTH_MAX, InvalidKeyError, number, text
from zhenzan.toml import Key, shown

__all__ = ["LEARN", "Context", "Limits", "Prior", "Rule", "Verdict"]

LEARN: Literal["learn"] = "learn"

SQL_LENGTH_MAX = 4000


def _number(default: Any, what: str, low: float, high: float, *, open_ends: bool = False) -> Any:
    return field(default=default, metadata={"what": what, "low": low, "high": high, "open": open_ends})


def _flag(default: bool, what: str) -> Any:
    return field(default=default, metadata={"what": what, "flag": True})


class _Section:
    """A record whose fields are numbers within a range, whole numbers or switches."""

    _section = ""

    def __post_init__(self) -> None:
        for each in fields(cast(Any, self)):
            object.__setattr__(self, each.name, self._checked(each, getattr(self, each.name)))

    def _checked(self, each: Field[Any], value: Any) -> Any:
        key, about = (self._section, each.name), each.metadata
        if about.get("flag"):
            if not isinstance(value, bool):
                raise InvalidKeyError(key, f"{shown(value)} is not true or false")
            return value
        if value is None and each.default is None:
            return None
        whole = isinstance(each.default, int)
        return number(key, value, about["low"], about["high"], open_ends=about["open"], whole=whole)


@dataclass(frozen=True)
class Verdict(_Section):
    """Where a probability becomes a word."""

    _section = "verdict"

    fake_threshold: float = _number(0.9, "A like is called fake from this fake_probability on.", 0, 1)
    genuine_threshold: float = _number(
        0.5, "A like is called genuine up to this fake_probability; between the two it is uncertain.", 0, 1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.genuine_threshold >= self.fake_threshold:
            raise InvalidKeyError(
                ("verdict", "genuine_threshold"),
                f"{self.genuine_threshold} is not below fake_threshold ({self.fake_threshold})",
            )


@dataclass(frozen=True)
class Prior(_Section):
    """What is believed before any evidence; absent means learned from the log."""

    _section = "prior"

    campaign: float | None = _number(
        None, "Share of moments that are campaigns; learned when absent.", 0, 1, open_ends=True
    )
    recruit: float | None = _number(
        None, "Share of accounts that are recruits; 0.01 when absent.", 0, 1, open_ends=True
    )


@dataclass(frozen=True)
class Limits(_Section):
    """How far single reasons may go, and how much is kept."""

    _section = "limits"

    context_decibans: float = _number(
        20.0, "The most that all context evidence of a like may add or take away.", 0, DECIBANS_MAX
    )
    rule_decibans: float = _number(
        20.0, 'The most that a rule with weight = "learn" may add or take away.', 0, DECIBANS_MAX
    )
    ring_accounts_min: int = _number(3, "The fewest accounts that are called a ring.", 2, 1_000_000)
    cleared_moments: int = _number(
        1000, "How many of the largest natural bursts are kept in the results.", 0, 10_000_000
    )


@dataclass(frozen=True)
class Context(_Section):
    """Which context evidence may speak, where the log has its columns."""

    _section = "context"

    watch: bool = _flag(True, "Liked without watching, or too fast after opening (needs watched).")
    device: bool = _flag(True, "A device used by many accounts (needs device).")
    ip: bool = _flag(True, "A network address of many accounts that are suspect otherwise too (needs ip).")
    rotation: bool = _flag(True, "A new address or device for nearly every like (needs ip or device).")
    gaps: bool = _flag(True, "Metronomic gaps between an account's likes.")
    hours: bool = _flag(True, "An account that never sleeps.")
    gesture: bool = _flag(True, "A straight pointer trace of constant speed (needs gesture).")
    reward: bool = _flag(True, "Likes of a creator that stop at the number which unlocks a reward.")


@dataclass(frozen=True)
class Rule:
    """An operator's own evidence: where `when` (SQL) is true, `weight` decibans speak for fake."""

    name: str
    when: str
    weight: float | Literal["learn"] = LEARN

    def check(self, index: int, table: str = "rule") -> None:
        """Raise `InvalidKeyError` where a value is not allowed; the SQL itself is checked before the run."""
        key: Key = (table, index)
        weight: Any = self.weight  # may be anything: it comes from a file
        text((*key, "name"), self.name, NAME_LENGTH_MAX)
        text((*key, "when"), self.when, SQL_LENGTH_MAX, lines=True)
        if isinstance(weight, str):
            if weight != LEARN:
                message = f"{shown(weight)} is neither a number of decibans nor {LEARN!r}"
                raise InvalidKeyError((*key, "weight"), message)
        else:
            number((*key, "weight"), weight, -DECIBANS_MAX, DECIBANS_MAX)
