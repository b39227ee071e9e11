"""`zhenzan backup`: back up a service, running or not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, ServiceHome, needs_service, progress_for, say
from zhenzan.errors import LakeError

NAME = "backup"
HELP = "Copy everything that a service keeps into a new folder; the service may go on running."
EXAMPLES = "Example: zhenzan backup data/ --to /backups/2026-11-27"


def run(
    home: ServiceHome,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="The backup folder to create.")],
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="The service's postgresql://… database, if it has one (needs pg_dump); the SQLite"
            " file in HOME if left out.",
        ),
    ] = "",
    results: Annotated[
        bool, typer.Option("--results", help="Also copy the newest settlement's results.")
    ] = False,
    also: Annotated[
        list[Path] | None,
        typer.Option(
            "--also",
            metavar="FILE",
            help="Also copy this file from elsewhere, such as the policy or the catalogue; repeatable.",
        ),
    ] = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Back up a service, running or not."""
    with needs_service(NAME):
        from zhenzan.service import back_up

    damaged: list[LakeError] = []
    manifest = back_up(
        home,
        to,
        database=database,
        results=results,
        also=also or [],
        progress=progress_for(quiet),
        damaged=damaged.append,
    )
    say(f"Backup: {to} ({len(manifest.files):,} files, {manifest.bytes / 1e6:,.1f} MB)", quiet)
    if damaged:
        raise LakeError(f"the backup is complete, but damaged as the lake is: {'; '.join(map(str, damaged))}")
