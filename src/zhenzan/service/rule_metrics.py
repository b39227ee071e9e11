"""Rule metrics: how often each of the screen's rules applies, and what those in shadow would change."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.policy import Policy
from zhenzan.screen import Screened, ScreenRules

__all__ = ["RuleMetrics"]

EXAMPLES = 20


class RuleMetrics:
    """Told by the intake's thread, asked by the event loop; it begins anew when a policy changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin(Policy.default(), None)

    def watch(self, ruling: Policy, shadow: Policy | None) -> None:
        """Count from now on by these. Raises PolicyError where the shadow's rules cannot run."""
        with self._lock:
            self._begin(ruling, shadow)

    def _begin(self, ruling: Policy, shadow: Policy | None) -> None:
        rules = ScreenRules(shadow.screen) if shadow is not None else None
        self._ruling, self._shadow, self._rules = ruling, shadow, rules
        self.likes = 0
        self._applied: Counter[str] = Counter()
        self._would: Counter[str] = Counter()
        self._moved: Counter[tuple[str, str]] = Counter()
        self._examples: deque[dict[str, Any]] = deque(maxlen=EXAMPLES)

    def observe(self, batch: pa.RecordBatch, screened: Screened) -> None:
        """A batch was judged. Cost: a sum a rule; with a policy in shadow, its rules over the batch."""
        with self._lock:
            self.likes += screened.likes.size
            _count(self._applied, self._ruling, screened.applies)
            if self._shadow is not None and self._rules is not None and screened.likes.size:
                self._compare(batch.take(pa.array(screened.likes)), screened, self._shadow, self._rules)

    def _compare(self, likes: pa.RecordBatch, screened: Screened, shadow: Policy, rules: ScreenRules) -> None:
        applies = rules.applies(likes, screened.features)
        _count(self._would, shadow, applies)
        before = screened.chances[screened.likes].astype(np.float64)
        odds = 10 * np.log10(before / (1 - before))
        odds += rules.decibans(applies) - screened.decibans.get("rules", np.zeros(before.size, np.float32))
        after = 1 / (1 + 10 ** (-odds / 10))
        was, would = _words(before, self._ruling), _words(after, shadow)
        for i in np.flatnonzero(was != would):
            self._moved[str(was[i]), str(would[i])] += 1
            row = likes.slice(int(i), 1).select(["id", "account", "item"]).to_pylist()[0]
            self._examples.append(row | {"before": str(was[i]), "after": str(would[i])})

    def snapshot(self) -> dict[str, Any]:
        """`likes` seen; `ruling`, `shadow`: likes by rule; `moved`: by word before and after; `examples`."""
        with self._lock:
            return {
                "likes": self.likes,
                "ruling": {rule.name: self._applied[rule.name] for rule in self._ruling.screen},
                "shadow": {rule.name: self._would[rule.name] for rule in self._shadow.screen}
                if self._shadow
                else {},
                "moved": [
                    {"before": was, "after": would, "likes": count}
                    for (was, would), count in self._moved.most_common()
                ],
                "examples": list(self._examples),
            }


def _count(into: Counter[str], policy: Policy, applies: npt.NDArray[np.bool_]) -> None:
    if applies.shape[1] == len(policy.screen):
        for rule, count in zip(policy.screen, applies.sum(axis=0).tolist(), strict=True):
            into[rule.name] += count


def _words(chances: npt.NDArray[np.float64], policy: Policy) -> npt.NDArray[np.str_]:
    fake, genuine = chances >= policy.verdict.fake_threshold, chances <= policy.verdict.genuine_threshold
    return np.where(fake, "fake", np.where(genuine, "genuine", "uncertain"))
