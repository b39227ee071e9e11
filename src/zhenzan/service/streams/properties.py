"""Kafka client properties from a file, `key=value` a line."""

from __future__ import annotations

from pathlib import Path

from zhenzan.config import read_text
from zhenzan.errors import ZhenzanError

__all__ = ["read_properties"]

BYTES_MAX = 64 << 10


def read_properties(path: Path) -> dict[str, str]:
    """The properties of a file. Raises ZhenzanError, which repeats no value: it may be secret."""
    properties: dict[str, str] = {}
    for number, line in enumerate(read_text(path, "properties", BYTES_MAX, ZhenzanError).splitlines(), 1):
        text = line.strip()
        if not text or text[0] in "#!":
            continue
        key, sign, value = (part.strip() for part in text.partition("="))
        if not key or not sign or " " in key:
            raise ZhenzanError(f"{path}: line {number} is not a property; write key=value")
        if key in properties:
            raise ZhenzanError(f"{path}: line {number}: {key} is there twice")
        properties[key] = value
    return properties
