"""Debts: points that were reversed after they were spent; income pays the debt before it can be spent.

While an account owes, it redeems, bids for, buys and rents nothing; its open bids are called in. Points and
cards that were earned wait before they may be spent or passed on, by the catalogue, so that most verdicts
come before that.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from zhenzan.ledger import Command, Debt, Ledger, Transfer
from zhenzan.rewards.account_ids import id_of, owed_account, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.holding_period import points_waiting, serials_waiting
from zhenzan.rewards.lots import lots
from zhenzan.rewards.market_postings import voided
from zhenzan.rewards.market_records import OPEN, WITHDRAWN, Bid, load, row_of
from zhenzan.rewards.tables import BIDS
from zhenzan.times import HOUR_US

__all__ = ["card_waits", "meet_debts", "owed", "paying_off", "refusal", "spending_lock"]


_locks: WeakKeyDictionary[Ledger, threading.RLock] = WeakKeyDictionary()
_one = threading.Lock()


def spending_lock(ledger: Ledger) -> threading.RLock:
    """A lock that market and redemptions hold from looking at points until these are held."""
    with _one:
        return _locks.setdefault(ledger, threading.RLock())


def owed(ledger: Ledger, account: str) -> int:
    """The points that an account owes."""
    return -ledger.balance_if_open(owed_account(ledger, account)).posted


def refusal(ledger: Ledger, catalogue: Catalogue, account: str, price: int) -> str:
    """The reason why an account may not spend `price` points now, "" where it may. Whether it has as many,
    the ledger says. Cost: the account's history, where its points have to wait.
    """
    debt = owed(ledger, account)
    if debt:
        return (
            f"{account!r} owes {debt:,} {catalogue.points.id}: what its likes and sales bring meets that "
            "first, and until then it redeems, bids for, buys and rents nothing"
        )
    mine, hours = points_account(ledger, account), catalogue.spendable_after_hours
    if not price or not hours or not ledger.is_open(mine):
        return ""
    now, available = ledger.clock(), ledger.balance(mine).available
    new = sum(lot.amount for lot in lots(ledger, catalogue, account) if lot.spendable_at > now)
    free = max(available - max(new, points_waiting(ledger, catalogue, account)), 0)
    if free >= price or available < price:
        return ""
    return (
        f"{account!r} may spend {free:,} {catalogue.points.id} now, and {price:,} are requested: points wait "
        f"{hours:,} hours after likes earned them"
    )


def card_waits(ledger: Ledger, catalogue: Catalogue, account: str, edition: str, serial: int) -> bool:
    """Whether a card that an account holds must wait: it was earned lately, or by likes that came in
    lately.
    """
    hours = catalogue.spendable_after_hours
    if not hours:
        return False
    is_new = ledger.minted_at(edition, serial) + hours * HOUR_US > ledger.clock()
    return is_new or serial in serials_waiting(ledger, catalogue, account, edition)


def paying_off(ledger: Ledger, id: str, account: str, asset: str, income: int) -> list[Transfer]:
    """The part of an income of `income` points, by the transfer `id`, that pays its account's debt at
    once.
    """
    pays = min(owed(ledger, account), income)
    if not pays:
        return []
    return [
        Transfer(
            id=f"{id}:settles",
            debit=points_account(ledger, account),
            credit=owed_account(ledger, account),
            asset=asset,
            amount=pays,
            cause="settles: a debt, by what a deal brought",
        )
    ]


def meet_debts(ledger: Ledger, catalogue: Catalogue) -> int:
    """Call in the open bids of all who owe, and pay what can be paid; gives how many points were. Again, it
    moves nothing. Cost: a small statement, and a transfer for each who owes and has points.
    """
    with spending_lock(ledger):
        debts = _debts(ledger)
        if debts and _call_in_bids(ledger, {debt.account for debt in debts}):
            debts = _debts(ledger)  # their money is back
        commands: list[Command] = []
        total = 0
        for account, paid_before, owes, mine, available in debts:
            if available <= 0:
                continue
            pays = min(owes, available)
            total += pays
            commands.append(
                Transfer(
                    id=f"{id_of(ledger, 'settles', account, str(paid_before))}:settles",
                    debit=mine,
                    credit=account,
                    asset=catalogue.points.id,
                    amount=pays,
                    cause="settles: a debt, by what came back",
                )
            )
        if commands:
            ledger.submit(commands)
        return total


def _debts(ledger: Ledger) -> list[Debt]:
    return ledger.debts(owed_account(ledger, ""), points_account(ledger, ""))


def _call_in_bids(ledger: Ledger, owing: Collection[str]) -> bool:
    """The money of bids and offers goes back to who owes, if any; an auction goes on without the bid. Gives
    whether there were some.
    """
    bids = load(ledger.database, Bid, "WHERE state = ?", OPEN)
    called = [bid for bid in bids if owed_account(ledger, bid.bidder) in owing]

    def note(connection: Connection) -> None:
        ledger.database.upsert(connection, BIDS, [row_of(bid, WITHDRAWN) for bid in called])

    held = [voided(f"{bid.id}:money") for bid in called if ledger.is_held(f"{bid.id}:money")]
    if held:
        ledger.submit(held, also=note)
    return bool(held)
