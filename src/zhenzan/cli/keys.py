"""`zhenzan keys`: create, list and revoke API keys and signing keys; sign a viewer's token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zhenzan.cli.common import Debug, output, say, time_of

NAME = "keys"
HELP = "Create, list and revoke a service's API keys, and the signing keys of platforms."
EXAMPLES = """\
Examples:

zhenzan keys create --role platform --name "like button" --db data/zhenzan.sqlite

zhenzan keys list --db data/zhenzan.sqlite

zhenzan keys revoke ID --db data/zhenzan.sqlite"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Database = Annotated[
    str,
    typer.Option("--db", metavar="DB", help="The service's database: a SQLite file or a postgresql://… URL."),
]


@app.command("create", epilog="Example: zhenzan keys create --role platform --db data/zhenzan.sqlite")
def create(
    db: Database,
    role: Annotated[
        str,
        typer.Option(metavar="ROLE", help="The key's role: operator, analyst, platform, creator or viewer."),
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What the key is for, as shown in the list of keys.")
    ] = "",
    subject: Annotated[
        str,
        typer.Option(
            metavar="ID", help="The creator or the account that a creator's or a viewer's key belongs to."
        ),
    ] = "",
    debug: Debug = False,
) -> None:
    """Create an API key and print it; it cannot be shown again."""
    from zhenzan.errors import InputError, did_you_mean
    from zhenzan.service import ApiKeys, Role
    from zhenzan.store import open_database

    if role not in list(Role):
        raise InputError(f"there is no role {role!r}{did_you_mean(role, Role)} Roles: {', '.join(Role)}.")
    database = open_database(db)
    try:
        say(ApiKeys(database).create(name, Role(role), subject))
    finally:
        database.close()


@app.command("list", epilog="Example: zhenzan keys list --db data/zhenzan.sqlite")
def show(db: Database, debug: Debug = False) -> None:
    """List all API keys without their secrets, then the signing keys of platforms."""
    from zhenzan.service import ApiKeys, ViewerTokens
    from zhenzan.store import open_database

    database = open_database(db, create=False)
    try:
        table = Table("id", "role", "for", "name", "made", "revoked", box=None)
        people = ApiKeys(database)
        for key in people.listed():
            revoked = time_of(key.revoked_at) if key.revoked_at else ""
            table.add_row(key.id, key.role, key.subject, key.name, time_of(key.created_at), revoked)
        output().print(table)
        signers = ViewerTokens(database, people).listed()
        if signers:
            table = Table("signing key", "of key", "for pages of", "made", "revoked", box=None)
            for signer in signers:
                revoked = time_of(signer.revoked_at) if signer.revoked_at else ""
                table.add_row(
                    signer.id, signer.key, ", ".join(signer.origins), time_of(signer.created_at), revoked
                )
            output().print()
            output().print(table)
    finally:
        database.close()


@app.command(
    "signing",
    epilog="Example: zhenzan keys signing ID --origin https://shop.example --db data/zhenzan.sqlite",
)
def signing(
    id: Annotated[
        str,
        typer.Argument(metavar="ID", help="The id of the platform's key, as `zhenzan keys list` shows it."),
    ],
    db: Database,
    origin: Annotated[
        list[str],
        typer.Option(
            metavar="ORIGIN", help="An origin whose web pages may use tokens signed with the key; repeatable."
        ),
    ],
    public_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A file with the platform's own public key (Ed25519, PEM); a new pair is created if"
            " left out.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Add a signing key to a platform's API key, and print its id (and the private key of a new pair)."""
    from zhenzan.service import ApiKeys, ViewerTokens, new_signing_key
    from zhenzan.store import open_database

    private, public = ("", text_of(public_key)) if public_key else new_signing_key()
    database = open_database(db, create=False)
    try:
        say(ViewerTokens(database, ApiKeys(database)).register(id, public, origin))
    finally:
        database.close()
    if private:
        say(private.rstrip())


@app.command(
    "token",
    epilog="Example: zhenzan keys token zs_ID --private-key key.pem --account fan-1 --origin https://shop.example",
)
def token(
    id: Annotated[str, typer.Argument(metavar="ID", help="The signing key's id.")],
    private_key: Annotated[Path, typer.Option(metavar="FILE", help="The file with the private key (PEM).")],
    account: Annotated[
        str, typer.Option(metavar="ID", help="The account of the viewer that the token is for.")
    ],
    origin: Annotated[
        str, typer.Option(metavar="ORIGIN", help="The origin whose web pages may use the token.")
    ],
    seconds: Annotated[
        int,
        typer.Option(metavar="N", help="The number of seconds for which the token is valid.", min=1, max=600),
    ] = 300,
    debug: Debug = False,
) -> None:
    """Sign a viewer's token and print it, as a platform's backend would; no service is called."""
    from zhenzan.service import sign_token

    say(sign_token(text_of(private_key), id, account, origin, seconds))


@app.command("revoke", epilog="Example: zhenzan keys revoke ID --db data/zhenzan.sqlite")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `zhenzan keys list` shows it.")],
    db: Database,
    debug: Debug = False,
) -> None:
    """Revoke an API key or a signing key at once."""
    from zhenzan.service import ApiKeys, ViewerTokens
    from zhenzan.store import open_database

    database = open_database(db, create=False)
    try:
        people = ApiKeys(database)
        if id.startswith("zs_"):
            ViewerTokens(database, people).revoke(id)
        else:
            people.revoke(id)
    finally:
        database.close()
    say(f"Key {id} is revoked.")


def text_of(path: Path) -> str:
    """The text of a key file. Raises InputError."""
    from zhenzan.errors import InputError

    try:
        return path.read_text("ascii")
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path}: {getattr(error, 'strerror', None) or 'is not a PEM file'}") from None
