"""Totals of a rewards run: points and cards granted, held and reversed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RunTotals"]


@dataclass
class RunTotals:
    """Totals of a run. Points in the smallest unit; `followed`: reversed along wash sales; `held`:
    what uncertain likes hold now, newly or anew; `unfunded`: claims that a budget or a cap could not meet;
    `waiting`: cards that a redemption holds just now, to be reversed by a later run.
    """

    points_granted: int = 0
    points_taken_back: int = 0
    points_owed: int = 0
    points_held: int = 0
    points_followed: int = 0
    debts_paid: int = 0
    cards_granted: int = 0
    cards_held: int = 0
    cards_frozen: int = 0
    cards_burnt: int = 0
    cards_restored: int = 0
    cards_spared: int = 0
    unfunded: int = 0
    waiting: int = 0
