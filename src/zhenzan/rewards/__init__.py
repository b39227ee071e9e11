"""What a like earns: points and cards for settled likes, by a catalogue of rules, on the ledger."""

from zhenzan.rewards.appeals import Appeal, Appeals
from zhenzan.rewards.catalogue import Catalogue, Edition, Offer, Points, Rule, Words
from zhenzan.rewards.catalogue_file import load_catalogue, read_catalogue
from zhenzan.rewards.earning import Claim, claims, hopes, standings
from zhenzan.rewards.gallery import write_gallery
from zhenzan.rewards.holdings import Holdings, holdings
from zhenzan.rewards.naming import cards_account, owed_account, points_account
from zhenzan.rewards.redemption import FulfilmentFailedError, Port, Redemption, Sandbox, Shop
from zhenzan.rewards.settling import Settled, settle
from zhenzan.rewards.taken import Taken, taken_by_fakes

__all__ = [
    "Appeal",
    "Appeals",
    "Catalogue",
    "Claim",
    "Edition",
    "FulfilmentFailedError",
    "Holdings",
    "Offer",
    "Points",
    "Port",
    "Redemption",
    "Rule",
    "Sandbox",
    "Settled",
    "Shop",
    "Taken",
    "Words",
    "cards_account",
    "claims",
    "holdings",
    "hopes",
    "load_catalogue",
    "owed_account",
    "points_account",
    "read_catalogue",
    "settle",
    "standings",
    "taken_by_fakes",
    "write_gallery",
]
