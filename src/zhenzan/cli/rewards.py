"""`zhenzan rewards`: grant and reverse rewards, redemptions, appeals, rights, the card gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from zhenzan.cli.common import (
    Account,
    CatalogueFile,
    Database,
    Debug,
    Key,
    Language,
    Quiet,
    open_ledger,
    output,
    progress_for,
    read_ledger,
    say,
    split_card,
    time_of,
)
from zhenzan.errors import InputError

if TYPE_CHECKING:
    from zhenzan.rewards import RunTotals

CODES_BYTES_MAX = 1 << 26
NAME = "rewards"
HELP = "Turn settled likes into points and cards by the rules of a catalogue, recorded in a ledger."
EXAMPLES = """\
Examples:

zhenzan rewards run --catalogue examples/catalogue.toml --verdicts result/ --db rewards.sqlite

zhenzan rewards show ACCOUNT --db rewards.sqlite

zhenzan rewards redeem ACCOUNT OFFER --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan rewards report --catalogue examples/catalogue.toml --verdicts result/

zhenzan rewards gallery --catalogue examples/catalogue.toml --db rewards.sqlite"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Verdicts = Annotated[
    Path, typer.Option("--verdicts", metavar="RESULT", help="The result folder that `zhenzan verify` wrote.")
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
    """Grant the rewards that settled likes earned, and reverse those no longer earned; safe to run again."""
    from zhenzan.rewards import load_catalogue, run_rewards
    from zhenzan.verify import Result

    rules, result = load_catalogue(catalogue), Result.load(verdicts)
    with (
        open_ledger(db, key, quiet) as ledger,
        progress_for(quiet).step("Settling rewards"),
    ):
        ran = run_rewards(ledger, rules, result)
    done, scale = ran.settled, rules.points.scale
    say(
        f"Granted {_amount(done.points_granted, scale)} {rules.points.name.en} and "
        f"{done.cards_granted:,} cards; took back "
        f"{_amount(done.points_taken_back, scale)} and {done.cards_burnt:,} cards.",
        quiet,
    )
    for line in _rest(done, scale):
        say(line, quiet)
    if ran.standings:
        say(f"{ran.standings:,} accounts and fans stand on a ladder.", quiet)
    if ran.lapsed:
        say(f"Expired: {_amount(ran.lapsed, scale)}, not spent in time.", quiet)
    say(f"Ledger: {db} (verify it with: zhenzan ledger check {db})", quiet)


def _rest(done: RunTotals, scale: int) -> Iterator[str]:
    """Lines on what else a run did beside grants and reversals; empty if nothing."""
    if done.points_held or done.cards_held:
        yield (
            f"Held until likes are sure: {_amount(done.points_held, scale)} and {done.cards_held:,} cards."
        )
    if done.points_owed or done.debts_paid or done.cards_spared:
        yield (
            f"Spent before they were reversed: {_amount(done.points_owed, scale)}, owed now; "
            f"{_amount(done.debts_paid, scale)} of debts paid; {done.cards_spared:,} cards left "
            "with who got them in good faith."
        )
    if done.cards_frozen or done.cards_restored:
        yield f"Frozen: {done.cards_frozen:,} cards; restored: {done.cards_restored:,}."
    if done.unfunded:
        yield f"{done.unfunded:,} claims could not be met: a budget or a cap is used up."
    if done.waiting:
        yield f"{done.waiting:,} cards are being handed in just now; a later run looks at them again."


@app.command("show", epilog="Example: zhenzan rewards show ACCOUNT --db rewards.sqlite")
def show(
    account: Account,
    db: Database,
    debug: Debug = False,
) -> None:
    """Show an account's points, debts and cards, and the likes that earned them."""
    from zhenzan.rewards import holdings

    with read_ledger(db) as ledger:
        held = holdings(ledger, account)
    text = f"{account}: {held.points:,} points" + (
        f", {held.credits_pending:,} pending" if held.credits_pending else ""
    )
    output().print(text + (f", owes {held.owed:,}" if held.owed else ""), markup=False)
    if held.cards:
        named = (f"{edition}/{serial or 'pending'}" for edition, serial in held.cards)
        output().print("Cards: " + ", ".join(named), markup=False)
    for ladder, scope, score, _ in held.levels:
        of = f" with {scope}" if scope else ""
        output().print(f"{ladder}{of}: {score:,.1f}", markup=False)
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
    account: Account,
    offer: Annotated[str, typer.Argument(metavar="OFFER", help="The id of an offer in the catalogue.")],
    catalogue: CatalogueFile,
    db: Database,
    codes: Annotated[
        Path | None,
        typer.Option(
            "--codes",
            metavar="FILE",
            help="A file of codes, one per line, to add to the offer before redeeming.",
        ),
    ] = None,
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Redeem points or a card for an offer; the ledger records it, but no goods are sent (sandbox)."""
    from zhenzan.config import read_text
    from zhenzan.rewards import Redemptions, load_catalogue

    rules = load_catalogue(catalogue)
    listed = read_text(codes, "list of codes", CODES_BYTES_MAX, InputError).splitlines() if codes else []
    with open_ledger(db, key, quiet) as ledger:
        shop = Redemptions(ledger, rules)
        shop.recover()
        if listed:
            say(f"Added {shop.add_codes(offer, listed):,} codes.", quiet)
        done = shop.redeem(account, offer)
        left = shop.left(offer)
    code = f", code {done.code}" if done.code else ""
    output().print(f"{account}: {offer}{code}, receipt {done.receipt}; {left:,} left", markup=False)


@app.command("check", epilog="Example: zhenzan rewards check ACCOUNT RIGHT -c catalogue.toml --db r.sqlite")
def check(
    account: Account,
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="The id of a right in the catalogue.")],
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
    debug: Debug = False,
) -> None:
    """Print whether an account has a right, why and until when; the exit code is 1 if it does not."""
    from zhenzan.rewards import Rights, load_catalogue

    rules = load_catalogue(catalogue)
    with read_ledger(db) as ledger:
        right_held = Rights(ledger, rules).check(account, right, of)
    if right_held is None:
        output().print(f"{account}: no {right}", markup=False)
        raise typer.Exit(1)
    until = f" until {time_of(right_held.until)}" if right_held.until else ""
    output().print(f"{account}: {right}, tier {right_held.tier}, by {right_held.by}{until}", markup=False)


@app.command("appeal", epilog="Example: zhenzan rewards appeal ACCOUNT 'These are mine.' --db rewards.sqlite")
def appeal(
    account: Account,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="Why the likes are genuine, in the account's words.")
    ],
    db: Database,
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Open an appeal against the verdicts on an account's likes; none of the account's cards is burnt while
    the appeal is open.
    """
    from zhenzan.rewards import Appeals

    with open_ledger(db, key, quiet) as ledger:
        opened = Appeals(ledger).open(account, text)
    output().print(f"Appeal {opened.id} of {account} is open.", markup=False)


@app.command("appeals", epilog="Example: zhenzan rewards appeals --db rewards.sqlite")
def appeals(db: Database, debug: Debug = False) -> None:
    """List the open appeals, oldest first."""
    from zhenzan.rewards import Appeals

    table = Table("appeal", "account", "since", "text", box=None)
    with read_ledger(db) as ledger:
        for open_appeal in Appeals(ledger).waiting():
            table.add_row(
                open_appeal.id, open_appeal.account, time_of(open_appeal.opened_at), escape(open_appeal.text)
            )
    output().print(table)


@app.command("decide", epilog="Example: zhenzan rewards decide APPEAL --uphold 'A school.' --db r.sqlite")
def decide(
    id: Annotated[
        str, typer.Argument(metavar="APPEAL", help="The appeal's id, as `zhenzan rewards appeals` lists it.")
    ],
    db: Database,
    uphold: Annotated[
        str,
        typer.Option(
            "--uphold",
            metavar="WHY",
            help="Uphold the appeal for this reason: the likes are genuine, and the next run"
            " restores the rewards.",
        ),
    ] = "",
    deny: Annotated[
        str,
        typer.Option("--deny", metavar="WHY", help="Deny the appeal for this reason: the verdict stands."),
    ] = "",
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Decide an appeal: uphold or deny it, with a reason."""
    from zhenzan.rewards import Appeals

    if bool(uphold) == bool(deny):
        raise InputError("write either --uphold WHY or --deny WHY")
    with open_ledger(db, key, quiet) as ledger:
        done = Appeals(ledger).decide(id, upheld=bool(uphold), decision=uphold or deny)
    output().print(f"Appeal {done.id} of {done.account} is {done.state}.", markup=False)


@app.command("report", epilog="Example: zhenzan rewards report -c catalogue.toml --verdicts result/")
def report(
    catalogue: CatalogueFile,
    verdicts: Verdicts,
    debug: Debug = False,
) -> None:
    """Show, rule by rule, what genuine likes earn, and what fake likes would take if every like were paid.

    "paid to all": what would be paid if every like were paid, of which "to fakes" and "to unsure" would go to
    fake and uncertain likes; "missed": what genuine likes earn but would not have received, because fake
    likes would have taken it first.
    """
    from zhenzan.rewards import fraud_losses, load_catalogue
    from zhenzan.verify import Result

    table = Table("rule", "most", "earned", "paid to all", "to fakes", "to unsure", "missed", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for rule in fraud_losses(Result.load(verdicts), load_catalogue(catalogue)):
        figures = (
            rule.most,
            rule.granted,
            rule.paid_unchecked,
            rule.to_fakes,
            rule.to_uncertain,
            rule.displaced,
        )
        table.add_row(rule.rule, *(f"{figure:,}" for figure in figures))
    output().print(table)


@app.command(
    "gallery",
    epilog="Example: zhenzan rewards gallery -c catalogue.toml --db rewards.sqlite --account ACCOUNT",
)
def gallery(
    catalogue: CatalogueFile,
    db: Database,
    account: Annotated[
        str,
        typer.Option(
            "--account",
            metavar="ACCOUNT",
            help="Show only the cards that this account holds; all cards if left out.",
        ),
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The page to write (HTML).")
    ] = Path("gallery.html"),
    language: Language = "en",
    debug: Debug = False,
) -> None:
    """Write a gallery of the cards as one HTML file that works offline."""
    from zhenzan.rewards import load_catalogue, write_gallery

    with read_ledger(db) as ledger:
        write_gallery(load_catalogue(catalogue), ledger, out, account=account, language=language)
    say(f"Gallery: {out}", quiet=False)


@app.command(
    "decorate",
    epilog="Example: zhenzan rewards decorate ACCOUNT card/17 --frame gold -c c.toml --db r.sqlite",
)
def decorate(
    account: Account,
    card: Annotated[
        str, typer.Argument(metavar="CARD", help="The card, as EDITION/SERIAL; its edition needs 3-D art.")
    ],
    catalogue: CatalogueFile,
    db: Database,
    frame: Annotated[
        str, typer.Option("--frame", metavar="FRAME", help="The frame: none, gold, neon or lace.")
    ] = "none",
    sticker: Annotated[
        str,
        typer.Option("--sticker", metavar="STICKER", help="The sticker: none, star, heart, crown or flame."),
    ] = "none",
    motto: Annotated[
        str, typer.Option("--motto", metavar="TEXT", help="A line of text on the card; none if left out.")
    ] = "",
    key: Key = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Add a frame, a sticker or a motto to a card of an account; it is shown as long as the account holds the
    card.
    """
    from zhenzan.rewards import Decoration, load_catalogue
    from zhenzan.rewards import decorate as put_on

    edition, serial = split_card(card)
    with open_ledger(db, key, quiet) as ledger:
        put_on(ledger, load_catalogue(catalogue), account, edition, serial, Decoration(frame, sticker, motto))
    say(f"Decorated: {card}", quiet)


def _amount(amount: int, scale: int) -> str:
    return f"{amount:,}" if not scale else f"{amount / 10**scale:,.{scale}f}"
