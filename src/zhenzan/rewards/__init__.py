"""Rewards: points and cards for settled likes, by a catalogue of rules, on the ledger."""

from typing import TYPE_CHECKING

from zhenzan.deprecation import renamed_names
from zhenzan.rewards.account_ids import (
    cards_account,
    is_account_of,
    name_of,
    owed_account,
    points_account,
    rotate_names,
)
from zhenzan.rewards.appeals import Appeal, Appeals
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_file import load_catalogue, read_catalogue
from zhenzan.rewards.catalogue_records import Words
from zhenzan.rewards.catalogue_tables import Edition, Offer, Points
from zhenzan.rewards.credentials import Credentials
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.decorations import Decoration, decorate
from zhenzan.rewards.earned_claims import Claim, claims, moved_accounts, pending_claims, standings
from zhenzan.rewards.erasure import erase_person
from zhenzan.rewards.fraud_loss import FraudLoss, fraud_losses
from zhenzan.rewards.gallery import STICKERS, cards_of, editions_of, write_gallery
from zhenzan.rewards.holdings import Holdings, cards_by_creator, holdings, scores_by_creator
from zhenzan.rewards.lots import Lot, expire_points, lots
from zhenzan.rewards.market import DAYS_MAX, PRICE_MAX, Market
from zhenzan.rewards.market_records import Bid, Listing, Rental, Sale, sales_since
from zhenzan.rewards.openbadge import Signer, VerifiedCredential, verify_credential
from zhenzan.rewards.proofs import proof_for
from zhenzan.rewards.reconcile import reconcile
from zhenzan.rewards.redemption import (
    FulfilmentFailedError,
    Port,
    Redemption,
    Redemptions,
    Sandbox,
    confirmed_since,
)
from zhenzan.rewards.rights import Entitlement, Rights
from zhenzan.rewards.rules import CountRule, MissionRule, Rule, StreakRule
from zhenzan.rewards.run import Run, run_rewards
from zhenzan.rewards.run_totals import RunTotals
from zhenzan.rewards.wallet import Wallet
from zhenzan.rewards.wash_trades import Flag, rings_of, wash_trades

__all__ = [
    "DAYS_MAX",
    "PRICE_MAX",
    "STICKERS",
    "Appeal",
    "Appeals",
    "Bid",
    "Catalogue",
    "Claim",
    "CountRule",
    "Credentials",
    "Decision",
    "Decoration",
    "Edition",
    "Entitlement",
    "Flag",
    "FraudLoss",
    "FulfilmentFailedError",
    "Holdings",
    "Listing",
    "Lot",
    "Market",
    "MissionRule",
    "Offer",
    "Points",
    "Port",
    "Redemption",
    "Redemptions",
    "Rental",
    "Rights",
    "Rule",
    "Run",
    "RunTotals",
    "Sale",
    "Sandbox",
    "Signer",
    "StreakRule",
    "VerifiedCredential",
    "Wallet",
    "Words",
    "cards_account",
    "cards_by_creator",
    "cards_of",
    "claims",
    "confirmed_since",
    "decorate",
    "editions_of",
    "erase_person",
    "expire_points",
    "fraud_losses",
    "holdings",
    "is_account_of",
    "load_catalogue",
    "lots",
    "moved_accounts",
    "name_of",
    "owed_account",
    "pending_claims",
    "points_account",
    "proof_for",
    "read_catalogue",
    "reconcile",
    "rings_of",
    "rotate_names",
    "run_rewards",
    "sales_since",
    "scores_by_creator",
    "standings",
    "verify_credential",
    "wash_trades",
    "write_gallery",
]

if not TYPE_CHECKING:  # a type checker knows the new names alone
    __getattr__ = renamed_names(__name__)
