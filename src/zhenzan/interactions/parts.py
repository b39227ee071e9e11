"""Which column plays which part: names propose, values decide.

A name is a hint that anyone can give to any column. So where names leave a choice, or propose what could be
something else, the first rows are looked at: a like's own id is one like's alone; an item recurs; a time is
not the same for all likes of an account or an item; a mark has two values. Cost: one chunk of a file, and
only of the columns in question.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions.convert import as_text
from zhenzan.interactions.mapping import MARKS, Mapping, candidates, fold
from zhenzan.interactions.records import Integers, Table
from zhenzan.interactions.schema import MARK_WORDS, kind_index

__all__ = ["Parts", "decide"]

SAMPLE_ROWS = 100_000
VARIES_MIN = 0.05  # of accounts or items seen again, those whose times differ, if the column is a like's time
OTHER_BODY_MAX = 0.01  # of rows, those whose id another account or item bears too
WORDS_SHOWN = 3


@dataclass(frozen=True)
class Parts:
    """The mapping of one file, and remarks on what was chosen, left over or not used."""

    mapping: Mapping
    remarks: tuple[str, ...]


def decide(table: Table, mapping: Mapping, asked: AnyMapping[str, str] | None) -> Parts:
    """Look at the values of what names proposed. What the user asked for stands."""
    said = asked or {}
    open_ = {field: candidates(field, table.columns) for field in ("timestamp", "item", "kind")}
    marks = [] if "kind" in mapping or "kind" in said else [c for c in table.columns if fold(c) in MARKS]
    doubted = "id" in mapping and "id" not in said
    chosen = [
        name for field, names in open_.items() if len(names) > 1 and field not in said for name in names
    ]
    if "kind" in mapping and "kind" not in said:
        chosen.append(mapping["kind"])
    if not (chosen or marks or doubted):
        return Parts(mapping, ())
    wanted = dict.fromkeys([*mapping.columns, *chosen, *marks])
    sample = _sample(table, tuple(wanted))
    if sample is None:
        return Parts(mapping, ())
    look = _Look(sample, mapping)
    parts, remarks = dict(mapping.pairs), list[str]()
    if "item" not in said:
        _choose_item(look, open_["item"], parts, remarks)
    if "timestamp" not in said:
        _choose_time(look, open_["timestamp"], parts, remarks)
    if doubted:
        _doubt_id(look, parts, remarks)
    if "kind" in parts and "kind" not in said:
        _doubt_kind(look, parts, remarks)
    if marks and "kind" not in parts:
        _take_mark(look, marks, parts, remarks)
    return Parts(Mapping.of(parts), tuple(f"{table.name}: {remark}" for remark in remarks))


def _sample(table: Table, columns: tuple[str, ...]) -> dict[str, pa.Array] | None:
    """The first rows; None where a table can be read only once, or has none."""
    if not table.again:
        return None
    for chunk in table.chunks(columns):
        if chunk.records:
            return {name: chunk.columns[name].slice(0, SAMPLE_ROWS) for name in columns}
    return None


class _Look:
    """Codes of the sampled columns: equal values are equal numbers, int64[rows]; −1 for none."""

    def __init__(self, sample: AnyMapping[str, pa.Array], mapping: Mapping) -> None:
        self._sample = sample
        self._codes: dict[str, Integers] = {}
        self.account = self.codes(mapping["account"])

    def codes(self, column: str) -> Integers:
        if column not in self._codes:
            values = self._sample[column]
            if pa.types.is_dictionary(values.type):
                values = values.dictionary_decode()
            if pa.types.is_nested(values.type):
                self._codes[column] = np.arange(len(values), dtype=np.int64)
            else:
                coded = values.dictionary_encode().indices.fill_null(-1)
                self._codes[column] = coded.to_numpy(zero_copy_only=False).astype(np.int64)
        return self._codes[column]

    def words(self, column: str) -> list[str]:
        """The different values as text."""
        values = self._sample[column]
        if pa.types.is_nested(values.type):
            return ["{}"]
        text, _ = as_text(values.dictionary_decode() if pa.types.is_dictionary(values.type) else values)
        return [word.strip() for word in pc.unique(text).to_pylist() if word is not None]

    def recurs(self, column: str) -> bool:
        """Whether a value stands in more than one row."""
        codes = self.codes(column)
        seen = codes[codes >= 0]
        return np.unique(seen).size < seen.size

    def varies(self, column: str, key: Integers) -> bool | None:
        """Whether the values of one account (or item) differ; None where none is seen twice."""
        values = self.codes(column)
        names, which, count = np.unique(key, return_inverse=True, return_counts=True)
        pairs = np.unique(np.stack([which, values]), axis=1)[0]
        again = count > 1
        if not again.any():
            return None
        differs = np.bincount(pairs, minlength=names.size) > 1
        return bool(differs[again].mean() >= VARIES_MIN)


def _choose_item(look: _Look, names: Sequence[str], parts: dict[str, str], remarks: list[str]) -> None:
    taken = {column for field, column in parts.items() if field != "item"}
    free = [name for name in names if name not in taken]
    if len(free) < 2 or look.recurs(parts["item"]):
        return
    other = next((name for name in free if look.recurs(name)), None)
    if other is not None:
        remarks.append(
            f"item is read from {other!r}: each value of {parts['item']!r} stands in one row only."
            f" --map item={parts['item']} takes that instead."
        )
        parts["item"] = other


def _choose_time(look: _Look, names: Sequence[str], parts: dict[str, str], remarks: list[str]) -> None:
    taken = {column for field, column in parts.items() if field != "timestamp"}
    free = [name for name in names if name not in taken]
    if len(free) < 2:
        return
    keys = (look.account, look.codes(parts["item"]))
    fixed = {name for name in free if any(look.varies(name, key) is False for key in keys)}
    chosen = next((name for name in free if name not in fixed), free[0])
    parts["timestamp"] = chosen
    left = ", ".join(repr(name) for name in free if name != chosen)
    why = f" ({chosen!r} is no property of an account or an item)" if fixed and chosen not in fixed else ""
    remarks.append(f"the time of a like is read from {chosen!r}{why}, not from {left}.")


def _doubt_id(look: _Look, parts: dict[str, str], remarks: list[str]) -> None:
    """An id is one like's own. What recurs with other accounts or items is something else."""
    codes, item = look.codes(parts["id"]), look.codes(parts["item"])
    known = codes >= 0
    bodies = np.unique(np.stack([codes, look.account, item])[:, known], axis=1)[0]
    if bodies.size == 0:
        return
    others = np.bincount(bodies) > 1
    if others[codes[known]].mean() > OTHER_BODY_MAX:
        remarks.append(
            f"{parts['id']!r} is no id of a like: the same value stands at several accounts or items. It is"
            " not used."
        )
        del parts["id"]


def _doubt_kind(look: _Look, parts: dict[str, str], remarks: list[str]) -> None:
    """A column in which no word is a kind of interaction is about something else."""
    words = look.words(parts["kind"])
    if not words or any(kind_index(word) is not None or word.casefold() in MARK_WORDS for word in words):
        return
    shown = ", ".join(words[:WORDS_SHOWN])
    if fold(parts["kind"]) in ("type", "类型"):
        remarks.append(f"{parts['kind']!r} ({shown}) names no kind of interaction: every row is a like.")
        del parts["kind"]


def _take_mark(look: _Look, marks: Sequence[str], parts: dict[str, str], remarks: list[str]) -> None:
    """A column that says whether a row is a like: 1 and 0, true and false, 1 and −1."""
    taken = set(parts.values())
    for column in marks:
        words = {word.casefold() for word in look.words(column)} - {""}
        if column not in taken and words and words <= MARK_WORDS.keys():
            parts["kind"] = column
            remarks.append(f"{column!r} says which rows are likes; the others are skipped.")
            return
