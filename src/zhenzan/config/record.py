"""A record of a file: an immutable msgspec struct whose fields are checked whenever one is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

import msgspec
from msgspec import NODEFAULT, structs

from zhenzan.config.errors import InvalidKeyError, Key, shown
from zhenzan.config.values import Kind, checked, kind_of, repeated
from zhenzan.errors import did_you_mean

__all__ = ["Field", "Record", "fields_of", "keys_of", "listed_fields"]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of a file. Its fields are annotated with `Meta`: range, description, and see `types`.

    Made from Python or from a file alike, it refuses what is not allowed with the class's `refuses`, whose
    key is relative to the record. Records that check fields against each other extend `__post_init__`.
    """

    refuses: ClassVar[type[InvalidKeyError]] = InvalidKeyError
    FORMAT: ClassVar[int] = 1  # of the file that the record is written to; a kind that changes counts its own

    def __post_init__(self) -> None:
        for field in fields_of(type(self)):
            value = getattr(self, field.name)
            if value is None and field.default is None:
                continue
            check = _checked_records if field.record else checked
            try:
                structs.force_setattr(self, field.name, check(value, field.kind))
            except InvalidKeyError as error:
                raise self.refused(error.message, field.key, *error.key) from None

    @classmethod
    def refused(cls, message: str, *key: str | int) -> InvalidKeyError:
        """The error of a record of this class, for one of its keys."""
        return cls.refuses(key, message)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read a parsed file, whose `format` must be the one that is read."""
        cls.known(document, (), ("format", *keys_of(cls)))
        named = document.get("format", cls.FORMAT)
        if named != cls.FORMAT or isinstance(named, bool):
            message = f"{shown(named)} is not a format this version reads; it reads {cls.FORMAT}"
            raise cls.refuses(("format",), message)
        return cls.from_value({name: value for name, value in document.items() if name != "format"}, ())

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read what a document holds at `key`. A record that may be written in more ways extends this."""
        table = cls.table(value, key)
        cls.known(table, key, keys_of(cls))
        values = {}
        for field in fields_of(cls):
            if field.record and field.is_flat:
                inner = {name: table[name] for name in keys_of(field.record) if name in table}
                values[field.name] = field.record.from_value(inner, key)
            elif field.key in table and not field.is_internal:
                values[field.name] = _read(cls, field, table[field.key], (*key, field.key))
            elif field.is_required:
                message = f"has no {field.key}" if key else "is missing"
                raise cls.refuses(key or (field.key,), message + field.hint)
        try:
            return cls(**values)
        except InvalidKeyError as error:
            raise error.under(key) from None

    @classmethod
    def table(cls, value: Any, key: Key) -> dict[str, Any]:
        """The value, which must be a table."""
        if not isinstance(value, dict):
            raise cls.refuses(key, f"{shown(value)} is not a table; write [{_header(key)}]")
        return value

    @classmethod
    def known(cls, table: dict[str, Any], key: Key, allowed: Iterable[str]) -> None:
        """Refuse keys that are none of those allowed."""
        allowed = list(allowed)
        for name in table:
            if name not in allowed:
                choice = did_you_mean(name, allowed) or f"; the keys here are {', '.join(allowed)}"
                raise cls.refuses((*key, name), f"there is no such key{choice}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values by the names of fields, and the tag of a kind; lists as lists, records as tables."""
        config = self.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag_field else {}
        return tag | {name: _plain(getattr(self, name)) for name in self.__struct_fields__}

    def replaced(self, **changes: Any) -> Self:
        """The same record with some fields changed, checked anew."""
        return structs.replace(self, **changes)


class Field(NamedTuple):
    """A field of a record: its name in Python, its `key` in files, its type, its default, if any, and the
    `record` that it holds, or holds a list of.
    """

    name: str
    key: str
    kind: Kind
    default: Any
    is_required: bool
    record: type[Record] | None

    @property
    def description(self) -> str:
        return str(self.kind.limits.get("description", ""))

    @property
    def hint(self) -> str:
        """What the error of a missing key adds."""
        return f"; {self.kind.limits['missing']}" if "missing" in self.kind.limits else ""

    @property
    def is_flat(self) -> bool:
        return "flat" in self.kind.limits

    @property
    def is_internal(self) -> bool:
        return "internal" in self.kind.limits


@cache
def fields_of(kind: type[Record]) -> tuple[Field, ...]:
    """The fields of a record, in their order."""
    fields = []
    for member in structs.fields(kind):
        type_ = kind_of(member.type)
        default = member.default_factory() if member.default_factory is not NODEFAULT else member.default
        is_required = (member.required or "needed" in type_.limits) and "filled" not in type_.limits
        fields.append(Field(member.name, member.encode_name, type_, default, is_required, _record_of(type_)))
    return tuple(fields)


def _record_of(kind: Kind) -> type[Record] | None:
    for base in (kind.base, kind_of(kind.item).base):
        if isinstance(base, type) and issubclass(base, Record):
            return base
    return None


@cache
def listed_fields(kind: type[Record]) -> tuple[Field, ...]:
    """The fields whose keys a table of a record may have: those of flat records in their place."""
    fields: list[Field] = []
    for field in fields_of(kind):
        if field.record and field.is_flat:
            fields += listed_fields(field.record)
        elif not field.is_internal:
            fields.append(field)
    return tuple(fields)


@cache
def keys_of(kind: type[Record]) -> tuple[str, ...]:
    """The keys that a table of a record may have."""
    return tuple(field.key for field in listed_fields(kind))


def _read(owner: type[Record], field: Field, value: Any, key: Key) -> Any:
    """The value of a field: records are read from its tables, anything else is left for the check."""
    if field.record is None:
        return value
    if field.kind.base is not tuple:
        return field.record.from_value(value, key)
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise owner.refuses(key, f"is not a list of tables; write [[{_header(key)}]]")
    kinds = field.kind.limits.get("kinds")
    places = ((table, (*key, index)) for index, table in enumerate(value))
    if kinds is None:
        return tuple(field.record.from_value(table, at) for table, at in places)
    return tuple(_from_tagged(kinds, table, at) for table, at in places)


def _from_tagged(kinds: Sequence[type[Record]], table: dict[str, Any], key: Key) -> Record:
    """Read a table that is one of several kinds: the one that its tag names; without a tag the first, or
    another whose own needed keys are all there. Keys of other kinds may be there while they are 0 or empty.
    """
    needed = {kind: {field.key for field in fields_of(kind) if field.is_required} for kind in kinds}
    own = {kind: needed[kind] - needed[kinds[0]] for kind in kinds}
    keys_given = {name for name, value in table.items() if value}
    chosen = next((kind for kind in kinds if own[kind] and own[kind] <= keys_given), kinds[0])
    names = {str(kind.__struct_config__.tag): kind for kind in kinds}
    tag_key = str(chosen.__struct_config__.tag_field)
    tag = table.get(tag_key, chosen.__struct_config__.tag)
    if not isinstance(tag, str) or tag not in names:
        words = ", ".join(map(repr, names))
        raise chosen.refuses((*key, tag_key), f"{shown(tag)} is not allowed; allowed are {words}")
    values = {}
    for name, value in table.items():
        others = [other for other, kind in names.items() if name in keys_of(kind)]
        if value and others and tag not in others:
            kinds_of_it = " or ".join(f"a `{other}`" for other in others)
            message = f"is for {kinds_of_it}; this one is a `{tag}`"
            raise chosen.refuses((*key, name), message)
        if name != tag_key and (not others or tag in others):
            values[name] = value
    return names[tag].from_value(values, key)


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        values = value.to_dict()
        return list(values.values()) if value.__struct_config__.array_like else values
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _header(key: Key) -> str:
    return ".".join(part for part in key if isinstance(part, str))


def _checked_records(value: Any, kind: Kind) -> Any:
    """The record, or the list of them, which must be of the field's class."""
    if kind.base is not tuple:
        if not isinstance(value, kind.base):
            raise InvalidKeyError((), f"{shown(value)} is not a {kind.base.__name__}")
        return value
    records, of = tuple(value), kind_of(kind.item).base
    for index, record in enumerate(records):
        if not isinstance(record, of):
            raise InvalidKeyError((index,), f"{shown(record)} is not a {of.__name__}")
    least, most = kind.limits.get("min_length", 0), kind.limits.get("max_length", len(records))
    if not least <= len(records) <= most:
        what = f"there are {len(records):,}, more than {most:,}" if len(records) > most else "there is none"
        raise InvalidKeyError((), what)
    _check_side_by_side(records, kind)
    return records


def _check_side_by_side(records: tuple[Any, ...], kind: Kind) -> None:
    """What holds between the records of a list: one key's values rise, or no two are the same."""
    if rising := kind.limits.get("rising_by"):
        values = [getattr(record, rising) for record in records]
        for index, (before, value) in enumerate(pairwise(values), 1):
            if value <= before:
                raise InvalidKeyError((index, rising), f"{value} is not over the one before, {before}")
    key, problem = kind.limits.get("unique", ("", ""))
    twice = repeated(getattr(record, key) for record in records) if key else None
    if twice:
        raise InvalidKeyError((twice[0], key), f"{shown(twice[1])} {problem}")
