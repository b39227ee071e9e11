"""Reference tables for the documentation, generated from the descriptions of fields."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zhenzan.config.record import Field, Record, listed_fields
from zhenzan.config.values import expected
from zhenzan.config.write import written

__all__ = ["filled_page", "reference_table"]

_PART = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def reference_table(kind: type[Record], *, beyond: type[Record] | None = None) -> str:
    """A Markdown table of a record's keys: what may stand there, the default, what it means.

    `beyond`: without those that it has as this base has them.
    """
    shared = listed_fields(beyond) if beyond else ()
    rows = [_row(field) for field in listed_fields(kind) if field not in shared]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows])


def filled_page(page: str, parts: Mapping[str, str]) -> str:
    """The page, with each part between `<!-- generated: NAME -->` and `<!-- end -->` as it is given.

    Raises KeyError for a part that is not given, ValueError for one that has no place on the page.
    """
    if homeless := parts.keys() - {match[2] for match in _PART.finditer(page)}:
        name = min(homeless)
        raise ValueError(
            f"the page has no place for {name!r}: write <!-- generated: {name} --> and, on a line below, "
            "<!-- end --> where it belongs"
        )
    return _PART.sub(lambda match: f"{match[1]}\n{parts[match[2]]}\n\n{match[3]}", page)


def _row(field: Field) -> str:
    value = "tables" if field.kind.base is tuple else "a table"
    value = field.kind.limits.get("value") or (value if field.record else expected(field.kind))
    meaning = field.description.replace("|", "\\|")
    return f"| `{field.key}` | {value} | {_default(field)} | {meaning} |"


def _default(field: Field) -> str:
    if field.is_required:
        return "needed"
    is_plain = isinstance(field.default, bool | int | float | str | tuple) and field.default not in ("", ())
    return f"`{written(field.default)}`" if is_plain and field.record is None else ""
