"""A policy: its sections, rules and weights as one frozen record. Equal policies have equal versions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from zhenzan.policy.checks import NAME_LENGTH_MAX, InvalidKeyError, repeated, text
from zhenzan.policy.dump import dump
from zhenzan.policy.sections import LEARN, Context, Limits, Prior, Rule, Verdict
from zhenzan.policy.weights import Weights

__all__ = ["Policy"]

RULES_MAX = 200


@dataclass(frozen=True)
class Policy:
    """Every threshold, rule and weight of one run. Immutable; equal policies have equal versions."""

    name: str = "default"
    verdict: Verdict = field(default_factory=Verdict)
    prior: Prior = field(default_factory=Prior)
    limits: Limits = field(default_factory=Limits)
    context: Context = field(default_factory=Context)
    rules: tuple[Rule, ...] = ()
    weights: Weights | None = None
    screen: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        text(("name",), self.name, NAME_LENGTH_MAX)
        _check_rules("rule", self.rules)
        _check_rules("screen", self.screen)
        if self.weights is not None:
            self.weights.check()

    @classmethod
    def default(cls) -> Policy:
        """The policy of a run that names none."""
        return cls()

    @property
    def version(self) -> str:
        """Name and content hash: `default@1f0c…` (12 hex digits of SHA-256 of the canonical TOML)."""
        return f"{self.name}@{hashlib.sha256(self.to_toml().encode()).hexdigest()[:12]}"

    def to_toml(self) -> str:
        """The policy as the canonical TOML text that `load_policy` reads back to an equal policy."""
        sections = {title: getattr(self, title) for title in ("verdict", "prior", "limits", "context")}
        return dump(self.name, sections, self.rules, self.screen, self.weights)

    def unnamed(self) -> Policy:
        """The same, but naming no account and no item: without what labels said of these."""
        if self.weights is None:
            return self
        return replace(self, weights=replace(self.weights, reputations=(), witnesses=()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: sections by name, `rule` a list, `weights` None where there are none."""
        weights = None if self.weights is None else self.weights.plain()
        return {
            "name": self.name,
            "version": self.version,
            "verdict": asdict(self.verdict),
            "prior": asdict(self.prior),
            "limits": asdict(self.limits),
            "context": asdict(self.context),
            "rule": [asdict(rule) for rule in self.rules],
            "screen": [asdict(rule) for rule in self.screen],
            "weights": weights,
        }


def _check_rules(table: str, rules: Sequence[Rule]) -> None:
    if len(rules) > RULES_MAX:
        raise InvalidKeyError((table, RULES_MAX), f"more than {RULES_MAX} rules")
    for index, rule in enumerate(rules):
        rule.check(index, table)
        if table == "screen" and rule.weight == LEARN:
            raise InvalidKeyError((table, index, "weight"), "the screen learns nothing; write decibans")
    twice = repeated(rule.name for rule in rules)
    if twice is not None:
        raise InvalidKeyError((table, twice[0], "name"), f"{twice[1]!r} is the name of another rule")
