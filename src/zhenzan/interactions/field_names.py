"""Field names in JSON rows: unknown ones, and duplicates within an object."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["UNKNOWN_MAX", "look_at_names", "most_frequent"]

UNKNOWN_MAX = 20  # names that are reported of one message
NAME_CHARACTERS = 60
_KEY_END = re.compile(rb'"\s*:')
_names_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def look_at_names(piece: bytes | msgspec.Raw, known: frozenset[str], unknown: Counter[str]) -> str | None:
    """Count a row's unknown names, and return a name that one of its objects has twice, if any.

    Every key ends with a quote and a colon, and so may a text: where there are no more of these than names,
    no name is there twice. Raises RecursionError. Cost: about 2 µs a row, 20 µs with a gesture.
    """
    names = _names_of(piece)
    if others := names.keys() - known:
        unknown.update(name for name in others if bytes(names[name]) != b"null")
    if len(_KEY_END.findall(piece)) == len(names):
        return None
    try:
        json.loads(bytes(piece), object_pairs_hook=_once, parse_int=str, parse_float=str)
    except _TwiceError as error:
        return str(error)
    return None


def most_frequent(unknown: Mapping[str, int]) -> dict[str, int]:
    """The twenty that most rows have, with how many do; long names cut short."""
    if not unknown:
        return {}
    ordered = sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name[:NAME_CHARACTERS]: count for name, count in ordered[:UNKNOWN_MAX]}


class _TwiceError(Exception):
    """An object has this name twice."""


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise _TwiceError(next(name for name, count in Counter(names).items() if count > 1))
