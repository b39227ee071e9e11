"""Interactions that come in become outcomes of orders: the last exposure of that viewer to that item counts.

What comes before its exposure was reported waits for it some minutes.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from zhenzan.promote.attribution import Attribution, NotAttributed
from zhenzan.promote.commands import AddOutcome
from zhenzan.promote.exposure_book import Exposure
from zhenzan.promote.order_book import Step
from zhenzan.promote.order_rows import OrderRecord, Outcome
from zhenzan.promote.receipts import RECORD
from zhenzan.promote.viewer_numbers import viewer_number

__all__ = ["Attributor", "Interaction"]

EARLY_US = 600_000_000
EARLY_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Interaction:
    """What somebody did to an item, at a time (µs)."""

    account: str
    item: str
    kind: str
    at_us: int


class Attributor:
    """Exposures of the attribution window, and the orders that they are of. Threads may share it."""

    def __init__(self, window_us: int) -> None:
        self._own: dict[int, frozenset[int]] = {}
        self._attribution = Attribution(own_accounts=self._own, window_us=window_us)
        self._orders: dict[int, tuple[str, str, frozenset[str]]] = {}  # id, item, kinds
        self._early: dict[tuple[int, str], list[Interaction]] = {}
        self._lock = threading.Lock()

    @property
    def items(self) -> frozenset[str]:
        """Items whose interactions may be outcomes."""
        with self._lock:
            return frozenset(item for _, item, _ in self._orders.values())

    def follow(self, record: OrderRecord) -> None:
        """Know an order by its number."""
        order = record.order
        if not order.paid:
            return
        with self._lock:
            kinds = frozenset(line.kind for line in order.lines)
            self._orders[record.number] = order.id, order.item, kinds
            self._own[record.number] = frozenset(map(viewer_number, (order.buyer, order.creator)))

    def set_ring_members(self, viewers: Collection[int]) -> None:
        """Whose interactions are no outcomes."""
        with self._lock:
            self._attribution.ring_members = frozenset(viewers)

    def expose(self, exposures: Sequence[Exposure]) -> list[Step]:
        """Note exposures; gives what interactions that came before them now are."""
        steps: list[Step] = []
        with self._lock:
            for exposure in exposures:
                fields = np.frombuffer(exposure.record, RECORD)[0]
                number, viewer = int(fields["flight"]), int(fields["viewer"])
                if number not in self._orders:
                    continue
                item = self._orders[number][1]
                self._attribution.expose(viewer, viewer_number(item), number, int(fields["time_us"]))
                for interaction in self._early.pop((viewer, item), ()):
                    step = self._step(viewer, interaction)
                    steps += [step] if isinstance(step, Step) else []
        return steps

    def outcomes(self, interactions: Sequence[Interaction], now_us: int) -> list[Step]:
        """What interactions are outcomes of."""
        steps: list[Step] = []
        with self._lock:
            self._forget_early(now_us)
            for interaction in interactions:
                viewer = viewer_number(interaction.account)
                step = self._step(viewer, interaction)
                if isinstance(step, Step):
                    steps.append(step)
                elif step is NotAttributed.not_shown and len(self._early) < EARLY_MAX:
                    self._early.setdefault((viewer, interaction.item), []).append(interaction)
        return steps

    def forget(self, before_us: int) -> None:
        """Drop exposures that are too old for any interaction from then on."""
        with self._lock:
            self._attribution.forget(before_us)

    def _step(self, viewer: int, interaction: Interaction) -> Step | NotAttributed:
        item, at_us = viewer_number(interaction.item), interaction.at_us
        number = self._attribution.attribute(viewer, item, interaction.kind, at_us)
        if isinstance(number, NotAttributed):
            return number
        order, _, kinds = self._orders[number]
        if interaction.kind not in kinds:
            return NotAttributed.repeated
        outcome = f"{interaction.kind}:{viewer:016x}"
        return Step(order, AddOutcome(outcome, interaction.kind), Outcome(interaction.account, at_us))

    def _forget_early(self, now_us: int) -> None:
        """Drop what waited too long; they stand in the order in which they came."""
        while self._early:
            pair = next(iter(self._early))
            if self._early[pair][0].at_us >= now_us - EARLY_US:
                return
            del self._early[pair]
