"""Farms: devices and addresses that act for many accounts, as no household does.

What is common in a log is its norm, so a farm that is half of a small log would set it. A device is therefore
weighed as a whole, against what is known of ordinary devices before any log was read: a documented prior, to
which the log's other devices add one vote each, however many likes they have, and shared ones none. Each
measure is a share of the device's likes, which differs from one device to the next as a Beta law: its weight
is a ratio of two beta-binomial laws (J. G. Skellam, 1948), and none may say more than `MEASURE_MAX`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from zhenzan.arrays import are_sizes, is_within
from zhenzan.policy import Context, Policy
from zhenzan.translation import N_
from zhenzan.verify.baseline.natural_rate import resolution_of
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import EvidenceKind
from zhenzan.verify.evidence.kinds.gesture import gesture
from zhenzan.verify.evidence.kinds.watch import HARDLY, watch
from zhenzan.verify.evidence.reasons import DECIBANS_PER_NAT, LIKE_PRIOR, probability
from zhenzan.verify.evidence.shared_counts import Address

__all__ = ["FARM", "Farms", "find_farms"]

Floats = npt.NDArray[np.float64]

FARM = EvidenceKind(
    "farm",
    title=N_("Farm"),
    for_fake=N_(
        "Its device or network address acts for many accounts as no household does: in haste, hardly"
        " watching, all for the same items."
    ),
    for_genuine=N_("Its device and network address are ordinary ones."),
    description="Its device or address acts for many accounts as no household does: in haste, hardly "
    "watching, all for the same items.",
    needs=("device", "ip"),
)
PRIOR = 10 * math.log10(LIKE_PRIOR / (1 - LIKE_PRIOR))
ACCOUNTS_MIN = 5  # accounts from which a device or address is weighed; families have fewer or take turns
ORDINARY_MIN = 5  # ordinary devices under which a log has nothing to compare with
PRIOR_DECIBANS = {"device": -22.0, "ip": -26.0}  # that a device, an address of so many accounts is a farm
ACCOUNTS_DECIBANS_MAX = 9.0  # for more accounts than the fewest, at ten decibans a power of ten
MEASURE_MAX = 12.0  # decibans that one measure may say for or against
HASTE_SECONDS = 5.0  # of a takeover by another account, or between two likes of one: people need longer
VOTES = 20.0  # devices' votes that a documented share is worth
PRECISION, FARM_PRECISION = 1.0, 2.0  # of the Beta laws: devices differ from each other, farms less
HASTE_USUAL, HASTE_FARM = 0.05, 0.8  # share of likes in haste
UNWATCHED_USUAL, UNWATCHED_FARM = 0.1, 0.9  # share of likes that were hardly watched
MACHINE_USUAL, MACHINE_FARM = 0.1, 0.7  # share of gestures that are straight or of constant speed
TOGETHER_USUAL, TOGETHER_FARM = 0.05, 0.8  # share of the device's other accounts that like the item too
INTEREST = 3.0  # times oftener than by chance people who share a device like the same items
TOGETHER_USUAL_MAX = 0.5
ITEMS_MIN = 3  # items from which liking the same ones says anything: a crowd may come for two
APART_SHARE = 0.5  # addresses an account from which a device is a model's name, not one device


@dataclass(frozen=True)
class Farms:
    """`of_pair` int32[pairs], −1 where none; `decibans` float64[farms], log-odds of each device or address
    that it is a farm, over 0.
    """

    of_pair: np.ndarray
    decibans: Floats

    def __post_init__(self) -> None:
        assert is_within(self.of_pair, -1, max(self.n, 1))
        assert is_within(self.decibans, 0.0, np.inf)

    @property
    def n(self) -> int:
        return int(self.decibans.size)

    @cached_property
    def chance(self) -> np.ndarray:
        """How likely each like is a farm's; 0 where none is suspected. float32[pairs]."""
        return probability(np.append(self.decibans, -np.inf).astype(np.float32)[self.of_pair])

    @cached_property
    def weight(self) -> np.ndarray:
        """What is said of each like, decibans, that takes the prior of any like to the farm's log-odds.
        float32[pairs], 0 where none is suspected.
        """
        return np.append(self.decibans - PRIOR, 0.0).astype(np.float32)[self.of_pair]

    def beyond(self, context: np.ndarray) -> np.ndarray:
        """What is left to say where the single reasons of context, decibans float32[pairs], said a part."""
        return np.maximum(self.weight - context, np.float32(0))


def find_farms(features: Features, policy: Policy) -> Farms:
    """The devices and addresses that are likelier farms than not.

    Cost: a pass over the likes a column, and a sort of the likes of shared devices. Nothing where the log
    has neither column, or the policy leaves context no word.
    """
    pairs, kinds = features.pairs, []
    for column in _COLUMNS if policy.limits.context_decibans > 0 else ():
        if column in features.columns and getattr(policy.context, column):
            shared = _Shared.of(features, column)
            if shared is not None:
                kinds.append((shared.decibans(policy.context), shared))
    if not any((decibans > 0).any() for decibans, _ in kinds):
        return Farms(np.broadcast_to(np.int32(-1), pairs.n), np.empty(0))
    of_pair, best, before = np.full(pairs.n, -1, np.int32), np.zeros(pairs.n), 0
    for decibans, shared in kinds:
        own = decibans[shared.source]
        stronger = np.flatnonzero(own > best[shared.pair])
        at = shared.pair[stronger]
        of_pair[at], best[at] = shared.source[stronger] + before, own[stronger]
        before += shared.n
    return _dense(of_pair, np.concatenate([decibans for decibans, _ in kinds]))


def _dense(of_pair: np.ndarray, decibans: Floats) -> Farms:
    """The same, where only farms that have likes are numbered."""
    used = np.unique(of_pair[of_pair >= 0])
    number = np.full(decibans.size + 1, -1, np.int32)
    number[used] = np.arange(used.size)
    return Farms(number[of_pair], decibans[used])


@dataclass(frozen=True)
class _Shared:
    """The devices (or addresses) of many accounts, numbered densely, and their likes: `pair` int64, and
    `source` int64, which one. `code` int32[pairs] is each like's, 0 for none; `chosen` are those of the
    shared ones, `ordinary` bool[codes] the others that were seen.
    """

    features: Features
    column: Address
    code: np.ndarray
    chosen: np.ndarray
    ordinary: np.ndarray
    accounts: Floats
    pair: np.ndarray
    source: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.pair.size, self.source)
        assert is_within(self.code, 0, self.ordinary.size)

    @classmethod
    def of(cls, features: Features, column: Address) -> _Shared | None:
        """None where none is shared, or no other is there to compare with."""
        accounts = features.accounts_of[column]
        shared = accounts >= ACCOUNTS_MIN
        shared[0] = False
        ordinary = ~shared
        ordinary[0] = False
        if not shared.any() or np.count_nonzero(ordinary) < ORDINARY_MIN:
            return None
        code = features.coded(column)[0] + np.int32(1)
        chosen = np.flatnonzero(shared)
        number = np.full(accounts.size, -1, np.int64)
        number[chosen] = np.arange(chosen.size)
        pair = np.flatnonzero(shared[code])
        return cls(
            features,
            column,
            code,
            chosen,
            ordinary,
            accounts[chosen].astype(np.float64),
            pair,
            number[code[pair]],
        )

    @property
    def n(self) -> int:
        return int(self.chosen.size)

    def decibans(self, context: Context) -> Floats:
        """Log-odds of each that it is a farm. float64[n]."""
        total = np.full(self.n, PRIOR_DECIBANS[self.column])
        total += np.minimum(10 * np.log10(self.accounts / ACCOUNTS_MIN), ACCOUNTS_DECIBANS_MAX)
        total += self._haste() + self._apart()
        nothing = np.zeros(self.features.pairs.n, np.float32)
        if context.watch and "watched" in self.features.columns:
            bins = watch(self.features, nothing)
            total += self._marked(bins, HARDLY, UNWATCHED_USUAL, UNWATCHED_FARM)
        if context.gesture and "gesture" in self.features.columns:
            total += self._marked(gesture(self.features, nothing), 1, MACHINE_USUAL, MACHINE_FARM)
        open_ = total + MEASURE_MAX > 0.0  # others stay likelier ordinary whatever they like together
        total[open_] += self._together(open_)
        return total

    def _haste(self) -> Floats:
        """Nothing is known of it where the log's times are coarser."""
        if resolution_of(self.features.pairs.time) > HASTE_SECONDS:
            return np.zeros(self.n)
        return self._takeovers() if self.column == "device" else self._own_haste()

    def _takeovers(self) -> Floats:
        """Of the likes at which another account takes over, those in haste."""
        pairs = self.features.pairs
        order = np.lexsort((pairs.time[self.pair], self.source))
        source, pair = self.source[order], self.pair[order]
        account, gap = pairs.account[pair], np.diff(pairs.time[pair])
        over = np.flatnonzero((source[1:] == source[:-1]) & (account[1:] != account[:-1]))
        return self._hasty(source[over], gap[over])

    def _own_haste(self) -> Floats:
        """Of the likes of accounts that liked before, those in haste: behind one address many like at once
        by themselves, so that no lack of haste clears it.
        """
        pairs = self.features.pairs
        order = np.lexsort((pairs.time[self.pair], pairs.account[self.pair]))
        source, pair = self.source[order], self.pair[order]
        account, gap = pairs.account[pair], np.diff(pairs.time[pair])
        again = np.flatnonzero((source[1:] == source[:-1]) & (account[1:] == account[:-1]))
        return np.maximum(self._hasty(source[again], gap[again]), 0.0)

    def _hasty(self, source: np.ndarray, gap: np.ndarray) -> Floats:
        quick = np.bincount(source, gap <= HASTE_SECONDS * 1e6, self.n)
        return _weight(quick, np.bincount(source, minlength=self.n), HASTE_USUAL, HASTE_FARM)

    def _marked(self, bins: np.ndarray, last: int, usual: float, farm: float) -> Floats:
        """Of the likes of which a family of context has something to say, those in its bins up to `last`."""
        known = bins >= 0
        size = self.features.accounts_of[self.column].size
        of_all = np.bincount(self.code[known], minlength=size).astype(np.float64)
        marked = np.bincount(self.code[known], bins[known] <= last, size)
        voting = self.ordinary & (of_all > 0)
        votes = float((marked[voting] / of_all[voting]).sum())
        usual = (VOTES * usual + votes) / (VOTES + np.count_nonzero(voting))
        return _weight(marked[self.chosen], of_all[self.chosen], usual, farm)

    def _apart(self) -> Floats:
        """Against those that have about as many addresses (devices) as accounts: a model, an office."""
        other: Address = "ip" if self.column == "device" else "device"
        if other not in self.features.columns:
            return np.zeros(self.n)
        codes, keys = self.features.coded(other)
        seen = codes[self.pair] >= 0
        both = np.unique(self.source[seen] * max(keys, 1) + codes[self.pair[seen]])
        others = np.bincount(both // max(keys, 1), minlength=self.n)
        return np.where(others >= APART_SHARE * self.accounts, -MEASURE_MAX, 0.0)

    def _together(self, open_: np.ndarray) -> Floats:
        """Of the accounts on the device, those that like each item that one of them likes; for the `open_`
        ones.
        """
        pairs, number = self.features.pairs, np.cumsum(open_) - 1
        at = np.flatnonzero(open_[self.source])
        source, item = number[self.source[at]], pairs.item[self.pair[at]]
        n, accounts = int(open_.sum()), self.accounts[open_]
        key, likes = np.unique(source * pairs.n_items + item, return_counts=True)
        source, item = key // pairs.n_items, key % pairs.n_items
        total = np.bincount(source, likes, n)
        together = np.bincount(source, likes * (likes - 1.0), n) / (accounts - 1.0)
        by_chance = np.bincount(source, likes * self._usual_share(item), n) / np.maximum(total, 1.0)
        usual = np.clip(INTEREST * by_chance, TOGETHER_USUAL, TOGETHER_USUAL_MAX)
        weight = _weight(together, total, usual, TOGETHER_FARM)
        return np.where(np.bincount(source, minlength=n) >= ITEMS_MIN, weight, np.minimum(weight, 0.0))

    def _usual_share(self, item: np.ndarray) -> Floats:
        """The share of ordinary devices on which each item is liked. float64[item]."""
        pairs = self.features.pairs
        is_liked = np.zeros(pairs.n_items, bool)
        is_liked[item] = True
        at = np.flatnonzero(is_liked[pairs.item] & self.ordinary[self.code])
        key = np.unique(pairs.item[at].astype(np.int64) * self.ordinary.size + self.code[at])
        devices = np.bincount(key // self.ordinary.size, minlength=pairs.n_items)
        return np.asarray(devices[item] / np.count_nonzero(self.ordinary))


_COLUMNS: tuple[Address, ...] = ("device", "ip")
_ln_gamma = np.vectorize(math.lgamma, otypes=[np.float64])


def _ln_beta(a: Floats, b: Floats) -> Floats:
    return np.asarray(_ln_gamma(a) + _ln_gamma(b) - _ln_gamma(a + b))


def _ln_chance(marked: Floats, all_: Floats, mean: Floats, precision: float) -> Floats:
    """Of `marked` of `all_` by a beta-binomial law, but for the binomial coefficient."""
    a, b = mean * precision, (1.0 - mean) * precision
    return _ln_beta(a + marked, b + all_ - marked) - _ln_beta(a, b)


def _weight(marked: np.ndarray, all_: np.ndarray, usual: np.ndarray | float, farm: float) -> Floats:
    """Decibans of so many marked, were the mean share a farm's, against the usual."""
    if marked.size == 0:
        return np.zeros(0)
    all_ = all_.astype(np.float64)
    usual = np.broadcast_to(np.asarray(usual, np.float64), all_.shape)
    ratio = _ln_chance(marked, all_, np.full(all_.shape, farm), FARM_PRECISION)
    ratio -= _ln_chance(marked, all_, usual, PRECISION)
    return np.clip(np.round(DECIBANS_PER_NAT * ratio, 6), -MEASURE_MAX, MEASURE_MAX)
