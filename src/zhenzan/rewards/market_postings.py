"""Postings of a sale on the ledger: the price to seller, platform and creator; the card to the buyer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhenzan.errors import MarketError
from zhenzan.ledger import AccountKind, Command, CreateAsset, Ledger, OpenAccount, Phase, Transfer
from zhenzan.rewards.account_ids import cards_account, name_of, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_tables import Edition

__all__ = [
    "escrow",
    "handing_over",
    "market_commands",
    "money",
    "money_account",
    "paying",
    "posted",
    "shares",
    "stall",
    "voided",
]

PaysOff = Callable[[str, str, int], Sequence[Command]]


def money_account(ledger: Ledger, catalogue: Catalogue, asset: str, account: str) -> str:
    """The account from which an account pays."""
    if asset == catalogue.points.id:
        return points_account(ledger, account)
    return f"{asset}:{name_of(ledger, account)}"


def escrow(asset: str) -> str:
    return f"escrow:{asset}"


def stall(edition: str) -> str:
    """The account that keeps cards that are for sale."""
    return f"stall:{edition}"


def market_commands(catalogue: Catalogue) -> list[Command]:
    """The assets and accounts that a market needs on the ledger, beside the catalogue's own."""
    commands: list[Command] = [
        OpenAccount(id=stall(edition.id), asset=edition.id, kind=AccountKind.escrow)
        for edition in catalogue.editions
    ]
    commands.append(
        OpenAccount(id=escrow(catalogue.points.id), asset=catalogue.points.id, kind=AccountKind.escrow)
    )
    cash = catalogue.market.cash
    if cash is not None:
        commands += [
            CreateAsset(id=cash.id, scale=cash.scale, cap=cash.cap),
            OpenAccount(id=escrow(cash.id), asset=cash.id, kind=AccountKind.escrow),
            OpenAccount(id=fee_account(catalogue, cash.id), asset=cash.id, kind=AccountKind.fee),
            OpenAccount(id=f"{cash.id}-in", asset=cash.id, kind=AccountKind.mint),
            OpenAccount(id=f"{cash.id}-out", asset=cash.id, kind=AccountKind.burn),
        ]
    return commands


def fee_account(catalogue: Catalogue, asset: str) -> str:
    return "fee" if asset == catalogue.points.id else f"{asset}-fee"


def shares(catalogue: Catalogue, edition: Edition, price: int, *, royalty: bool) -> tuple[int, int, int]:
    """The shares of a price for the seller, the platform, the creator; rounded in the seller's favour."""
    fee = int(price * catalogue.market.fee)
    creators = int(price * edition.royalty) if royalty else 0
    return price - fee - creators, fee, creators


def paying(
    ledger: Ledger,
    catalogue: Catalogue,
    edition: Edition,
    id: str,
    asset: str,
    source: str,
    seller: str,
    price: int,
    cause: str,
    *,
    royalty: bool = True,
    pays_off: PaysOff = lambda id, account, income: [],
) -> list[Command]:
    """The price, from the account `source` to those who have a share in it. `pays_off`: what follows an
    income of points, by the transfer's id, account and amount.
    """
    theirs, fee, creators = shares(catalogue, edition, price, royalty=royalty)
    commands: list[Command] = []
    for what, account, amount in (
        ("price", seller, theirs),
        ("fee", "", fee),
        ("royalty", edition.creator, creators),
    ):
        if not amount:
            continue
        if account:
            credit = money_account(ledger, catalogue, asset, account)
            commands.append(OpenAccount(id=credit, asset=asset, owner=name_of(ledger, account)))
        else:
            credit = fee_account(catalogue, asset)
        if credit != source:  # a creator who buys their own edition pays themselves no royalty
            commands.append(
                Transfer(
                    id=f"{id}:{what}", debit=source, credit=credit, asset=asset, amount=amount, cause=cause
                )
            )
            if account and asset == catalogue.points.id:
                commands += pays_off(f"{id}:{what}", account, amount)
    return commands


def handing_over(
    ledger: Ledger, edition: str, serial: int, id: str, debit: str, buyer: str, cause: str
) -> list[Command]:
    """The card, from the account `debit` to the buyer."""
    credit = cards_account(ledger, edition, buyer)
    return [
        OpenAccount(id=credit, asset=edition, owner=name_of(ledger, buyer)),
        Transfer(
            id=f"{id}:handed", debit=debit, credit=credit, asset=edition, amount=1, serial=serial, cause=cause
        ),
    ]


def posted(hold: str) -> Transfer:
    """A hold, carried out."""
    return Transfer(id=f"{hold}:done", phase=Phase.post, pending=hold)


def voided(hold: str) -> Transfer:
    """A hold, given back."""
    return Transfer(id=f"{hold}:void", phase=Phase.void, pending=hold)


def money(catalogue: Catalogue, asset: str) -> str:
    """The asset that a price is in. Raises MarketError where it is cash and the operator has not turned it
    on.
    """
    if asset in ("", catalogue.points.id):
        return catalogue.points.id
    cash = catalogue.market.cash
    if cash is None:
        raise MarketError(
            "cash trading is off; prices are in points (the operator may turn it on: [market.cash])"
        )
    if asset != cash.id:
        raise MarketError(
            f"there is no money {asset!r}; prices are in {catalogue.points.id!r} or {cash.id!r}"
        )
    return asset
