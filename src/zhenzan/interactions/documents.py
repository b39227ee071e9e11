"""Nested JSON documents: finds the list of likes in an API's answer or in a person's own export.

The list is found by the names on the way to it (`Activity.Like List.ItemFavoriteList`), else there is one, or
one that can be mapped. What stands beside the list on the way (`repository.nameWithOwner`) holds for all its
records. The whole is held in memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from zhenzan.errors import InputError, some_of
from zhenzan.interactions.json_table import DEPTH_MAX, Fields, Path, array_of, value_at, whole_text
from zhenzan.interactions.mapping import candidates
from zhenzan.interactions.records import Chunk
from zhenzan.interactions.schema import KINDS, LIKE, NEEDED, kind_index

__all__ = ["JsonDocumentTable", "open_document"]

CHUNK_RECORDS = 200_000
SEVERAL_BYTES_MAX = 64 << 20  # of objects that follow one another over several lines
LISTS_SHOWN_MAX = 5
_SCRIPT = re.compile(rb"\s*window\.[\w.]+\s*=\s*")
_TIMELESS = (
    (re.compile(r"\btweetId\b"), "X's export of likes (like.js) says what was liked and not when"),
    (re.compile(r"\borderedItems\b"), "Mastodon's export (likes.json) is a list of addresses without times"),
)


def open_document(path: str, head: bytes, whole: bool) -> JsonDocumentTable | None:
    """The table of a file that is one nested document, or JSON after an assignment, as X writes its exports
    (`window.YTD.like.part0 = [`); None for any other. `head`: its first bytes, `whole`: all of them.

    Raises InputError where it holds no list that can be judged.
    """
    is_script = _SCRIPT.match(head) is not None
    if not (is_script or _may_be_document(head, whole)):
        return None
    document = _document(_SCRIPT.sub(b"", whole_text(path), count=1))
    if document is None and is_script:
        raise InputError(f"{path} is not valid JSON.")
    return None if document is None else JsonDocumentTable(path, document, head)


def _may_be_document(head: bytes, whole: bool) -> bool:
    """Whether a file that begins with an object may be one nested document rather than a record a line."""
    text = head.strip()
    if not text.startswith(b"{"):
        return False
    line, _, rest = text.partition(b"\n")
    try:
        record = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return rest.lstrip()[:1] != b"{" and not line.rstrip().endswith(b"}")
    if rest.strip() or not whole or not isinstance(record, dict):
        return False
    if _why_timeless(line.decode()):
        return True
    return bool(list(_lists(record, (), {}))) and not _maps(Fields.of([record]).columns)


def _maps(columns: Sequence[str]) -> bool:
    return all(candidates(name, columns) for name in NEEDED)


def _document(text: bytes) -> Any:
    """The one value of a JSON text, or a list of those that follow one another; None if it is neither."""
    try:
        return msgspec.json.decode(text)
    except (UnicodeDecodeError, RecursionError):
        return None
    except msgspec.MsgspecError:
        pass
    if len(text) > SEVERAL_BYTES_MAX:
        return None
    values: list[Any] = []
    try:
        rest = text.decode()
        at, decoder = 0, json.JSONDecoder()
        while at < len(rest):
            value, at = decoder.raw_decode(rest, at)
            values.append(value)
            at += len(rest[at:]) - len(rest[at:].lstrip())
    except (ValueError, RecursionError):
        return None
    return values or None


@dataclass(frozen=True)
class _Candidate:
    """A list of records, where it stands, and what stands beside it on the way."""

    path: Path
    records: Sequence[Any]
    context: dict[Path, Any]

    @property
    def name(self) -> str:
        return ".".join(self.path) or "the document itself"

    @property
    def kind(self) -> int | None:
        """The kind of interaction that the names on the way tell, the last first."""
        for name in reversed(self.path):
            words = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])", name)
            kinds = [kind for word in (name, *words) if (kind := kind_index(word)) is not None]
            if kinds:
                return LIKE if LIKE in kinds else kinds[0]
        return None


class JsonDocumentTable:
    """The records of the list in one document. Where it names no account it is one person's export."""

    format = "json"
    again = True

    def __init__(self, path: str, document: Any, head: bytes) -> None:
        self.name = path
        lists = list(_lists(document, (), {}))
        chosen = _chosen(lists, path, head)
        self.pointer = chosen.name
        self.left_out = [candidate.name for candidate in lists if candidate is not chosen]
        self._records = [_with_context(record, chosen.context) for record in chosen.records]
        self._fields = Fields.of(self._records)
        if not self._fields.columns:
            raise InputError(f"{path}: the list at {chosen.name} holds no objects with fields.")
        self.columns = self._fields.columns
        if not candidates("timestamp", self.columns) and (reason := _why_timeless(" ".join(self.columns))):
            raise InputError(f"{path} cannot be judged: {reason}.")
        self.row_estimate: int | None = len(self._records)
        self.remarks = self._remarks()

    def id_type(self, column: str) -> pa.DataType:
        return self._fields.id_type(column, self.name)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        paths = self._fields.paths(columns)
        for start in range(0, len(self._records), CHUNK_RECORDS):
            records = self._records[start : start + CHUNK_RECORDS]
            arrays = {
                name: array_of([_scalar(value_at(record, path)) for record in records])
                for name, path in paths.items()
            }
            yield Chunk(arrays, len(records))

    def _remarks(self) -> tuple[str, ...]:
        remarks = [f"the records are those of the list at {self.pointer}."]
        if self.left_out:
            remarks.append(f"other lists are left out: {some_of(self.left_out, LISTS_SHOWN_MAX)}.")
        return tuple(remarks)


def _scalar(value: Any) -> Any:
    return None if isinstance(value, dict) else value


def _lists(value: Any, path: Path, context: dict[Path, Any]) -> Iterator[_Candidate]:
    """Every list of objects, outermost first."""
    if isinstance(value, list):
        if any(isinstance(record, dict) for record in value):
            yield _Candidate(path, value, context)
        return
    if not isinstance(value, dict) or len(path) >= DEPTH_MAX:
        return
    beside = {(*path, name): field for name, field in value.items() if not isinstance(field, dict | list)}
    for name, inner in value.items():
        yield from _lists(inner, (*path, name), {**context, **beside})


def _chosen(lists: Sequence[_Candidate], where: str, head: bytes) -> _Candidate:
    if not lists:
        raise InputError(_no_list(where, head))
    liked = [candidate for candidate in lists if candidate.kind == LIKE]
    choice = liked or [candidate for candidate in lists if candidate.kind is None] or lists
    if len(choice) > 1:
        # No name tells: the longest is the log, the others are settings and the like.
        choice = sorted(choice, key=lambda candidate: -len(candidate.records))
        if len(choice[0].records) == len(choice[1].records):
            names = " and ".join(candidate.name for candidate in choice[:2])
            raise InputError(
                f"{where} is one nested document with several lists ({names}): write the one that holds likes"
                " to a file of its own, e.g. with jq."
            )
    elif choice[0].kind not in (None, LIKE):
        kind = KINDS[choice[0].kind or 0]
        raise InputError(f"{where}: the list at {choice[0].name} holds {kind}s, and no other holds likes.")
    return choice[0]


def _no_list(where: str, head: bytes) -> str:
    if reason := _why_timeless(head[:4096].decode(errors="replace")):
        return f"{where} cannot be judged: {reason}."
    return f"{where} is one JSON object that holds no list of records: write one record a line (NDJSON)."


def _why_timeless(text: str) -> str | None:
    return next((reason for pattern, reason in _TIMELESS if pattern.search(text)), None)


def _with_context(record: Any, context: dict[Path, Any]) -> dict[str, Any]:
    """A record with its one-element lists opened, and what stands beside the list it is of."""
    fields = {name: _opened(value) for name, value in record.items()} if isinstance(record, dict) else {}
    for path, value in context.items():
        fields.setdefault(".".join(path), value)
    return fields


def _opened(value: Any) -> Any:
    """A list of one object is that object: Instagram's `string_list_data`."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0]
    if isinstance(value, dict):
        return {name: _opened(inner) for name, inner in value.items()}
    return value
