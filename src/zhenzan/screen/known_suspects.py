"""Known suspects: the recruits and the running campaigns that the last settlement found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.arrays import are_sizes, is_ascending, is_rising
from zhenzan.lake import fingerprints

__all__ = ["KnownSuspects"]

RECRUIT_MIN = 0.5  # likelier a recruit than not
CAMPAIGN_MIN = 0.5  # likelier bought than not
STILL_RUNS_SHARE = 0.5  # a campaign may go on for half as long as it was seen to last
STILL_RUNS_US_MIN = 60_000_000
_NONE: npt.NDArray[np.uint64] = np.zeros(0, np.uint64)
_NOTHING: npt.NDArray[np.float32] = np.zeros(0, np.float32)
_NEVER: npt.NDArray[np.int64] = np.zeros(0, np.int64)


@dataclass(frozen=True)
class KnownSuspects:
    """Accounts and items by their fingerprints, sorted; `decibans` of each account; from when until when the
    campaign on each item runs (µs), with its decibans.
    """

    accounts: npt.NDArray[np.uint64] = field(default_factory=lambda: _NONE)
    decibans: npt.NDArray[np.float32] = field(default_factory=lambda: _NOTHING)
    items: npt.NDArray[np.uint64] = field(default_factory=lambda: _NONE)
    starts: npt.NDArray[np.int64] = field(default_factory=lambda: _NEVER)
    ends: npt.NDArray[np.int64] = field(default_factory=lambda: _NEVER)
    campaign: npt.NDArray[np.float32] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        assert are_sizes(self.accounts.size, self.decibans)
        assert are_sizes(self.items.size, self.starts, self.ends, self.campaign)
        assert is_ascending(self.accounts)
        assert is_rising(self.items)

    @classmethod
    def of(cls, accounts: pa.Table, moments: pa.Table, key: tuple[np.uint64, np.uint64]) -> KnownSuspects:
        """From the tables of a result: accounts that are recruits, the latest campaign of each item."""
        recruits = accounts.filter(pc.field("recruit_probability") >= RECRUIT_MIN)
        who = fingerprints(_text(recruits["account"]), key)
        order = np.argsort(who)
        campaigns = moments.filter(pc.field("campaign_probability") >= CAMPAIGN_MIN).sort_by("end")
        where = fingerprints(_text(campaigns["item"]), key)[::-1]  # of an item the latest first
        items, latest = np.unique(where, return_index=True)
        starts, ends = (_times(campaigns[name])[::-1][latest] for name in ("start", "end"))
        goes_on = np.maximum(((ends - starts) * STILL_RUNS_SHARE).astype(np.int64), STILL_RUNS_US_MIN)
        chance = campaigns["campaign_probability"].to_numpy()[::-1][latest]
        return cls(
            who[order],
            _decibans(recruits["recruit_probability"].to_numpy())[order],
            items,
            starts,
            ends + goes_on,
            _decibans(chance),
        )

    def of_accounts(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.float32]:
        """Decibans of each account; 0 of those that are not known."""
        return _looked_up(self.accounts, self.decibans, keys)

    def of_items(self, keys: npt.NDArray[np.uint64], times: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Decibans of the campaign that runs on the item at that time; 0 where none does."""
        if not self.items.size:
            return np.zeros(keys.size, np.float32)
        at = np.minimum(np.searchsorted(self.items, keys), self.items.size - 1)
        runs = (self.items[at] == keys) & (times >= self.starts[at]) & (times <= self.ends[at])
        return np.where(runs, self.campaign[at], np.float32(0))


def _looked_up(
    known: npt.NDArray[np.uint64], values: npt.NDArray[np.float32], keys: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float32]:
    if not known.size:
        return np.zeros(keys.size, np.float32)
    at = np.minimum(np.searchsorted(known, keys), known.size - 1)
    return np.where(known[at] == keys, values[at], np.float32(0))


def _decibans(chance: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Of odds, kept within reason: nothing is surer than a thousand to one."""
    safe = np.clip(chance.astype(np.float64), 1e-3, 1 - 1e-3)
    return (10 * np.log10(safe / (1 - safe))).astype(np.float32)


def _times(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy())


def _text(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().cast(pa.string())
