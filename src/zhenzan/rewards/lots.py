"""Lots of points that expire: every credit is a lot, spent first in, first out; what is left of it expires.

Lots need no table: with the same lifetime for all, what has lapsed of an account is what it was ever given up
to the deadline, less what was reversed of that, less all that it ever spent or holds. A hold that is
voided later gives its points back to their old lots, which lapse at the next run.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.ledger import AccountKind, Command, Ledger, OpenAccount, Transfer, Unspent
from zhenzan.rewards.account_ids import id_of, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.times import DAY_US, HOUR_US

__all__ = ["LAPSED", "Lot", "expire_points", "expiry_commands", "lots"]

EARNED_FROM = (AccountKind.mint, AccountKind.budget)  # accounts that pay what likes earn
LAPSED = "lapsed"
BATCH_ACCOUNTS = 5_000


@dataclass(frozen=True)
class Lot:
    """`amount` points that are left of what came in at `earned_at`, to be spent from `spendable_at` until
    before `expires_at`. What likes earned waits; what a deal brought does not.

    Times in µs; 0: at once, for ever.
    """

    amount: int
    earned_at: int
    expires_at: int
    spendable_at: int = 0


def lots(ledger: Ledger, catalogue: Catalogue, account: str) -> list[Lot]:
    """The lots of an account that are not spent, the oldest first, its holds taken off. Cost: its history."""
    name = points_account(ledger, account)
    if not ledger.is_open(name):
        return []
    remaining: dict[int, list[int]] = {}
    spent, wait = ledger.balance(name).debits_pending, catalogue.spendable_after_hours * HOUR_US
    for seq, change, reverses, time, source in ledger.movements(name):
        if change > 0:
            remaining[seq] = [change, time, time + wait if wait and source in EARNED_FROM else 0]
        elif reverses in remaining:
            remaining[reverses][0] += change
        else:
            spent -= change
    left = []
    span = catalogue.points.expire_days * DAY_US
    for amount, time, spendable_at in remaining.values():
        used = min(amount, spent)
        spent -= used
        if amount > used:
            left.append(Lot(amount - used, time, time + span if span else 0, spendable_at))
    return left


def expiry_commands(ledger: Ledger, catalogue: Catalogue, account: str) -> list[Command]:
    """The transfers that expire an account's points whose time is over; usually none."""
    if not catalogue.points.expire_days:
        return []
    now = ledger.clock()
    gone = sum(lot.amount for lot in lots(ledger, catalogue, account) if lot.expires_at <= now)
    mine = points_account(ledger, account)
    return _expire(ledger, catalogue, Unspent(mine, gone, ledger.debits(mine))) if gone else []


def expire_points(ledger: Ledger, catalogue: Catalogue) -> int:
    """Expire all points whose time is over; gives how many. Again, it moves nothing.

    Cost: three passes over the transfers, in the database.
    """
    if not catalogue.points.expire_days:
        return 0
    total, commands = 0, list[Command]()
    deadline = ledger.clock() - catalogue.points.expire_days * DAY_US
    for unspent in ledger.unspent(catalogue.points.id, deadline):
        if unspent.account.startswith("erased:"):
            continue
        total += unspent.amount
        commands += _expire(ledger, catalogue, unspent)
        if len(commands) >= BATCH_ACCOUNTS:
            ledger.submit(commands)
            commands = []
    if commands:
        ledger.submit(commands)
    return total


def _expire(ledger: Ledger, catalogue: Catalogue, unspent: Unspent) -> list[Command]:
    asset, id = catalogue.points.id, id_of(ledger, "lapse", unspent.account, str(unspent.debits))
    return [
        OpenAccount(id=LAPSED, asset=asset, kind=AccountKind.burn),
        Transfer(
            id=f"{id}:lapse",
            debit=unspent.account,
            credit=LAPSED,
            asset=asset,
            amount=unspent.amount,
            cause=f"lapse: after {catalogue.points.expire_days} days",
        ),
    ]
