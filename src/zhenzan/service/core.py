"""The running parts of a service, opened in order and closed in reverse: database, lake, intake, results."""

from __future__ import annotations

import logging
import math
import os
import shutil
import threading
import time
from collections import Counter as Counts
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.errors import LakeError, ZhenzanError, one_line
from zhenzan.interactions import RotatingHash
from zhenzan.lake import Lake, read_since
from zhenzan.ledger import RENEW_SECONDS, Ledger
from zhenzan.policy import Policy, load_policy
from zhenzan.rewards import Catalogue, Market, Rights, Shop, confirmed_since, load_catalogue, sales_since
from zhenzan.screen import Counters, Screen
from zhenzan.service.audit import Audit
from zhenzan.service.cases import Cases
from zhenzan.service.hashkeys import hash_keys
from zhenzan.service.homes import ANCHOR, bind, refuse_empty
from zhenzan.service.intake import Intake
from zhenzan.service.limits import LogInAttempts
from zhenzan.service.live import Live
from zhenzan.service.people import People
from zhenzan.service.policies import Policies
from zhenzan.service.priority import step_back
from zhenzan.service.private import tighten
from zhenzan.service.readiness import Readiness
from zhenzan.service.sessions import Sessions
from zhenzan.service.settings import Settings
from zhenzan.service.subscribers import Rewards, moved, subscribers
from zhenzan.service.tally import Tally
from zhenzan.service.tracing import span
from zhenzan.service.viewer_tokens import ViewerTokens
from zhenzan.service.webhooks import Webhooks
from zhenzan.service.worker import Watched
from zhenzan.settle import DeliveryStoppedError, Pass, SettlementDeliveries, latest, sealed_until

__all__ = ["Core", "Counter"]

LOOK_SECONDS = 0.5
RETRY_SECONDS = 5.0
TIDY_SECONDS = 10.0
KEYS_SECONDS = 600.0  # between looks whether hashes need a new key; one begins an hour after it was made
TELL_US = 3_600_000_000  # how far back deals are looked for that nobody was told of
SAVE_SECONDS = 300.0  # between two states of the counters; what came after is counted again at the next start
COUNTERS = "counters.npz"

log = logging.getLogger("zhenzan.service")


class Counter:
    """Where what was earned is used: rights, offers and the market of a catalogue."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.rights = Rights(ledger, catalogue)
        self.shop = Shop(ledger, catalogue)
        self.market = Market(ledger, catalogue)

    def tidy(self) -> None:
        """End auctions whose time is over; ask again about what was reserved and never answered."""
        self.market.close()
        self.shop.recover()


class Stream(Protocol):
    """What may also bring interactions, as monitors see it."""

    counts: Counts[str]
    is_connected: bool


def _tell_uncounted(error: LakeError) -> None:
    """A service that takes no likes for one damaged file would lose more than it counts."""
    log.error("the likes of a file are not counted by the screen: %s", error)


class Core:
    """Everything that requests are served from. Use it as a context, inside the event loop's thread."""

    def __init__(self, settings: Settings, say: Callable[[str], object] = lambda text: None) -> None:
        self.settings = settings
        self._stack = ExitStack()
        self._stop = threading.Event()
        self.live = Live()
        self._saved_at = time.monotonic()
        self.passed: Pass | None = None
        self.stream: Stream | None = None
        self.worker: Watched | None = None
        self.readiness = Readiness(self)
        self._failing: tuple[float, str] | None = None  # since when, and how, settlements are not taken up
        self._left = False  # whether somebody could not take up the settlement that is served
        self._held: WeakValueDictionary[Path, Pass] = WeakValueDictionary()
        self._policies: tuple[int | None, int | None] | None = None
        try:
            self._open(say)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, say: Callable[[str], object]) -> None:
        settings = self.settings
        if not settings.create:
            refuse_empty(settings.home)
        try:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            tighten(settings.home)
        except OSError as error:
            raise ZhenzanError(f"{settings.home}: {error.strerror or error}") from error
        catalogue = load_catalogue(settings.catalogue) if settings.catalogue is not None else None
        bind(settings.home, settings.place)
        self.ledger = self._stack.enter_context(
            Ledger.open(
                settings.place, key=settings.home / "ledger.key", anchor=settings.home / ANCHOR, say=say
            )
        )
        self.counter = Counter(self.ledger, catalogue) if catalogue is not None else None
        self.audit = Audit(self.ledger)
        self.webhooks = Webhooks(self.ledger.database)
        self.cases = Cases(self.ledger, self.audit, self.webhooks)
        self.policies = Policies(self.ledger, self.audit, self.webhooks, settings.home)
        self.people = People(self.ledger.database)
        self.viewer_tokens = ViewerTokens(self.ledger.database, self.people)
        self.sessions = Sessions(self.ledger.database, self.people)
        self.attempts = LogInAttempts()
        self.lake = self._stack.enter_context(
            Lake(
                settings.home,
                segment_seconds=settings.segment_seconds,
                keep_days=settings.keep_days,
                needed_from=lambda: sealed_until(settings.home) or 0,
            )
        )
        self._turn_keys()  # by now nobody else has this home
        self.screen = self._screen()
        self.tally = Tally()
        self.rewards = Rewards(self.ledger, catalogue, self.cases, self._go_on)
        self._deliveries = SettlementDeliveries(
            self.ledger.database,
            subscribers(self.rewards, self.screen, self.live, self.ledger, self.webhooks),
            moved,
        )
        self._follow_policies()
        self.intake = Intake(
            self.lake,
            waiting_rows_max=settings.waiting_rows_max,
            screen=self._screened,
            kept=self.live.kept,
        )
        self.intake.settled_before = sealed_until(settings.home) or 0
        self._stack.callback(self._save_counters)
        self._stack.callback(self.intake.close)
        for name, target in (
            ("lease", self._stay),
            ("rewards", self._follow),
            ("webhooks", lambda: self.webhooks.run(self._stop)),
        ):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._stack.callback(thread.join)
        self._stack.callback(self._stop.set)

    def _screen(self) -> Screen:
        """The screen as it was when the service stopped, and what came in since then counted again."""
        Screen.warm()
        path = self.settings.home / COUNTERS
        counters, sequence = Counters(), 0
        if path.exists():
            try:
                counters, sequence = Counters.load(path)
            except LakeError as error:
                log.warning("counting starts anew: %s", error)
        screen = Screen(counters)
        for batch in read_since(self.settings.home, sequence, unread=_tell_uncounted):
            screen.step(batch)
        return screen

    def _turn_keys(self) -> None:
        """The secrets of the hashes as they are in force, a new one where it is time."""
        keys = hash_keys(self.settings.home / "hash-keys.json", keep_days=self.settings.keep_days)
        self.hashes = RotatingHash(keys)
        self._keys_at = time.monotonic()

    def _screened(self, batch: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Provisional chances of what was just kept; the counters are written down now and then."""
        screened = self.screen.step(batch)
        self.tally.saw(batch, screened)
        if time.monotonic() - self._saved_at > SAVE_SECONDS:
            self._save_counters()
        return screened.chances

    def _save_counters(self) -> None:
        self._saved_at = time.monotonic()
        try:
            self.screen.save(self.settings.home / COUNTERS, self.lake.sequence)
        except OSError as error:
            log.warning("the counters are not written down just now: %s", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop taking, write what was taken, leave everything so that the next start goes on from here."""
        self._stack.close()

    def _stay(self) -> None:
        """Keep the ledger ours while nothing is written, so that no second service begins on it."""
        while not self._stop.wait(RENEW_SECONDS):
            try:
                self.ledger.stay()
            except ZhenzanError as error:
                log.warning("the ledger could not be kept: %s", error)

    def _follow(self) -> None:
        """Take up each result that the worker publishes: rewards first, then everybody may see it."""
        step_back()
        tidied = -math.inf
        while not self._stop.wait(LOOK_SECONDS):
            try:
                if self.counter is not None and time.monotonic() - tidied > TIDY_SECONDS:
                    tidied = time.monotonic()
                    self.counter.tidy()
                    self._tell_deals()
                if time.monotonic() - self._keys_at > KEYS_SECONDS:
                    self._turn_keys()
                self.policies.catch_up()
                self._follow_policies()
                self.intake.settled_before = sealed_until(self.settings.home) or 0
                self.rewards.follow_decisions()
                found = latest(self.settings.home)
                if found is not None and (
                    self._left or self.passed is None or found.number != self.passed.number
                ):
                    with span("take up a settlement", number=found.number):
                        self._take_up(found)
            except DeliveryStoppedError:
                return
            except FileNotFoundError:  # a newer one was published while we looked
                continue
            except Exception as error:
                self._failing = (self._failing or (time.monotonic(), ""))[0], one_line(error)
                log.exception("a settlement or a deal could not be taken up; it is tried again")
                self._stop.wait(RETRY_SECONDS)
            else:
                self._failing = None

    def _take_up(self, published: Pass) -> None:
        """Tell everybody who follows settlements, then serve it; who could not take it up is told again."""
        served = self.passed
        found = served if served and served.number == published.number else self._hold(published)
        failed = self._deliveries.deliver(found)
        self.passed, self._left = found, bool(failed)
        for name, error in failed.items():
            raise ZhenzanError(f"{name}: {one_line(error)}") from error

    def _tell_deals(self) -> None:
        """Of what was sold and redeemed lately: what was told already is not told again."""
        since = self.ledger.clock() - TELL_US
        for sale in sales_since(self.ledger, since):
            self.webhooks.tell("sale.made", sale.id, asdict(sale), at=sale.time)
        for made in confirmed_since(self.ledger, since):
            told = {name: getattr(made, name) for name in ("id", "offer", "account", "reserved_at")}
            self.webhooks.tell("redemption.confirmed", made.id, told, at=made.reserved_at)

    def _follow_policies(self) -> None:
        """Take up what was published, or put into shadow, since we last looked."""
        now = self.policies.standing()
        if now == self._policies:
            return
        ruling, shadow = self.policies.ruling(), self.policies.in_shadow()
        given = self.settings.policy
        rules = ruling.policy if ruling else load_policy(given) if given else Policy.default()
        self.screen.rule(rules.screen)
        self.tally.watch(rules, shadow.policy if shadow else None)
        self.live.limits = (rules.verdict.genuine_threshold, rules.verdict.fake_threshold)
        self._policies = now

    def trouble(self, seconds: float) -> str:
        """Why settlements are not taken up, where that has been so for longer; else ""."""
        failing = self._failing
        if failing is None or time.monotonic() - failing[0] < seconds:
            return ""
        return f"settlements are not taken up: {failing[1]}"

    def latest_time(self) -> int:
        """Up to when (µs) an interaction may say that it happened: now, and what clocks may differ by."""
        return time.time_ns() // 1000 + int(self.settings.clock_skew_seconds * 1e6)

    def _hold(self, published: Pass) -> Pass:
        """The same result under a name of our own, so that the worker may clear away its own as it likes. It
        stays for as long as somebody reads it.
        """
        folder = published.folder.parent / f"served-{published.number:08d}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in published.folder.iterdir():
            os.link(path, folder / path.name)
        self._held[folder] = held = replace(published, folder=folder)
        for old in published.folder.parent.glob("served-*"):
            if old not in self._held:
                shutil.rmtree(old, ignore_errors=True)
        return held

    def _go_on(self) -> None:
        """Called between batches of rewards: a run that is broken off goes on at the next start."""
        if self._stop.is_set():
            raise DeliveryStoppedError
