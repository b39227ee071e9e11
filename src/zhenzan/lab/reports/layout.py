"""Layout of the lab's report pages: sections of texts, points, figures and tables in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Any, ClassVar

from markupsafe import Markup

from zhenzan.presentation import LANGUAGES, Both, Language, known_language, render_page, svg
from zhenzan.translation import NC_, both

__all__ = [
    "CLAUSES",
    "THINGS",
    "Figure",
    "Points",
    "Section",
    "Table",
    "Text",
    "charts_of",
    "coins",
    "joined",
    "page",
    "share",
    "span",
]

THINGS = NC_("between the things of a list", ", ")
CLAUSES = NC_("between the clauses of a sentence", "; ")


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"
    words: Both


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar[str] = "points"
    points: Sequence[Both]


@dataclass(frozen=True)
class Figure:
    """A chart, `make(language)` (Altair), with what it shows, said also to who cannot see it."""

    kind: ClassVar[str] = "figure"
    caption: Both
    make: Callable[[Language], Any]

    @property
    def drawing(self) -> Markup:
        """The chart in both languages, drawn."""
        return Markup("").join(
            Markup('<div data-l="{0}" lang="{0}">{1}</div>').format(
                language, Markup(svg(partial(self.make, language), language, caption))
            )
            for language, caption in zip(LANGUAGES, self.caption, strict=True)
        )


@dataclass(frozen=True)
class Table:
    """Rows of texts (numbers are written out); `numeric`: columns that stand to the right."""

    kind: ClassVar[str] = "table"
    caption: Both
    heads: Sequence[Both]
    rows: Sequence[Sequence[str | Both]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Section:
    """A part of the story under a heading."""

    key: str
    title: Both
    parts: list[Text | Points | Figure | Table] = field(default_factory=list)


def charts_of(sections: Sequence[Section], language: str) -> dict[str, Any]:
    """The charts of a report as Altair objects, by the key of their section. Raises `ResultError`."""
    chosen = known_language(language)
    return {
        section.key: part.make(chosen)
        for section in sections
        for part in section.parts
        if isinstance(part, Figure)
    }


def page(language: str, titles: Both, **values: Any) -> str:
    """The page: `kicker`, `lede`, `under` (in both languages), `tiles`, `sections`."""
    template = files("zhenzan.lab.reports").joinpath("page.html.jinja").read_text("utf-8")
    return render_page(template, known_language(language), titles, **values)


def joined(between: str, things: Sequence[Both]) -> Both:
    """One after the other, `between` (a message) between them."""
    english, chinese = (
        mark.join(one[position] for one in things) for position, mark in enumerate(both(between))
    )
    return english, chinese


def coins(value: float, *, signed: bool = True) -> str:
    """Coins with three digits that count: +4.46, −123, +10,990. A true minus sign keeps columns aligned."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if abs(value) >= 0.005 else 2
    text = f"{abs(value):,.{min(digits, 2)}f}"
    sign = "−" if value < 0 and float(text.replace(",", "")) else "+" if signed and value > 0 else ""
    return sign + text


def share(value: float) -> str:
    """A share in percent."""
    if not math.isfinite(value):
        return "–"
    percent = 100 * value
    return f"{percent:.0f} %" if abs(percent) >= 9.95 or percent == 0 else f"{percent:.2g} %"


def span(low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    """An interval as a person reads it; open where it leaves the range."""
    ends = ["…" if end is None or not math.isfinite(end) else write(end) for end in (low, high)]
    return f"{ends[0]} to {ends[1]}"
