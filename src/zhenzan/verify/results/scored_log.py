"""The scored log: every array of the judgement from which the result's tables are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from zhenzan.arrays import are_chances, are_offsets, are_sizes, is_rising, is_within
from zhenzan.verify.encoding.encode import COUNT_STATUSES, Encoded
from zhenzan.verify.evidence.feature_functions import watched_share
from zhenzan.verify.evidence.lone_items import LoneItems
from zhenzan.verify.evidence.reasons import Reasons
from zhenzan.verify.rings.campaigns import Campaigns
from zhenzan.verify.rings.partition import Rings

VERDICTS = ("genuine", "uncertain", "fake")
GENUINE, UNCERTAIN, FAKE = range(3)
ROWS_PER_BATCH = 1 << 20
RING_MIN = 0.5  # likelier bought than not
EVIDENCE_TYPE = pa.list_(
    pa.struct([("name", pa.dictionary(pa.int16(), pa.string())), ("decibans", pa.float32())])
)
TIMESTAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class EvidenceTerm:
    """Evidence that speaks like by like (context, rules, calibration): of which pairs, int32 ascending, and
    their decibans, float32.
    """

    name: str
    description: str
    pair: np.ndarray
    decibans: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.pair.size, self.decibans)
        assert is_rising(self.pair)
        assert bool(np.isfinite(self.decibans).all())

    @classmethod
    def of(cls, name: str, description: str, decibans: np.ndarray) -> EvidenceTerm:
        """From decibans float32[pairs], 0 where silent."""
        pair = np.flatnonzero(decibans).astype(np.int32)
        return cls(name, description, pair, decibans[pair])


@dataclass(frozen=True)
class EvidenceTable:
    """All evidence: `slot` int32[pairs], −1 where nothing speaks; `offset` int64[slots + 1] into `which`
    int8, index in the names, and `decibans` float32.
    """

    slot: np.ndarray
    offset: np.ndarray
    which: np.ndarray
    decibans: np.ndarray

    def __post_init__(self) -> None:
        assert are_sizes(self.which.size, self.decibans)
        assert are_offsets(self.offset, self.which.size)
        assert is_within(self.slot, -1, self.offset.size - 1)


@dataclass(frozen=True)
class ScoredLog:
    """`probability`, `suspicion` float32[pairs]; `verdict` int8[pairs], index in `VERDICTS`; `recruit`,
    `paid` float32[accounts]; `extra`: what speaks like by like, beside the structural reasons.
    """

    encoded: Encoded
    probability: np.ndarray
    suspicion: np.ndarray
    verdict: np.ndarray
    recruit: np.ndarray
    paid: np.ndarray
    campaigns: Campaigns
    rings: Rings
    reasons: Reasons
    extra: list[EvidenceTerm]
    creators: np.ndarray
    lone: LoneItems

    def __post_init__(self) -> None:
        pairs = self.encoded.pairs
        assert are_sizes(pairs.n, self.probability, self.suspicion, self.verdict, self.campaigns.of_pair)
        assert are_sizes(pairs.n_accounts, self.recruit, self.paid, self.creators, self.rings.of_account)
        assert self.probability.dtype == self.suspicion.dtype == np.float32
        assert is_within(self.verdict, 0, len(VERDICTS))
        for chances in (self.probability, self.recruit, self.paid):
            assert are_chances(chances)

    @cached_property
    def ring_likes(self) -> np.ndarray:
        """The pairs that members of rings were probably paid for, ascending."""
        ring = self.rings.of_account[self.encoded.pairs.account]
        return np.flatnonzero((ring >= 0) & (self.probability >= RING_MIN))

    @property
    def evidence_names(self) -> tuple[str, ...]:
        return (*self.reasons.names, *(evidence.name for evidence in self.extra))

    def rows_by_count_status(self) -> np.ndarray:
        """How many like rows have each of `COUNT_STATUSES`. int64[4]."""
        return _tally(self.encoded.rows.count_status[rows] for rows in self._slices())

    def rows_by_verdict(self) -> np.ndarray:
        """How many like rows have each of `VERDICTS`. int64[3]."""
        return _tally(self.verdict[self.encoded.rows.pair[rows]] for rows in self._slices())

    def _slices(self) -> list[slice]:
        rows = self.encoded.rows.n
        return [slice(start, min(start + ROWS_PER_BATCH, rows)) for start in range(0, rows, ROWS_PER_BATCH)]

    def verdict_batches(self) -> Iterator[pa.RecordBatch]:
        """One row per like row of the log, in input order. Memory: one batch."""
        rows, pairs = self.encoded.rows, self.encoded.pairs
        evidence_table = self._evidence_table()
        knows = pairs.watched is not None and pairs.duration is not None
        watched = watched_share(pairs) if knows else None
        for span in self._slices():
            start, stop = span.start, span.stop
            pair = rows.pair[span]
            number = np.arange(start, stop) if rows.row is None else rows.row[start:stop]
            time = pairs.time[pair] if rows.time is None else rows.time[start:stop]
            account, probability = pairs.account[pair], self.probability[pair]
            suspect = np.flatnonzero(probability >= RING_MIN)
            columns: dict[str, pa.Array] = {"row": pa.array(number)}
            if rows.id is not None:
                columns["id"] = _one(rows.id.slice(start, stop - start))
            columns["account"] = self.encoded.account_ids.take(pa.array(account))
            columns["item"] = self.encoded.item_ids.take(pa.array(pairs.item[pair]))
            columns["timestamp"] = pa.array(time).view(TIMESTAMP)
            if watched is not None:
                columns["watched_share"] = pa.array(watched[pair], from_pandas=True)
            if "app" in pairs.context:
                columns["app"] = pairs.context["app"].take(pa.array(pair)).cast(pa.string())
            columns["fake_probability"] = pa.array(probability)
            columns["suspicion"] = pa.array(self.suspicion[pair])
            columns["verdict"] = words(self.verdict[pair], VERDICTS)
            columns["standing"] = words(rows.count_status[start:stop], COUNT_STATUSES)
            columns["ring"] = _known(
                suspect, self.rings.called(self.rings.of_account[account[suspect]]), pair.size
            )
            columns["moment"] = _known(suspect, self.campaigns.of_pair[pair[suspect]], pair.size)
            columns["evidence"] = _evidence_of(evidence_table, pair, self.evidence_names)
            yield pa.RecordBatch.from_pydict(columns)

    def _evidence_table(self) -> EvidenceTable:
        """What is said of each pair, in the order of the names. Memory: 4 bytes a like, 5 to 17 a word."""
        row_numbers, names = np.nonzero(self.reasons.decibans)
        parts = [
            (self.reasons.pair[row_numbers], names.astype(np.int8), self.reasons.decibans[row_numbers, names])
        ]
        for i, evidence in enumerate(self.extra, len(self.reasons.names)):
            parts.append((evidence.pair, np.full(evidence.pair.size, i, np.int8), evidence.decibans))
        pair, which, decibans = (np.concatenate(column) for column in zip(*parts, strict=True))
        if self.extra:
            order = np.argsort(pair, kind="stable")
            pair, which, decibans = pair[order], which[order], decibans[order]
        first = np.flatnonzero(np.diff(pair, prepend=-1))
        slot = np.full(self.encoded.pairs.n, -1, np.int32)
        slot[pair[first]] = np.arange(first.size, dtype=np.int32)
        return EvidenceTable(slot, np.append(first, pair.size), which, decibans)


def _known(row: np.ndarray, code: np.ndarray, rows: int) -> pa.Array:
    """Codes of some rows, null where −1 and in all other rows. int32[rows]"""
    codes = np.full(rows, -1, np.int32)
    codes[row] = code
    return pa.array(codes, mask=codes < 0)


def _evidence_of(evidence_table: EvidenceTable, pair: np.ndarray, names: tuple[str, ...]) -> pa.Array:
    slot = evidence_table.slot[pair]
    row = np.flatnonzero(slot >= 0)
    slot = slot[row]
    begin = evidence_table.offset[slot]
    words = evidence_table.offset[slot + 1] - begin
    position = np.repeat(begin - (np.cumsum(words) - words), words) + np.arange(int(words.sum()))
    return evidence_lists(
        np.repeat(row, words),
        evidence_table.which[position],
        evidence_table.decibans[position],
        pair.size,
        names,
    )


def evidence_lists(
    row: np.ndarray, which: np.ndarray, decibans: np.ndarray, rows: int, names: tuple[str, ...]
) -> pa.Array:
    """Lists of (name, decibans), `row` ascending."""
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(row, minlength=rows), out=offsets[1:])
    name = pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int16)), pa.array(names, pa.string()))
    values = pa.StructArray.from_arrays(
        [name, pa.array(decibans, pa.float32())], fields=list(EVIDENCE_TYPE.value_type)
    )
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=EVIDENCE_TYPE)


def _tally(parts: Iterable[np.ndarray]) -> np.ndarray:
    """How often each of the codes 0, 1, 2 occurs."""
    total = np.zeros(3, np.int64)
    for codes in parts:
        total += [np.count_nonzero(codes == code) for code in range(3)]
    return total


def words(codes: np.ndarray, vocabulary: tuple[str, ...]) -> pa.DictionaryArray:
    """Codes int8 as a dictionary of words."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(vocabulary))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
