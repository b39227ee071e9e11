"""Policies: every threshold, rule and weight that a platform may change, in one TOML file."""

from __future__ import annotations

from zhenzan.policy.load import load_policy, read_policy
from zhenzan.policy.model import Policy
from zhenzan.policy.sections import LEARN, Context, Limits, Prior, Rule, Verdict
from zhenzan.policy.weights import REPUTATION_IDS_MAX, Curve, Joint, Reputation, Weights, Witness

__all__ = [
    "LEARN",
    "REPUTATION_IDS_MAX",
    "Context",
    "Curve",
    "Joint",
    "Limits",
    "Policy",
    "Prior",
    "Reputation",
    "Rule",
    "Verdict",
    "Weights",
    "Witness",
    "load_policy",
    "read_policy",
]
