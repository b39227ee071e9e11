"""What differs between two versions of a file: keys as people write them, with the value before and after."""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.config.record import Field, Record, fields_of
from zhenzan.config.write import bare_key, written

__all__ = ["Difference", "differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of two records of one kind whose values differ.

    `key`: dotted; a record of a list is called by the key that no two of the list share, e.g.
    `package.likes.price.like.tiers`. `before`, `after`: values as TOML, None where there is no such key.
    """

    key: str
    before: str | None
    after: str | None


def differences(before: Record, after: Record) -> list[Difference]:
    """What was changed, removed and added, by the order of keys in `after`, then what is gone."""
    old, new = _flat(before, ""), _flat(after, "")
    keys = [*new, *(key for key in old if key not in new)]
    return [Difference(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _flat(record: Record, prefix: str) -> dict[str, str]:
    """Values by dotted key."""
    values: dict[str, str] = {}
    for field in fields_of(type(record)):
        value, key = getattr(record, field.name), prefix + bare_key(field.key)
        if field.is_internal or value is None:
            continue
        if field.record and isinstance(value, tuple):
            for index, row in enumerate(value):
                values |= _flat(row, f"{key}.{_row_name(field, row, index)}.")
        elif field.record:
            values |= _flat(value, f"{key}.")
        else:
            values[key] = written(value)
    return values


def _row_name(field: Field, row: Record, index: int) -> str:
    """What a record of a list is called: by its unique key, else by its number."""
    unique, _ = field.kind.limits.get("unique", ("", ""))
    return bare_key(str(getattr(row, unique))) if unique else str(index + 1)
