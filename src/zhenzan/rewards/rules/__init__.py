"""Earning rules: a file for each kind, and the list of them.

A kind is a class of `Rule` with a tag, the keys that it reads, and the statement that finds what was earned.
"""

from __future__ import annotations

from zhenzan.rewards.rules.count import CountRule
from zhenzan.rewards.rules.mission import MissionRule, Step
from zhenzan.rewards.rules.rule import Rule, Then
from zhenzan.rewards.rules.streak import StreakRule

__all__ = ["RULES", "CountRule", "MissionRule", "Rule", "Step", "StreakRule", "Then"]

RULES: list[type[Rule]] = [CountRule, StreakRule, MissionRule]
"""Every kind, by its tag; a table without `kind` is of the first, or of one whose own keys it has."""
