"""The judgement of a log: every array that the result's tables are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhenzan.verify.campaigns import Campaigns
from zhenzan.verify.encode import STANDINGS, Encoded
from zhenzan.verify.reasons import Reasons
from zhenzan.verify.rings import Rings

VERDICTS = ("genuine", "uncertain", "fake")
GENUINE, UNCERTAIN, FAKE = range(3)
ROWS_PER_BATCH = 1 << 20
RING_MIN = 0.5
EVIDENCE_TYPE = pa.list_(
    pa.struct([("name", pa.dictionary(pa.int16(), pa.string())), ("decibans", pa.float32())])
)
TIMESTAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Spoken:
    """Evidence that speaks like by like (context, rules, calibration): `decibans` float32[pairs], 0 where
    silent.
    """

    name: str
    description: str
    decibans: np.ndarray


@dataclass(frozen=True)
class Judgement:
    """`probability` float32[pairs]; `verdict` int8[pairs], index in `VERDICTS`; `recruit`, `paid`
    float32[accounts];
    `extra`: what speaks like by like, beside the structural reasons.
    """

    encoded: Encoded
    probability: np.ndarray
    verdict: np.ndarray
    recruit: np.ndarray
    paid: np.ndarray
    campaigns: Campaigns
    rings: Rings
    reasons: Reasons
    extra: list[Spoken]

    @property
    def evidence_names(self) -> tuple[str, ...]:
        return (*self.reasons.names, *(said.name for said in self.extra))

    def verdict_batches(self) -> Iterator[pa.RecordBatch]:
        """One row per like row of the log, in input order. Memory: one batch."""
        rows, pairs = self.encoded.rows, self.encoded.pairs
        slot = np.full(pairs.n, -1, np.int32)
        slot[self.reasons.pair] = np.arange(self.reasons.pair.size, dtype=np.int32)
        for start in range(0, rows.n, ROWS_PER_BATCH):
            stop = min(start + ROWS_PER_BATCH, rows.n)
            pair = rows.pair[start:stop]
            number = np.arange(start, stop) if rows.row is None else rows.row[start:stop]
            time = pairs.time[pair] if rows.time is None else rows.time[start:stop]
            probability = self.probability[pair]
            ring = self.rings.of_account[pairs.account[pair]]
            moment = self.campaigns.of_pair[pair]
            columns: dict[str, pa.Array] = {"row": pa.array(number)}
            if rows.id is not None:
                columns["id"] = _one(rows.id.slice(start, stop - start))
            columns["account"] = self.encoded.account_ids.take(pa.array(pairs.account[pair]))
            columns["item"] = self.encoded.item_ids.take(pa.array(pairs.item[pair]))
            columns["timestamp"] = pa.array(time).view(TIMESTAMP)
            columns["fake_probability"] = pa.array(probability)
            columns["verdict"] = words(self.verdict[pair], VERDICTS)
            columns["standing"] = words(rows.standing[start:stop], STANDINGS)
            columns["ring"] = pa.array(ring, mask=(ring < 0) | (probability < RING_MIN))
            columns["moment"] = pa.array(moment, mask=(moment < 0) | (probability < RING_MIN))
            columns["evidence"] = self._evidence(pair, slot[pair])
            yield pa.RecordBatch.from_pydict(columns)

    def _evidence(self, pair: np.ndarray, slot: np.ndarray) -> pa.Array:
        names = self.evidence_names
        known = np.flatnonzero(slot >= 0)
        dense = [said.decibans[pair] for said in self.extra]
        if not dense:
            said, which = np.nonzero(self.reasons.decibans[slot[known]])
            row, decibans = known[said], self.reasons.decibans[slot[known[said]], which]
        else:
            matrix = np.zeros((pair.size, len(names)), np.float32)
            matrix[known, : len(self.reasons.names)] = self.reasons.decibans[slot[known]]
            for i, values in enumerate(dense):
                matrix[:, len(self.reasons.names) + i] = values
            row, which = np.nonzero(matrix)
            decibans = matrix[row, which]
        return evidence_lists(row, which, decibans, pair.size, names)


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


def words(codes: np.ndarray, vocabulary: tuple[str, ...]) -> pa.DictionaryArray:
    """Codes int8 as a dictionary of words."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8)), pa.array(vocabulary))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
