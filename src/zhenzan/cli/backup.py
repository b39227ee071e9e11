"""`zhenzan backup` and `zhenzan restore`: a service's folder, whole, to elsewhere and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.shared import Debug, Quiet, say

NAME, RESTORE = "backup", "restore"
HELP = "Copy all that a service keeps, while it runs, into a new folder."
RESTORE_HELP = "Make a service's folder of a backup, and check its ledger."
EXAMPLES = "Example: zhenzan backup data/ backups/2026-11-27"
RESTORE_EXAMPLES = "Example: zhenzan restore backups/2026-11-27 data/"

Url = Annotated[str, typer.Option("--database", metavar="URL", help="postgresql://… where it is not SQLite.")]


def run(
    home: Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the service.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to; a new folder.")],
    database: Url = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Back up; interactions that were acknowledged before this began are in it."""
    from zhenzan.service import back_up

    made = back_up(home, folder, database=database)
    size = f"{made.files:,} files, {made.size_bytes / 1e6:,.1f} MB"
    say(f"{made.folder}: {made.interactions:,} interactions; {size}.", quiet)


def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A backup.")],
    home: Annotated[Path, typer.Argument(metavar="HOME", help="Where to; a new or empty folder.")],
    database: Url = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Restore; nothing is made where a file or the ledger is damaged."""
    from zhenzan.service import restore as bring_back

    made, events = bring_back(folder, home, database=database)
    say(
        f"{made.folder}: {made.interactions:,} interactions; all {events:,} events of the ledger hold.", quiet
    )
