"""Errors of configuration files: the wrong key, and how keys and values are shown in messages."""

from __future__ import annotations

from typing import Any

from zhenzan.errors import ZhenzanError

__all__ = ["InvalidKeyError", "Key", "dotted", "shown"]

Key = tuple[str | int, ...]
"""A path into a document, e.g. `("rule", 0, "weight")`."""

SHOWN_MAX = 60  # characters of a value in a message


class InvalidKeyError(ZhenzanError):
    """A key's value is not allowed. `key` is its path from the record or document that refuses it."""

    def __init__(self, key: Key, message: str) -> None:
        super().__init__(f"{dotted(key)}: {message}" if key else message)
        self.key = key
        self.message = message

    def under(self, key: Key) -> InvalidKeyError:
        """The same error, as the document has it in which the record stands at `key`."""
        return type(self)((*key, *self.key), self.message)


def dotted(key: Key) -> str:
    """A key path as people write it: `("rule", 0, "weight")` is `rule[1].weight`."""
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line."""
    plain = repr(list(value) if isinstance(value, tuple) else value)
    return plain if len(plain) <= SHOWN_MAX else plain[: SHOWN_MAX - 3] + "..."
