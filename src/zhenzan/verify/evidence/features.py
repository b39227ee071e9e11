"""Features of a like: the documented numbers that evidence, operators' rules and calibration may look at.

Each is one array in pair order, computed when asked for and not kept: float32 with NaN where it is not known,
or int32. What several features share (counts per account and per item) is computed once. No feature depends
on ids, on the order of rows, or on the order of likes of one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from zhenzan.errors import PolicyError, did_you_mean
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.evidence import feature_functions
from zhenzan.verify.evidence.shared_counts import DAY, HOUR, MINUTE, Array, SharedCounts

__all__ = ["FEATURES", "Feature", "Features", "check_names"]


@dataclass(frozen=True)
class Feature:
    """One documented number about a like. `needs`: columns that the log must have."""

    name: str
    unit: str
    description: str
    compute: Callable[[Features], Array]
    needs: tuple[str, ...] = ()


class Features(SharedCounts, Mapping[str, Array]):
    """The features of a log's pairs, computed when looked up: `Features(pairs)["account_likes"]`.

    Iterates over the features that the log's columns allow. Each look-up is a few linear passes and returns a
    new array of 4 bytes a like; counts per account, item and address (4 to 8 bytes each), and `times`, are
    kept.
    """

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        self._names = [name for name, feature in FEATURES.items() if self.columns.issuperset(feature.needs)]

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


def check_names(names: Iterable[str], where: str) -> None:
    """Raise `PolicyError` for the first name that is no feature; `where` says who asked."""
    for name in names:
        if name not in FEATURES:
            raise PolicyError(f"{where}: there is no feature {name!r}{did_you_mean(name, FEATURES)}")


def _registry(*features: Feature) -> dict[str, Feature]:
    return {feature.name: feature for feature in features}


_m = feature_functions
_MINUTE, _HOUR, _DAY, _NOW = MINUTE, HOUR, DAY, _m.NOW
_F = Feature

FEATURES: dict[str, Feature] = _registry(
    # The account, over the whole log
    _F("account_likes", "likes", "Likes of the account.", lambda f: _m.of_account(f.likes_of_account, f)),
    _F("account_creators", "creators", "Creators that the account liked.", _m.creators),
    _F(
        "account_days",
        "days",
        "Days (UTC) on which the account liked anything.",
        lambda f: _m.of_account(f.days_and_busiest[0], f),
    ),
    _F(
        "account_span_days",
        "days",
        "Time between the account's first and last like.",
        lambda f: _m.of_account(f.spans, f),
    ),
    _F("account_rate", "likes a day", "Likes of the account a day, over its span and 30 days more.", _m.rate),
    _F(
        "account_busiest_day_share",
        "share",
        "Share of the account's likes on its busiest day (UTC).",
        lambda f: _m.of_account(f.days_and_busiest[1], f),
    ),
    _F(
        "account_active_hours",
        "hours",
        "Hours of the day (of 24) in which the account ever liked anything.",
        lambda f: _m.of_account(f.active_and_quiet_hours[0], f),
    ),
    _F(
        "account_quiet_hours",
        "hours",
        "Longest run around the clock, in any time zone, in which the account never liked anything.",
        lambda f: _m.of_account(f.active_and_quiet_hours[1], f),
    ),
    _F(
        "account_gap_variation",
        "ratio",
        "Spread of the gaps between the account's likes against their mean: a metronome is near 0.",
        lambda f: _m.of_account(_m.gap_variation(f), f),
    ),
    _F(
        "account_wake_hours",
        "hours",
        "Longest stretch of the account's likes without a pause of 4 hours.",
        lambda f: _m.of_account(_m.wake_hours(f), f),
    ),
    # The account, at this like
    _F("account_age_days", "days", "Time since the account's first like.", lambda f: _m.ages(f, "account")),
    _F(
        "account_rank",
        "likes",
        "Which like of the account this is, the first being 1.",
        lambda f: _m.ranks(f, "account"),
    ),
    _F(
        "account_gap_seconds",
        "seconds",
        "Time since the account's previous like.",
        lambda f: _m.gaps(f, "account", True),
    ),
    _F(
        "account_next_gap_seconds",
        "seconds",
        "Time until the account's next like.",
        lambda f: _m.gaps(f, "account", False),
    ),
    _F(
        "account_hour_likes",
        "likes",
        "Likes of the account within an hour of this one.",
        lambda f: _m.counts(f, "account", _HOUR, _HOUR),
    ),
    _F(
        "account_day_likes",
        "likes",
        "Likes of the account within a day of this one.",
        lambda f: _m.counts(f, "account", _DAY, _DAY),
    ),
    _F("account_creator_likes", "likes", "Likes of the account for this creator.", _m.creator_likes),
    _F(
        "reward_spike",
        "ratio",
        "Accounts with exactly as many likes of the creator, against those with one more or fewer.",
        _m.reward_spike,
    ),
    _F(
        "account_other_items_likes",
        "ln likes",
        "Mean ln(likes) of the other items that the account liked.",
        _m.other_items_likes,
    ),
    _F(
        "account_other_singleton_share",
        "share",
        "Mean share of one-time accounts on the other items that the account liked.",
        _m.other_items_one_time,
    ),
    _F(
        "account_other_loyalty",
        "ln likes",
        "Mean, over the other items that the account liked, of the mean ln(likes) of their accounts.",
        _m.other_items_loyalty,
    ),
    _F(
        "account_other_tenure",
        "ln days",
        "Mean, over the other items that the account liked, of their accounts' mean ln(1 + span in days).",
        _m.other_items_tenure,
    ),
    # The item
    _F("item_likes", "likes", "Likes of the item.", lambda f: _m.of_item(f.likes_of_item, f)),
    _F(
        "item_singleton_share",
        "share",
        "Share of the item's other likes that come from one-time accounts.",
        lambda f: _m.item_mean(f, f.one_time),
    ),
    _F(
        "item_loyalty",
        "ln likes",
        "Mean ln(likes) of the accounts behind the item's other likes.",
        lambda f: _m.item_mean(f, f.log_likes),
    ),
    # The item, at this like
    _F("item_age_days", "days", "Time since the item's first like.", lambda f: _m.ages(f, "item")),
    _F(
        "item_rank",
        "likes",
        "Which like of the item this is, the first being 1.",
        lambda f: _m.ranks(f, "item"),
    ),
    _F(
        "item_gap_seconds",
        "seconds",
        "Time since the item's previous like.",
        lambda f: _m.gaps(f, "item", True),
    ),
    _F(
        "item_next_gap_seconds",
        "seconds",
        "Time until the item's next like.",
        lambda f: _m.gaps(f, "item", False),
    ),
    _F(
        "item_10_minute_likes",
        "likes",
        "Likes of the item within 10 minutes of this one.",
        lambda f: _m.counts(f, "item", 10 * _MINUTE, 10 * _MINUTE),
    ),
    _F(
        "item_hour_likes",
        "likes",
        "Likes of the item within an hour of this one.",
        lambda f: _m.counts(f, "item", _HOUR, _HOUR),
    ),
    _F(
        "item_day_likes",
        "likes",
        "Likes of the item within a day of this one.",
        lambda f: _m.counts(f, "item", _DAY, _DAY),
    ),
    _F(
        "item_week_likes",
        "likes",
        "Likes of the item within a week of this one.",
        lambda f: _m.counts(f, "item", 7 * _DAY, 7 * _DAY),
    ),
    _F(
        "item_past_quarter_likes",
        "likes",
        "Likes of the item in the 90 days before this one.",
        lambda f: _m.counts(f, "item", 90 * _DAY, _NOW),
    ),
    _F(
        "item_burst",
        "ratio",
        "Likes of the item within a day of this one, against its own average a day.",
        _m.burst,
    ),
    _F(
        "item_surge",
        "ln ratio",
        "Likes of the item within 30 days of this one, against its own average.",
        _m.surge,
    ),
    _F(
        "item_trend",
        "ln ratio",
        "The item's rate over the last 30 days against that over the last 90.",
        _m.trend,
    ),
    _F(
        "item_day_singleton_share",
        "share",
        "Share of one-time accounts among the item's other likes within a day.",
        lambda f: _m.window_mean(f, f.one_time, _DAY, _DAY),
    ),
    _F(
        "item_month_singleton_share",
        "share",
        "Share of one-time accounts among the item's other likes within 30 days.",
        lambda f: _m.window_mean(f, f.one_time, 30 * _DAY, 30 * _DAY),
    ),
    _F(
        "item_next_quarter_singleton_share",
        "share",
        "Share of one-time accounts among the item's likes in the 90 days after this one.",
        lambda f: _m.window_mean(f, f.one_time, _NOW, 90 * _DAY),
    ),
    _F(
        "item_month_visitor_share",
        "share",
        "Share of accounts seen on one day only among the item's other likes within 30 days.",
        lambda f: _m.window_mean(f, f.one_day, 30 * _DAY, 30 * _DAY),
    ),
    _F(
        "item_past_quarter_visitor_share",
        "share",
        "Share of accounts seen on one day only among the item's likes in the 90 days before this one.",
        lambda f: _m.window_mean(f, f.one_day, 90 * _DAY, _NOW),
    ),
    _F(
        "item_month_loyalty",
        "ln likes",
        "Mean ln(likes) of the accounts behind the item's other likes within 30 days.",
        lambda f: _m.window_mean(f, f.log_likes, 30 * _DAY, 30 * _DAY),
    ),
    # The clock
    _F("weekday", "day", "Day of the week (UTC), Monday being 0.", _m.weekday),
    _F("hour", "hour", "Hour of the day (UTC).", _m.hour),
    # Columns that a log may have
    _F(
        "watched_ms",
        "milliseconds",
        "How long the account watched the item.",
        lambda f: _m.milliseconds(f.pairs.watched),
        ("watched",),
    ),
    _F(
        "watched_ratio",
        "ratio",
        "How much of the item's length the account watched.",
        lambda f: _m.watched_share(f.pairs),
        ("watched", "duration"),
    ),
    _F(
        "device_accounts",
        "accounts",
        "Accounts seen on this device.",
        lambda f: _m.accounts_behind(f, "device"),
        ("device",),
    ),
    _F(
        "ip_accounts",
        "accounts",
        "Accounts seen on this network address.",
        lambda f: _m.accounts_behind(f, "ip"),
        ("ip",),
    ),
    _F(
        "account_devices",
        "devices",
        "Devices that the account used.",
        lambda f: _m.addresses(f, "device"),
        ("device",),
    ),
    _F(
        "account_ips",
        "addresses",
        "Network addresses that the account used.",
        lambda f: _m.addresses(f, "ip"),
        ("ip",),
    ),
    _F(
        "gesture_straightness",
        "ratio",
        "Distance between the ends of the pointer trace against its path; 1 is straight.",
        lambda f: f.gesture_measures[0],
        ("gesture",),
    ),
    _F(
        "gesture_unevenness",
        "ratio",
        "Spread of the pointer's speed against its mean; 0 is constant speed.",
        lambda f: f.gesture_measures[1],
        ("gesture",),
    ),
    _F(
        "gesture_ms",
        "milliseconds",
        "Duration of the pointer trace.",
        lambda f: f.gesture_measures[2],
        ("gesture",),
    ),
)
