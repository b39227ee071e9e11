"""Holdings of an account: points, debts, cards, and the claims they came from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import LedgerError, NotThereError
from zhenzan.ledger import Card, Ledger, NotHolderError
from zhenzan.rewards.account_ids import cards_account, owed_account, points_account
from zhenzan.store import Database

__all__ = ["Holdings", "cards_by_creator", "cards_held", "holdings", "holds_card", "scores_by_creator"]


class NothingHeldError(LedgerError, NotThereError):
    """The account never earned or bought anything."""


@renamed_attributes(held="debits_pending", coming="credits_pending")
@dataclass(frozen=True)
class Holdings:
    """Points in the smallest unit: `points` to spend, `debits_pending` held for what was bid or redeemed,
    `credits_pending` those of uncertain likes; `cards` as edition and serial,
    0 for one that is pending; `claims` as rule, scope, window, points, cards; `levels` as ladder, scope,
    score, and when that was (µs); `redemptions` as offer, state, receipt.
    """

    account: str
    points: int
    debits_pending: int
    credits_pending: int
    owed: int
    cards: tuple[tuple[str, int], ...]
    claims: tuple[tuple[str, str, str, int, int], ...]
    levels: tuple[tuple[str, str, float, int], ...]
    redemptions: tuple[tuple[str, str, str], ...]


def holdings(ledger: Ledger, account: str) -> Holdings:
    """The holdings of an account. Raises LedgerError where it never earned or bought anything."""
    rows = ledger.database.fetch(
        "SELECT rule, scope, span, granted, cards FROM grants WHERE account = ? ORDER BY rule, span, scope",
        (account,),
    )
    points = ledger.balance_if_open(points_account(ledger, account))
    owed = -ledger.balance_if_open(owed_account(ledger, account)).posted
    editions = ledger.editions()
    cards = [
        (card.edition, card.serial) for edition in editions for card in cards_held(ledger, edition, account)
    ]
    for edition in editions:
        cards += [(edition, 0)] * ledger.balance_if_open(
            cards_account(ledger, edition, account)
        ).credits_pending
    if not rows and not cards and not ledger.is_open(points_account(ledger, account)):
        raise NothingHeldError(f"account {account!r} has earned nothing here; write it as the log does")
    redeemed = ledger.database.fetch(
        "SELECT offer, state, receipt FROM redemptions WHERE account = ? ORDER BY reserved_at, id", (account,)
    )
    levels = ledger.database.fetch(
        "SELECT ladder, scope, score, at FROM levels WHERE account = ? ORDER BY ladder, scope", (account,)
    )
    return Holdings(
        account, points.available, points.debits_pending, points.credits_pending, owed, tuple(cards),
        tuple(map(tuple, rows)), tuple(map(tuple, levels)), tuple(map(tuple, redeemed)),
    )  # fmt: skip


def cards_held(ledger: Ledger, edition: str, account: str) -> list[Card]:
    """The cards of an edition that an account holds, by serial; none where it never held any."""
    name = cards_account(ledger, edition, account)
    return ledger.cards(name) if ledger.is_open(name) else []


def holds_card(ledger: Ledger, account: str, edition: str, serial: int) -> bool:
    """Whether a card is out, and an account's."""
    try:
        return ledger.holder(edition, serial) == cards_account(ledger, edition, account)
    except NotHolderError:
        return False


def cards_by_creator(database: Database, creator: str) -> list[tuple[str, str, list[int]]]:
    """Account, rule and serials of the cards that were granted for likes of a creator's items."""
    text = (
        "SELECT g.account, g.rule, g.key, e.serial "
        "FROM grants g JOIN grant_entries e ON e.grant_number = g.number "
        "WHERE g.scope = ? AND e.kind = 'card' AND e.state = 'given' ORDER BY g.rule, g.key, e.seq"
    )
    rows = database.fetch(text, (creator,))
    return [
        (account, rule, [serial for *_, serial in cards])
        for (account, rule, _), cards in groupby(rows, key=lambda row: tuple(row[:3]))
    ]


def scores_by_creator(database: Database, creator: str) -> dict[str, float]:
    """The highest score of each account on a ladder that counts likes of a creator's items."""
    text = "SELECT account, MAX(score) FROM levels WHERE scope = ? GROUP BY account"
    return dict(database.fetch(text, (creator,)))
