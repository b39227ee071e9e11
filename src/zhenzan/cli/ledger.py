"""`zhenzan ledger`: check a ledger, show accounts, write and verify proofs, rotate keys, erase a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from zhenzan.cli.common import Debug, Quiet, ServiceHome, open_ledger, output, progress_for, read_ledger, say

if TYPE_CHECKING:
    from zhenzan.ledger import Ledger

NAME = "ledger"
HELP = "Check a ledger, show its accounts, and prove to anyone what it records."
EXAMPLES = """\
Examples:

zhenzan ledger check rewards.sqlite

zhenzan ledger show rewards.sqlite ACCOUNT

zhenzan ledger prove rewards.sqlite summer-card/17 --out proof.json

zhenzan ledger verify proof.json --key "$(zhenzan ledger key rewards.sqlite)\""""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Place = Annotated[
    str, typer.Argument(metavar="DB", help="The ledger's database: a SQLite file or a postgresql://… URL.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="The file with the ledger's signing key; the one next to a SQLite ledger if left out.",
    ),
]


@app.command("check", epilog="Example: zhenzan ledger check rewards.sqlite")
def check_ledger(url: Place, quiet: Quiet = False, debug: Debug = False) -> None:
    """Verify a ledger's events, balances, proofs and signatures, and name the first record that is wrong."""
    from zhenzan.ledger import Checkpoint, check

    with read_ledger(url) as ledger:
        size = Checkpoint.parse(ledger.last_note()).size
        with progress_for(quiet).step("Checking events", size) as advance:
            seen = 0

            def step(events: int) -> None:
                nonlocal seen
                advance(events - seen)
                seen = events

            events = check(ledger, step)
        say(f"All {events:,} events, every balance, card and hold, and every checkpoint hold.", quiet)
        say(ledger.last_note().strip(), quiet)


@app.command("show", epilog="Example: zhenzan ledger show rewards.sqlite budget:summer --last 20")
def show(
    url: Place,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT",
            help="The ledger account to show, such as budget:summer; the list of assets if left out.",
        ),
    ] = None,
    last: Annotated[
        int, typer.Option(min=1, max=10_000, help="The number of newest transfers to show.")
    ] = 20,
    debug: Debug = False,
) -> None:
    """Show an account's balance, cards and newest transfers, or the list of assets."""
    with read_ledger(url) as ledger:
        if account is None:
            _show_assets(ledger)
            return
        balance, cards = ledger.balance(account), ledger.cards(account)
        output().print(
            f"{account}: {balance.available} available ({balance.posted} posted, "
            f"{balance.debits_pending} held, {balance.credits_pending} coming)",
            markup=False,
        )
        if cards:
            output().print(
                "Cards: " + ", ".join(f"{card.edition}/{card.serial}" for card in cards), markup=False
            )
        table = Table("event", "transfer", "phase", "change", "balance", "why", box=None)
        for entry in ledger.history(account, limit=10_000)[-last:]:
            card = f" card {entry.serial}" if entry.serial else ""
            table.add_row(
                str(entry.seq),
                entry.id,
                entry.phase,
                f"{entry.change:+d}{card}",
                str(entry.posted),
                entry.cause,
            )
        output().print(table)


@app.command("prove", epilog="Example: zhenzan ledger prove rewards.sqlite summer-card/17 --out proof.json")
def prove(
    url: Place,
    what: Annotated[
        str, typer.Argument(metavar="ID|CARD", help="A transfer's id, or a card as EDITION/SERIAL.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The proof file to write (JSON).")
    ] = Path("proof.json"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a proof that the ledger holds a transfer, or the last transfer of a card."""
    with read_ledger(url) as ledger:
        proof = ledger.prove(what)
        out.write_text(proof.to_json() + "\n", encoding="utf-8")
        say(f"Proof: {out} (anyone can verify it with the key {ledger.keys()[-1]})", quiet)


@app.command("verify", epilog='Example: zhenzan ledger verify proof.json --key "name+id+base64"')
def verify_proof(
    proof: Annotated[
        Path, typer.Argument(metavar="PROOF", help="The proof file that `zhenzan ledger prove` wrote.")
    ],
    key: Annotated[
        list[str],
        typer.Option(
            "--key",
            metavar="KEY",
            help="A public key of the ledger, as `zhenzan ledger key` prints it; repeatable.",
        ),
    ],
    debug: Debug = False,
) -> None:
    """Verify a proof offline, and print what it proves."""
    from zhenzan.errors import ProofError
    from zhenzan.ledger import Proof, VerifyingKey, verify

    try:
        shown = verify(
            Proof.from_json(proof.read_text(encoding="utf-8")), [VerifyingKey.parse(text) for text in key]
        )
    except (ProofError, UnicodeDecodeError) as error:
        raise ProofError(f"{proof}: {error}") from None
    output().print("The proof holds.", markup=False)
    output().print(json.dumps(shown, ensure_ascii=False, indent=1), markup=False)


@app.command("key", epilog="Example: zhenzan ledger key rewards.sqlite")
def show_key(
    url: Place,
    rotate: Annotated[
        bool,
        typer.Option("--rotate", help="Replace the signing key with a new one; both keys sign the change."),
    ] = False,
    rotate_ids: Annotated[
        bool,
        typer.Option(
            "--rotate-ids",
            help="Replace the secret from which the ids of rewards are derived with a new one.",
        ),
    ] = False,
    key: KeyFile = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Print the ledger's public key, with which others verify its proofs; or rotate its keys."""
    if rotate:
        with open_ledger(url, key, quiet) as ledger:
            ledger.rotate()
    if rotate_ids:
        from zhenzan.rewards import rotate_names

        with open_ledger(url, key, quiet=True) as ledger:
            say(f"Ids of rewards are made under secret {rotate_names(ledger)} from now on.", quiet)
    with read_ledger(url) as ledger:
        output().print(str(ledger.keys()[-1]), markup=False, soft_wrap=True)


@app.command("erase", epilog="Example: zhenzan ledger erase rewards.sqlite PERSON")
def erase(
    url: Place,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="The owner whose name and salt are deleted.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    key: KeyFile = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Erase an owner's identity from the ledger and the rewards; balances remain, and everybody else's proofs
    stay valid. Irreversible.

    The owner's listings and bids are taken off the market first.
    """
    from zhenzan.ledger import UnknownAccountError
    from zhenzan.promote import forget_viewer
    from zhenzan.rewards import erase_person

    if not yes:
        typer.confirm(f"Forget {owner!r} for good?", abort=True)
    with open_ledger(url, key, quiet=True) as ledger:
        outcomes = forget_viewer(ledger.database, owner)
        try:
            erase_person(ledger, owner)
        except UnknownAccountError:  # whom promotion alone knew
            if not outcomes:
                raise
    say(f"Erased. Run `zhenzan ledger check {url}` to see that all else holds.", quiet)


@app.command("accept", epilog="Example: zhenzan ledger accept /var/lib/zhenzan")
def accept_ledger(
    home: ServiceHome,
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="The service's postgresql://… database, if it has one; the SQLite file in HOME if left out.",
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Accept a database that the service refuses: one that was restored to an earlier time, or that belongs
    to another folder.

    What the ledger lost stays lost: the next settlement pays again what the likes of the lake earn; sales are
    gone.
    """
    from zhenzan.service import Settings, accept

    if not yes:
        typer.confirm(f"Take the database as it is for the one of {home}?", abort=True)
    accepted = accept(home, Settings(home, database=database).database_url)
    known = "nothing" if accepted.known is None else f"{accepted.known:,} events"
    say(f"Accepted: a ledger of {accepted.events:,} events, of which {home} knew {known}.", quiet)


def _show_assets(ledger: Ledger) -> None:
    table = Table("asset", "kind", "out", "held", "cap", "accounts", box=None)
    for asset, kind, accounts in ledger.accounts_of_assets():
        out, coming, cap = ledger.issued(asset)
        table.add_row(asset, "cards" if kind else "fungible", str(out), str(coming), str(cap), str(accounts))
    output().print(table)
