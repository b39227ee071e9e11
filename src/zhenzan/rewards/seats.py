"""Seats of rules for the first so many accounts: whom they were granted to, and which stay taken."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import cards_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.rules import Rule
from zhenzan.times import DAY_US

__all__ = ["NO_SEATS", "Seats", "granted_seats"]

Seats = Mapping[str, Mapping[str, bool]]
"""By rule and account, whether the place stays taken while the account earns nothing by the rule."""

NO_SEATS: Seats = {}


def granted_seats(ledger: Ledger, catalogue: Catalogue) -> dict[str, dict[str, bool]]:
    """The places that were granted and not reversed. One whose card is frozen stays taken until the card is
    burnt, for an appeal may bring it back; one whose card was sold on, for ever, for the card is out.
    """
    seats: dict[str, dict[str, bool]] = {}
    for rule in catalogue.granting.values():
        if rule.first:
            seats[rule.id] = _seats_of(ledger, catalogue, rule)
    return seats


def _seats_of(ledger: Ledger, catalogue: Catalogue, rule: Rule) -> dict[str, bool]:
    rows = ledger.database.fetch(
        "SELECT g.key, g.account, g.granted, g.spared, g.cards, COALESCE(MAX(e.at), 0), "
        "EXISTS (SELECT 1 FROM appeals a WHERE a.account = g.account AND a.state = 'open') "
        "FROM grants g LEFT JOIN grant_entries e ON e.grant_number = g.number AND e.state = 'frozen' "
        "WHERE g.rule = ? AND g.account <> '' GROUP BY g.number",
        (rule.id,),
    )
    burnt_from = ledger.clock() - catalogue.appeal_days * DAY_US
    sold = _sold(ledger, rule) if rule.edition and not catalogue.appeal_days else set()
    seats: dict[str, bool] = {}
    for key, account, granted, spared, cards, frozen_at, is_appealed in rows:
        waits = bool(frozen_at) and (bool(is_appealed) or frozen_at > burnt_from)
        if granted or cards or spared or frozen_at:
            outlasts = bool(cards) if catalogue.appeal_days else key in sold
            seats[account] = seats.get(account, False) or bool(spared) or waits or outlasts
    return seats


def _sold(ledger: Ledger, rule: Rule) -> set[str]:
    """Grants of which a card was sold on: it will be there when this run has reversed what it can."""
    rows = ledger.database.fetch(
        "SELECT g.key, g.account, e.serial FROM grants g JOIN grant_entries e ON e.grant_number = g.number "
        "WHERE g.rule = ? AND e.kind = 'card' AND e.state = 'given'",
        (rule.id,),
    )
    return {
        key
        for key, account, serial in rows
        if ledger.holder(rule.edition, serial) != cards_account(ledger, rule.edition, account)
    }
