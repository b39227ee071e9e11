"""KuaiRand's logs of Kuaishou (kuairand.com): one row per impression, flags for what the viewer did.

A row becomes a view and, per flag set, a like, comment, share, follow, collect or report, all at the time of
the impression, all with the time watched and the video's length. The creators are in another file beside
the log, `video_features_basic_*.csv`, found by its name; without it the log has no creators.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from zhenzan.errors import InputError
from zhenzan.interactions.column_roles import ColumnRoles
from zhenzan.interactions.files import Bytes, plain_name, reading
from zhenzan.interactions.layouts import Expand
from zhenzan.interactions.mapping import Mapping
from zhenzan.interactions.normalize import Normalized
from zhenzan.interactions.records import Bools, Chunk, Integers, Table
from zhenzan.interactions.schema import KINDS

__all__ = ["KuaiRand", "is_kuairand", "is_side_table", "side_tables"]

_FIELDS = {
    "account": "user_id",
    "item": "video_id",
    "timestamp": "time_ms",
    "watched": "play_time_ms",
    "duration": "duration_ms",
}
_FLAGS = {
    "is_like": "like",
    "is_comment": "comment",
    "is_forward": "share",
    "is_follow": "follow",
    "is_collect": "collect",
    "is_hate": "report",
}
_SIGNATURE = {"user_id", "video_id", "time_ms", "play_time_ms", "is_like", "is_click"}


def is_kuairand(columns: Sequence[str]) -> bool:
    """Say whether these are the columns of a KuaiRand log."""
    return set(columns) >= _SIGNATURE


def is_side_table(path: str) -> bool:
    """Say whether a file of a folder is one of KuaiRand's tables about videos or users, by its name."""
    return plain_name(path).startswith(("video_features_", "video_statistics", "user_features"))


def side_tables(log: str) -> list[str]:
    """Return the tables of videos that belong to a log.

    They lie beside it; those whose size (pure, 1k, 27k) is also in the log's name go before all others.
    """
    videos = sorted(str(path) for path in Path(log).parent.glob("video_features_basic_*.csv*"))
    size_of = {path: plain_name(path).removeprefix("video_features_basic_").split(".")[0] for path in videos}
    words = plain_name(log).replace(".", "_").split("_")
    same = [path for path, size in size_of.items() if size.split("_")[0] in words]
    return same or videos


class KuaiRand:
    """The dialect of one KuaiRand log."""

    name: str | None = "kuairand"

    def __init__(self, table: Table) -> None:
        absent = [column for column in (*_FIELDS.values(), "is_like") if column not in table.columns]
        if absent:
            raise InputError(f"{table.name} is not a KuaiRand log: it has no column {', '.join(absent)}.")
        self._flags = {column: kind for column, kind in _FLAGS.items() if column in table.columns}
        self._side_tables = side_tables(table.name)
        self._remarks: tuple[str, ...] = ()
        if not self._side_tables:
            self._remarks = (
                f"No video_features_basic_*.csv lies beside {table.name}: its creators are unknown.",
            )

    def resolve(self, table: Table, mapping: AnyMapping[str, str] | None) -> ColumnRoles:
        fields = _FIELDS | dict.fromkeys(_NOT_THERE, "") | dict(mapping or {})
        return ColumnRoles(table, Mapping.resolve(table.columns, fields, table.name), self._remarks)

    def columns(self, mapping: Mapping) -> frozenset[str]:
        return frozenset(mapping) | {"kind"} | ({"creator"} if self._side_tables else set())

    def source_columns(self, mapping: Mapping) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*mapping.columns, *self._flags)))

    def id_type(self, table: Table, mapping: Mapping, field: str) -> pa.DataType | None:
        if field == "creator" and not self._side_tables:
            return None
        return pa.int64()

    def check(self, chunk: Chunk) -> list[tuple[str, str, Bools]]:
        problems = []
        for column in self._flags:
            _, readable = _flag(chunk.columns[column])
            if not readable.all():
                problems.append((column, f"{column} is neither 0 nor 1", ~readable))
        return problems

    def prepare(self) -> Expand:
        creators = _Creators(self._side_tables) if self._side_tables else None

        def expand(shaped: Normalized, chunk: Chunk) -> tuple[dict[str, pa.Array], Integers]:
            count = len(shaped.rows)
            sources, kinds = [np.arange(count)], [np.full(count, KINDS.index("view"), np.int8)]
            for column, kind in self._flags.items():
                flags, _ = _flag(chunk.columns[column])
                done = np.flatnonzero(flags if shaped.kept is None else flags[shaped.kept])
                sources.append(done)
                kinds.append(np.full(len(done), KINDS.index(kind), np.int8))
            source = np.concatenate(sources)
            order = np.argsort(source, kind="stable")  # a view, then what followed it
            source = source[order]
            columns = {name: values.take(pa.array(source)) for name, values in shaped.columns.items()}
            columns["kind"] = pa.array(np.concatenate(kinds)[order])
            if creators is not None:
                columns["creator"] = creators.of(columns["item"], columns["item"].type)
            return columns, shaped.rows[source]

        return expand


_NOT_THERE = ("id", "kind", "creator", "ip", "device", "region", "app", "origin", "gesture")


def _flag(values: pa.Array) -> tuple[Bools, Bools]:
    """Return which rows have the flag set, and which have a readable one."""
    if pa.types.is_string(values.type):
        one = pc.is_in(values, pa.array(["1", "1.0"]))
        zero = pc.is_in(values, pa.array(["0", "0.0"]))
    else:
        numbers = values.cast(pa.float64())
        one, zero = pc.equal(numbers, 1.0), pc.equal(numbers, 0.0)
    is_one: Bools = one.fill_null(False).to_numpy(zero_copy_only=False)
    return is_one, is_one | zero.fill_null(False).to_numpy(zero_copy_only=False)


class _Creators:
    """video_id → author_id, from the tables of videos. Memory: 16 bytes a video; lookup by binary search."""

    def __init__(self, paths: Sequence[str]) -> None:
        tables = [_video_authors(path) for path in paths]
        videos = np.concatenate([table["video_id"].to_numpy() for table in tables])
        authors = np.concatenate([table["author_id"].to_numpy() for table in tables])
        self._videos, first = np.unique(videos, return_index=True)
        self._authors = authors[first]

    def of(self, items: pa.Array, kind: pa.DataType) -> pa.Array:
        videos = items.cast(pa.int64()).to_numpy(zero_copy_only=False)
        if len(self._videos) == 0:
            return pa.nulls(len(videos), kind)
        at = np.minimum(np.searchsorted(self._videos, videos), len(self._videos) - 1)
        known = self._videos[at] == videos
        return pa.array(self._authors[at], mask=None if known.all() else ~known).cast(kind)


def _video_authors(path: str) -> pa.Table:
    options = pa_csv.ConvertOptions(
        include_columns=["video_id", "author_id"],
        column_types={"video_id": pa.int64(), "author_id": pa.int64()},
    )
    with Bytes(path) as source, reading(path):
        try:
            return pa_csv.read_csv(source.stream, convert_options=options).drop_null()
        except KeyError:
            raise InputError(
                f"{path} has no columns video_id and author_id: mend it or move it away."
            ) from None
