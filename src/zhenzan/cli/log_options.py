"""Options that describe a log: its files, format, columns and time zone."""

from __future__ import annotations

from typing import Annotated

import typer

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="LOG",
        help="The log: files, folders or patterns in CSV, TSV, NDJSON, JSON, Parquet or Excel,"
        " plain or compressed (.gz, .zst, .bz2).",
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The log's format; detected from its first bytes and columns if left out."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="OURS=YOURS",
        help="The column of your log (YOURS) to read as the Zhenzan field OURS, such as account or "
        "item; repeatable. Forms: `id=` (no such column), `account==ann` (every row is by ann), "
        "`account=actor.login` (a nested field), `like=COLUMN` (a column of marks such as 1 and 0).",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="The time zone to assume for times without one, e.g. Asia/Shanghai; UTC if left out.",
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
