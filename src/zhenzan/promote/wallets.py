"""Buyers' money on the ledger: wallets, the escrow of each order, revenue; and how money comes in.

Asset `cash`, whole minor units. An order's money moves by transfers whose ids are `ORDER:VERSION:KIND`: who
repeats a change repeats the same transfers, and the ledger does them once.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from zhenzan.errors import PromotionError
from zhenzan.ledger import (
    AccountKind,
    Balance,
    Command,
    CreateAsset,
    Entry,
    Ledger,
    OpenAccount,
    Transfer,
    UnknownAssetError,
)
from zhenzan.promote.transitions import Change

__all__ = ["ASSET", "PAYMENT_MAX", "PaymentPort", "SandboxPayments", "Wallets", "transfers_of"]

ASSET = "cash"
SCALE = 2
SOURCE, REVENUE = "promotion:payments", "promotion:revenue"
PAYMENT_MAX = 10**12


class PaymentPort(Protocol):
    """Takes a buyer's money outside of the ledger."""

    def charge(self, buyer: str, amount: int, reference: str) -> str:
        """Take so many minor units; gives the id of the payment. The same reference is charged once. Raises
        PromotionError where the payment is declined.
        """


class SandboxPayments:
    """Charges nobody: every payment succeeds. For trying out, and where invoices are written elsewhere."""

    def charge(self, buyer: str, amount: int, reference: str) -> str:
        return reference or secrets.token_hex(12)


def wallet_account(buyer: str) -> str:
    return f"wallet:{buyer}"


def escrow_account(order: str) -> str:
    return f"escrow:{order}"


class Wallets:
    """The wallets of one ledger."""

    def __init__(self, ledger: Ledger, payments: PaymentPort | None = None) -> None:
        self._ledger, self._payments = ledger, payments or SandboxPayments()

    def _opening(self) -> list[Command]:
        """What all money of promotion needs; a ledger in which nobody has paid in holds none of it."""
        commands: list[Command] = [
            OpenAccount(id=SOURCE, asset=ASSET, kind=AccountKind.mint),
            OpenAccount(id=REVENUE, asset=ASSET, kind=AccountKind.fee),
        ]
        try:
            self._ledger.issued(ASSET)
        except UnknownAssetError:  # else the market's cash is the same money
            commands.insert(0, CreateAsset(id=ASSET, scale=SCALE))
        return commands

    def pay_in(self, buyer: str, amount: int, reference: str = "") -> Balance:
        """Charge the buyer through the payment port and put it into the wallet; the same reference counts
        once. Raises PromotionError.
        """
        if not 1 <= amount <= PAYMENT_MAX:
            raise PromotionError(f"a payment is 1 to {PAYMENT_MAX:,} minor units, not {amount:,}")
        payment = self._payments.charge(buyer, amount, reference)
        self._ledger.submit(
            [
                *self._opening(),
                opening(buyer),
                Transfer(
                    id=f"payment:{buyer}:{payment}", debit=SOURCE, credit=wallet_account(buyer), asset=ASSET,
                    amount=amount, cause="payment",
                ),
            ]
        )  # fmt: skip
        return self.balance(buyer)

    def balance(self, buyer: str) -> Balance:
        """What lies in the wallet."""
        return self._ledger.balance_if_open(wallet_account(buyer))

    def available(self, buyer: str) -> int:
        """What the buyer can spend."""
        return self.balance(buyer).available

    def history(self, buyer: str, after: int = -1, limit: int = 100) -> list[Entry]:
        """What came and went, the oldest first; none of a wallet that was never used."""
        account = wallet_account(buyer)
        return self._ledger.history(account, after, limit) if self._ledger.is_open(account) else []

    def revenue(self) -> Balance:
        """What was captured from all orders, less what was reversed."""
        return self._ledger.balance(REVENUE)

    def escrow(self, order: str) -> Balance:
        """What an order still holds."""
        return self._ledger.balance_if_open(escrow_account(order))


def opening(buyer: str) -> OpenAccount:
    return OpenAccount(id=wallet_account(buyer), asset=ASSET, owner=f"buyer:{buyer}")


def transfers_of(change: Change) -> list[Command]:
    """What a change moves on the ledger, under ids that a repeat has too."""
    order = change.order
    wallet, escrow = wallet_account(order.buyer), escrow_account(order.id)
    ways = {
        "fund": (wallet, escrow),
        "capture": (escrow, REVENUE),
        "reverse": (REVENUE, escrow),
        "refund": (escrow, wallet),
    }
    commands: list[Command] = []
    if change.moves:
        commands += [
            opening(order.buyer),
            OpenAccount(id=escrow, asset=ASSET, kind=AccountKind.escrow),
        ]
    cause = f"{type(change.command).__name__} by {change.actor.role} {change.actor.id}".strip()
    for move in change.moves:
        debit, credit = ways[move.kind]
        commands.append(
            Transfer(
                id=f"{order.id}:{order.version}:{move.kind}", debit=debit, credit=credit, asset=ASSET,
                amount=move.amount, cause=cause,
            )
        )  # fmt: skip
    return commands
