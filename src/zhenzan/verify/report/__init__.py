"""Reports: one HTML file that works offline, and the charts in it as Altair objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhenzan.progress import SILENT, Progress

if TYPE_CHECKING:
    from zhenzan.verify.report.result_sql import VerifiedResult

__all__ = ["draw_charts", "write_report"]


def write_report(
    result: VerifiedResult, path: str | Path, language: str = "en", *, progress: Progress = SILENT
) -> Path:
    """Write the report of a result as one self-contained HTML file and return its path.

    The file holds both languages; `language` ("en" or "zh") is the one it opens in. It loads nothing from
    anywhere. Size and time are bounded whatever the number of likes: about a megabyte, and a few scans of
    single columns. Raises ResultError when the language is unknown or the file cannot be written.
    """
    # The page stands on `explain`, which stands on this package's parts: imported only when it is needed.
    from zhenzan.verify.report.page import write_page

    return write_page(result, Path(path), language, progress)


def draw_charts(result: VerifiedResult, language: str = "en") -> dict[str, Any]:
    """The charts of the report as Altair objects, by name: `certainty`, `items`, `bursts`, `rings`, …"""
    from zhenzan.presentation import known_language
    from zhenzan.verify.report.facts import gather
    from zhenzan.verify.report.gallery import draw, gather_pictures
    from zhenzan.verify.report.result_sql import Tables

    chosen = known_language(language)
    tables = Tables(result)
    facts = gather(tables)
    return {name: make() for name, make in draw(facts, gather_pictures(tables, facts), chosen).items()}
