"""The policy record: its sections, rules and weights. Equal policies have equal versions."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import msgspec
from msgspec import field

from zhenzan.config import Line, about, items_about
from zhenzan.policy.dump import dump
from zhenzan.policy.record import PolicyRecord
from zhenzan.policy.sections import LEARN, Context, Limits, Prior, Rule, Verdict
from zhenzan.policy.weights import Weights

__all__ = ["Policy"]

LISTED: dict[str, Any] = {"least": 0, "most": 200, "unique": ("name", "is the name of another rule")}
SECTIONS = ("verdict", "prior", "limits", "context")


class Policy(PolicyRecord, frozen=True):
    """Every threshold, rule and weight of one run. Immutable; equal policies have equal versions."""

    name: Annotated[Line, about("What the policy is called.")] = "default"
    verdict: Annotated[Verdict, about("Where a probability becomes a word.")] = Verdict()
    prior: Annotated[Prior, about("What is believed before any evidence.")] = Prior()
    limits: Annotated[Limits, about("How far single reasons may go, and how much is kept.")] = Limits()
    context: Annotated[Context, about("Which context evidence may speak.")] = Context()
    rules: Annotated[tuple[Rule, ...], items_about("Your own evidence.", **LISTED)] = field(
        name="rule", default=()
    )
    weights: Annotated[Weights | None, about("What calibration on labels learned.")] = None
    screen: Annotated[tuple[Rule, ...], items_about("Rules of the screen.", **LISTED)] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for index, rule in enumerate(self.screen):
            if rule.weight == LEARN:
                raise self.refused(
                    "the screen does not learn weights; write decibans", "screen", index, "weight"
                )

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
        sections = {title: getattr(self, title) for title in SECTIONS}
        return dump(self.FORMAT, self.name, sections, self.rules, self.screen, self.weights)

    def unnamed(self) -> Policy:
        """The same, but naming no account and no item: without what labels said of these."""
        if self.weights is None:
            return self
        return self.replaced(weights=self.weights.replaced(reputations=(), witnesses=()))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: sections by name, `rule` a list, `weights` None where there are none."""
        weights = None if self.weights is None else self.weights.plain()
        without_weights = msgspec.json.decode(msgspec.json.encode(self.replaced(weights=None)))
        return {"version": self.version, **without_weights, "weights": weights}
