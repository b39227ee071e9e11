"""The decider: for each slot which order, if any, this viewer is shown, with a propensity and a receipt.

    decider = Decider(Audience(("CN", "SG"), ("music", "food")), key, seed=1)
    decider.add(flight)
    decisions = decider.decide(decider.slots(viewers, regions, hours, interests, days), now_us)

One thread at a time. Memory: 1.2 KB a flight, 88 bytes a viewer who was shown something on the last dates.
Cost of a decision: one pass over the words of flights, some 2 µs at 5,000 flights.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from zhenzan.errors import PromotionError
from zhenzan.promote.caps import BLOCK_US, block_end, day_end, day_start, hour_end, zone_named
from zhenzan.promote.flights import Flight, empty_flights
from zhenzan.promote.kernels import decisions as kernel
from zhenzan.promote.kernels import pacing as pacing_kernel
from zhenzan.promote.kernels.arguments import FlightArrays, Limits, Since, Slots, Work
from zhenzan.promote.pacing import OutcomeDelay, in_flight_max
from zhenzan.promote.receipts import RECORD, Receipts
from zhenzan.promote.targeting import WORD_BITS, Audience, Masks
from zhenzan.promote.viewers import VIEWER_DAY_MAX, Exclusions, ViewerTable
from zhenzan.times import HOUR_US

__all__ = ["Decider", "Decisions", "Slots"]

FLIGHTS_MAX = 65_536
ALL_FLIGHTS = -1
PACE_SECONDS = 5.0  # between two looks at all flights, unless asked for earlier


@dataclass(frozen=True, slots=True)
class Decisions:
    """One row a slot. `flight`: the order's number, or −1. `tags`: receipts of the rows that show one."""

    log: npt.NDArray[np.void]
    tags: list[bytes]

    @property
    def flight(self) -> npt.NDArray[np.int64]:
        return self.log["flight"]


class Decider:
    """Flights, what viewers have seen, and the draw.

    `key`: 32 bytes for receipts. `viewer_day`: promoted exposures of a viewer on one date, at most.
    `organic_share`: of slots left alone at random, so that effects can be measured. `ring_members`: viewers
    who are shown no promotion at all. `first_decision`: the number of the first, over all that were given.
    """

    def __init__(
        self,
        audience: Audience,
        key: bytes,
        seed: int = 0,
        capacity: int = 1024,
        viewer_day: int = VIEWER_DAY_MAX,
        organic_share: float = 0.01,
        delay: OutcomeDelay | None = None,
        first_decision: int = 1,
    ) -> None:
        capacity = -(-capacity // WORD_BITS) * WORD_BITS
        if not 0 < capacity <= FLIGHTS_MAX:
            raise PromotionError(f"a decider has room for 1 to {FLIGHTS_MAX:,} flights")
        if not 1 <= viewer_day <= VIEWER_DAY_MAX or not 0 <= organic_share < 1:
            raise PromotionError(f"a viewer is shown 1 to {VIEWER_DAY_MAX} a day; a share lies in [0, 1)")
        self.audience = audience
        self.flights: FlightArrays = empty_flights(capacity)
        self.delay = delay or OutcomeDelay()
        self.flights.fast_share[0] = self.delay.fast_share
        self.flights.burst_seconds[0] = PACE_SECONDS
        self.receipts = Receipts(key)
        self._masks = Masks(audience, capacity)
        self._limits = Limits(viewer_day, organic_share)
        self._key = np.uint64(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])
        self._next = first_decision
        self._index: dict[int, int] = {}
        self._free = list(range(capacity - 1, -1, -1))
        self._zones: list[ZoneInfo | None] = [None] * capacity
        self._exclusions = Exclusions()
        self._viewers = ViewerTable()
        words = np.zeros((2, capacity // WORD_BITS), np.uint64)
        self._work = Work(words[0], words[1], np.zeros(kernel.LEVELS, np.int64))
        self._refreshed_us: int | None = None
        self._paced_us = self._block_end_us = self._hour_end_us = 0
        self._pace_due = True

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, number: int) -> bool:
        return number in self._index

    # Flights

    def add(self, flight: Flight, counted: int = 0, outcomes: int = 0, running: bool = True) -> int:
        """Take up a flight of which so many units are counted, and outcomes were attributed, already.

        Returns its row in `flights`. Raises PromotionError, and adds nothing, where something is unknown.
        """
        if flight.number in self._index:
            raise PromotionError(f"flight {flight.number} is there already")
        if not self._free:
            raise PromotionError(f"there is room for {len(self._zones):,} flights; end some before")
        zone = zone_named(flight.zone)
        at = self._free[-1]
        self._masks.set(at, flight.targeting)
        self._free.pop()
        self._index[flight.number] = at
        self._zones[at] = zone
        self._exclusions.set(at, np.fromiter(flight.targeting.excluded, np.uint64))
        self._write(at, flight)
        arrays = self.flights
        arrays.counted[at], arrays.outcomes[at], arrays.running[at] = counted, outcomes, running
        return at

    def _write(self, at: int, flight: Flight) -> None:
        arrays, values = self.flights, dict.fromkeys(FlightArrays._fields, 0.0)
        values |= {
            "live": 1, "tokens": 1.0, "number": flight.number, "generation": arrays.generation[at] + 1,
            "hour_cap": flight.hour_cap, "hour_left": flight.hour_cap, "day_cap": flight.day_cap,
            "goal": flight.goal, "start_us": flight.start_us, "end_us": flight.end_us,
            "plan_end_us": flight.plan_end_us, "prior_exposures": flight.rate_exposures,
            "prior_outcomes": flight.like_rate * flight.rate_exposures,
        }  # fmt: skip
        for name in set(values) - {"curve", "planes", "burst_seconds", "fast_share"}:
            getattr(arrays, name)[at] = values[name]
        arrays.curve[at] = flight.curve
        bit = np.uint64(1) << np.uint64(at % WORD_BITS)
        arrays.planes[:, at // WORD_BITS] &= ~bit
        arrays.planes[0, at // WORD_BITS] |= bit
        self._pace_due = True

    def remove(self, number: int) -> None:
        """End a flight."""
        at = self._index.pop(number)
        self._masks.clear(at)
        self.flights.live[at] = 0
        self.flights.rate[at] = 0.0
        self._free.insert(0, at)
        self._exclusions.set(at, np.empty(0, np.uint64))

    def row(self, number: int) -> int:
        """The row of a flight in `flights`. Raises KeyError where there is none."""
        return self._index[number]

    def count(self, number: int, counted: int, new_outcomes: int = 0) -> None:
        """Say how many units of a flight are pending or settled now, and how many outcomes are new."""
        at = self._index[number]
        self.flights.counted[at] = counted
        self.flights.outcomes[at] += new_outcomes

    def set_running(self, number: int, running: bool) -> None:
        """Pause a flight, or go on."""
        at = self._index[number]
        self.flights.running[at] = running
        if not running:
            self.flights.rate[at] = 0.0

    def set_ring_members(self, viewers: npt.ArrayLike) -> None:
        """Who is shown no promotion: members of rings, and who opted out."""
        self._exclusions.set(ALL_FLIGHTS, np.unique(np.asarray(viewers, np.uint64)))

    # Time

    def pace(self, now_us: int) -> None:
        """Renew caps, plans and rates, at some 20 ns a flight. `decide` does so by itself at times."""
        flights, delay = self.flights, self.delay
        if self._paced_us:
            seconds = max(now_us - self._paced_us, 0) / 1e6
            pacing_kernel.age(flights, seconds, delay.fast_seconds, delay.slow_seconds)
        self._renew_caps(now_us)
        lead_us = round(delay.fast_seconds * 1e6)
        self._block_end_us = max(block_end(now_us), self._block_end_us)
        pacing_kernel.plan_blocks(flights, now_us, self._block_end_us, lead_us)
        pacing_kernel.pace(flights, now_us, lead_us, in_flight_max())
        self._paced_us = now_us
        self._pace_due = False

    def _renew_caps(self, now_us: int) -> None:
        flights = self.flights
        if now_us >= self._hour_end_us:
            self._hour_end_us = hour_end(now_us)
            flights.hour_left[:] = flights.hour_cap
        for at in np.flatnonzero((flights.day_end_us <= now_us) & (flights.live == 1)).tolist():
            zone = self._zones[at]
            assert zone is not None, "a live flight has a zone"
            flights.day_end_us[at] = day_end(now_us, zone)
            flights.day_left[at] = flights.day_cap[at]

    # Decisions

    def slots(
        self,
        viewer: npt.ArrayLike,
        region: npt.ArrayLike,
        hour: npt.ArrayLike,
        interest: npt.ArrayLike,
        local_day: npt.ArrayLike,
    ) -> Slots:
        """Arrays of the kinds that `decide` takes; regions and interests are indices of the audience."""
        others = (np.ascontiguousarray(values, np.int64) for values in (region, hour, interest, local_day))
        return Slots(np.ascontiguousarray(viewer, np.uint64), *others)

    def decide(self, slots: Slots, now_us: int) -> Decisions:
        """Decide for all slots, in order. Raises ValueError, and shows nothing more, at a malformed slot."""
        if self._pace_due or now_us - self._paced_us >= PACE_SECONDS * 1e6 or now_us >= self._block_end_us:
            self.pace(now_us)
        size = slots.viewer.size
        self._viewers.make_room(size)
        log = np.zeros(size, RECORD)
        before_us = self._refreshed_us or now_us
        seconds = max(now_us - before_us, 0) / 1e6
        self._refreshed_us = max(now_us, before_us)
        kernel.refresh(self.flights, seconds, self._work.active)
        added = kernel.decide(
            slots, now_us, self.flights, self._masks.arrays, self._exclusions.arrays,
            self._viewers.arrays, self._limits, self._key, np.uint64(self._next), self._work, log,
        )  # fmt: skip
        if added < 0:
            raise ValueError(f"slot {-1 - added} has a viewer 0, or an index that is none of the audience's")
        self._viewers.count += added
        self._next += size
        return Decisions(log, self.receipts.tags(log[log["flight"] >= 0]))

    # After a restart

    def restore(self, log: npt.NDArray[np.void], now_us: int) -> None:
        """Count exposures of an earlier process again: caps, what viewers have seen, what may still come.

        `log`: its records in order of time, all of the flights that go on and all of the last three dates.
        Flights are added before, with the units and outcomes that they have.
        """
        log = log[log["flight"] >= 0]
        self._viewers.make_room(log.size)
        self._renew_caps(now_us)
        numbers, inverse = np.unique(log["flight"], return_inverse=True)
        rows = np.array([self._index.get(number, -1) for number in numbers.tolist()], np.int64)
        days = [0 if zone is None else day_start(now_us, zone) for zone in self._zones]
        since = Since(block_end(now_us) - BLOCK_US, hour_end(now_us) - HOUR_US, np.array(days, np.int64))
        seconds = (self.delay.fast_seconds, self.delay.slow_seconds)
        self._viewers.count += int(
            kernel.recount(log, rows[inverse], now_us, since, self.flights, self._viewers.arrays, seconds)
        )
        if log.size:
            self._next = max(self._next, int(log["decision"].max()) + 1)
        self._pace_due = True
