"""Fields in file paths: folders `name=value` (Hive partitions), and file names such as `unlikes.csv`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from zhenzan.interactions.files import LogFile
from zhenzan.interactions.schema import KINDS, kind_index

__all__ = ["kinds_of_names", "partitions"]

_NOTHING = "__HIVE_DEFAULT_PARTITION__"
_AMBIGUOUS = frozenset({"created", "started", "deleted", "removed", "care", "love", "flag", "show", "save"})


def partitions(file: LogFile) -> dict[str, str | None]:
    """Columns that stand in the folders of a file: {"event_type": "like"}."""
    pairs = [part.partition("=") for part in file.below[:-1]]
    named = {unquote(name): unquote(value) for name, equals, value in pairs if name and equals}
    return {name: None if value == _NOTHING else value for name, value in named.items()}


def kinds_of_names(files: Sequence[LogFile]) -> dict[str, str]:
    """Path → kind of interaction, where the names of several files tell different ones (`likes.csv` beside
    `comments.csv`); else nothing, for a name alone may mean anything.
    """
    kinds = {file.path: kind for file in files if (kind := _kind_of(file.below)) is not None}
    return kinds if len(set(kinds.values())) > 1 else {}


def _kind_of(parts: Sequence[str]) -> str | None:
    """The kind that the last part which names one says."""
    for part in reversed(parts):
        if "=" in part:
            continue
        stem = part.split(".")[0]
        words = [stem, *re.findall(r"[^\W\d_]+", stem)]
        singular = [word.removesuffix("s") for word in words]
        clear = [word for word in (*words, *singular) if word.casefold() not in _AMBIGUOUS]
        kinds = {kind for word in clear if (kind := kind_index(word)) is not None}
        if len(kinds) == 1:
            return KINDS[kinds.pop()]
    return None
