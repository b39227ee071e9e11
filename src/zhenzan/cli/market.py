"""`zhenzan market`: sell, auction, rent and buy cards; cash deposits and payouts; wash trades."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from zhenzan.cli.common import (
    Account,
    CatalogueFile,
    Database,
    Debug,
    Key,
    open_ledger,
    output,
    read_ledger,
    say,
    split_card,
    time_of,
)
from zhenzan.errors import InputError

if TYPE_CHECKING:
    from zhenzan.rewards import Market, Wallet

NAME = "market"
HELP = "Buy, sell, auction and rent cards; every price is held in escrow until the card has moved."
EXAMPLES = """\
Examples:

zhenzan market sell ACCOUNT summer-card/17 200 --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan market list --catalogue examples/catalogue.toml --db rewards.sqlite

zhenzan market buy ACCOUNT LISTING --catalogue examples/catalogue.toml --db rewards.sqlite"""

app = typer.Typer(name=NAME, help=HELP, epilog=EXAMPLES, no_args_is_help=True)

Card = Annotated[str, typer.Argument(metavar="CARD", help="The card, as EDITION/SERIAL.")]
Price = Annotated[
    int,
    typer.Argument(metavar="PRICE", help="The price, in the smallest unit of its asset (points or cents)."),
]
ListingId = Annotated[
    str, typer.Argument(metavar="LISTING", help="The listing's id, as `zhenzan market list` shows it.")
]
OfferId = Annotated[
    str, typer.Argument(metavar="OFFER", help="The offer's id, as `zhenzan market offers` shows it.")
]
Days = Annotated[
    int, typer.Option("--days", metavar="N", help="The days until the listing or offer expires.")
]
RentalDays = Annotated[
    int, typer.Option("--days", metavar="N", help="The number of days to rent the card for.")
]
Money = Annotated[
    str,
    typer.Option(
        "--money",
        metavar="ASSET",
        help="The asset of the price: cash, if the catalogue allows it; points if left out.",
    ),
]
Amount = Annotated[
    int, typer.Argument(metavar="AMOUNT", help="The amount, in the smallest unit of the cash.")
]
AcceptsLet = Annotated[
    bool,
    typer.Option(
        "--accept-let",
        help="Accept a card that is rented out: its rights stay the renter's until the rental ends.",
    ),
]
Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="The payment's id; a payment is recorded once per id.")
]


@app.command("list", epilog="Example: zhenzan market list -c catalogue.toml --db rewards.sqlite")
def show(
    catalogue: CatalogueFile,
    db: Database,
    edition: Annotated[
        str, typer.Option("--edition", metavar="ID", help="Show only cards of this edition; all if left out.")
    ] = "",
    key: Key = None,
    debug: Debug = False,
) -> None:
    """List the cards on the market, cheapest first."""
    table = Table(
        _id_column("listing"), "card", "how", "price", "money", "by", "until", "rented until", box=None
    )
    with _market(catalogue, db, key) as market:
        for listing in market.listings(edition):
            table.add_row(
                listing.id,
                f"{listing.edition}/{listing.serial}",
                listing.kind,
                f"{listing.price:,}",
                listing.asset,
                listing.seller,
                time_of(listing.ends_at),
                time_of(listing.let_until) if listing.let_until else "",
            )
    output().print(table)


@app.command("sell", epilog="Example: zhenzan market sell ACCOUNT card/17 200 -c cat.toml --db r.sqlite")
def sell(
    account: Account,
    card: Card,
    price: Price,
    catalogue: CatalogueFile,
    db: Database,
    days: Days = 30,
    money: Money = "",
    key: Key = None,
    debug: Debug = False,
) -> None:
    """List a card at a fixed price; the seller keeps the card and its rights until it is sold."""
    with _market(catalogue, db, key) as market:
        listing = market.sell(account, *split_card(card), price, days=days, asset=money)
    say(f"Listing {listing.id}: {card} for {price:,} {listing.asset}, until {time_of(listing.ends_at)}.")


@app.command("auction", epilog="Example: zhenzan market auction ACCOUNT card/17 50 -c cat.toml --db r.sqlite")
def auction(
    account: Account,
    card: Card,
    price: Price,
    catalogue: CatalogueFile,
    db: Database,
    days: Days = 7,
    money: Money = "",
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Auction a card for bids of PRICE or more; `zhenzan market close` ends auctions that have run out."""
    with _market(catalogue, db, key) as market:
        listing = market.auction(account, *split_card(card), price, days=days, asset=money)
    say(f"Listing {listing.id}: {card} from {price:,} {listing.asset}, until {time_of(listing.ends_at)}.")


@app.command("let", epilog="Example: zhenzan market let ACCOUNT card/17 5 -c catalogue.toml --db r.sqlite")
def let(
    account: Account,
    card: Card,
    price: Price,
    catalogue: CatalogueFile,
    db: Database,
    days: Days = 30,
    money: Money = "",
    key: Key = None,
    debug: Debug = False,
) -> None:
    """List a card for rent at PRICE a day."""
    with _market(catalogue, db, key) as market:
        listing = market.let(account, *split_card(card), price, days=days, asset=money)
    say(
        f"Listing {listing.id}: {card} for {price:,} {listing.asset} a day, until {time_of(listing.ends_at)}."
    )


@app.command("cancel", epilog="Example: zhenzan market cancel ACCOUNT LISTING -c cat.toml --db r.sqlite")
def cancel(
    account: Account,
    listing: ListingId,
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Cancel a listing; an auction with a bid cannot be cancelled."""
    with _market(catalogue, db, key) as market:
        say(f"Listing {listing} is {market.cancel(account, listing).state}.")


@app.command("buy", epilog="Example: zhenzan market buy ACCOUNT LISTING -c catalogue.toml --db r.sqlite")
def buy(
    account: Account,
    listing: ListingId,
    catalogue: CatalogueFile,
    db: Database,
    accept_let: AcceptsLet = False,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Buy a card at its fixed price; card and price move together, or not at all."""
    with _market(catalogue, db, key) as market:
        sale = market.buy(account, listing, accepts_let=accept_let)
    say(f"{account} bought {sale.edition}/{sale.serial} of {sale.seller} for {sale.price:,} {sale.asset}.")


@app.command("bid", epilog="Example: zhenzan market bid ACCOUNT LISTING 60 -c catalogue.toml --db r.sqlite")
def bid(
    account: Account,
    listing: ListingId,
    price: Price,
    catalogue: CatalogueFile,
    db: Database,
    accept_let: AcceptsLet = False,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Bid in an auction; the price is held until somebody bids more or the auction ends."""
    with _market(catalogue, db, key) as market:
        placed = market.bid(account, listing, price, accepts_let=accept_let)
    say(f"{account} bids {placed.price:,} {placed.asset} for {placed.edition}/{placed.serial}; it is held.")


@app.command("close", epilog="Example: zhenzan market close -c catalogue.toml --db rewards.sqlite")
def close(catalogue: CatalogueFile, db: Database, key: Key = None, debug: Debug = False) -> None:
    """End the auctions and listings that have expired."""
    with _market(catalogue, db, key) as market:
        sales = market.close()
    for sale in sales:
        say(f"{sale.buyer} won {sale.edition}/{sale.serial} for {sale.price:,} {sale.asset}.")
    say(f"{len(sales):,} auctions ended with a sale.")


@app.command("offer", epilog="Example: zhenzan market offer ACCOUNT card/17 90 -c cat.toml --db r.sqlite")
def offer(
    account: Account,
    card: Card,
    price: Price,
    catalogue: CatalogueFile,
    db: Database,
    days: Days = 7,
    money: Money = "",
    accept_let: AcceptsLet = False,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Offer a price for a card that is not for sale; the money is held in escrow until the owner accepts or
    the offer expires.
    """
    with _market(catalogue, db, key) as market:
        placed = market.offer(
            account, *split_card(card), price, days=days, asset=money, accepts_let=accept_let
        )
    say(f"Offer {placed.id}: {price:,} {placed.asset} for {card}, until {time_of(placed.expires_at)}.")


@app.command("offers", epilog="Example: zhenzan market offers card/17 -c catalogue.toml --db rewards.sqlite")
def offers(card: Card, catalogue: CatalogueFile, db: Database, key: Key = None, debug: Debug = False) -> None:
    """List the open offers for a card, highest first."""
    table = Table(_id_column("offer"), "by", "price", "money", "until", box=None)
    with _market(catalogue, db, key) as market:
        for offer in market.offers(*split_card(card)):
            table.add_row(offer.id, offer.bidder, f"{offer.price:,}", offer.asset, time_of(offer.expires_at))
    output().print(table)


@app.command("accept", epilog="Example: zhenzan market accept ACCOUNT OFFER -c catalogue.toml --db r.sqlite")
def accept(
    account: Account,
    offer: OfferId,
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Accept an offer: sell the card to the account that made it."""
    with _market(catalogue, db, key) as market:
        sale = market.accept(account, offer)
    say(f"{sale.buyer} bought {sale.edition}/{sale.serial} of {account} for {sale.price:,} {sale.asset}.")


@app.command("withdraw", epilog="Example: zhenzan market withdraw ACCOUNT OFFER -c cat.toml --db r.sqlite")
def withdraw(
    account: Account,
    offer: OfferId,
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Withdraw an offer; a bid in an auction cannot be withdrawn."""
    with _market(catalogue, db, key) as market:
        say(f"Offer {offer} is {market.withdraw(account, offer).state}.")


@app.command("rent", epilog="Example: zhenzan market rent ACCOUNT LISTING --days 3 -c cat.toml --db r.sqlite")
def rent(
    account: Account,
    listing: ListingId,
    catalogue: CatalogueFile,
    db: Database,
    days: RentalDays = 1,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Rent a card: its rights are the renter's until the rental ends, even if the card is sold meanwhile."""
    with _market(catalogue, db, key) as market:
        rental = market.rent(account, listing, days)
    say(f"{account} rents {rental.edition}/{rental.serial} until {time_of(rental.ends)}.")


@app.command("deposit", epilog="Example: zhenzan market deposit ACCOUNT 500 PAY-7 -c cat.toml --db r.sqlite")
def deposit(
    account: Account,
    amount: Amount,
    reference: Reference,
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Record cash that an account paid in; the catalogue must have [market.cash]."""
    with _wallet(catalogue, db, key, amount) as wallet:
        say(f"{account} has {wallet.deposit(account, amount, reference).available:,}.")


@app.command("payout", epilog="Example: zhenzan market payout ACCOUNT 5000 OUT-17 -c cat.toml --db r.sqlite")
def payout(
    account: Account,
    amount: Amount,
    reference: Reference,
    catalogue: CatalogueFile,
    db: Database,
    key: Key = None,
    debug: Debug = False,
) -> None:
    """Record cash that is paid out to an account."""
    with _wallet(catalogue, db, key, amount) as wallet:
        say(f"{account} has {wallet.pay_out(account, amount, reference).available:,}.")


@app.command("flags", epilog="Example: zhenzan market flags --db rewards.sqlite --verdicts result/")
def flags(
    db: Database,
    verdicts: Annotated[
        Path | None,
        typer.Option(
            "--verdicts",
            metavar="RESULT",
            help="The result folder of `zhenzan verify` whose rings to use; rings are ignored if left out.",
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            "--days",
            metavar="N",
            help="The number of days within which a returned card, a sale in the other direction or a "
            "reversal makes a sale suspicious.",
        ),
    ] = 30,
    debug: Debug = False,
) -> None:
    """List sales that look like wash trades: a card that returns within N days, trades both ways, trades
    within a ring, odd prices, and accounts with a reversal within N days.
    """
    from zhenzan.rewards import rings_of, wash_trades
    from zhenzan.verify import Result

    rings = rings_of(Result.load(verdicts)) if verdicts else {}
    table = Table("time", "card", "from", "to", "price", "why", box=None)
    with read_ledger(db) as ledger:
        for flagged in wash_trades(ledger, rings, days):
            sale = flagged.sale
            table.add_row(
                time_of(sale.time),
                f"{sale.edition}/{sale.serial}",
                sale.seller,
                sale.buyer,
                f"{sale.price:,} {sale.asset}",
                ", ".join(flagged.reasons),
            )
    output().print(table)


@contextmanager
def _wallet(catalogue: Path, db: str, key: Path | None, amount: int) -> Iterator[Wallet]:
    from zhenzan.rewards import Wallet, load_catalogue

    if amount < 1:
        raise InputError(f"an amount must be 1 or more, not {amount:,}")
    with open_ledger(db, key) as ledger:
        yield Wallet(ledger, load_catalogue(catalogue))


def _id_column(name: str) -> Column:
    """A column of ids: too wide ones are folded, not cut, so that they can be copied."""
    return Column(name, overflow="fold")


@contextmanager
def _market(catalogue: Path, db: str, key: Path | None) -> Iterator[Market]:
    from zhenzan.rewards import Market, load_catalogue

    rules = load_catalogue(catalogue)
    with open_ledger(db, key) as ledger:
        yield Market(ledger, rules)
