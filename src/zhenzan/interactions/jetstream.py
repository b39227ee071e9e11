"""Bluesky's Jetstream: commits of the network as JSON lines; a like is a record of `app.bsky.feed.like`.

Creating such a record is a like of the post it points to. Deleting it is an unlike; so is the deletion of the
account, for each of its likes (`retractions`). The time is the server's, as the client's own can be anything,
save for likes that the server sends again long after (`resent`). The creator is the account in the address
of the post. Both the first layout (`time_us`, `commit`) and the second (`payload`) are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

import msgspec
import numpy as np
import pyarrow as pa

from zhenzan.interactions.at_protocol_keys import microseconds_of_text
from zhenzan.interactions.lines import estimate_rows, line_blocks, numbered_lines
from zhenzan.interactions.records import Chunk, Integers
from zhenzan.interactions.redelivery import ResentLikes
from zhenzan.interactions.retractions import LIKES, Retraction, Retractions
from zhenzan.interactions.times import (
    END_MICROSECONDS,
    MISSING,
    OUTSIDE,
    START_MICROSECONDS,
    UNREADABLE,
)

__all__ = ["JetstreamMemory", "JetstreamTable", "is_jetstream"]

ID_CHARACTERS_MAX = 500  # of what can be joined later; the network's own limits are far below

_LIKE = "app.bsky.feed.like"
_FRAMES = "network.bsky.jetstream."
_KINDS = frozenset({"commit", "identity", "account"})
_COLUMNS = ("id", "kind", "timestamp", "account", "item", "creator")
_Row = tuple[str, str, int | str | None, str | None, str | None, str | None]

NOT_IN_LOG = "unlikes of likes that are not in the log"
ABOUT_ACCOUNTS = "messages about accounts"
INACTIVE = "accounts suspended or deactivated, which may come back: their likes stay"
SENT_AGAIN = "likes were sent again after they were made: their time is what their clients wrote"


class _Subject(msgspec.Struct):
    uri: str | None = None


class _Like(msgspec.Struct):
    subject: _Subject | None = None
    created: Any = msgspec.field(name="createdAt", default=None)


class _Account(msgspec.Struct):
    active: bool | None = None
    status: str | None = None


class _Commit(msgspec.Struct):
    """A commit of the first layout; a message of any kind of the second."""

    type: str | None = msgspec.field(name="$type", default=None)
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: msgspec.Raw = msgspec.Raw(b"null")
    did: str | None = None
    time: str | None = None
    account: _Account | None = None


class _Message(msgspec.Struct):
    type: str | None = msgspec.field(name="$type", default=None)
    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: _Commit | None = None
    account: _Account | None = None
    payload: _Commit | None = None


_decode_message = msgspec.json.Decoder(_Message).decode
_decode_like = msgspec.json.Decoder(_Like | None).decode


def is_jetstream(lines: Sequence[bytes]) -> bool:
    """Say whether the first lines of a file are messages of Jetstream.

    Notices of the server (a cursor, an error) look like many things: the first line that is none decides.
    """
    if not lines[0].startswith(b"{"):
        return False
    for line in lines:
        try:
            message = _decode_message(line)
        except msgspec.ValidationError:
            return False
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue  # blank, damaged, or cut at the end of the head
        if _is_message(message):
            return True
        if message.kind != "cursor" and message.type != "error":
            return False
    return False


def _is_message(message: _Message) -> bool:
    if message.payload is not None:
        return message.payload.did is not None or (message.payload.type or "").startswith(_FRAMES)
    return message.did is not None and message.time_us is not None and message.kind in _KINDS


class JetstreamMemory:
    """State shared by the files of one log: its likes, their retractions, and which likes are sent again."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self.retractions, self.resent = Retractions(), ResentLikes()
        self.records = 0
        self.read: Counter[str] = Counter()  # retractions by what they are about

    def begin(self, path: str) -> None:
        """Reading the log's first file again forgets what was read before."""
        if path == self.files[0]:
            self._begin()

    def end(self, path: str) -> Iterator[Chunk]:
        """After the log's last file, one chunk: the unlikes, each from the record that took the like back."""
        if path != self.files[-1]:
            return
        retractions = self.retractions.join()
        rows: list[_Row] = [
            (f"{like}#delete", "unlike", time, account, item, _creator(item))
            for like, account, item, time in zip(
                retractions.record, retractions.account, retractions.item, retractions.time, strict=True
            )
        ]
        used = Counter(what for what, _ in set(zip(retractions.what, retractions.number, strict=True)))
        skipped = Counter({NOT_IN_LOG: self.read["record"] - used["record"]})
        skipped[ABOUT_ACCOUNTS] = self.read.total() - used.total() - skipped[NOT_IN_LOG]
        positions = np.array(retractions.number, np.int64) - self.records
        yield Chunk(_arrays(rows), 0, positions, skipped=+skipped)


class JetstreamTable:
    """One file of Jetstream messages, a JSON object a line."""

    format = "jetstream"
    columns: tuple[str, ...] = _COLUMNS

    again = False

    def __init__(self, path: str, memory: JetstreamMemory) -> None:
        self.name = path
        self._memory = memory
        memory.files.append(path)
        self.row_estimate: int | None = estimate_rows(path)

    def id_type(self, column: str) -> pa.DataType:
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        self._memory.begin(self.name)
        for block, lines_before in line_blocks(self.name):
            yield _Block(self._memory).read(block, lines_before)
        yield from self._memory.end(self.name)


class _Block:
    """Reads the lines of one block into one chunk."""

    def __init__(self, memory: JetstreamMemory) -> None:
        self._memory = memory
        self._seen: list[int | None] = []  # of each like, by the server; None: it cannot be joined
        self._is_resent: list[bool] = []
        self._retractions: list[Retraction] = []

    def read(self, block: bytes, lines_before: int) -> Chunk:
        rows: list[_Row] = []
        positions: list[int] = []
        malformed: list[tuple[int, str]] = []
        skipped: Counter[str] = Counter()
        numbers: list[int] = []
        for position, (number, line) in enumerate(numbered_lines(block, lines_before)):
            numbers.append(number)
            try:
                row = self._row(_decode_message(line), self._memory.records + position)
            except _TimeError as error:
                malformed.append((position, str(error)))
            except msgspec.ValidationError:
                malformed.append((position, "JSON is not a message of Jetstream"))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                malformed.append((position, "JSON is malformed"))
            else:
                if isinstance(row, str):
                    skipped[row] += 1
                elif row is not None:
                    rows.append(row)
                    positions.append(position)
        columns, places = _arrays(rows), np.array(positions, np.int64)
        self._remember(columns, places)
        self._memory.records += len(numbers)
        remarks = {SENT_AGAIN: count} if (count := sum(self._is_resent)) else {}
        return Chunk(columns, len(numbers), places, malformed, skipped, numbers.__getitem__, remarks)

    def _remember(self, columns: dict[str, pa.Array], places: Integers) -> None:
        likes = pa.RecordBatch.from_arrays(
            [
                columns["id"],
                columns["account"],
                columns["item"],
                pa.array(self._seen, pa.int64()),
                pa.array(places + self._memory.records),
                pa.array(self._is_resent, pa.bool_()),
            ],
            schema=LIKES,
        )
        self._memory.retractions.add(likes.filter(likes["seen"].is_valid()), self._retractions)
        self._memory.read.update(one.what for one in self._retractions)

    def _row(self, message: _Message, number: int) -> _Row | str | None:
        """The like of a message, or why it is none; None for what may take likes back."""
        part = message.commit or message.payload
        account = message.did or (part.did if part is not None else None)
        time = _time(message)
        if part is None or part.collection is None:
            return self._about_account(message, account, time, number)
        if part.collection != _LIKE:
            return "records of other collections"
        if part.operation == "create":
            return self._like(part, account, time, is_first_layout=message.payload is None)
        if part.operation == "delete":
            self._retract("record", f"{account}/{part.rkey}", time, number)
            return None
        return "changes of likes"

    def _like(
        self, part: _Commit, account: str | None, time: int | str | None, is_first_layout: bool
    ) -> _Row:
        like = _decode_like(part.record)
        item = like.subject.uri if like is not None and like.subject is not None else None
        record = f"{account}/{part.rkey}"
        if account and item and _is_in_range(time) and _can_be_joined(account, record, item):
            created = like.created if like is not None and isinstance(like.created, str) else None
            created_at = (
                None
                if is_first_layout
                else self._memory.resent.created_at(account, part.rkey, created, item, time)
            )
            self._seen.append(time)
            self._is_resent.append(created_at is not None)
            time = time if created_at is None else created_at
        else:
            self._seen.append(None)
            self._is_resent.append(False)
        return (record, "like", time, account, item, _creator(item))

    def _about_account(
        self, message: _Message, account: str | None, time: int | str | None, number: int
    ) -> str | None:
        part = message.payload
        state = message.account or (part.account if part is not None else None)
        if account is None:
            return "notices of the server"
        if part is not None and (part.type or "").endswith("#sync"):
            self._retract("sync", account, time, number)
            self._memory.resent.note(account, self._retractions[-1].time)
            return None
        if state is None or state.active is not False:
            return ABOUT_ACCOUNTS
        if state.status != "deleted":
            return INACTIVE
        self._retract("account", account, time, number)
        return None

    def _retract(self, what: str, subject: str, time: int | str | None, number: int) -> None:
        """Keep a retraction. Raises _TimeError where it does not say when."""
        if not isinstance(time, int):
            raise _TimeError(MISSING if time is None else UNREADABLE)
        if not _is_in_range(time):
            raise _TimeError(OUTSIDE)
        self._retractions.append(Retraction(what, subject, time, number))


class _TimeError(ValueError):
    """A message that takes likes back has no time."""


def _time(message: _Message) -> int | str | None:
    """The server's time, in microseconds since 1970; the text itself where it is no time."""
    if message.time_us is not None or message.payload is None:
        return message.time_us
    text = message.payload.time
    time = microseconds_of_text(text)
    return text if time is None else time


def _is_in_range(time: int | str | None) -> TypeGuard[int]:
    """Whether it is a time of the years that are read."""
    return isinstance(time, int) and START_MICROSECONDS <= time < END_MICROSECONDS


def _can_be_joined(account: str, record: str, item: str) -> bool:
    """Whether these are a DID and an address as the network has them, which are never rejected."""
    return (
        account.startswith("did:")
        and item.startswith("at://")
        and len(record) <= ID_CHARACTERS_MAX
        and len(item) <= ID_CHARACTERS_MAX
        and record.isascii()
        and item.isascii()
    )


def _creator(item: str | None) -> str | None:
    return item.removeprefix("at://").partition("/")[0] or None if item else None


def _arrays(rows: Sequence[_Row]) -> dict[str, pa.Array]:
    """Columns of text: the time, too, as one that is none must be shown as it came."""
    lists = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    columns: dict[str, Sequence[Any]] = dict(zip(_COLUMNS, lists, strict=True))
    columns["timestamp"] = [None if time is None else str(time) for time in columns["timestamp"]]
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}
