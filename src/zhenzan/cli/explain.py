"""`zhenzan explain`: explain the verdict on a like, an account, an item or a ring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Language, ResultFolder, make_folder_for, say
from zhenzan.errors import InputError

NAME = "explain"
HELP = (
    "Explain the verdict on one like, account, item or ring in words, with the weight"
    " of each piece of evidence."
)
EXAMPLES = """\
Examples:

zhenzan explain result/ --like L000042

zhenzan explain result/ --account viewer-09013

zhenzan explain result/ --item video-0078 --chart item.svg

zhenzan explain result/ --ring 0"""


def run(
    result: ResultFolder,
    like: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The like to explain: its id, or its row number in the log."),
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="ID", help="The account to explain.")] = None,
    item: Annotated[str | None, typer.Option(metavar="ID", help="The item to explain.")] = None,
    ring: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="The ring to explain; rings are numbered from 0, the largest."),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the chart to this file: .html, .svg, .png or .json."),
    ] = None,
    language: Language = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
    debug: Debug = False,
) -> None:
    selectors = {"like": like, "account": account, "item": item, "ring": ring}
    selector = {name: value for name, value in selectors.items() if value is not None}
    if len(selector) != 1:
        raise InputError("name what to explain with one of --like, --account, --item, --ring")
    import zhenzan

    explanation = zhenzan.Result.load(result).explain(**selector, language=language)
    say(explanation.to_json() if as_json else explanation.text)
    if chart is not None:
        _save(explanation.chart, chart)
        say(f"Chart: {chart}", quiet=as_json)


def _save(chart: object, path: Path) -> None:
    if path.suffix not in (".html", ".svg", ".png", ".json"):
        raise InputError(f"{path}: a chart is saved as .html, .svg, .png or .json, by the ending of its name")
    make_folder_for(path)
    chart.save(str(path), **({"inline": True} if path.suffix == ".html" else {}))  # type: ignore[attr-defined]
