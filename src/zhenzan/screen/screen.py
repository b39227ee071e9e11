"""The screen: micro-batches of interactions in, provisional verdicts out, in order, in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.arrays import are_chances, are_sizes
from zhenzan.deprecation import renamed_attributes
from zhenzan.lake import COLUMNS, fingerprints
from zhenzan.policy import Rule
from zhenzan.screen.counters import Counters
from zhenzan.screen.evidence import EVIDENCE, PRIOR_DECIBANS, binned
from zhenzan.screen.features import FEATURES
from zhenzan.screen.known_suspects import KnownSuspects
from zhenzan.screen.rules import ScreenRules

__all__ = ["Screen", "Screened"]

LIKE = "like"
_KEY = (
    np.uint64(0x7A68656E7A616E21),
    np.uint64(0x73637265656E2E2E),
)  # keys in memory only, of no worth to anyone
_NAMES = list(FEATURES)
_NATS_A_DECIBAN = np.float32(-np.log(10) / 10)  # of odds against


@renamed_attributes(said="decibans")
@dataclass(frozen=True)
class Screened:
    """A screened batch: `chances` float32[rows], NaN for what is no like; of its likes, in order: `likes`
    their rows, `features` float32[likes, features], `decibans` decibans by name, `applies` bool[likes,
    rules].
    """

    chances: npt.NDArray[np.float32]
    likes: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]
    decibans: dict[str, npt.NDArray[np.float32]]
    applies: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        assert self.features.shape == (self.likes.size, len(FEATURES))
        assert are_sizes(self.likes.size, self.applies, *self.decibans.values())
        assert are_chances(self.chances[self.likes])


class Screen:
    """The screen: counts a batch and judges its likes. One thread at a time.

    The same rows in the same batches, with the same settlements in between, give the same verdicts: live, in
    a replay or in a backtest.
    """

    def __init__(self, counters: Counters | None = None, rules: Sequence[Rule] = ()) -> None:
        self.counters = counters or Counters()
        self.known = KnownSuspects()
        self.rules = ScreenRules(rules)

    @staticmethod
    def warm() -> None:
        """Compile what `step` needs, so that the first like does not wait for it: some seconds once after an
        installation, then a fraction of one.
        """
        like = {
            "sequence": 0,
            "id": "",
            "kind": LIKE,
            "account": "",
            "item": "",
            "device": 1,
            "ip": 1,
            "watched": 1,
        }
        times = {"timestamp": 1, "received": 1}
        arrays = [
            pa.array([times[field.name]]).cast(field.type)
            if field.name in times
            else pa.array([like.get(field.name)], field.type)
            for field in COLUMNS
        ]
        screen = Screen(Counters(entities_max=1))
        for _ in range(2):  # the second time the table is full
            screen.step(pa.RecordBatch.from_arrays(arrays, schema=COLUMNS))
        entities = screen.counters.entities
        entities.fill(entities.keys[:0])  # as when a table grows

    def know(self, accounts: pa.Table, moments: pa.Table) -> None:
        """Take over the suspects that a settlement found; they count from the next batch on."""
        self.known = KnownSuspects.of(accounts, moments, _KEY)

    def rule(self, rules: Sequence[Rule]) -> None:
        """Replace the rules from the next batch on. Raises PolicyError; then those before go on."""
        self.rules = ScreenRules(rules)

    def step(self, batch: pa.RecordBatch) -> Screened:
        """Count and judge a batch of the lake's columns. Cost: about 1 µs a like, and 0.2 ms."""
        likes = np.flatnonzero(_is_like(batch.column("kind")))
        rows = batch if likes.size == batch.num_rows else batch.take(pa.array(likes))
        times = rows.column("timestamp").cast(pa.int64()).to_numpy()
        keys = _keys(rows)
        features = self.counters.count(keys, times)
        known = self.known
        columns = {name: features[:, i] for i, name in enumerate(_NAMES)}
        columns["watched"] = rows.column("watched").cast(pa.float32()).to_numpy(zero_copy_only=False)
        terms = {evidence.name: binned(evidence, columns) for evidence in EVIDENCE}
        terms["recruit"] = known.of_accounts(keys["account"])
        terms["campaign"] = known.of_items(keys["item"], times)
        ruled = self.rules
        applies = ruled.applies(rows, features)
        if ruled.rules:
            terms["rules"] = ruled.decibans(applies)
        total = np.full(likes.size, PRIOR_DECIBANS, np.float32)
        for decibans in terms.values():
            total += decibans
        chances = np.full(batch.num_rows, np.nan, np.float32)
        chances[likes] = 1 / (1 + np.exp(total * _NATS_A_DECIBAN))
        return Screened(chances, likes, features, terms, applies)

    def save(self, path: Path, sequence: int) -> None:
        """Write the counters down; `sequence`: of the next interaction."""
        self.counters.save(path, sequence)


def _is_like(kinds: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.equal(kinds, LIKE).to_numpy(zero_copy_only=False))


def _keys(rows: pa.RecordBatch) -> dict[str, npt.NDArray[np.uint64]]:
    """A number for whoever and whatever a like concerns, 0 where it does not say."""
    keys = {name: _text_keys(rows.column(name)) for name in ("account", "item", "creator", "region")}
    none = keys["creator"] == 0
    keys["creator"][none] = keys["item"][none]  # an item of nobody is its own creator
    for name in ("device", "ip"):
        keys[name] = rows.column(name).fill_null(0).to_numpy().view(np.uint64)
    return keys


def _text_keys(column: pa.Array) -> npt.NDArray[np.uint64]:
    if column.null_count == len(column):
        return np.zeros(len(column), np.uint64)
    if not column.null_count:
        return fingerprints(column, _KEY)
    keys = fingerprints(column.fill_null(""), _KEY)
    keys[column.is_null().to_numpy(zero_copy_only=False)] = 0
    return keys
