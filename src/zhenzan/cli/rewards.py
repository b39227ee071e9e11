"""`zhenzan rewards`: grant what settled likes earned; show what an account holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from zhenzan.cli.shared import Debug, Language, Quiet, output, progress_for, say
from zhenzan.errors import InputError

CODES_BYTES_MAX = 1 << 26
NAME = "rewards"
HELP = "Turn settled likes into points and cards, by a catalogue of rules, on a ledger."
EXAMPLES = """\
Examples:

zhenzan rewards run --catalogue examples/catalogue.toml --verdicts result/ --db rewards.sqlite

zhenzan rewards show ACCOUNT --db rewards.sqlite

zhenzan rewards redeem ACCOUNT OFFER --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan rewards report --catalogue examples/catalogue.toml --verdicts result/

zhenzan rewards gallery --catalogue examples/catalogue.toml --db rewards.sqlite"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Database = Annotated[
    str, typer.Option("--db", metavar="DB", help="The ledger: a file (SQLite) or postgresql://…")
]


CatalogueFile = Annotated[Path, typer.Option("--catalogue", "-c", metavar="FILE", help="The rules (TOML).")]
Verdicts = Annotated[
    Path, typer.Option("--verdicts", metavar="RESULT", help="The folder that `verify` wrote.")
]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The signing key's file; beside a SQLite ledger if left out."),
]


@app.command(
    "run",
    epilog="Example: zhenzan rewards run --catalogue catalogue.toml --verdicts result/ --db rewards.sqlite",
)
def run(
    catalogue: CatalogueFile,
    verdicts: Verdicts,
    db: Database,
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Grant what is earned, take back what no longer is. Running it again changes nothing."""
    from zhenzan.ledger import Ledger
    from zhenzan.rewards import claims, load_catalogue, settle
    from zhenzan.verify import Result

    rules, result = load_catalogue(catalogue), Result.load(verdicts)
    with (
        Ledger.open(db, key=key, say=lambda text: say(text, quiet)) as ledger,
        progress_for(quiet).step("Settling rewards"),
    ):
        done = settle(ledger, rules, claims(result, rules))
    points = rules.points
    say(
        f"Granted {_amount(done.points_granted, points.scale)} {points.name.en} and "
        f"{done.cards_granted:,} cards; took back "
        f"{_amount(done.points_taken_back, points.scale)} and {done.cards_burnt:,} cards.", quiet,
    )  # fmt: skip
    if done.points_owed or done.debts_paid or done.cards_spared:
        say(
            f"Spent before they were taken back: {_amount(done.points_owed, points.scale)}, owed now; "
            f"{_amount(done.debts_paid, points.scale)} of debts paid; {done.cards_spared:,} cards left "
            "with who got them in good faith.", quiet,
        )  # fmt: skip
    if done.unfunded:
        say(f"{done.unfunded:,} claims could not be met: a budget or a cap is used up.", quiet)
    say(f"Ledger: {db} (verify it with: zhenzan ledger check {db})", quiet)


@app.command("show", epilog="Example: zhenzan rewards show ACCOUNT --db rewards.sqlite")
def show(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="As the log writes it.")],
    db: Database,
    debug: Debug = False,
) -> None:
    """Show an account's points, debts and cards, and what earned them."""
    from zhenzan.ledger import Ledger
    from zhenzan.rewards import holdings

    with Ledger.open(db, read_only=True) as ledger:
        held = holdings(ledger, account)
    text = f"{account}: {held.points:,} points" + (f", owes {held.owed:,}" if held.owed else "")
    output().print(text, markup=False)
    if held.cards:
        output().print(
            "Cards: " + ", ".join(f"{edition}/{serial}" for edition, serial in held.cards), markup=False
        )
    table = Table("rule", "of", "in", "points", "cards", box=None)
    for rule, scope, window, points, cards in held.claims:
        table.add_row(rule, scope, window, str(points or ""), str(cards or ""))
    output().print(table)
    for offer, state, receipt in held.redemptions:
        output().print(f"Redeemed: {offer}, {state}" + (f", {receipt}" if receipt else ""), markup=False)


@app.command(
    "redeem", epilog="Example: zhenzan rewards redeem ACCOUNT OFFER -c catalogue.toml --db rewards.sqlite"
)
def redeem(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="As the log writes it.")],
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="An offer of the catalogue.")],
    catalogue: CatalogueFile,
    db: Database,
    codes: Annotated[
        Path | None,
        typer.Option("--codes", metavar="FILE", help="Codes to add to the offer first, one a line."),
    ] = None,
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Redeem points or a card for an offer, through the sandbox: nothing is sent, the ledger is real."""
    from zhenzan.ledger import Ledger
    from zhenzan.rewards import Shop, load_catalogue
    from zhenzan.toml import read_text

    rules = load_catalogue(catalogue)
    listed = read_text(codes, "list of codes", CODES_BYTES_MAX, InputError).splitlines() if codes else []
    with Ledger.open(db, key=key, say=lambda text: say(text, quiet)) as ledger:
        shop = Shop(ledger, rules)
        shop.recover()
        if listed:
            say(f"Added {shop.add_codes(offer, listed):,} codes.", quiet)
        done = shop.redeem(account, offer)
        left = shop.left(offer)
    code = f", code {done.code}" if done.code else ""
    output().print(f"{account}: {offer}{code}, receipt {done.receipt}; {left:,} left", markup=False)


@app.command("report", epilog="Example: zhenzan rewards report -c catalogue.toml --verdicts result/")
def report(
    catalogue: CatalogueFile,
    verdicts: Verdicts,
    debug: Debug = False,
) -> None:
    """Show, rule by rule, what is earned, and what fakes would have taken had every like been paid.

    "paid to all": what would go out if every like were paid; of it "to fakes" and "to unsure" likes;
    "missed": what the genuine have earned and would not have got, because it was gone.
    """
    from zhenzan.rewards import load_catalogue, taken_by_fakes
    from zhenzan.verify import Result

    table = Table("rule", "most", "earned", "paid to all", "to fakes", "to unsure", "missed", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for each in taken_by_fakes(Result.load(verdicts), load_catalogue(catalogue)):
        figures = (
            each.most,
            each.granted,
            each.paid_unchecked,
            each.to_fakes,
            each.to_uncertain,
            each.displaced,
        )
        table.add_row(each.rule, *(f"{figure:,}" for figure in figures))
    output().print(table)


@app.command(
    "gallery",
    epilog="Example: zhenzan rewards gallery -c catalogue.toml --db rewards.sqlite --account ACCOUNT",
)
def gallery(
    catalogue: CatalogueFile,
    db: Database,
    account: Annotated[
        str, typer.Option("--account", metavar="ACCOUNT", help="The cards that one account holds, only.")
    ] = "",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="The page to write.")] = Path(
        "gallery.html"
    ),
    language: Language = "en",
    debug: Debug = False,
) -> None:
    """Write the cards as a page: one HTML file, works offline, cards tilt and shine."""
    from zhenzan.ledger import Ledger
    from zhenzan.rewards import load_catalogue, write_gallery

    with Ledger.open(db, read_only=True) as ledger:
        write_gallery(load_catalogue(catalogue), ledger, out, account=account, language=language)
    say(f"Gallery: {out}", quiet=False)


def _amount(amount: int, scale: int) -> str:
    return f"{amount:,}" if not scale else f"{amount / 10**scale:,.{scale}f}"
