"""Clawback along wash sales: points and cards that came from reversed points are reversed too.

Who was paid in a sale within a ring, or in one that a person confirmed to be no real sale, is not in good
faith. So where the buyer owes, since likes that had earned the points were judged fake, what the sale brought
seller and creator meets that debt, out of what they have, and where they have spent it as a debt of theirs;
and a card that such sales alone passed on is reversed from whoever holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from zhenzan.ledger import AccountKind, Command, Ledger, OpenAccount, Transfer
from zhenzan.rewards.account_ids import name_of, owed_account, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.debts import owed, spending_lock
from zhenzan.rewards.market_records import Sale, load

__all__ = ["follow", "sales_in_bad_faith", "washed_cards"]

Card = tuple[str, int]


def sales_in_bad_faith(ledger: Ledger, rings: Mapping[str, int], confirmed: Collection[str]) -> list[Sale]:
    """Sales between two of one ring, and those that people confirmed; the oldest first."""
    return [
        sale
        for sale in load(ledger.database, Sale, "ORDER BY time, id")
        if sale.id in confirmed or (sale.seller in rings and rings[sale.seller] == rings.get(sale.buyer))
    ]


def washed_cards(ledger: Ledger, in_bad_faith: Sequence[Sale]) -> set[Card]:
    """Cards that no other sales passed on: nobody who holds one got it in good faith."""
    cards = {(sale.edition, sale.serial) for sale in in_bad_faith}
    if not cards:
        return set()
    ids = {sale.id for sale in in_bad_faith}
    sold = ledger.database.fetch("SELECT id, edition, serial FROM sales")
    return cards - {(edition, serial) for id, edition, serial in sold if id not in ids}


def follow(ledger: Ledger, catalogue: Catalogue, in_bad_faith: Sequence[Sale]) -> int:
    """Reverse what these sales brought, while their buyers owe; gives how many points. The ledger lets no
    transfer be reversed twice, so again this moves nothing. Cost: the buyers' histories, for those who owe.
    """
    total, moved = 0, True
    with spending_lock(ledger):
        while moved:  # a seller who owes now may have bought in another such sale
            moved = False
            for sale in in_bad_faith:
                if sale.asset == catalogue.points.id and (taken := _follow(ledger, catalogue, sale)):
                    total, moved = total + taken, True
    return total


def _follow(ledger: Ledger, catalogue: Catalogue, sale: Sale) -> int:
    debt = owed(ledger, sale.buyer)
    if not debt or sale.seller == sale.buyer:
        return 0
    paid = ledger.remainders([f"{sale.id}:price", f"{sale.id}:royalty"])
    if not paid:
        return 0
    left = min(debt, ledger.reversed_before(points_account(ledger, sale.buyer), paid[0].seq))
    edition = catalogue.edition(sale.edition)
    total = 0
    for _, id, rest, back_before, _ in paid:
        to = sale.seller if id.endswith(":price") else edition.creator if edition is not None else ""
        amount = min(left - total, rest)
        if amount > 0 and to not in ("", sale.buyer):
            ledger.submit(_taking(ledger, catalogue, sale, to, id, back_before, amount))
            total += amount
    return total


def _taking(
    ledger: Ledger, catalogue: Catalogue, sale: Sale, to: str, paid: str, back_before: int, amount: int
) -> list[Command]:
    """From what they have, the rest as a debt of theirs; to what the buyer owes."""
    mine, theirs = points_account(ledger, to), owed_account(ledger, sale.buyer)
    asset = catalogue.points.id
    back = min(amount, max(ledger.balance(mine).available, 0))
    cause = f"back: sale {sale.edition}/{sale.serial} was paid with points that were taken back"
    legs = [(mine, back)] if back else []
    commands: list[Command] = []
    if amount > back:
        debt = owed_account(ledger, to)
        commands.append(
            OpenAccount(id=debt, asset=asset, owner=name_of(ledger, to), kind=AccountKind.receivable)
        )
        legs.append((debt, amount - back))
    for number, (debit, part) in enumerate(legs):
        commands.append(
            Transfer(
                id=f"{paid}:{back_before}:back.{number}",
                debit=debit,
                credit=theirs,
                asset=asset,
                amount=part,
                reverses=paid,
                cause=cause,
            )
        )
    return commands
