"""The languages of texts: English and Chinese."""

from __future__ import annotations

from typing import Literal

from zhenzan.errors import ResultError

__all__ = ["LANGUAGES", "Both", "Language", "known_language"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Both = tuple[str, str]
"""The same in English and in Chinese."""


def known_language(language: str) -> Language:
    """The language of this code. Raises `ResultError`."""
    for known in LANGUAGES:
        if language == known:
            return known
    raise ResultError(f"texts are in {' and '.join(LANGUAGES)}, not in {language!r}")
