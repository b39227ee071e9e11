"""What a like earns: points and cards for settled likes, by a catalogue of rules, on the ledger."""

from zhenzan.rewards.catalogue import Catalogue, Edition, Points, Rule, Words, load_catalogue, read_catalogue
from zhenzan.rewards.earning import Claim, claims
from zhenzan.rewards.holdings import Holdings, holdings
from zhenzan.rewards.settling import Settled, cards_account, owed_account, points_account, settle

__all__ = [
    "Catalogue",
    "Claim",
    "Edition",
    "Holdings",
    "Points",
    "Rule",
    "Settled",
    "Words",
    "cards_account",
    "claims",
    "holdings",
    "load_catalogue",
    "owed_account",
    "points_account",
    "read_catalogue",
    "settle",
]
