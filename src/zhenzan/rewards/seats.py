"""Places of rules for the first so many: whom they were granted to, and which of them stay taken."""

from __future__ import annotations

from collections.abc import Mapping

from zhenzan.ledger import Ledger
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.naming import cards_account
from zhenzan.rewards.rules import Rule

__all__ = ["NO_SEATS", "Seats", "granted_seats"]

DAY_US = 86_400_000_000
Seats = Mapping[str, Mapping[str, bool]]
"""By rule and account, whether the place stays taken while the account earns nothing by the rule."""

NO_SEATS: Seats = {}


def granted_seats(ledger: Ledger, catalogue: Catalogue) -> dict[str, dict[str, bool]]:
    """The places that were granted and not taken back. One whose card is frozen stays taken until the card is
    burnt, for an appeal may bring it back; one whose card was sold on, for ever, for the card is out.
    """
    seats: dict[str, dict[str, bool]] = {}
    for rule in catalogue.granting.values():
        if rule.first:
            seats[rule.id] = _seats_of(ledger, catalogue, rule)
    return seats


def _seats_of(ledger: Ledger, catalogue: Catalogue, rule: Rule) -> dict[str, bool]:
    rows = ledger.database.fetch(
        "SELECT g.account, g.granted, g.spared, g.serials, COALESCE(h.frozen, ''), COALESCE(h.frozen_at, 0), "
        "EXISTS (SELECT 1 FROM appeals a WHERE a.account = g.account AND a.state = 'open') "
        "FROM grants g LEFT JOIN holds h ON h.key = g.key WHERE g.rule = ? AND g.account <> ''",
        (rule.id,),
    )
    burnt_from = ledger.clock() - catalogue.appeal_days * DAY_US
    seats: dict[str, bool] = {}
    for account, granted, spared, serials, frozen, frozen_at, is_appealed in rows:
        waits = bool(frozen) and (bool(is_appealed) or frozen_at > burnt_from)
        if granted or serials or spared or frozen:
            keeps = bool(spared) or waits or _outlasts(ledger, catalogue, rule, account, serials)
            seats[account] = seats.get(account, False) or keeps
    return seats


def _outlasts(ledger: Ledger, catalogue: Catalogue, rule: Rule, account: str, serials: str) -> bool:
    """Whether cards that an account was granted will be there when this run has taken back what it can."""
    cards = [int(serial) for serial in serials.split(",") if serial]
    if catalogue.appeal_days:
        return bool(cards)
    mine = cards_account(ledger, rule.edition, account)
    return any(ledger.holder(rule.edition, serial) != mine for serial in cards)
