"""What can be shown to whom: slots by region, interest and hour, how sure that is, and what is sold of it.

A cell (region, interest, hour of the viewer's clock) has a mean number of slots, estimated from days of
history. Days differ from each other by a factor that is common to a region; its spread is estimated too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhenzan.promote.caps import BLOCK_US, local_clock, zone_named
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.targeting import Audience, Targeting
from zhenzan.times import HOUR_US

__all__ = ["Beliefs", "Inventory", "OutcomeHistory"]

DAY_SPREAD_MIN = 0.02
SELLABLE_SHARE = 0.5  # of slots; more would leave pacing no room, and viewers no clips of their own choice


@dataclass
class Inventory:
    """`slots` [days, regions, interests, 24]: slots of past days by hour of the viewers' clock.

    `viewers` [regions, interests]: how many different viewers a day. `zones`: an IANA zone for each region.
    `sold` grows with what is sold: exposures by UTC hour, [regions, interests].
    """

    audience: Audience
    zones: tuple[str, ...]
    slots: npt.NDArray[np.float64]
    viewers: npt.NDArray[np.float64]
    sold: dict[int, npt.NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.audience.regions), len(self.audience.interests), 24)
        assert self.slots.shape[1:] == shape, "history has the audience's regions and interests"
        assert len(self.zones) == shape[0], "each region has a zone"
        self.mean = self.slots.mean(axis=0)
        totals = np.log(np.maximum(self.slots.sum(axis=(2, 3)), 1.0))
        spread = totals.std(axis=0, ddof=1) if len(totals) > 1 else np.full(shape[0], 0.2)
        self.day_spread = np.maximum(spread, DAY_SPREAD_MIN)

    def cells(self, targeting: Targeting, start_us: int, pieces: int) -> npt.NDArray[np.float64]:
        """Expected slots a second that fit, gross [pieces, regions, interests], in steps of ten minutes."""
        regions = [n for n in self.audience.region_indices(targeting.regions) if n < len(self.zones)]
        interests = self.audience.interest_indices(targeting.interests)
        interests = [n for n in interests if n < len(self.audience.interests)]
        cells = np.zeros((pieces, *self.mean.shape[:2]))
        for region in regions:
            zone = zone_named(self.zones[region])
            for piece in range(pieces):
                hour = local_clock(start_us + piece * BLOCK_US, zone)[1]
                if not targeting.hours or hour in targeting.hours:
                    cells[piece, region, interests] = self.mean[region, interests, hour] / 3600.0
        return cells

    def reach(self, targeting: Targeting) -> float:
        """Different viewers a day who fit; at least one."""
        regions = [n for n in self.audience.region_indices(targeting.regions) if n < len(self.zones)]
        interests = self.audience.interest_indices(targeting.interests)
        interests = [n for n in interests if n < len(self.audience.interests)]
        return max(float(self.viewers[np.ix_(regions, interests)].sum()), 1.0)

    def net(self, cells: npt.NDArray[np.float64], start_us: int) -> npt.NDArray[np.float64]:
        """What of them can still be sold: half of them, less what is sold."""
        left = cells * SELLABLE_SHARE
        for piece in range(len(cells)):
            sold = self.sold.get((start_us + piece * BLOCK_US) // HOUR_US)
            if sold is not None:
                gross = np.maximum(self._gross(start_us + piece * BLOCK_US), 1e-12)
                left[piece] = cells[piece] * np.maximum(SELLABLE_SHARE - sold / gross, 0.0)
        return left

    def _gross(self, at_us: int) -> npt.NDArray[np.float64]:
        """All slots of the UTC hour, [regions, interests]."""
        hours = [local_clock(at_us, zone_named(zone))[1] for zone in self.zones]
        return self.mean[np.arange(len(hours)), :, hours]

    def sell(self, cells: npt.NDArray[np.float64], start_us: int, exposures: float) -> None:
        """Note that so many exposures are sold, spread over cells and time as the slots that fit."""
        total = cells.sum()
        if total <= 0:
            return
        for piece in range(len(cells)):
            hour = (start_us + piece * BLOCK_US) // HOUR_US
            sold = self.sold.setdefault(hour, np.zeros(cells.shape[1:]))
            sold += exposures * cells[piece] / total

    def oversold(self, traffic: float = 1.0) -> list[tuple[int, int, int, float]]:
        """(UTC hour, region, interest, exposures too many) where more is sold than there will be slots.

        `traffic`: slots seen today, of those expected.
        """
        beyond_supply = []
        for hour, sold in sorted(self.sold.items()):
            beyond = sold - self._gross(hour * HOUR_US) * traffic
            for region, interest in np.argwhere(beyond > 0).tolist():
                beyond_supply.append((hour, region, interest, float(beyond[region, interest])))
        return beyond_supply

    def draw_supply(
        self, net: npt.NDArray[np.float64], start_us: int, draws: int, generator: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        """Possible slots a second [draws, pieces]: the mean times a factor of each region's day."""
        days = len(self.slots)
        spread = self.day_spread * np.sqrt(1.0 + 1.0 / days)
        supply = np.zeros((draws, len(net)))
        for region, zone in enumerate(self.zones):
            by_piece = net[:, region].sum(axis=1)
            if not by_piece.any():
                continue
            clock = zone_named(zone)
            dates = [local_clock(start_us + piece * BLOCK_US, clock)[0] for piece in range(len(net))]
            day = np.array(dates) - dates[0]
            factor = np.exp(generator.normal(0.0, spread[region], (draws, int(day.max()) + 1)))
            supply += by_piece * factor[:, day]
        return supply


@dataclass(frozen=True)
class Beliefs:
    """What is believed of one order: a gamma of outcomes an exposure, a beta of void shares, lags seen.

    `reversed_share`: of settled outcomes, which turn out fake so long afterwards (`lags.reversal`).
    """

    outcomes: float
    exposures: float
    void: tuple[float, float]
    lags: Lags
    reversed_share: float = 0.0

    @property
    def rate(self) -> float:
        return self.outcomes / self.exposures


@dataclass(frozen=True)
class OutcomeHistory:
    """Past items of one interest: exposures and outcomes; past verdicts: how many were void, or reversed."""

    exposures: npt.NDArray[np.float64]
    outcomes: npt.NDArray[np.float64]
    verdicts: int
    voids: int
    lags: Lags
    reversals: int = 0

    def beliefs(self, item_exposures: float = 0.0, item_outcomes: float = 0.0) -> Beliefs:
        """The interest's items as a gamma prior (moments of their rates), and the item's own past."""
        mean = self.outcomes.sum() / self.exposures.sum()
        excess = ((self.outcomes - mean * self.exposures) ** 2 - self.outcomes).sum()
        variance = max(excess / (self.exposures**2).sum(), (0.05 * mean) ** 2)
        shape = mean**2 / variance
        return Beliefs(
            shape + item_outcomes, shape / mean + item_exposures,
            (self.voids + 1.0, self.verdicts - self.voids + 9.0), self.lags,
            (self.reversals + 0.1) / (self.verdicts - self.voids + 10.0),
        )  # fmt: skip
