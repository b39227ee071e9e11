"""What the service does when likes settle: pay rewards, know suspects, show it, tell whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from zhenzan.ledger import Ledger
from zhenzan.rewards import Catalogue, Decision, moved_accounts, run_rewards
from zhenzan.screen import Screen
from zhenzan.service.cases.use_cases import Cases
from zhenzan.service.days import final_counts
from zhenzan.service.live.use_cases import Live
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.settle import Pass, SettlementSubscriber
from zhenzan.verify import total_of_items

__all__ = ["LiveView", "Rewards", "Suspects", "Telling", "moved", "subscribers"]


def subscribers(
    rewards: Rewards, screen: Screen, live: Live, ledger: Ledger, webhooks: Webhooks
) -> Sequence[SettlementSubscriber]:
    """All of them, in the order in which they are told: rewards first, then everybody may see it."""
    return (rewards, Suspects(screen), LiveView(live, ledger), Telling(webhooks))


def moved(previous: Pass, current: Pass) -> set[str]:
    """The accounts whose likes count otherwise by the second settlement than by the first."""
    return moved_accounts(previous.load(), current.load())


class Rewards:
    """Pays by a settlement and what people have decided by now: at the first time and when a day settled for
    good all accounts, else those of which something changed.
    """

    name, remembers = "rewards", False  # it compares what was granted with what is earned

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue | None, cases: Cases, go_on: Callable[[], object]
    ) -> None:
        self._ledger, self._catalogue, self._cases, self._go_on = ledger, catalogue, cases, go_on
        self._paid: tuple[Pass, dict[str, Decision]] | None = None
        self._mark: tuple[int, ...] = ()

    @property
    def is_up_to_date(self) -> bool:
        """Whether nobody decided anything since what was paid last."""
        return self._mark == self._cases.mark()

    def on_settlement(self, previous: Pass | None, current: Pass, changed: Collection[str] | None) -> None:
        self._pay(current, changed)

    def follow_decisions(self) -> None:
        """Pay again by the same settlement where people decided something."""
        if self._paid is not None and not self.is_up_to_date:
            self._pay(self._paid[0], set())

    def _pay(self, current: Pass, changed: Collection[str] | None) -> None:
        mark, decided = self._cases.mark(), self._cases.decisions()
        if self._catalogue is not None:
            among = None
            if changed is not None and self._paid is not None:
                among = {*changed, *decided, *self._paid[1]}
            run_rewards(
                self._ledger, self._catalogue, current.load(), decided=decided, among=among,
                wash_sales=self._cases.wash_sales(), before_batch=self._go_on,
            )  # fmt: skip
        self._paid, self._mark = (current, decided), mark


class Suspects:
    """Lets the screen know which accounts and moments were found fake."""

    name, remembers = "screen", False

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def on_settlement(self, previous: Pass | None, current: Pass, changed: Collection[str] | None) -> None:
        result = current.load()
        self._screen.know(result.accounts, result.moments)


class LiveView:
    """Shows the newest settlement on the console's first page."""

    name, remembers = "live", False

    def __init__(self, live: Live, ledger: Ledger) -> None:
        self._live, self._ledger = live, ledger

    def on_settlement(self, previous: Pass | None, current: Pass, changed: Collection[str] | None) -> None:
        self._live.state = {**_told(current), "cards": self._ledger.minted()}


class Telling:
    """Tells webhooks of each settlement."""

    name, remembers = "webhooks", True

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def on_settlement(self, previous: Pass | None, current: Pass, changed: Collection[str] | None) -> None:
        self._webhooks.tell("settlement.published", str(current.number), _told(current))


def _told(current: Pass) -> dict[str, Any]:
    result = current.load()
    counts, final = result.summary["counts"], final_counts(current)
    return {
        "number": current.number, "likes": counts["likes"] + final["likes"], **total_of_items(result.items),
        "rings": counts["rings"], "accounts": counts["accounts"], "items": result.items.num_rows,
    }  # fmt: skip
