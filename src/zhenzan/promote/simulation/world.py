"""A world to sell in: slots by the hour, items that are liked more or less, verdicts that come late.

What is true of a world is drawn from its seed. What a seller can know of it, `inventory` and `history`, is
drawn from what is true, as days of traffic and past orders would show it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import local_clock, zone_named
from zhenzan.promote.inventory import Beliefs, Inventory, OutcomeHistory
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.pacing import OutcomeDelay
from zhenzan.promote.targeting import Audience
from zhenzan.times import HOUR_US

__all__ = ["Item", "Truth", "World", "make_world"]

REGIONS = {"CN": "Asia/Shanghai", "SG": "Asia/Singapore", "IN": "Asia/Kolkata", "DE": "Europe/Berlin"}
INTERESTS = ("food", "games", "music", "sport")
START_US = 1_792_886_400_000_000  # 2026-10-25 00:00 UTC: clocks in Berlin go back in its first hours
HISTORY_DAYS = 10
PAST_ITEMS = 60
PAST_VERDICTS = 1_500
SLOTS_PER_VIEWER_DAY = 12.0


@dataclass(frozen=True)
class Truth:
    """What nobody in the world is told."""

    hourly: npt.NDArray[np.float64]  # mean slots [regions, interests, 24] by the viewers' clock
    day_factor: npt.NDArray[np.float64]  # [regions, days]
    interest_rate: npt.NDArray[np.float64]
    item_spread: float
    void_share: float
    lag_seconds: float  # median from outcome to verdict
    lag_spread: float
    reversal_share: float  # of settled outcomes that are found fake afterwards
    delay: OutcomeDelay


@dataclass(frozen=True)
class Item:
    """An item that can be promoted: its true rate, and its own past as everybody sees it."""

    interest: int
    rate: float
    views: int
    likes: int


@dataclass(frozen=True)
class World:
    """A world and what is known of it."""

    seed: int
    truth: Truth
    audience: Audience
    zones: tuple[str, ...]
    inventory: Inventory
    histories: tuple[OutcomeHistory, ...]

    def generator(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, *stream))

    def item(self, number: int) -> Item:
        """The item of an order, always the same."""
        generator = self.generator(3, number)
        interest = int(generator.integers(len(INTERESTS)))
        rate = self.truth.interest_rate[interest] * generator.lognormal(0.0, self.truth.item_spread)
        views = round(min(generator.lognormal(np.log(600), 1.0), 20_000))
        return Item(interest, min(rate, 0.5), views, int(generator.poisson(views * rate)))

    def beliefs(self, item: Item) -> Beliefs:
        return self.histories[item.interest].beliefs(item.views, item.likes)

    def slots_per_hour(self, at_us: int) -> npt.NDArray[np.float64]:
        """True mean slots [regions, interests] in the hour of `at_us`."""
        supply = np.empty(self.truth.hourly.shape[:2])
        for region, name in enumerate(self.zones):
            hour = local_clock(at_us, zone_named(name))[1]
            supply[region] = self.truth.hourly[region, :, hour] * self.day_factor(region, at_us)
        return supply

    def day_factor(self, region: int, at_us: int) -> float:
        """What this date has more, or less, than a usual one."""
        zone = zone_named(self.zones[region])
        day = local_clock(at_us, zone)[0] - local_clock(START_US - 24 * HOUR_US, zone)[0]
        factors = self.truth.day_factor[region]
        return float(factors[min(max(day, 0), len(factors) - 1)])


def make_world(seed: int, slots_per_day: float) -> World:
    """A world of about so many slots a day."""
    generator = np.random.default_rng((seed, 1))
    truth = _truth(generator, slots_per_day)
    zones = tuple(REGIONS.values())
    audience = Audience(tuple(REGIONS), INTERESTS)
    spread = generator.uniform(0.05, 0.15)
    past_days = np.exp(generator.normal(0.0, spread, (HISTORY_DAYS, len(zones), 1, 1)))
    seen = generator.poisson(truth.hourly * past_days).astype(np.float64)
    coming = np.exp(generator.normal(0.0, spread, (len(zones), 30)))
    truth = Truth(**{**truth.__dict__, "day_factor": coming})
    histories = tuple(_history(generator, truth, interest) for interest in range(len(INTERESTS)))
    return World(seed, truth, audience, zones, Inventory(audience, zones, seen, viewers_of(truth)), histories)


def viewers_of(truth: Truth) -> npt.NDArray[np.float64]:
    """Different viewers a day, [regions, interests]."""
    return np.maximum(truth.hourly.sum(axis=2) / SLOTS_PER_VIEWER_DAY, 1.0)


def _truth(generator: np.random.Generator, slots_per_day: float) -> Truth:
    regions, interests = len(REGIONS), len(INTERESTS)
    hours = np.arange(24)
    evening = 1.0 + 0.8 * np.cos((hours - generator.uniform(19, 22)) / 24 * 2 * np.pi)
    share = generator.dirichlet(np.full(regions, 4.0))[:, None] * generator.dirichlet(np.full(interests, 4.0))
    hourly = slots_per_day * share[:, :, None] * evening / evening.sum()
    return Truth(
        hourly,
        np.ones((regions, 1)),
        generator.uniform(0.02, 0.06, interests),
        generator.uniform(0.2, 0.4),
        generator.uniform(0.02, 0.12),
        generator.uniform(600, 7_200),
        generator.uniform(0.3, 0.6),
        generator.uniform(0.0, 0.02),
        OutcomeDelay(generator.uniform(0.8, 0.95), generator.uniform(8, 25), generator.uniform(300, 1_500)),
    )


def _history(generator: np.random.Generator, truth: Truth, interest: int) -> OutcomeHistory:
    exposures = np.ceil(generator.lognormal(np.log(600), 0.7, PAST_ITEMS))
    rates = truth.interest_rate[interest] * generator.lognormal(0.0, truth.item_spread, PAST_ITEMS)
    return OutcomeHistory(
        exposures,
        generator.poisson(exposures * rates).astype(np.float64),
        PAST_VERDICTS,
        int(generator.binomial(PAST_VERDICTS, truth.void_share)),
        Lags(draw_lags(generator, truth, 600), draw_reversal_lags(generator, 200)),
        int(generator.binomial(round(PAST_VERDICTS * (1 - truth.void_share)), truth.reversal_share)),
    )


def draw_reversal_lags(generator: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Seconds from settlement to reversal."""
    return generator.uniform(0.2, 3.0, count) * 86_400.0


def draw_lags(generator: np.random.Generator, truth: Truth, count: int) -> npt.NDArray[np.float64]:
    """Seconds from outcome to verdict."""
    return generator.lognormal(np.log(truth.lag_seconds), truth.lag_spread, count)
