"""Shared counts behind several features, by account, item or address; each is computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.parallel import over_groups
from zhenzan.verify.encoding.counting_sort import group_rows
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.encoding.ids import IntegerIds
from zhenzan.verify.kernels import features as kernels

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "Address",
    "Array",
    "SharedCounts",
    "by_address",
    "over_accounts",
    "over_pairs",
    "over_times",
]

Array = npt.NDArray[Any]
Address = Literal["ip", "device"]

SECOND = 1_000_000  # µs
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND


class SharedCounts:
    """What is counted of a log's pairs, each when it is first asked for. `columns`: what the log has."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        columns = ("watched", "duration", "ip", "device", "gesture")
        self.columns = {name for name in columns if getattr(pairs, name) is not None}

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
        days[held] += (pairs.time[last] - pairs.time[first]) / DAY
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
        return self._over_times(kernels.account_days, np.int32, np.float32)

    @cached_property
    def active_and_quiet_hours(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        return self._over_times(kernels.account_hours, np.int32, np.int32)

    def _over_times(self, kernel: Callable[..., None], one: type, other: type) -> tuple[Array, Array]:
        """Two numbers of each account, by a kernel over the times of its likes."""
        first: Array = np.zeros(self.pairs.n_accounts, one)
        second: Array = np.zeros(self.pairs.n_accounts, other)
        over_times(kernel, self, first, second)
        return first, second

    @cached_property
    def spans(self) -> npt.NDArray[np.float32]:
        pairs = self.pairs
        span = np.zeros(pairs.n_accounts, np.float32)
        over_accounts(kernels.account_spans, pairs, pairs.time, 1 / DAY, span)
        return span

    @cached_property
    def gesture_measures(self) -> tuple[npt.NDArray[np.float32], ...]:
        gesture = self.pairs.gesture
        assert gesture is not None
        offset, x, y, t = samples(gesture)
        straightness, unevenness, duration = (np.empty(self.pairs.n, np.float32) for _ in range(3))
        over_groups(kernels.traces, offset, offset, x, y, t, straightness, unevenness, duration)
        return straightness, unevenness, duration

    @cached_property
    def accounts_of(self) -> dict[Address, npt.NDArray[np.int32]]:
        """Distinct accounts of each device and of each address that the log has, by code + 1."""
        seen: tuple[Address, ...] = ("device", "ip")
        return {column: _accounts_of(self, column) for column in seen if column in self.columns}

    def coded(self, column: Address) -> tuple[npt.NDArray[np.int32], int]:
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


def over_pairs(kernel: Callable[..., None], order: Array, offset: Array, *arguments: Any) -> None:
    """A kernel over groups of pairs, on all threads."""
    over_groups(kernel, offset, order, offset, *arguments)


def over_accounts(kernel: Callable[..., None], pairs: Pairs, *arguments: Any) -> None:
    """A kernel over accounts, on all threads."""
    over_pairs(kernel, pairs.by_account, pairs.account_offset, *arguments)


def over_times(kernel: Callable[..., None], counts: SharedCounts, *arguments: Any) -> None:
    """A kernel over the times of each account's likes, on all threads."""
    offset = counts.pairs.account_offset
    over_groups(kernel, offset, offset, counts.times, *arguments)


def samples(gesture: pa.Array) -> tuple[Array, Array, Array, Array]:
    """Offsets and x, y, t of all traces as flat arrays; null traces are empty."""
    if isinstance(gesture, pa.ChunkedArray):
        gesture = gesture.combine_chunks()
    lengths = gesture.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    offset = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    flat = gesture.flatten()
    x, y, t = (
        flat.field(axis).cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) for axis in "xyt"
    )
    return offset, x, y, t


def _accounts_of(features: SharedCounts, column: Address) -> Array:
    """Distinct accounts of each address: int32[keys + 1], the nulls' first, as `by_address` groups them."""
    order, offset = by_address(features, column)
    out = np.zeros(offset.size - 1, np.int32)
    kernels.distinct_keys(order, offset, features.pairs.account, features.pairs.n_accounts, -1, out)
    return out


def by_address(features: SharedCounts, column: Address) -> tuple[Array, Array]:
    """Pair positions grouped by address: `order`, `offset`; group 0 holds the nulls, group c + 1 code c."""
    codes, keys = features.coded(column)
    offset, order = group_rows(codes + np.int32(1), keys + 1)
    return order, offset
