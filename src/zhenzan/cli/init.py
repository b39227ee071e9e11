"""`zhenzan init`: create the folder and the database of a service before its first start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zhenzan.cli.common import (
    DatabaseUrl,
    Debug,
    Quiet,
    needs_service,
    say,
)

NAME = "init"
HELP = "Create the folder, the database and the signing key of a new service without starting it."
EXAMPLES = "Example: zhenzan init /var/lib/zhenzan && zhenzan serve /var/lib/zhenzan --no-create"


def run(
    home: Annotated[Path, typer.Argument(metavar="HOME", help="The folder to create.")],
    database: DatabaseUrl = "",
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Create a service that `zhenzan serve --no-create` can start."""
    with needs_service(NAME):
        from zhenzan.service import Resources, Settings, restrict_permissions

    restrict_permissions()
    with Resources(Settings(home, database=database), lambda text: say(text, quiet)):
        pass
    say(f"Service: {home}", quiet)
