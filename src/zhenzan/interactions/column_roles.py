"""Column roles: which column of a table holds which field; names propose, values decide.

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

from zhenzan.interactions.column_types import NULL_WORDS, as_text, plain
from zhenzan.interactions.derived_table import CLOCKS, DerivedTable, is_clock, is_date
from zhenzan.interactions.mapping import (
    CONSTANT,
    Mapping,
    candidates,
    checked_fields,
    fold,
    is_mark,
)
from zhenzan.interactions.records import Integers, Table
from zhenzan.interactions.schema import MARK_WORDS, kind_index

__all__ = ["ColumnRoles", "assign_roles"]

SAMPLE_ROWS = 100_000
VARIES_MIN = 0.05  # of accounts or items seen again, those whose times differ, if the column is a like's time
OTHER_BODY_MAX = 0.01  # of rows, those whose id another account or item bears too
EMPTY_MAX, EMPTY_MIN = (
    0.5,
    0.05,
)  # of rows without an account: too many, and few enough to take another column
WORDS_SHOWN = 3
TIME_READ = "the time of a like is read from"


@dataclass(frozen=True)
class ColumnRoles:
    """The table of one file with what it lacks added, its mapping, and remarks on what was chosen, left over
    or not used.
    """

    table: Table
    mapping: Mapping
    remarks: tuple[str, ...]


def assign_roles(table: Table, user_mapping: AnyMapping[str, str] | None) -> ColumnRoles:
    """Map a table's columns: by their names, then by a look at the values of what names proposed. What the
    user asked for stands. Raises InputError where a needed column is absent.
    """
    fields = checked_fields(user_mapping)
    table = _with_mapping(table, fields)
    mapping = Mapping.resolve(table.columns, fields, table.name)
    open_ = {field: candidates(field, table.columns) for field in ("account", "item", "timestamp", "kind")}
    clocks = [] if "timestamp" in fields else [name for name in table.columns if fold(name) in CLOCKS]
    marks = [] if "kind" in mapping or "kind" in fields else [c for c in table.columns if is_mark(c)]
    doubted = "id" in mapping and "id" not in fields
    chosen = [
        name for field, names in open_.items() if len(names) > 1 and field not in fields for name in names
    ]
    if "kind" in mapping and "kind" not in fields:
        chosen.append(mapping["kind"])
    if not (chosen or marks or doubted or clocks):
        return ColumnRoles(table, mapping, ())
    sample = _sample(table, tuple(dict.fromkeys([*mapping.columns, *chosen, *clocks, *marks])))
    if sample is None:
        return ColumnRoles(table, mapping, ())
    parts, remarks = dict(mapping.pairs), list[str]()
    if "account" not in fields:
        _choose_account(sample, open_["account"], parts, remarks)
    look = _Look(sample, parts["account"])
    if "item" not in fields:
        _choose_item(look, open_["item"], parts, remarks)
    if "timestamp" not in fields:
        _choose_time(look, open_["timestamp"], parts, remarks)
        table = _with_clock(table, sample, [*open_["timestamp"], *clocks], parts, remarks)
    if doubted:
        _doubt_id(look, parts, remarks)
    if "kind" in parts and "kind" not in fields:
        _doubt_kind(look, parts, remarks)
    if marks and "kind" not in parts:
        _take_mark(look, marks, parts, remarks)
    return ColumnRoles(table, Mapping.of(parts), tuple(f"{table.name}: {remark}" for remark in remarks))


def _with_mapping(table: Table, fields: AnyMapping[str, str]) -> Table:
    """The table with what the user says of it: `=ann` is one value for all rows, `date+hour` two columns."""
    constants = {value: value[len(CONSTANT) :] for value in fields.values() if value.startswith(CONSTANT)}
    joined = {}
    time = fields.get("timestamp", "")
    if "+" in time and time not in table.columns:
        date, _, clock = time.partition("+")
        if date in table.columns and clock in table.columns:
            joined[time] = (date, clock)
    return DerivedTable(table, constants, joined) if constants or joined else table


def _sample(table: Table, columns: tuple[str, ...]) -> dict[str, pa.Array] | None:
    """The first rows; None where a table can be read only once, or has none."""
    if not table.again:
        return None
    for chunk in table.chunks(columns):
        if chunk.records:
            return {name: plain(chunk.columns[name].slice(0, SAMPLE_ROWS)) for name in columns}
    return None


class _Look:
    """Codes of the sampled columns: equal values are equal numbers, int64[rows]; −1 for none."""

    def __init__(self, sample: AnyMapping[str, pa.Array], account: str) -> None:
        self._sample = sample
        self._codes: dict[str, Integers] = {}
        self.account = self.codes(account)

    def codes(self, column: str) -> Integers:
        if column not in self._codes:
            values = self._sample[column]
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
        text, _ = as_text(values)
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


def _choose_account(
    sample: AnyMapping[str, pa.Array], names: Sequence[str], parts: dict[str, str], remarks: list[str]
) -> None:
    """Who is known in most rows, where the likeliest column is mostly empty."""
    taken = {column for field, column in parts.items() if field != "account"}
    empty = {name: _empty_share(sample[name]) for name in names if name in sample and name not in taken}
    first = parts["account"]
    if empty.get(first, 0.0) < EMPTY_MAX:
        return
    other = next((name for name, share in empty.items() if share < EMPTY_MIN), None)
    if other is not None:
        remarks.append(
            f"account is read from {other!r}, for {first!r} is empty in {empty[first]:.0%} of the rows."
        )
        parts["account"] = other


def _empty_share(values: pa.Array) -> float:
    if pa.types.is_nested(values.type) or not len(values):
        return 0.0
    text = pc.utf8_lower(pc.utf8_trim_whitespace(as_text(values)[0]))
    empty = pc.or_(pc.is_null(text), pc.is_in(text, pa.array(NULL_WORDS)))
    return float(pc.mean(empty.cast(pa.float64())).as_py())


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
    why = f" ({chosen!r} is not a property of an account or an item)" if fixed and chosen not in fixed else ""
    remarks.append(f"{TIME_READ} {chosen!r}{why}, not from {left}.")


def _with_clock(
    table: Table,
    sample: AnyMapping[str, pa.Array],
    names: Sequence[str],
    parts: dict[str, str],
    remarks: list[str],
) -> Table:
    """The table with the day and the time of day as one time, where they stand in two columns."""
    time = parts["timestamp"]
    whole_time = not (is_date(sample[time]) or is_clock(sample[time], time))
    if whole_time:
        return table
    taken = {column for field, column in parts.items() if field != "timestamp"}
    free = [name for name in dict.fromkeys([time, *names]) if name not in taken]
    date = next((name for name in free if is_date(sample[name])), None)
    clock = next((name for name in free if name != date and is_clock(sample[name], name)), None)
    if date is None or clock is None:
        return table
    parts["timestamp"] = f"{date}+{clock}"
    remarks[:] = [remark for remark in remarks if not remark.startswith(TIME_READ)]
    remarks.append(f"{TIME_READ} two columns, {date!r} and {clock!r}.")
    return DerivedTable(table, {}, {parts["timestamp"]: (date, clock)})


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
            f"{parts['id']!r} is not the id of a like: the same value stands at several accounts or "
            "items. It is"
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
