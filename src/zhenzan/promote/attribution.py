"""Which order an interaction comes from: the last exposure of that viewer to that item, within the window."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zhenzan.times import DAY_US

__all__ = ["ATTRIBUTION_US", "Attribution", "NotAttributed"]

ATTRIBUTION_US = DAY_US  # a day; most outcomes come within a minute


class NotAttributed(StrEnum):
    """Why an interaction is no outcome of an order."""

    not_shown = "not_shown"
    too_late = "too_late"
    own_account = "own_account"
    ring_member = "ring_member"
    repeated = "repeated"


@dataclass
class Attribution:
    """Exposures by viewer and item, and what was attributed already.

    `own_accounts`: by order, the accounts of its buyer and of the item's creator. Memory: some 200 bytes an
    exposure; drop what is older than the window with `forget`.
    """

    own_accounts: Mapping[int, frozenset[int]] = field(default_factory=dict)
    ring_members: frozenset[int] = frozenset()
    window_us: int = ATTRIBUTION_US
    _shown: dict[tuple[int, int], tuple[list[int], list[int]]] = field(default_factory=dict, repr=False)
    _taken: set[tuple[int, int, str]] = field(default_factory=set, repr=False)

    def expose(self, viewer: int, item: int, order: int, at_us: int) -> None:
        """Note an exposure, in whatever order they come."""
        times, orders = self._shown.setdefault((viewer, item), ([], []))
        index = bisect_right(times, at_us)
        times.insert(index, at_us)
        orders.insert(index, order)

    def attribute(self, viewer: int, item: int, kind: str, at_us: int) -> int | NotAttributed:
        """The order whose outcome this is, once for each viewer, order and kind; else why of none."""
        times, orders = self._shown.get((viewer, item), ([], []))
        index = bisect_right(times, at_us) - 1
        if index < 0:
            return NotAttributed.not_shown
        if at_us - times[index] > self.window_us:
            return NotAttributed.too_late
        order = orders[index]
        if viewer in self.own_accounts.get(order, ()):
            return NotAttributed.own_account
        if viewer in self.ring_members:
            return NotAttributed.ring_member
        if (viewer, order, kind) in self._taken:
            return NotAttributed.repeated
        self._taken.add((viewer, order, kind))
        return order

    def forget(self, before_us: int) -> None:
        """Drop pairs whose last exposure is too old for any outcome from `before_us` on."""
        oldest = before_us - self.window_us
        self._shown = {pair: shown for pair, shown in self._shown.items() if shown[0][-1] >= oldest}
