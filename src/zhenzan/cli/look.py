"""`zhenzan look`: show how a log is read, and its first rows, without judging it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zhenzan.cli.common import Debug, output, progress_for, say
from zhenzan.cli.log_options import Format, Map, Sources, Zone, parse_mapping
from zhenzan.errors import InputError

if TYPE_CHECKING:
    from zhenzan.interactions import Look

NAME = "look"
HELP = "Show how Zhenzan reads a log, and its first rows, without judging it."
EXAMPLES = """\
Examples:

zhenzan look likes.csv

zhenzan look export.json --map account==ann

zhenzan look logs/ --map like=is_like --zone Asia/Shanghai --rejected rejected.ndjson"""
FILES_SHOWN = 3


def run(
    sources: Sources,
    format: Format = None,
    mapping: Map = None,
    zone: Zone = None,
    rows: Annotated[int, typer.Option(metavar="N", min=0, max=1000, help="The number of rows to show.")] = 5,
    rejected: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the rows that cannot be read to this file (NDJSON)."),
    ] = None,
    debug: Debug = False,
) -> None:
    from zhenzan.interactions import look

    seen = look(
        sources,
        format=format,
        mapping=parse_mapping(mapping or []),
        zone=zone,
        rejects=rejected,
        rows=rows,
        progress=progress_for(False),
    )
    say(seen.line())
    for reason, count in {**seen.summary.by_reason, **seen.summary.skipped_by_reason}.items():
        example = seen.summary.examples.get(reason)
        say(f"  {count:,}: {reason}{f' ({example})' if example else ''}")
    _say_files(seen.reading)
    if seen.rows:
        _print_rows(seen)
    if not seen.summary.interactions:
        raise InputError("No row of the log could be read as an interaction.")


def _say_files(reading: dict[str, Any]) -> None:
    files = reading["files"]
    more = " …" if len(files) > FILES_SHOWN else ""
    say(f"Files: {len(files):,} as {reading['format']}: {', '.join(files[:FILES_SHOWN])}{more}")


def _print_rows(seen: Look) -> None:
    from rich.table import Table

    names = [name for name in seen.rows[0] if name != "row"]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name, overflow="ellipsis", max_width=40)
    for row in seen.rows:
        table.add_row(*(_shown(row[name]) for name in names))
    console = output()
    console.print()
    console.print(table)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)
