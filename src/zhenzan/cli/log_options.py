"""How a log is named on the command line: its files, format, columns and zone."""

from __future__ import annotations

from typing import Annotated

import typer

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="LOG",
        help="Files, folders or patterns: CSV, TSV, NDJSON, JSON, Parquet, Excel, also .gz, .zst, .bz2.",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The log's format, where names and columns do not tell it."),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OURS=YOURS",
        help="Which column of yours is which of ours. Repeat it. `id=` for none, `account==ann` where all"
        " rows are of ann, `account=actor.login` in nested records, `like=COLUMN` for a mark of likes.",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE", help="The zone of times that name none, e.g. Asia/Shanghai. UTC if left out."
    ),
]


def parse_mapping(pairs: list[str]) -> dict[str, str] | None:
    """Read `ours=yours` pairs; the names are checked where the log is opened, which knows its columns."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        ours, equals, yours = pair.partition("=")
        if not (ours and equals):
            raise typer.BadParameter(
                f"{pair!r} is not OURS=YOURS, e.g. account=user_id, or id= for none", param_hint="--map"
            )
        if mapping.setdefault(ours.strip(), yours.strip()) != yours.strip():
            raise typer.BadParameter(f"{ours} is mapped twice", param_hint="--map")
    return mapping or None
