"""Documented features of a like: what evidence, operators' rules and calibration may look at.

Each is one array in pair order, computed when asked for and not kept: float32 with NaN where it is not known,
or int32. What several features share (counts per account and per item) is computed once. No feature depends
on ids, on the order of rows, or on the order of likes of one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.errors import PolicyError, did_you_mean
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.ids import IntegerIds
from zhenzan.verify.evidence import measures
from zhenzan.verify.kernels import features as kernels
from zhenzan.verify.parts import in_parts

__all__ = ["FEATURES", "Feature", "Features", "check_names"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Feature:
    """One documented number about a like. `needs`: columns that the log must have."""

    name: str
    unit: str
    description: str
    compute: Callable[[Features], Array]
    needs: tuple[str, ...] = ()


class Features(Mapping[str, Array]):
    """The features of a log's pairs, computed when looked up: `Features(pairs)["account_likes"]`.

    Iterates over the features that the log's columns allow. Each look-up is a few linear passes and returns a
    new array of 4 bytes a like; counts per account, item and address (4 to 8 bytes each), and `times`, are
    kept.
    """

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        columns = ("watched", "duration", "ip", "device", "gesture")
        self.columns = {name for name in columns if getattr(pairs, name) is not None}
        self._names = [name for name, each in FEATURES.items() if self.columns.issuperset(each.needs)]

    def __getitem__(self, name: str) -> Array:
        if name not in FEATURES:
            raise KeyError(name)
        feature = FEATURES[name]
        if not self.columns.issuperset(feature.needs):
            raise KeyError(f"{name} needs the column {' and '.join(feature.needs)}")
        values = feature.compute(self)
        assert values.shape == (self.pairs.n,), name
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    # Counts that several features share, one number per account or item.

    @cached_property
    def likes_of_account(self) -> npt.NDArray[np.int32]:
        return np.diff(self.pairs.account_offset).astype(np.int32)

    @cached_property
    def likes_of_item(self) -> npt.NDArray[np.int32]:
        return np.diff(self.pairs.item_offset).astype(np.int32)

    @cached_property
    def days_of_item(self) -> npt.NDArray[np.float64]:
        """Days from an item's first like to its last, and one more."""
        pairs, held = self.pairs, self.likes_of_item > 0
        days = np.ones(pairs.n_items)
        first, last = pairs.item_offset[:-1][held], pairs.item_offset[1:][held] - 1
        days[held] += (pairs.time[last] - pairs.time[first]) / measures.DAY
        return days

    @cached_property
    def one_time(self) -> npt.NDArray[np.int64]:
        """Fixed point: 1 for accounts with a single like."""
        return np.where(self.likes_of_account == 1, int(kernels.FIXED), 0).astype(np.int64)

    @cached_property
    def one_day(self) -> npt.NDArray[np.int64]:
        """Fixed point: 1 for accounts whose likes all fall on one day (UTC)."""
        return np.where(self.days_and_busiest[0] == 1, int(kernels.FIXED), 0).astype(np.int64)

    @cached_property
    def tenure(self) -> npt.NDArray[np.int64]:
        """Fixed point: ln(1 + span in days) of each account."""
        return np.rint(np.log1p(self.spans.astype(np.float64)) * kernels.FIXED).astype(np.int64)

    @cached_property
    def log_likes(self) -> npt.NDArray[np.int64]:
        """Fixed point: ln(likes) of each account."""
        return np.rint(np.log(np.maximum(self.likes_of_account, 1)) * kernels.FIXED).astype(np.int64)

    @cached_property
    def times(self) -> npt.NDArray[np.int64]:
        """Times of the likes of the first account, of the second, and so on. 8 bytes a like."""
        return self.pairs.time[self.pairs.by_account]

    @cached_property
    def days_and_busiest(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        pairs = self.pairs
        days, busiest = np.zeros(pairs.n_accounts, np.int32), np.zeros(pairs.n_accounts, np.float32)
        measures.over_times(kernels.account_days, self, days, busiest)
        return days, busiest

    @cached_property
    def active_and_quiet_hours(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        pairs = self.pairs
        active, quiet = np.zeros(pairs.n_accounts, np.int32), np.zeros(pairs.n_accounts, np.int32)
        measures.over_times(kernels.account_hours, self, active, quiet)
        return active, quiet

    @cached_property
    def spans(self) -> npt.NDArray[np.float32]:
        pairs = self.pairs
        span = np.zeros(pairs.n_accounts, np.float32)
        measures.over_accounts(kernels.account_spans, pairs, pairs.time, 1 / measures.DAY, span)
        return span

    @cached_property
    def gesture_measures(self) -> tuple[npt.NDArray[np.float32], ...]:
        gesture = self.pairs.gesture
        assert gesture is not None
        offset, x, y, t = measures.samples(gesture)
        straightness, unevenness, duration = (np.empty(self.pairs.n, np.float32) for _ in range(3))
        in_parts(kernels.traces, offset, offset, x, y, t, straightness, unevenness, duration)
        return straightness, unevenness, duration

    @cached_property
    def accounts_of(self) -> dict[measures.Address, npt.NDArray[np.int32]]:
        """Distinct accounts of each device and of each address that the log has."""
        seen: tuple[measures.Address, ...] = ("device", "ip")
        return {
            column: measures.accounts_of_addresses(self, column) for column in seen if column in self.columns
        }

    def coded(self, column: measures.Address) -> tuple[npt.NDArray[np.int32], int]:
        """Dense codes of a hashed column, −1 where null, and their number. Computed once per column."""
        name = f"_coded_{column}"
        if name not in self.__dict__:
            hashed = getattr(self.pairs, column)
            ids = IntegerIds(pa.int64())
            codes = ids.add_values(hashed.astype(np.uint64).view(np.int64))
            codes[hashed == 0] = -1
            self.__dict__[name] = (codes, ids.total)
        coded: tuple[npt.NDArray[np.int32], int] = self.__dict__[name]
        return coded


def check_names(names: Iterable[str], where: str) -> None:
    """Raise `PolicyError` for the first name that is no feature; `where` says who asked."""
    for name in names:
        if name not in FEATURES:
            raise PolicyError(f"{where}: there is no feature {name!r}{did_you_mean(name, FEATURES)}")


def _registry(*features: Feature) -> dict[str, Feature]:
    return {feature.name: feature for feature in features}


_m = measures
_MINUTE, _HOUR, _DAY, _NOW = _m.MINUTE, _m.HOUR, _m.DAY, _m.NOW
_F = Feature

FEATURES: dict[str, Feature] = _registry(
    # The account, over the whole log
    _F("account_likes", "likes", "Likes of the account.", lambda f: _m.of_account(f.likes_of_account, f)),
    _F("account_creators", "creators", "Creators that the account liked.", _m.creators),
    _F("account_days", "days", "Days (UTC) on which the account liked anything.",
       lambda f: _m.of_account(f.days_and_busiest[0], f)),
    _F("account_span_days", "days", "Time between the account's first and last like.",
       lambda f: _m.of_account(f.spans, f)),
    _F("account_rate", "likes a day", "Likes of the account a day, over its span and 30 days more.", _m.rate),
    _F("account_busiest_day_share", "share", "Share of the account's likes on its busiest day (UTC).",
       lambda f: _m.of_account(f.days_and_busiest[1], f)),
    _F("account_active_hours", "hours", "Hours of the day (of 24) in which the account ever liked anything.",
       lambda f: _m.of_account(f.active_and_quiet_hours[0], f)),
    _F("account_quiet_hours", "hours",
       "Longest run around the clock, in any time zone, in which the account never liked anything.",
       lambda f: _m.of_account(f.active_and_quiet_hours[1], f)),
    _F("account_gap_variation", "ratio",
       "Spread of the gaps between the account's likes against their mean: a metronome is near 0.",
       lambda f: _m.of_account(_m.gap_variation(f), f)),
    _F("account_wake_hours", "hours", "Longest stretch of the account's likes without a pause of 4 hours.",
       lambda f: _m.of_account(_m.wake_hours(f), f)),
    # The account, at this like
    _F("account_age_days", "days", "Time since the account's first like.", lambda f: _m.ages(f, "account")),
    _F("account_rank", "likes", "Which like of the account this is, the first being 1.",
       lambda f: _m.ranks(f, "account")),
    _F("account_gap_seconds", "seconds", "Time since the account's previous like.",
       lambda f: _m.gaps(f, "account", True)),
    _F("account_next_gap_seconds", "seconds", "Time until the account's next like.",
       lambda f: _m.gaps(f, "account", False)),
    _F("account_hour_likes", "likes", "Likes of the account within an hour of this one.",
       lambda f: _m.counts(f, "account", _HOUR, _HOUR)),
    _F("account_day_likes", "likes", "Likes of the account within a day of this one.",
       lambda f: _m.counts(f, "account", _DAY, _DAY)),
    _F("account_creator_likes", "likes", "Likes of the account for this creator.", _m.creator_likes),
    _F("reward_spike", "ratio",
       "Accounts with exactly as many likes of the creator, against those with one more or fewer.",
       _m.reward_spike),
    _F("account_other_items_likes", "ln likes", "Mean ln(likes) of the other items that the account liked.",
       _m.other_items_likes),
    _F("account_other_singleton_share", "share",
       "Mean share of one-time accounts on the other items that the account liked.", _m.other_items_one_time),
    _F("account_other_loyalty", "ln likes",
       "Mean, over the other items that the account liked, of the mean ln(likes) of their accounts.",
       _m.other_items_loyalty),
    _F("account_other_tenure", "ln days",
       "Mean, over the other items that the account liked, of their accounts' mean ln(1 + span in days).",
       _m.other_items_tenure),
    # The item
    _F("item_likes", "likes", "Likes of the item.", lambda f: _m.of_item(f.likes_of_item, f)),
    _F("item_singleton_share", "share", "Share of the item's other likes that come from one-time accounts.",
       lambda f: _m.item_mean(f, f.one_time)),
    _F("item_loyalty", "ln likes", "Mean ln(likes) of the accounts behind the item's other likes.",
       lambda f: _m.item_mean(f, f.log_likes)),
    # The item, at this like
    _F("item_age_days", "days", "Time since the item's first like.", lambda f: _m.ages(f, "item")),
    _F("item_rank", "likes", "Which like of the item this is, the first being 1.",
       lambda f: _m.ranks(f, "item")),
    _F("item_gap_seconds", "seconds", "Time since the item's previous like.",
       lambda f: _m.gaps(f, "item", True)),
    _F("item_next_gap_seconds", "seconds", "Time until the item's next like.",
       lambda f: _m.gaps(f, "item", False)),
    _F("item_10_minute_likes", "likes", "Likes of the item within 10 minutes of this one.",
       lambda f: _m.counts(f, "item", 10 * _MINUTE, 10 * _MINUTE)),
    _F("item_hour_likes", "likes", "Likes of the item within an hour of this one.",
       lambda f: _m.counts(f, "item", _HOUR, _HOUR)),
    _F("item_day_likes", "likes", "Likes of the item within a day of this one.",
       lambda f: _m.counts(f, "item", _DAY, _DAY)),
    _F("item_week_likes", "likes", "Likes of the item within a week of this one.",
       lambda f: _m.counts(f, "item", 7 * _DAY, 7 * _DAY)),
    _F("item_past_quarter_likes", "likes", "Likes of the item in the 90 days before this one.",
       lambda f: _m.counts(f, "item", 90 * _DAY, _NOW)),
    _F("item_burst", "ratio", "Likes of the item within a day of this one, against its own average a day.",
       _m.burst),
    _F("item_surge", "ln ratio", "Likes of the item within 30 days of this one, against its own average.",
       _m.surge),
    _F("item_trend", "ln ratio", "The item's rate over the last 30 days against that over the last 90.",
       _m.trend),
    _F("item_day_singleton_share", "share",
       "Share of one-time accounts among the item's other likes within a day.",
       lambda f: _m.window_mean(f, f.one_time, _DAY, _DAY)),
    _F("item_month_singleton_share", "share",
       "Share of one-time accounts among the item's other likes within 30 days.",
       lambda f: _m.window_mean(f, f.one_time, 30 * _DAY, 30 * _DAY)),
    _F("item_next_quarter_singleton_share", "share",
       "Share of one-time accounts among the item's likes in the 90 days after this one.",
       lambda f: _m.window_mean(f, f.one_time, _NOW, 90 * _DAY)),
    _F("item_month_visitor_share", "share",
       "Share of accounts seen on one day only among the item's other likes within 30 days.",
       lambda f: _m.window_mean(f, f.one_day, 30 * _DAY, 30 * _DAY)),
    _F("item_past_quarter_visitor_share", "share",
       "Share of accounts seen on one day only among the item's likes in the 90 days before this one.",
       lambda f: _m.window_mean(f, f.one_day, 90 * _DAY, _NOW)),
    _F("item_month_loyalty", "ln likes",
       "Mean ln(likes) of the accounts behind the item's other likes within 30 days.",
       lambda f: _m.window_mean(f, f.log_likes, 30 * _DAY, 30 * _DAY)),
    # The clock
    _F("weekday", "day", "Day of the week (UTC), Monday being 0.", _m.weekday),
    _F("hour", "hour", "Hour of the day (UTC).", _m.hour),
    # Columns that a log may have
    _F("watched_ms", "milliseconds", "How long the account watched the item.",
       lambda f: _m.milliseconds(f.pairs.watched), ("watched",)),
    _F("watched_ratio", "ratio", "How much of the item's length the account watched.",
       lambda f: _m.watched_share(f.pairs),
       ("watched", "duration")),
    _F("device_accounts", "accounts", "Accounts seen on this device.",
       lambda f: _m.accounts_behind(f, "device"), ("device",)),
    _F("ip_accounts", "accounts", "Accounts seen on this network address.",
       lambda f: _m.accounts_behind(f, "ip"), ("ip",)),
    _F("account_devices", "devices", "Devices that the account used.",
       lambda f: _m.addresses(f, "device"), ("device",)),
    _F("account_ips", "addresses", "Network addresses that the account used.",
       lambda f: _m.addresses(f, "ip"), ("ip",)),
    _F("gesture_straightness", "ratio",
       "Distance between the ends of the pointer trace against its path; 1 is straight.",
       lambda f: f.gesture_measures[0], ("gesture",)),
    _F("gesture_unevenness", "ratio", "Spread of the pointer's speed against its mean; 0 is constant speed.",
       lambda f: f.gesture_measures[1], ("gesture",)),
    _F("gesture_ms", "milliseconds", "Duration of the pointer trace.",
       lambda f: f.gesture_measures[2], ("gesture",)),
)  # fmt: skip
