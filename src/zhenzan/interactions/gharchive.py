"""GH Archive (gharchive.org): the public events of GitHub, hour by hour; a star is a `WatchEvent`.

Both layouts are read: since 2015 `actor` and `repo` are objects, before that `actor` is a login and
`repository` has a name and an owner. Accounts are logins, items `owner/name`, creators owners: what a person
can recognise, and the only thing that both layouts have. All other events are skipped and counted. The oldest
archives hold events one after another without line ends; such lines are taken apart.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pyarrow as pa

from zhenzan.interactions.column_types import NULL_WORDS
from zhenzan.interactions.lines import estimate_rows, line_blocks, numbered_lines
from zhenzan.interactions.records import Chunk

__all__ = ["GhArchiveMemory", "GhArchiveTable", "is_gharchive"]

NAME_MAX = 200  # letters; GitHub's have at most 140

_NOTHING = msgspec.Raw(b"null")


class _Event(msgspec.Struct):
    type: str
    created_at: str | None = None
    id: msgspec.Raw = _NOTHING
    actor: msgspec.Raw = _NOTHING
    actor_attributes: msgspec.Raw = _NOTHING
    repo: msgspec.Raw = _NOTHING
    repository: msgspec.Raw = _NOTHING


class _Actor(msgspec.Struct):
    id: int | str | None = None
    login: str | None = None


class _Repository(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None
    owner: str | _Actor | None = None


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_actor = msgspec.json.Decoder(str | _Actor | None).decode
_decode_repository = msgspec.json.Decoder(_Repository | None).decode
_decode_id = msgspec.json.Decoder(str | int | None).decode

_Star = tuple[str | None, str | None, str | None, str | None, str | None]
_COLUMNS = ("id", "timestamp", "account", "item", "creator")


class Names:
    """Names of accounts and repositories in a result, over all files of a log.

    Since 2015 events bear ids, which stay where names change: a thing is called by the first name that is
    seen of it. Capital letters do not tell names apart on GitHub. Who takes the old name of another is
    `name#id`.
    Memory: about 300 bytes for each account and repository that is starred or stars.
    """

    def __init__(self) -> None:
        self._of_id: dict[int | str, str] = {}
        self._spelling: dict[str, str] = {}
        self._bearer: dict[str, int | str] = {}

    def of(self, id: int | str | None, name: str) -> str:
        if not _may_name(name):  # it is refused, in its own row alone
            return name
        folded = name.lower()
        spelling = self._spelling.setdefault(folded, name)
        if id is None:
            return spelling
        known = self._of_id.get(id)
        if known is None:
            bearer = self._bearer.setdefault(folded, id)
            known = self._of_id[id] = spelling if bearer == id else f"{name}#{id}"
        return known


def _may_name(name: str) -> bool:
    """Whether a name is one that ids may have: else what has it would be refused wherever its id stands."""
    return len(name) <= NAME_MAX and name.isprintable() and name.strip().casefold() not in NULL_WORDS


@dataclass
class GhArchiveMemory:
    """Names of accounts and of repositories: shared by the files of one log."""

    accounts: Names = field(default_factory=Names)
    repositories: Names = field(default_factory=Names)


def is_gharchive(lines: Sequence[bytes]) -> bool:
    """Say whether the first line of a file is an event of GitHub."""
    try:
        event = _decode_event(lines[0])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return event.type.endswith("Event") and event.actor is not _NOTHING and event.created_at is not None


class GhArchiveTable:
    """One file of GH Archive. Cost: one decoding a line, of which all but the stars are only skimmed."""

    format = "gharchive"
    columns: tuple[str, ...] = _COLUMNS

    again = False

    def __init__(self, path: str, memory: GhArchiveMemory) -> None:
        self.name = path
        self._memory = memory
        self.row_estimate: int | None = estimate_rows(path)

    def id_type(self, column: str) -> pa.DataType:
        return pa.string()

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        for block, lines_before in line_blocks(self.name):
            yield _read_block(block, lines_before, self._memory)


def _read_block(block: bytes, lines_before: int, memory: GhArchiveMemory) -> Chunk:
    stars: list[_Star] = []
    positions: list[int] = []
    malformed: list[tuple[int, str]] = []
    skipped: Counter[str] = Counter()
    numbers: list[int] = []
    for number, line in numbered_lines(block, lines_before):
        for record in _records_of(line):
            position = len(numbers)
            numbers.append(number)
            try:
                event = record if isinstance(record, _Event) else _decode_event(record)
                if event.type == "WatchEvent":
                    stars.append(_star(event, memory))
                    positions.append(position)
                else:
                    skipped[_word(event.type)] += 1
            except msgspec.ValidationError:
                malformed.append((position, "JSON is not an event of GitHub"))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                malformed.append((position, "JSON is malformed"))
    lists = list(zip(*stars, strict=True)) or [()] * len(_COLUMNS)
    arrays = {name: pa.array(values, pa.string()) for name, values in zip(_COLUMNS, lists, strict=True)}
    return Chunk(arrays, len(numbers), np.array(positions, np.int64), malformed, skipped, numbers.__getitem__)


def _records_of(line: bytes) -> Sequence[bytes | _Event]:
    """Return the events of a line: one, save in archives of before 2013 that have no line ends."""
    try:
        return (_decode_event(line),)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if b"}{" not in line:
            return (line,)
    try:
        text = line.decode()
        decoder, at, parts = json.JSONDecoder(), 0, []
        while at < len(text):
            _, end = decoder.raw_decode(text, at)
            parts.append(text[at:end].encode())
            at = end + len(text[end:]) - len(text[end:].lstrip())
        return parts
    except (ValueError, RecursionError):
        return (line,)


def _star(event: _Event, memory: GhArchiveMemory) -> _Star:
    repository = _decode_repository(event.repo) or _decode_repository(event.repository) or _Repository()
    owner = repository.owner.login if isinstance(repository.owner, _Actor) else repository.owner
    name = repository.name or ""
    if "/" not in name and owner and name:
        name = f"{owner}/{name}"
    creator, _, short = name.partition("/")
    item = memory.repositories.of(repository.id, name) if creator and short else None
    creator = (item or name).partition("/")[0]
    identity = _decode_id(event.id)
    account = _account(event, memory)
    return (None if identity is None else str(identity), event.created_at, account, item, creator or None)


def _account(event: _Event, memory: GhArchiveMemory) -> str | None:
    actor = _decode_actor(event.actor)
    who = actor if isinstance(actor, _Actor) else _Actor(login=actor)
    if who.login is None:
        attributes = _decode_actor(event.actor_attributes)
        who = attributes if isinstance(attributes, _Actor) else who
    return None if who.login is None else memory.accounts.of(who.id, who.login)


def _word(kind: str) -> str:
    return kind if re.fullmatch(r"[A-Za-z]{1,40}Event", kind) else "other records"
