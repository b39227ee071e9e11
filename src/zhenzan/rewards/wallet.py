"""Cash wallets of the market, if the operator allows cash: deposits and payouts.

Only the ledger's side: who calls these has taken the money, or will send it, by a payment service of theirs.
"""

from __future__ import annotations

from zhenzan.errors import MarketError
from zhenzan.ledger import Balance, Command, Ledger, OpenAccount, OverdraftError, Transfer
from zhenzan.rewards import market_postings
from zhenzan.rewards.account_ids import ids_of, name_of
from zhenzan.rewards.catalogue import Catalogue

__all__ = ["Wallet"]


class Wallet:
    """The cash wallets of a ledger. Raises MarketError where cash trading is off."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        cash = catalogue.market.cash
        self.asset = market_postings.money(catalogue, cash.id if cash is not None else "cash")
        self.ledger, self.catalogue = ledger, catalogue
        ledger.submit(market_postings.market_commands(catalogue))

    def deposit(self, account: str, amount: int, reference: str) -> Balance:
        """Record cash that an account paid in. The same `reference`, of the payment service, counts once."""
        return self._move(account, amount, reference, "deposit")

    def pay_out(self, account: str, amount: int, reference: str) -> Balance:
        """Record cash to be paid out to an account. Raises MarketError where they have too little."""
        return self._move(account, amount, reference, "payout")

    def balance(self, account: str) -> Balance:
        """The cash that an account has."""
        name = market_postings.money_account(self.ledger, self.catalogue, self.asset, account)
        return self.ledger.balance_if_open(name)

    def _move(self, account: str, amount: int, reference: str, what: str) -> Balance:
        if not reference:
            raise MarketError("give the payment's reference, by which it is recorded once")
        mine = market_postings.money_account(self.ledger, self.catalogue, self.asset, account)
        comes = what == "deposit"
        commands: list[Command] = [
            OpenAccount(id=mine, asset=self.asset, owner=name_of(self.ledger, account)),
            Transfer(
                id=self._payment(what, reference),
                asset=self.asset,
                amount=amount,
                debit=f"{self.asset}-in" if comes else mine,
                credit=mine if comes else f"{self.asset}-out",
                cause=what,
            ),
        ]
        try:
            self.ledger.submit(commands)
        except OverdraftError:
            raise MarketError(f"{account!r} has too little: the amount is {amount:,}") from None
        return self.balance(account)

    def _payment(self, what: str, reference: str) -> str:
        """The transfer's id: the one it was made under, if it was."""
        ids = [f"{what}:{id}" for id in ids_of(self.ledger, self.asset, reference)]
        return next(iter(self.ledger.known(ids)), ids[0])
