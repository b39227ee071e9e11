"""`zhenzan keys`: who may call a service."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from zhenzan.cli.shared import Debug, output, say, time_of

NAME = "keys"
HELP = "API keys of a service: make, list, revoke."
EXAMPLES = """\
Examples:

zhenzan keys create --role platform --name "like button" --db data/zhenzan.sqlite

zhenzan keys list --db data/zhenzan.sqlite

zhenzan keys revoke ID --db data/zhenzan.sqlite"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Database = Annotated[str, typer.Option("--db", metavar="DB", help="The service's database: file or URL.")]


@app.command("create", epilog="Example: zhenzan keys create --role platform --db data/zhenzan.sqlite")
def create(
    db: Database,
    role: Annotated[
        str, typer.Option(metavar="ROLE", help="operator, analyst, platform, creator or viewer.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for, for the list.")] = "",
    subject: Annotated[
        str,
        typer.Option(metavar="ID", help="The creator or account that a creator's or viewer's key is for."),
    ] = "",
    debug: Debug = False,
) -> None:
    """Make a key and print it: it is never shown again."""
    from zhenzan.errors import InputError, did_you_mean
    from zhenzan.service import People, Role
    from zhenzan.store import open_database

    if role not in list(Role):
        raise InputError(f"there is no role {role!r}{did_you_mean(role, Role)} Roles: {', '.join(Role)}.")
    database = open_database(db)
    try:
        say(People(database).create(name, Role(role), subject))
    finally:
        database.close()


@app.command("list", epilog="Example: zhenzan keys list --db data/zhenzan.sqlite")
def show(db: Database, debug: Debug = False) -> None:
    """List all keys, without their secrets."""
    from zhenzan.service import People
    from zhenzan.store import open_database

    database = open_database(db, create=False)
    try:
        table = Table("id", "role", "for", "name", "made", "revoked", box=None)
        for key in People(database).listed():
            revoked = time_of(key.revoked_at) if key.revoked_at else ""
            table.add_row(key.id, key.role, key.subject, key.name, time_of(key.created_at), revoked)
        output().print(table)
    finally:
        database.close()


@app.command("revoke", epilog="Example: zhenzan keys revoke ID --db data/zhenzan.sqlite")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")],
    db: Database,
    debug: Debug = False,
) -> None:
    """Revoke a key: it opens nothing from now on."""
    from zhenzan.service import People
    from zhenzan.store import open_database

    database = open_database(db, create=False)
    try:
        People(database).revoke(id)
    finally:
        database.close()
    say(f"Key {id} is revoked.")
