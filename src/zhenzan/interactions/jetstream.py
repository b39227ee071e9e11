"""Bluesky's Jetstream: commits of the network as JSON lines; a like is a record of `app.bsky.feed.like`.

Creating such a record is a like of the post it points to, deleting it an unlike. A deletion names only the
account and the record's key: it is joined to its creation, if that is among the latest million likes of the
same log, else it is skipped and counted, for nobody can know what it undid. The time is the server's, as the
client's own (`createdAt`) can be anything. The creator is the account in the address of the post.
Both the first layout (`time_us`, `commit`) and the second (`payload`) are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import pyarrow as pa

from zhenzan.interactions.files import Bytes
from zhenzan.interactions.lines import estimate_lines, line_blocks, numbered_lines
from zhenzan.interactions.records import Chunk

__all__ = ["JetstreamMemory", "JetstreamTable", "is_jetstream"]

HEAD_BYTES = 1 << 20
LIKES_REMEMBERED_MAX = 1_000_000  # about 300 bytes each

_LIKE = "app.bsky.feed.like"
_COLUMNS = ("id", "kind", "timestamp", "account", "item", "creator")
_Row = tuple[str, str, int | str | None, str | None, str | None, str | None]


class _Subject(msgspec.Struct):
    uri: str | None = None


class _Like(msgspec.Struct):
    subject: _Subject | None = None


class _Commit(msgspec.Struct):
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: msgspec.Raw = msgspec.Raw(b"null")
    did: str | None = None
    time: str | None = None


class _Message(msgspec.Struct):
    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: _Commit | None = None
    payload: _Commit | None = None


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_like = msgspec.json.Decoder(_Like | None).decode


def is_jetstream(line: bytes) -> bool:
    """Say whether a line is a message of Jetstream."""
    try:
        message = _decode_message(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    first = message.did is not None and message.time_us is not None and message.kind is not None
    return first or (message.payload is not None and message.payload.did is not None)


class JetstreamMemory:
    """The latest likes of a log, by account and record key; shared by its files."""

    def __init__(self) -> None:
        self.first: str | None = None  # the log's first file: reading it again forgets what was read before
        self._item_of: dict[str, str] = {}

    def begin(self, path: str) -> None:
        if self.first is None or path == self.first:
            self.first = path
            self._item_of.clear()

    def remember(self, record: str, item: str) -> None:
        if len(self._item_of) >= LIKES_REMEMBERED_MAX:
            del self._item_of[next(iter(self._item_of))]
        self._item_of[record] = item

    def recall(self, record: str) -> str | None:
        return self._item_of.pop(record, None)


class JetstreamTable:
    """One file of Jetstream messages, a JSON object a line."""

    format = "jetstream"
    columns: tuple[str, ...] = _COLUMNS

    again = False

    def __init__(self, path: str, memory: JetstreamMemory) -> None:
        self.name = path
        self._memory = memory
        with Bytes(path) as source:
            head = source.read(HEAD_BYTES)
            whole = len(head) < HEAD_BYTES
            self.row_estimate: int | None = estimate_lines(head, whole, source.size, source.consumed)

    def id_type(self, column: str) -> pa.DataType:
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        self._memory.begin(self.name)
        for block, lines_before in line_blocks(self.name):
            yield self._read_block(block, lines_before)

    def _read_block(self, block: bytes, lines_before: int) -> Chunk:
        rows: list[_Row] = []
        positions: list[int] = []
        malformed: list[tuple[int, str]] = []
        skipped: Counter[str] = Counter()
        numbers: list[int] = []
        for position, (number, line) in enumerate(numbered_lines(block, lines_before)):
            numbers.append(number)
            try:
                row = self._row(_decode_message(line))
            except msgspec.ValidationError:
                malformed.append((position, "JSON is not a message of Jetstream"))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                malformed.append((position, "JSON is malformed"))
            else:
                if isinstance(row, str):
                    skipped[row] += 1
                else:
                    rows.append(row)
                    positions.append(position)
        lists = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
        columns = {name: _column(name, values) for name, values in zip(_COLUMNS, lists, strict=True)}
        return Chunk(
            columns, len(numbers), np.array(positions, np.int64), malformed, skipped, numbers.__getitem__
        )

    def _row(self, message: _Message) -> _Row | str:
        """Return the interaction of a message, or why it is none."""
        commit = message.commit or message.payload
        if commit is None or commit.collection is None:
            return "messages about accounts"
        if commit.collection != _LIKE:
            return "records of other collections"
        account = message.did or commit.did
        time: int | str | None = message.time_us if message.time_us is not None else commit.time
        record = f"{account}/{commit.rkey}"
        if commit.operation == "create":
            like = _decode_like(commit.record)
            item = like.subject.uri if like is not None and like.subject is not None else None
            if item:
                self._memory.remember(record, item)
            return (record, "like", time, account, item, _creator(item))
        if commit.operation == "delete":
            item = self._memory.recall(record)
            if item is None:
                return "unlikes of likes that are not in the log"
            return (f"{record}#delete", "unlike", time, account, item, _creator(item))
        return "changes of likes"


def _creator(item: str | None) -> str | None:
    return item.removeprefix("at://").partition("/")[0] or None if item else None


def _column(name: str, values: Sequence[str | int | None]) -> pa.Array:
    if name != "timestamp":
        return pa.array(values, pa.string())
    # The second layout writes text, and a log may hold both.
    return pa.array([None if value is None else str(value) for value in values], pa.string())
