"""Normalisation: a chunk of a file's own columns → a batch of the interaction schema, bad rows rejected."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import InputError
from zhenzan.interactions import column_types
from zhenzan.interactions.mapping import Mapping, is_case_blind
from zhenzan.interactions.pseudonyms import KeyedHash
from zhenzan.interactions.records import Bools, Chunk, Integers
from zhenzan.interactions.rejects import Rejects
from zhenzan.interactions.schema import NEEDED
from zhenzan.interactions.times import Clock

__all__ = ["Normalized", "Normalizer"]

_PRIVATE = ("ip", "device")  # never quoted in an excerpt


@dataclass(frozen=True)
class Normalized:
    """The good rows of a chunk: canonical columns, and which rows of the chunk they are (None: all); how many
    were `skipped` as no interaction, by reason.
    """

    columns: dict[str, pa.Array]
    rows: Integers
    kept: Integers | None
    skipped: dict[str, int]


class Normalizer:
    """Brings the chunks of one file into the schema of the whole log.

    Good rows are passed on without a copy where the types already fit; bad ones go to `rejects`.
    """

    def __init__(
        self,
        file: str,
        mapping: Mapping,
        types: AnyMapping[str, pa.DataType],
        hashes: AnyMapping[str, KeyedHash],
        zone: str | None = None,
    ) -> None:
        self.file = file
        self.mapping = mapping
        self._types = types
        self._hashes = hashes
        self._clock = Clock(mapping["timestamp"], zone)

    def normalize(
        self,
        chunk: Chunk,
        first_row: int,
        first_record: int,
        rejects: Rejects,
        problems: Sequence[tuple[str, str, Bools]] = (),
    ) -> Normalized:
        """Convert a chunk whose records are `first_row`… of the log and `first_record`… of the file.

        `problems` are rows to reject that the caller knows of: (source column, reason, mask).
        """
        columns: dict[str, pa.Array] = {}
        failures: list[tuple[str, str, Bools]] = []
        idle: list[tuple[str, Bools]] = []
        for field in sorted(
            self.mapping, key=lambda name: name not in NEEDED
        ):  # a record's first reason counts
            columns[field], wrong = self._convert_named(field, chunk.columns[self.mapping[field]], idle)
            failures += [(field, reason, mask) for reason, mask in wrong]
        length = len(columns["timestamp"])
        positions = np.arange(length, dtype=np.int64) if chunk.positions is None else chunk.positions
        bad = np.zeros(length, np.bool_)
        skipped: dict[str, int] = {}
        for reason, mask in idle:  # a view or a comment need not be right in all else
            count = int(np.count_nonzero(mask & ~bad))
            if count:
                skipped[reason] = count
                bad |= mask
        rejected: list[tuple[str, str, Integers]] = []
        for field, reason, mask in (*failures, *problems):
            fresh = np.flatnonzero(mask & ~bad)
            if len(fresh):
                rejected.append((field, reason, fresh))
                bad |= mask
        if rejected or chunk.malformed:
            self._reject(chunk, positions, rejected, first_row, first_record, rejects)
        if not bad.any():
            return Normalized(columns, positions + first_row, None, skipped)
        kept: Integers = np.flatnonzero(~bad)
        picked = {field: column.take(pa.array(kept)) for field, column in columns.items()}
        return Normalized(picked, positions[kept] + first_row, kept, skipped)

    def _convert_named(
        self, field: str, values: pa.Array, idle: list[tuple[str, Bools]]
    ) -> tuple[pa.Array, column_types.Problems]:
        try:
            if field == "kind":
                kinds, others = column_types.to_kind(values, self.mapping[field])
                idle += others
                return kinds, []
            return self._convert(field, values)
        except pa.ArrowException:
            or_none = "" if field in NEEDED else f", or --map {field}= for none"
            raise InputError(
                f"{self.file}: column {self.mapping[field]!r} is {values.type}, which cannot be {field}."
                f" Name another with --map {field}=COLUMN{or_none}."
            ) from None

    def _convert(self, field: str, values: pa.Array) -> tuple[pa.Array, column_types.Problems]:
        if field in self._types:
            ids, problems = column_types.to_ids(values, self._types[field], field)
            if is_case_blind(self.mapping[field]) and ids.type == pa.string():
                ids = pc.utf8_lower(ids)
            return (ids, problems) if field in NEEDED else column_types.gaps_allowed(ids, problems)
        if field == "id":
            return column_types.gaps_allowed(*column_types.to_ids(values, pa.string(), field))
        if field == "timestamp":
            return self._clock.read(values)
        if field in ("watched", "duration"):
            return column_types.to_milliseconds(values, field, self.mapping[field])
        if field in self._hashes:
            return self._hashes[field].read(values), []
        if field == "gesture":
            return column_types.to_gesture(values)
        return column_types.to_text(values, field)

    def _reject(
        self,
        chunk: Chunk,
        positions: Integers,
        rejected: list[tuple[str, str, Integers]],
        first_row: int,
        first_record: int,
        rejects: Rejects,
    ) -> None:
        entries: list[tuple[int, str, dict[str, Any]]] = []
        room = rejects.room
        for position, reason in chunk.malformed:
            rejects.count(reason, 1)
            if len(entries) < room:
                entries.append((position, reason, {}))
        for field, reason, rows in rejected:
            rejects.count(reason, len(rows))
            source = chunk.columns[self.mapping.get(field, field)]
            for i in rows[: max(room - len(entries), 0)]:
                values = {} if field in _PRIVATE else {field: _raw(source, int(i))}
                entries.append((int(positions[i]), reason, values))
        entries.sort(key=lambda entry: entry[0])
        for position, reason, values in entries:
            line = chunk.line_of(position) if chunk.line_of else None
            rejects.write(self.file, line, first_record + position + 1, first_row + position, reason, values)


def _raw(source: pa.Array, i: int) -> Any:
    try:
        value = source[i].as_py()
    except (UnicodeDecodeError, ValueError, OverflowError, pa.ArrowException):
        return "unprintable"
    return value if isinstance(value, str | bytes | int | float | None) else str(value)
