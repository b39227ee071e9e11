"""`zhenzan badges`: hand cards and rights out as credentials that other apps check offline."""

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
HELP = "Hand cards and rights out as Open Badges 3.0 credentials; revoke them; check one offline."
EXAMPLES = """\
Examples:

zhenzan badges export ACCOUNT fan-badge/17 --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan badges status --catalogue examples/catalogue.toml --db rewards.sqlite --out status.jwt

zhenzan badges verify badge.jwt --issuer did:key:z6Mk… --status status.jwt --account ACCOUNT"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

IssuerKey = Annotated[
    Path | None,
    typer.Option(
        "--issuer-key", metavar="FILE",
        help="The issuer's key, made if there is none; beside a SQLite ledger if left out.",
    ),
]  # fmt: skip


@app.command("export", epilog="Example: zhenzan badges export ACCOUNT fan-badge/17 -c cat.toml --db r.sqlite")
def export(
    account: Account,
    what: Annotated[str, typer.Argument(metavar="CARD|RIGHT", help="A card, EDITION/SERIAL, or a right.")],
    catalogue: CatalogueFile,
    db: Database,
    of: Annotated[str, typer.Option("--of", metavar="CREATOR", help="Of a right: with whom.")] = "",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The credential to write.")] = Path(
        "badge.jwt"
    ),
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the credential for a card that an account holds, or a right that it has now."""
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
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The list to write.")] = Path(
        "status.jwt"
    ),
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the status list to publish; whatever is no longer held is revoked now, for good."""
    with open_ledger(db, key, quiet) as ledger:
        text = _credentials(ledger, catalogue, db, issuer_key, quiet).status_list()
    out.write_text(text + "\n", encoding="utf-8")
    say(f"Status list: {out}", quiet)


@app.command("revoke", epilog="Example: zhenzan badges revoke ID -c catalogue.toml --db rewards.sqlite")
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="The credential's id.")],
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    issuer_key: IssuerKey = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Revoke a credential for good; the next status list says so."""
    with open_ledger(db, key, quiet) as ledger:
        _credentials(ledger, catalogue, db, issuer_key, quiet).revoke(id)
    say(f"Revoked: {id}; publish a new list with `zhenzan badges status`.", quiet)


@app.command("verify", epilog="Example: zhenzan badges verify badge.jwt --issuer did:key:z6Mk…")
def verify(
    badge: Annotated[Path, typer.Argument(metavar="BADGE", help="The credential (JWT).")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="DID", help="The issuer that you trust.")],
    status: Annotated[
        Path | None, typer.Option("--status", metavar="FILE", help="The issuer's status list.")
    ] = None,
    account: Annotated[str, typer.Option("--account", metavar="ACCOUNT", help="Whose it should be.")] = "",
    debug: Debug = False,
) -> None:
    """Verify a credential offline, and say what it shows."""
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
        raise InputError(f"{db}: say where the issuer's key lies (--issuer-key)")
    path = issuer_key or Path(f"{db}.issuer-key")
    if path.exists():
        private = read_key(path).private
    else:
        Credentials(ledger, rules, bytes(32))  # says what is missing before a key is made
        private = make_key(path, "issuer").private
        say(f"Issuer's key: {path} (made now; keep a copy of it)", quiet)
    return Credentials(ledger, rules, private)
