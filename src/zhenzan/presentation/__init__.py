"""Presentation of pages and charts: theme, style sheet, script; one HTML file that loads nothing."""

from typing import TYPE_CHECKING, Any

from zhenzan.presentation.numbers import COUNTS, chance, percent
from zhenzan.translation import LANGUAGES, Both, Language, known_language

if TYPE_CHECKING:
    from zhenzan.presentation.html import render_page, spans, write_whole
    from zhenzan.presentation.theme import COLOURS, svg, themed

__all__ = [
    "COLOURS",
    "COUNTS",
    "LANGUAGES",
    "Both",
    "Language",
    "chance",
    "known_language",
    "percent",
    "render_page",
    "spans",
    "svg",
    "themed",
    "write_whole",
]

_HOME = {
    "COLOURS": "theme",
    "svg": "theme",
    "themed": "theme",
    "render_page": "html",
    "spans": "html",
    "write_whole": "html",
}


def __getattr__(name: str) -> Any:
    """Charts bring their library along, half a second that others need not wait for."""
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"zhenzan.presentation.{_HOME[name]}"), name)
    globals()[name] = value
    return value
