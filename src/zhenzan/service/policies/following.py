"""Following the published policy: the screen and the live view take over what was published or put into
shadow.
"""

from __future__ import annotations

from pathlib import Path

from zhenzan.policy import Policy, load_policy
from zhenzan.service.live.use_cases import Live
from zhenzan.service.policies.use_cases import Policies
from zhenzan.service.screen.use_cases import Screening

__all__ = ["PolicyFollower"]


class PolicyFollower:
    """`taken_up`: the numbers of the ruling version and the one in shadow that the screen knows."""

    def __init__(
        self, policies: Policies, fallback_policy: Path | None, screening: Screening, live: Live
    ) -> None:
        """`fallback_policy`: the policy that rules while none is published."""
        self._policies, self._fallback_policy, self._screening, self._live = (
            policies,
            fallback_policy,
            screening,
            live,
        )
        self.taken_up: tuple[int | None, int | None] | None = None

    def follow(self) -> None:
        """Take up what changed since the last call; write the files that are missing."""
        self._policies.catch_up()
        now = self._policies.standing()
        if now == self.taken_up:
            return
        ruling, shadow = self._policies.ruling(), self._policies.in_shadow()
        rules = (
            ruling.policy
            if ruling
            else load_policy(self._fallback_policy)
            if self._fallback_policy
            else Policy.default()
        )
        self._screening.screen.rule(rules.screen)
        self._screening.tally.watch(rules, shadow.policy if shadow else None)
        self._live.limits = (rules.verdict.genuine_threshold, rules.verdict.fake_threshold)
        self.taken_up = now
