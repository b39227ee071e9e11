"""Every chart of a report by name, as Altair objects; what they show is queried once for all languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from zhenzan.verify.report import charts, rings
from zhenzan.verify.report.facts import RASTERS_MAX, Facts
from zhenzan.verify.report.number_text import LANGUAGES, Language
from zhenzan.verify.report.result_sql import Tables
from zhenzan.verify.results.explain import Explanation, explain_from

__all__ = ["Pictures", "draw", "gather_pictures"]


@dataclass(frozen=True)
class Pictures:
    """Data of the report's pictures of rings and of typical likes, besides the facts."""

    network: rings.Network | None
    rasters: dict[int, rings.Raster]
    matrix: rings.Matrix | None
    likes: dict[str, dict[Language, Explanation]]


def gather_pictures(tables: Tables, facts: Facts) -> Pictures:
    """Query what is drawn: at most 12 rings, 6 rasters, one matrix, three likes."""
    likes = {
        shows: {
            language: explain_from(tables, like=row, by="row", language=language) for language in LANGUAGES
        }
        for shows, row in facts.typical
    }
    if not facts.rings:
        return Pictures(None, {}, None, likes)
    network = rings.network_of(tables, facts.rings)
    matrix = rings.matrix_of(tables, facts.rings[0])
    return Pictures(
        network if network.nodes else None,
        rings.raster_cells(tables, facts.rings[:RASTERS_MAX]),
        matrix if matrix.pairs else None,
        likes,
    )


def draw(facts: Facts, pictures: Pictures, language: Language) -> dict[str, Callable[[], Any]]:
    """How to draw each chart, by name; only those that have something to show."""
    drawn: dict[str, Callable[[], Any]] = {}
    if facts.totals.claimed:
        drawn["certainty"] = partial(charts.certainty, facts.bands, language)
    if facts.items:
        drawn["items"] = partial(charts.items, facts.items, language)
    if facts.bursts:
        drawn["bursts"] = partial(charts.bursts, facts.bursts, language)
    if facts.evidence:
        drawn["evidence"] = partial(charts.evidence_kinds, facts.evidence, language)
    if pictures.network is not None:
        drawn["rings"] = partial(rings.network, pictures.network, language)
    for number, cells in pictures.rasters.items():
        if cells.items:
            drawn[f"ring_{number}"] = partial(rings.raster, cells, language)
    if pictures.matrix is not None:
        drawn["matrix"] = partial(rings.matrix, pictures.matrix, language)
    for shows, explanations in pictures.likes.items():
        drawn[f"like_{shows}"] = partial(_chart_of, explanations[language])
    return drawn


def _chart_of(explanation: Explanation) -> Any:
    return explanation.chart
