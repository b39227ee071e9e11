"""`zhenzan badges`: export, revoke and verify Open Badges credentials of cards and rights; their status
list.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhenzan.cli.common import (
    Account,
    CatalogueFile,
    Database,
    Debug,
    Key,
    Quiet,
    open_ledger,
    output,
    say,
    split_card,
)
from zhenzan.errors import CredentialError, InputError

if TYPE_CHECKING:
    from zhenzan.ledger import Ledger
    from zhenzan.rewards import Credentials

BYTES_MAX = 1 << 25
NAME = "badges"
HELP = "Issue cards and rights as Open Badges 3.0 credentials, revoke them, and verify one offline."
EXAMPLES = """\
Examples:

zhenzan badges export ACCOUNT fan-badge/17 --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan badges status --catalogue examples/catalogue.toml --db rewards.sqlite --out status.jwt

zhenzan badges verify badge.jwt --issuer did:key:z6Mk… --status status.jwt --account ACCOUNT"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

IssuerKey = Annotated[
    Path | None,
    typer.Option(
        "--issuer-key",
        metavar="FILE",
        help="The file with the issuer's key, created if it does not exist; next to a SQLite ledger if "
        "left out.",
    ),
]


@app.command("export", epilog="Example: zhenzan badges export ACCOUNT fan-badge/17 -c cat.toml --db r.sqlite")
def export(
    account: Account,
    what: Annotated[
        str,
        typer.Argument(
            metavar="CARD|RIGHT", help="The card, as EDITION/SERIAL, or the id of a right in the catalogue."
        ),
    ],
    catalogue: CatalogueFile,
    db: Database,
    of: Annotated[
        str,
        typer.Option(
            "--of",
            metavar="CREATOR",
            help="The creator concerned, for a right that an account has with one creator.",
        ),
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The credential file to write (JWT).")
    ] = Path("badge.jwt"),
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the credential for a card that an account holds, or for a right that it currently has."""
    card = split_card(what) if "/" in what else None
    with open_ledger(db, key, quiet) as ledger:
        credentials = _credentials(ledger, catalogue, db, issuer_key, quiet)
        text = credentials.of_card(account, *card) if card else credentials.of_right(account, what, of)
    out.write_text(text + "\n", encoding="utf-8")
    say(f"Credential: {out} (issuer {credentials.signer.did})", quiet)


@app.command("status", epilog="Example: zhenzan badges status -c catalogue.toml --db rewards.sqlite")
def status(
    catalogue: CatalogueFile,
    db: Database,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The status list file to write (JWT).")
    ] = Path("status.jwt"),
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the status list to publish; credentials of cards and rights no longer held are revoked for
    good.
    """
    with open_ledger(db, key, quiet) as ledger:
        text = _credentials(ledger, catalogue, db, issuer_key, quiet).status_list()
    out.write_text(text + "\n", encoding="utf-8")
    say(f"Status list: {out}", quiet)


@app.command("revoke", epilog="Example: zhenzan badges revoke ID -c catalogue.toml --db rewards.sqlite")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of the credential to revoke.")],
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Revoke a credential for good; the next status list shows it."""
    with open_ledger(db, key, quiet) as ledger:
        _credentials(ledger, catalogue, db, issuer_key, quiet).revoke(id)
    say(f"Revoked: {id}; publish a new list with `zhenzan badges status`.", quiet)


@app.command("verify", epilog="Example: zhenzan badges verify badge.jwt --issuer did:key:z6Mk…")
def verify(
    badge: Annotated[Path, typer.Argument(metavar="BADGE", help="The credential file to verify (JWT).")],
    issuer: Annotated[
        str, typer.Option("--issuer", metavar="DID", help="The DID of the issuer that you trust.")
    ],
    status: Annotated[
        Path | None,
        typer.Option(
            "--status",
            metavar="FILE",
            help="The issuer's status list file; without it a revocation is not noticed.",
        ),
    ] = None,
    account: Annotated[
        str,
        typer.Option(
            "--account",
            metavar="ACCOUNT",
            help="The account to which the credential must belong; any if left out.",
        ),
    ] = "",
    debug: Debug = False,
) -> None:
    """Verify a credential offline, and print what it proves."""
    from zhenzan.config import read_text
    from zhenzan.rewards import verify_credential

    text = read_text(badge, "credential", BYTES_MAX, CredentialError)
    listed = read_text(status, "status list", BYTES_MAX, CredentialError) if status else ""
    try:
        shown = verify_credential(text, issuer, account=account, status=listed)
    except CredentialError as error:
        raise CredentialError(f"{badge}: {error}") from None
    until = f" until {shown.valid_until}" if shown.valid_until else ""
    whose = f" It is {account}'s." if shown.holder else ""
    known = "" if shown.status else " Whether it was revoked was not checked: give --status."
    output().print(
        f"The credential holds: {shown.name} ({shown.kind}), from {shown.valid_from}{until}.{whose}{known}",
        markup=False,
    )


def _credentials(
    ledger: Ledger, catalogue: Path, db: str, issuer_key: Path | None, quiet: bool
) -> Credentials:
    from zhenzan.ledger import make_key, read_key
    from zhenzan.rewards import Credentials, load_catalogue

    rules = load_catalogue(catalogue)
    if issuer_key is None and "://" in db:
        raise InputError(f"{db}: name the issuer's key file with --issuer-key")
    path = issuer_key or Path(f"{db}.issuer-key")
    if path.exists():
        private = read_key(path).private
    else:
        Credentials(ledger, rules, bytes(32))  # says what is missing before a key is made
        private = make_key(path, "issuer").private
        say(f"Issuer's key: {path} (made now; keep a copy of it)", quiet)
    return Credentials(ledger, rules, private)
