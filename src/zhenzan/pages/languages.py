"""The languages of pages, and what is said in both."""

from __future__ import annotations

from typing import Literal

__all__ = ["LANGUAGES", "Both", "Language"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Both = tuple[str, str]
"""The same in English and in Chinese."""
