"""Tables of the reference, from the descriptions of fields."""

from __future__ import annotations

from zhenzan.config.record import Field, Record, fields_of
from zhenzan.config.values import Kind, kind_of
from zhenzan.config.write import written

__all__ = ["reference_table"]


def reference_table(kind: type[Record], *, without: tuple[str, ...] = ()) -> str:
    """A Markdown table of a record's keys: what may stand there, the default, what it means."""
    rows = [_row(field) for field in _listed(kind) if field.key not in without]
    return "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows])


def _listed(kind: type[Record]) -> list[Field]:
    fields: list[Field] = []
    for field in fields_of(kind):
        if field.record and field.is_flat:
            fields += _listed(field.record)
        elif not field.is_internal:
            fields.append(field)
    return fields


def _row(field: Field) -> str:
    meaning = field.description.replace("|", "\\|")
    return f"| `{field.key}` | {_value(field.kind)} | {_default(field)} | {meaning} |"


def _default(field: Field) -> str:
    if field.is_required:
        return "needed"
    is_plain = isinstance(field.default, bool | int | float | str | tuple) and field.default not in ("", ())
    return f"`{written(field.default)}`" if is_plain and field.record is None else ""


def _value(kind: Kind) -> str:
    """What may stand there, in a few words."""
    limits = kind.limits
    if "value" in limits:
        return str(limits["value"])
    if "allowed" in limits:
        return ", ".join(f"`{word}`" for word in limits["allowed"])
    if kind.base is tuple:
        item = kind_of(kind.args[0])
        return "tables" if _is_record(item.base) else f"list of {limits.get('noun') or _plural(item)}"
    if _is_record(kind.base):
        return "table"
    if kind.base in (int, float):
        return _span(kind)
    return {bool: "`true` or `false`", str: "text", dict: "table"}.get(kind.base, "time with its offset")


def _span(kind: Kind) -> str:
    low, high = kind.limits.get("ge", kind.limits.get("gt")), kind.limits.get("le", kind.limits.get("lt"))
    text = "whole number" if kind.base is int else "number"
    return text if low is None else f"{text}, {low:,.15g} to {high:,.15g}"


def _plural(kind: Kind) -> str:
    return f"{_span(kind).replace('number', 'numbers', 1)}" if kind.base in (int, float) else "texts"


def _is_record(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)
