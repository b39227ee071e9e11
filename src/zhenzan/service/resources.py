"""Resources of a service (stores, use cases, tasks), opened in order and closed in reverse.

Routes do not see the whole: they name what they need as `NamedDependency`, and the framework gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.closeable import Closeable
from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import ZhenzanError
from zhenzan.lake import Lake
from zhenzan.ledger import Ledger
from zhenzan.rewards import load_catalogue, moved_accounts
from zhenzan.rooms import parts
from zhenzan.service.api_keys import ApiKeys
from zhenzan.service.audit import Audit
from zhenzan.service.cases.use_cases import Cases
from zhenzan.service.file_permissions import tighten
from zhenzan.service.hash_keys import HashKeys
from zhenzan.service.home_binding import ANCHOR, bind, refuse_empty
from zhenzan.service.intake import Intake
from zhenzan.service.interactions.use_cases import Ingest
from zhenzan.service.limits import LogInAttempts
from zhenzan.service.live.use_cases import Live
from zhenzan.service.policies.following import PolicyFollower
from zhenzan.service.policies.use_cases import Policies
from zhenzan.service.promotion.delivering import PromotionDelivery
from zhenzan.service.promotion.known_items import creator_in
from zhenzan.service.promotion.use_cases import PromotionDesk
from zhenzan.service.readiness import Readiness
from zhenzan.service.rewards.paying import PayRewards
from zhenzan.service.rewards.rewards_desk import RewardsDesk
from zhenzan.service.screen.use_cases import Screening
from zhenzan.service.sessions import Sessions
from zhenzan.service.settings import Settings
from zhenzan.service.settlements import Settlements
from zhenzan.service.tasks import TaskRunner
from zhenzan.service.viewer_tokens import ViewerTokens
from zhenzan.service.webhooks.use_cases import Webhooks
from zhenzan.service.worker_supervisor import Watched
from zhenzan.settlement import DeliveryStoppedError, Settlement, SettlementDeliveries, final_watermark

__all__ = ["Resources", "Stream"]


@runtime_checkable
class Stream(Protocol):
    """What may also bring interactions, as monitors see it: messages by what became of them, and whether the
    broker is there. Checked while running: the framework looks at what it injects.
    """

    counts: Counter[str]
    is_connected: bool


@renamed_attributes(people="api_keys")
class Resources(Closeable):
    """Use it as a context, inside the event loop's thread. Its tasks run while it is open."""

    def __init__(self, settings: Settings, say: Callable[[str], object] = lambda text: None) -> None:
        self.settings = settings
        self.stream: Stream | None = None
        self.worker: Watched | None = None
        self._stack = ExitStack()
        try:
            self._open_stores(say)
            self._open_use_cases()
            self._open_road()
        except BaseException:
            self._stack.close()
            raise

    def _open_stores(self, say: Callable[[str], object]) -> None:
        """The folder, the database with its ledger, the lake."""
        settings = self.settings
        if not settings.create:
            refuse_empty(settings.home)
        try:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            tighten(settings.home)
        except OSError as error:
            raise ZhenzanError(f"{settings.home}: {error.strerror or error}") from error
        self.catalogue = load_catalogue(settings.catalogue) if settings.catalogue is not None else None
        bind(settings.home, settings.database_url)
        self.ledger = self._stack.enter_context(
            Ledger.open(
                settings.database_url,
                key=settings.home / "ledger.key",
                anchor=settings.home / ANCHOR,
                say=say,
            )
        )
        self.lake = self._stack.enter_context(
            Lake(
                settings.home,
                segment_seconds=settings.segment_seconds,
                keep_days=settings.keep_days,
                needed_from=lambda: final_watermark(settings.home) or 0,
            )
        )
        self.hash_keys = HashKeys(settings.home, settings.keep_days)  # by now nobody else has this home

    def _open_use_cases(self) -> None:
        """What people and programs do."""
        ledger, database = self.ledger, self.ledger.database
        self.rewards_desk = RewardsDesk(ledger, self.catalogue) if self.catalogue is not None else None
        self.audit = Audit(ledger)
        self.webhooks = Webhooks(database)
        self.cases = Cases(ledger, self.audit, self.webhooks)
        self.policies = Policies(ledger, self.audit, self.webhooks, self.settings.home)
        self.api_keys = ApiKeys(database)
        self.viewer_tokens = ViewerTokens(database, self.api_keys)
        self.sessions = Sessions(database, self.api_keys)
        self.attempts = LogInAttempts()
        self.live = Live()
        self.promotion = PromotionDesk(ledger, self._creator_of)
        self.promotion_delivery = PromotionDelivery(self.settings.home, ledger, self.promotion, self.webhooks)

    def _open_road(self) -> None:
        """The road of a like: screened and kept, settled, paid; and the tasks that move it on."""
        settings = self.settings
        self.tasks = TaskRunner()
        self.screening = Screening(settings.home, self.lake)
        self.policy_follower = PolicyFollower(self.policies, settings.policy, self.screening, self.live)
        self.policy_follower.follow()
        self.intake = Intake(
            self.lake,
            waiting_rows_max=settings.waiting_rows_max,
            screen=self.screening.step,
            kept=self._observe,
        )
        self.intake.settled_before = final_watermark(settings.home) or 0
        self._stack.callback(self.screening.save)
        self._stack.callback(self.intake.close)
        self._stack.callback(self.promotion_delivery.close)
        self.ingest = Ingest(settings, self.hash_keys, self.intake)
        self.pay_rewards = PayRewards(self.ledger, self.catalogue, self.cases, self._go_on)
        subscribers = [subscriber for factory in parts("subscribers") for subscriber in factory(self)]
        self.settlements = Settlements(
            settings.home, SettlementDeliveries(self.ledger.database, subscribers, _moved)
        )
        self.readiness = Readiness(self)
        self.tasks.start(task for factory in parts("tasks") for task in factory(self))
        self._stack.callback(self.tasks.close)

    def close(self) -> None:
        """Stop taking, write what was taken, leave everything so that the next start goes on from here."""
        self._stack.close()

    def _observe(self, batch: pa.RecordBatch, chances: npt.NDArray[np.float32] | None) -> None:
        """Rows were kept: for the live view, and for orders of promotion."""
        self.live.observe(batch, chances)
        self.promotion_delivery.observe(batch)

    def _creator_of(self, item: str) -> str:
        """Whose an item is by the settlement that is served, "" where it does not say."""
        current = self.settlements.current
        return "" if current is None else creator_in(current, item)

    def _go_on(self) -> None:
        """Called between batches of rewards: a run that is broken off goes on at the next start."""
        if self.tasks.is_stopping:
            raise DeliveryStoppedError


def _moved(previous: Settlement, current: Settlement) -> set[str]:
    """The accounts whose likes count otherwise by the second settlement than by the first."""
    return moved_accounts(previous.load(), current.load())
