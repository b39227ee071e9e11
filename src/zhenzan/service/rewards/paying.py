"""Paying rewards after each settlement, and after decisions by people."""

from __future__ import annotations

from collections.abc import Callable, Collection

from zhenzan.ledger import Ledger
from zhenzan.rewards import Catalogue, Decision, run_rewards
from zhenzan.service.cases.use_cases import Cases
from zhenzan.settlement import Settlement

__all__ = ["PayRewards"]


class PayRewards:
    """Pays by a settlement and what people have decided by now: at the first time and when a day settled for
    good all accounts, else those of which something changed.
    """

    name, remembers = "rewards", False  # it compares what was granted with what is earned

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue | None, cases: Cases, go_on: Callable[[], object]
    ) -> None:
        self._ledger, self._catalogue, self._cases, self._go_on = ledger, catalogue, cases, go_on
        self._paid: tuple[Settlement, dict[str, Decision]] | None = None
        self._mark: tuple[int, ...] = ()

    @property
    def is_up_to_date(self) -> bool:
        """Whether nobody decided anything since what was paid last."""
        return self._mark == self._cases.mark()

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        self._pay(current, changed)

    def follow_decisions(self) -> None:
        """Pay again by the same settlement where people decided something."""
        if self._paid is not None and not self.is_up_to_date:
            self._pay(self._paid[0], set())

    def _pay(self, current: Settlement, changed: Collection[str] | None) -> None:
        mark, decided = self._cases.mark(), self._cases.decisions()
        if self._catalogue is not None:
            among = None
            if changed is not None and self._paid is not None:
                among = {*changed, *decided, *self._paid[1]}
            run_rewards(
                self._ledger,
                self._catalogue,
                current.load(),
                decided=decided,
                among=among,
                wash_sales=self._cases.wash_sales(),
                before_batch=self._go_on,
            )
        self._paid, self._mark = (current, decided), mark
