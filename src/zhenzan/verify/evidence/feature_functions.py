"""Feature functions: each computes a feature from the counts of a log, one array in pair order."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from zhenzan.parallel import over_groups, over_rows
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.evidence.shared_counts import (
    DAY,
    HOUR,
    SECOND,
    Address,
    Array,
    SharedCounts,
    by_address,
    over_accounts,
    over_pairs,
    over_times,
)
from zhenzan.verify.kernels import features as kernels

Group = Literal["account", "item"]

NOW = 1  # µs: the narrowest side of a window, likes of the same instant

ITEM_PULL = 5  # likes of the log's average that a share over a whole item is pulled by
WINDOW_PULL = 3  # the same for a share over a window
RATE_DAYS = 30.0  # an account's rate is taken over its span and this much more
GAPS_MIN = 8  # gaps under which nothing is said of their regularity
SLEEP = 4 * HOUR  # a pause in which a person can have slept
PAUSE = 6 * HOUR  # longer gaps are pauses, not rhythm

REWARD_LIKES_MIN, REWARD_LIKES_MAX = 3, 126  # counts at which a reward may be unlocked
REWARD_ACCOUNTS_MIN = 10  # accounts under which a count that stands out is chance

IN_PLACE = np.empty(0, np.int32)


def of_account(values: Array, features: SharedCounts) -> Array:
    return values[features.pairs.account]


def of_item(values: Array, features: SharedCounts) -> Array:
    return np.repeat(values, features.likes_of_item)


def empty(features: SharedCounts, kind: type[np.generic] = np.float32) -> Array:
    return np.empty(features.pairs.n, kind)


def gaps(features: SharedCounts, of: Group, backward: bool) -> Array:
    out = empty(features)
    over_pairs(kernels.gaps, *groups(features.pairs, of), features.pairs.time, backward, 1 / SECOND, out)
    return out


def groups(pairs: Pairs, of: Group) -> tuple[Array, Array]:
    return (pairs.by_account, pairs.account_offset) if of == "account" else (IN_PLACE, pairs.item_offset)


def ages(features: SharedCounts, of: Group) -> Array:
    out = empty(features)
    over_pairs(kernels.ages, *groups(features.pairs, of), features.pairs.time, 1 / DAY, out)
    return out


def ranks(features: SharedCounts, of: Group) -> Array:
    out = empty(features, np.int32)
    over_pairs(kernels.ranks, *groups(features.pairs, of), features.pairs.time, out)
    return out


def counts(features: SharedCounts, of: Group, before: int, after: int) -> Array:
    out = empty(features, np.int32)
    over_pairs(kernels.window_counts, *groups(features.pairs, of), features.pairs.time, before, after, out)
    return out


def window_mean(features: SharedCounts, value: Array, before: int, after: int) -> Array:
    pairs, out = features.pairs, empty(features)
    pull = mean(features, value)
    over_groups(
        kernels.window_means,
        pairs.item_offset,
        pairs.item_offset,
        pairs.time,
        pairs.account,
        value,
        before,
        after,
        WINDOW_PULL,
        pull,
        out,
    )
    return out


def item_mean(features: SharedCounts, value: Array) -> Array:
    pairs, out = features.pairs, empty(features)
    pull = mean(features, value)
    over_groups(
        kernels.item_means, pairs.item_offset, pairs.item_offset, pairs.account, value, ITEM_PULL, pull, out
    )
    return out


def mean(features: SharedCounts, value: Array) -> int:
    """The mean over likes of a fixed-point number per account."""
    likes = features.likes_of_account.astype(np.int64)
    return round(int((value * likes).sum()) / max(features.pairs.n, 1))


def other_likes_mean(features: SharedCounts, value: Array) -> Array:
    """Mean of a number per like over the account's other likes."""
    pairs, out = features.pairs, empty(features)
    fixed = np.rint(value.astype(np.float64) * kernels.FIXED).astype(np.int64)
    over_accounts(kernels.account_means, pairs, fixed, out)
    return out


def creators(features: SharedCounts) -> Array:
    pairs = features.pairs
    out = np.zeros(pairs.n_accounts, np.int32)
    creator = pairs.creator_of_item[pairs.item]
    kernels.distinct_keys(pairs.by_account, pairs.account_offset, creator, pairs.n_creators, -1, out)
    return of_account(out, features)


def creator_likes(features: SharedCounts) -> Array:
    pairs, out = features.pairs, empty(features, np.int32)
    over_accounts(kernels.creator_likes, pairs, pairs.item, pairs.creator_of_item, pairs.n_creators, out)
    return out


def reward_spike(features: SharedCounts) -> Array:
    """Accounts that stop at exactly this many likes of the creator, against the mean of those beside it.

    NaN where that is fewer than `REWARD_LIKES_MIN` likes or `REWARD_ACCOUNTS_MIN` accounts, and where the
    account liked all that the creator has.
    """
    pairs, likes, out = features.pairs, creator_likes(features), empty(features)
    items = np.bincount(pairs.creator_of_item, minlength=pairs.n_creators)
    row = np.concatenate([[0], np.cumsum(np.minimum(items + 1, REWARD_LIKES_MAX + 2))])
    stops = np.zeros(int(row[-1]), np.int32)
    kernels.count_stops(likes, pairs.item, pairs.creator_of_item, row, stops)
    over_rows(
        kernels.stop_spikes,
        pairs.n,
        likes,
        pairs.item,
        pairs.creator_of_item,
        items,
        row,
        stops,
        REWARD_LIKES_MIN,
        REWARD_LIKES_MAX,
        REWARD_ACCOUNTS_MIN,
        out,
    )
    return out


def gap_variation(features: SharedCounts) -> Array:
    """Coefficient of variation of each account's gaps. float32[accounts]."""
    out = np.empty(features.pairs.n_accounts, np.float32)
    over_times(kernels.account_gap_variation, features, GAPS_MIN, PAUSE, out)
    return out


def wake_hours(features: SharedCounts) -> Array:
    """Longest stretch of each account's likes without a pause for sleep, in hours. float32[accounts]."""
    out = np.empty(features.pairs.n_accounts, np.float32)
    over_times(kernels.account_wake, features, SLEEP, 1 / HOUR, out)
    return out


def rate(features: SharedCounts) -> Array:
    return of_account((features.likes_of_account / (features.spans + RATE_DAYS)).astype(np.float32), features)


def burst(features: SharedCounts) -> Array:
    """Likes of the day around this like, against the item's average a day from its first like to its last."""
    average = features.likes_of_item / features.days_of_item
    return (counts(features, "item", DAY, DAY) / of_item(average, features)).astype(np.float32)


def trend(features: SharedCounts) -> Array:
    """Logarithm of the item's rate over the last 30 days against that over the last 90; 0 is steady."""
    month = counts(features, "item", 30 * DAY, NOW)
    quarter = counts(features, "item", 90 * DAY, NOW)
    return np.log((month + 1.0) / (quarter / 3.0 + 1.0)).astype(np.float32)


def surge(features: SharedCounts) -> Array:
    """Logarithm of the item's likes within 30 days either side against what its average a day expects."""
    expected = features.likes_of_item * np.minimum(1.0, 60.0 / features.days_of_item)
    near = counts(features, "item", 30 * DAY, 30 * DAY)
    return np.log((near + 1.0) / (of_item(expected, features) + 1.0)).astype(np.float32)


def weekday(features: SharedCounts) -> Array:
    return ((features.pairs.time // DAY + 3) % 7).astype(np.int32)  # 1970-01-01 was a Thursday


def hour(features: SharedCounts) -> Array:
    return (features.pairs.time // HOUR % 24).astype(np.int32)


def accounts_behind(features: SharedCounts, column: Address) -> Array:
    """Distinct accounts seen on the like's address or device; NaN where that is null."""
    behind = features.accounts_of[column].astype(np.float32)
    behind[0] = np.nan
    return behind[features.coded(column)[0] + 1]


def belief_of_others(features: SharedCounts, column: Address, probability: Array) -> Array:
    """Mean probability of the likes of the *other* accounts on the like's address; NaN without any."""
    order, offset = by_address(features, column)
    belief = np.rint(probability.astype(np.float64) * kernels.FIXED).astype(np.int64)
    out = empty(features)
    kernels.beliefs_of_others(order, offset, features.pairs.account, features.pairs.n_accounts, belief, out)
    out[features.coded(column)[0] < 0] = np.nan
    return out


def addresses(features: SharedCounts, column: Address) -> Array:
    """Distinct addresses or devices of the account."""
    codes, keys = features.coded(column)
    pairs, out = features.pairs, np.zeros(features.pairs.n_accounts, np.int32)
    kernels.distinct_keys(pairs.by_account, pairs.account_offset, codes, max(keys, 1), -1, out)
    return of_account(out, features)


def milliseconds(values: Array | None) -> npt.NDArray[np.float32]:
    assert values is not None
    return np.where(values < 0, np.nan, values).astype(np.float32)


def watched_share(pairs: Pairs) -> npt.NDArray[np.float32]:
    """Watched time by the item's length [pairs], nan where one is not known."""
    watched, duration = milliseconds(pairs.watched), milliseconds(pairs.duration)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(duration > 0, watched / duration, np.nan).astype(np.float32)


def other_items_likes(features: SharedCounts) -> Array:
    item = np.log(np.maximum(features.likes_of_item, 1))
    return other_likes_mean(features, of_item(item, features))


def other_items_one_time(features: SharedCounts) -> Array:
    return other_likes_mean(features, item_mean(features, features.one_time))


def other_items_loyalty(features: SharedCounts) -> Array:
    return other_likes_mean(features, item_mean(features, features.log_likes))


def other_items_tenure(features: SharedCounts) -> Array:
    return other_likes_mean(features, item_mean(features, features.tenure))
