"""The HTML report page: facts and charts in both languages at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from zhenzan.presentation import known_language, render_page, spans, svg, write_whole
from zhenzan.progress import SILENT, Progress
from zhenzan.translation import Both, both
from zhenzan.verify.report import rings, sections
from zhenzan.verify.report.facts import Facts, gather
from zhenzan.verify.report.gallery import Pictures, draw, gather_pictures
from zhenzan.verify.report.number_text import LANGUAGES, Language
from zhenzan.verify.report.result_sql import Tables, VerifiedResult
from zhenzan.verify.report.texts import TEXTS

__all__ = ["render", "write_page"]

RASTER_WIDTH = 320
"""Pixels of a ring's small raster: two fit beside each other."""


def write_page(result: VerifiedResult, path: Path, language: str, progress: Progress = SILENT) -> Path:
    """Render the page and write it in one step, so that no half page is ever seen."""
    return write_whole(render(result, language, progress), path)


def render(result: VerifiedResult, language: str = "en", progress: Progress = SILENT) -> str:
    """The page as text."""
    chosen = known_language(language)
    with progress.step("Gathering the report's numbers", 2) as advance:
        tables = Tables(result)
        facts = gather(tables)
        advance(1)
        pictures = gather_pictures(tables, facts)
        advance(1)
    with progress.step("Drawing its charts"):
        drawings = _drawings(facts, pictures)
    template = files("zhenzan.verify.report").joinpath("page.html.jinja").read_text("utf-8")
    return render_page(
        template,
        chosen,
        pair("title"),
        pair=pair,
        t=text,
        lines=lines,
        drawings=drawings,
        facts=facts,
        rasters_drawn=any(name.startswith("ring_") for name in drawings),
        **sections.context(tables, facts, pictures),
    )


def text(key: str, **values: Any) -> Markup:
    """A fixed text in both languages, filled with values that may differ by language."""
    filled = [
        Markup(escape(template)).format(
            **{name: value[index] if isinstance(value, tuple) else value for name, value in values.items()}
        )
        for index, template in enumerate(pair(key))
    ]
    return spans((filled[0], filled[1]))


def pair(key: str) -> Both:
    """A fixed text in both languages, unfilled."""
    return both(TEXTS[key])


def lines(lines_by_language: dict[Language, list[str]]) -> Markup:
    """Sentences as paragraphs, indented ones as a list, in both languages."""
    return Markup("").join(
        Markup('<div data-l="{0}" lang="{0}">{1}</div>').format(
            language, _paragraphs(lines_by_language[language])
        )
        for language in LANGUAGES
    )


def _paragraphs(sentences: list[str]) -> Markup:
    parts: list[Markup] = []
    points: list[Markup] = []
    for sentence in [*sentences, ""]:
        if sentence.startswith("  "):
            points.append(Markup("<li>{}</li>").format(sentence.strip()))
            continue
        if points:
            parts.append(Markup("<ul>{}</ul>").format(Markup("").join(points)))
            points = []
        if sentence:
            parts.append(Markup("<p>{}</p>").format(sentence))
    return Markup("").join(parts)


def _drawings(facts: Facts, pictures: Pictures) -> dict[str, Markup]:
    """Every chart as static SVG in both languages; rasters hold no words and are drawn once."""
    named = {language: draw(facts, pictures, language) for language in LANGUAGES}
    drawings = {}
    for name in named["en"]:
        if name == "items" or name.startswith("ring_"):
            continue
        drawings[name] = _figure(name, {language: named[language][name] for language in LANGUAGES})
    for number, cells in pictures.rasters.items():
        if cells.items:
            small = partial(rings.raster, cells, width=RASTER_WIDTH, titles=False)
            title = pair("alt_raster")[0].format(ring=number)
            drawings[f"ring_{number}"] = Markup(svg(small, "en", title))
    return drawings


def _figure(name: str, make: Mapping[Language, Callable[[], Any]]) -> Markup:
    key = {"rings": "alt_network"}.get(name, "alt_waterfall" if name.startswith("like_") else f"alt_{name}")
    title = both(TEXTS[key], ring=0)
    return Markup("").join(
        Markup('<div data-l="{0}" lang="{0}">{1}</div>').format(
            language, Markup(svg(make[language], language, caption))
        )
        for language, caption in zip(LANGUAGES, title, strict=True)
    )
