"""`zhenzan backup`: a copy of a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, ServiceHome, needs_service, progress_for, say
from zhenzan.errors import LakeError

NAME = "backup"
HELP = "Copy everything that a service keeps, while it runs, into a new folder."
EXAMPLES = "Example: zhenzan backup data/ --to /backups/2026-11-27"


def run(
    home: ServiceHome,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="The folder to make.")],
    database: Annotated[
        str, typer.Option(metavar="URL", help="postgresql://…, where the service has one; needs pg_dump.")
    ] = "",
    results: Annotated[bool, typer.Option("--results", help="The newest settlement too.")] = False,
    also: Annotated[
        list[Path] | None,
        typer.Option("--also", metavar="FILE", help="A file of elsewhere: policy, catalogue. Repeat it."),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Back up a service, running or not."""
    with needs_service(NAME):
        from zhenzan.service import back_up

    damaged: list[LakeError] = []
    manifest = back_up(
        home, to, database=database, results=results, also=also or [], progress=progress_for(quiet),
        damaged=damaged.append,
    )  # fmt: skip
    say(f"Backup: {to} ({len(manifest.files):,} files, {manifest.bytes / 1e6:,.1f} MB)", quiet)
    if damaged:
        raise LakeError(f"the backup is complete, but damaged as the lake is: {'; '.join(map(str, damaged))}")
