"""`zhenzan report`: write the HTML report of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import (
    Debug,
    Language,
    Open,
    Quiet,
    ResultFolder,
    make_folder_for,
    open_in_browser,
    progress_for,
    say,
)

NAME = "report"
HELP = "Write the report of a result as one HTML file that works offline."
EXAMPLES = "Example: zhenzan report result/ --out report.html"


def run(
    result: ResultFolder,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The report file to write (HTML).")
    ] = Path("report.html"),
    language: Language = "en",
    open_it: Open = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    import zhenzan

    make_folder_for(out)
    zhenzan.Result.load(result).report(out, language=language, progress=progress_for(quiet))
    say(f"Report: {out}", quiet)
    if open_it:
        open_in_browser(out)
