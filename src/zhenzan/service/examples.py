"""Example bodies of the API, made from their schemas: a field's own example, or one by its name or type."""

from __future__ import annotations

from typing import Any

__all__ = ["example_of"]

BY_NAME: dict[str, Any] = {
    "account": "fan-7",
    "seller": "fan-7",
    "buyer": "fan-2",
    "bidder": "fan-2",
    "renter": "fan-2",
    "owner": "fan-7",
    "item": "video-3",
    "creator": "c-1",
    "edition": "summer-card",
    "serial": 4,
    "asset": "points",
    "price": 30,
    "url": "https://shop.example/hook",
    "event": "case.decided",
    "why": "likes at night, every night",
    "rule": "daily-likes",
    "right": "cover",
    "offer": "tea-coupon",
    "subject": "fan-7",
    "timezone": "Asia/Shanghai",
    "name": "summer",
    "by": "summer-card/4",
    "ladder": "fan-level",
    "scope": "c-1",
    "app": "web",
    "key": "9a018c31f67d",
    "id": "0f6c1d5b2a9e",
    "status": 409,
    "version": "default@02ec5d3fa613",
    "detail": "nothing is settled yet",
    "title": "Conflict",
    "digest": "f85e7c2345cfd3be",
    "window": "2026-03-02",
    "text": "a person",
}
TIMES = (
    "at",
    "time",
    "begins",
    "ends",
    "reserved_at",
    "opened_at",
    "made_at",
    "created_at",
    "ends_at",
    "expires_at",
    "next_at",
)
TIME_US = 1_790_000_000_000_000
BY_TYPE: dict[str, Any] = {
    "string": "",
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "null": None,
    "object": {},
    "array": [],
}
BY_FORMAT = {"date-time": "2026-03-02T10:00:00Z", "date": "2026-03-02"}
DEPTH_MAX = 8


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits the schema; `schemas` are those that references name."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    for form in ("const", "default"):
        if schema.get(form) is not None:
            return schema[form]
    if "enum" in schema:
        return schema["enum"][0]
    for form in ("anyOf", "oneOf", "allOf"):
        if form in schema:
            return example_of(schema[form][0], schemas, name, depth)
    return _plain(schema, schemas, name, depth)


def _plain(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields = {} if depth > DEPTH_MAX else schema.get("properties", {})
        return {field: example_of(about, schemas, field, depth + 1) for field, about in fields.items()}
    if kind == "array":
        element = schema.get("items")
        return [example_of(element, schemas, name, depth + 1)] if element and depth <= DEPTH_MAX else []
    if schema.get("format") in BY_FORMAT:
        return BY_FORMAT[schema["format"]]
    if kind == "integer" and name in TIMES:
        return TIME_US
    suggested = BY_NAME.get(name)
    fits = {"string": str, "integer": int, "number": int | float}.get(kind, ())
    if suggested is not None and isinstance(suggested, fits):
        return suggested
    if kind in ("integer", "number"):
        return _within(schema, BY_TYPE[kind])
    return BY_TYPE[kind]


def _within(schema: dict[str, Any], value: float) -> float:
    return min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
