"""`zhenzan restore`: restore a service from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import Debug, Quiet, needs_service, progress_for, say, time_of

NAME = "restore"
HELP = "Create a service's folder from a backup, and check it."
EXAMPLES = "Example: zhenzan restore /backups/2026-11-27 --to data/"


def run(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The folder that `zhenzan backup` created.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="HOME", help="The service's folder to create.")],
    database: Annotated[
        str,
        typer.Option(
            metavar="URL", help="An empty postgresql://… database, if the backed-up service had one."
        ),
    ] = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Restore a backup; the service can be started on it at once."""
    with needs_service(NAME):
        from zhenzan.service import restore

    done = restore(folder, to, database=database, progress=progress_for(quiet))
    manifest = done.manifest
    size = f"{len(manifest.files):,} files, {manifest.bytes / 1e6:,.1f} MB"
    say(f"Restored {size}, as of {time_of(manifest.made_at)}: {to}", quiet)
    say(f"All {done.events:,} events of the ledger hold.", quiet)
    if done.checkpoint:
        say(done.checkpoint, quiet)
    if not done.key_fits:
        say(
            f"The signing key is not in it: put it at {to / 'ledger.key'} before you start the service.",
            quiet,
        )
    for path in done.also:
        say(f"Given along: {path}", quiet)
