"""The HTML report of an experiment: who gains, who loses, and which policy works."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zhenzan.lab.bench.results import Results
from zhenzan.lab.reports.displacement_section import displacement_section
from zhenzan.lab.reports.frontier_section import frontier_sections, opening
from zhenzan.lab.reports.layout import Section, charts_of, page
from zhenzan.lab.reports.order_section import order_section
from zhenzan.lab.reports.outcome_section import contrast_section, making_section, outcome_section
from zhenzan.presentation import write_whole
from zhenzan.progress import SILENT, Progress
from zhenzan.translation import N_, both

__all__ = ["experiment_charts", "write_experiment_report"]

TITLE = N_("Policy experiment")


def write_experiment_report(
    results: Results, path: str | os.PathLike[str], language: str = "en", progress: Progress = SILENT
) -> Path:
    """Write the report of an experiment as one HTML file. Raises `ResultError`. Some seconds."""
    with progress.step("Writing the report"):
        experiment = results.experiment
        lede, under = opening(results)
        runs = f"{results.runs.num_rows:,}"
        kicker = both(
            "Experiment “{name}” · {runs} simulated worlds · same luck under every policy",
            name=experiment.name,
            runs=runs,
        )
        text = page(
            language,
            both(TITLE),
            kicker=kicker,
            lede=lede,
            under=under,
            tiles=[],
            sections=_sections(results),
        )
        return write_whole(text, Path(path))


def experiment_charts(results: Results, language: str = "en") -> dict[str, Any]:
    """The charts as Altair objects: `frontier`, `sellers`, `orders`, `outcomes`, as far as they apply."""
    return charts_of(_sections(results), language)


def _sections(results: Results) -> list[Section]:
    sections = [
        *frontier_sections(results),
        order_section(results),
        displacement_section(results),
        outcome_section(results),
        contrast_section(results),
        making_section(results),
    ]
    return [section for section in sections if section is not None]
