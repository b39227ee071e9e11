"""Sections about the market and its police: sellers, buyers, detector, sanctions, rewards, promotion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhenzan.lab.scenario.fields import InvalidKeyError, Section, choice, flag, number, numbers, text
from zhenzan.lab.vocabulary import REGIONS, STRATEGIES

__all__ = [
    "DEMANDS",
    "DETECTORS",
    "STRATEGY_DEFAULTS",
    "SUPPLIES",
    "Buyers",
    "Detector",
    "Money",
    "Promotion",
    "Records",
    "Rewards",
    "Sanctions",
    "Seller",
]

DEMANDS = ("none", "fixed", "profit", "trial")
DETECTORS = ("none", "perfect", "rates", "verify")
SUPPLIES = ("bots", "crowd", "fresh")


@dataclass(frozen=True)
class Seller(Section):
    """One seller of likes: catalogue, supply, way of delivery. Money is in coins (a like's highest price)."""

    section: ClassVar[str] = "seller"

    name: str = text("seller", "What this seller is called in the tables.")
    strategy: str = choice("burst", "How likes are delivered.", STRATEGIES)
    supply: str = choice("bots", "Who likes: bots, a crowd of real people, or fresh accounts.", SUPPLIES)
    rings: int = number(2, "Pools of accounts that are never mixed.", 1, 1_000)
    accounts: int = number(400, "Accounts in a pool; an order of more is delivered in part.", 1, 1_000_000)
    quantities: tuple[int, ...] = numbers((100, 300, 500), "Order sizes on offer.", 1, 1_000_000, rising=True)
    tier_from: tuple[int, ...] = numbers((10, 100, 1000), "Sizes from which …", 1, 1_000_000, rising=True)
    tier_prices: tuple[float, ...] = numbers((1.0, 0.8, 0.6), "… a like costs so many coins.", 0, 1e6)
    minutes: tuple[float, ...] = numbers(
        (5.0, 60.0), "Shortest and longest time of delivery.", 0.1, 100_000, length=2
    )
    account_cost: float = number(2.0, "Coins that a new account costs.", 0, 1e6)
    account_days: float = number(30.0, "Days that an account lives if it is not caught.", 0.1, 10_000)
    camouflage: float = number(0.3, "Likes of trending items for each bought one.", 0, 50)
    delivery_cost: float = number(0.02, "Coins that each like costs in machines and addresses.", 0, 1e6)
    worker_share: float = number(0.4, "Share of the price paid to the crowd.", 0, 1)
    watched_share: float = number(0.05, "Share of the item that is watched before the like.", 0, 2)
    comments: float = number(0.0, "Comments bundled with each like.", 0, 1)
    shares: float = number(0.0, "Shares bundled with each like.", 0, 1)
    addresses: int = number(40, "Network addresses of a pool of bots.", 1, 1_000_000)
    devices: int = number(120, "Devices of a pool of bots.", 1, 1_000_000)
    region: str = choice("any", "Region of the accounts, an ISO 3166 code, or any.", ("any", *REGIONS))
    adapts: bool = flag(True, "Whether the seller slows down, camouflages and raises prices when caught.")
    weight: float = number(
        1.0, "Share of the demand where demand is fixed or trial, against other sellers.", 0, 1e6
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.tier_from) != len(self.tier_prices):
            right = f"it must be {len(self.tier_from)}, one for each of tier_from"
            raise InvalidKeyError(
                ("seller", "tier_prices"), f"holds {len(self.tier_prices)} numbers; {right}"
            )
        if self.minutes[0] > self.minutes[1]:
            raise InvalidKeyError(("seller", "minutes"), "the shortest is longer than the longest")

    def price(self, quantity: int) -> float:
        """Coins for one like in an order of `quantity`."""
        tier = sum(quantity >= start for start in self.tier_from) - 1
        return self.tier_prices[max(tier, 0)]


STRATEGY_DEFAULTS: dict[str, dict[str, Any]] = {
    "burst": {},
    "drip": {
        "accounts": 250, "quantities": (60, 150, 300), "minutes": (2_160.0, 3_600.0), "camouflage": 1.0,
        "tier_prices": (1.2, 1.0, 0.8),
    },
    "tiny": {
        "rings": 1, "accounts": 2_000, "quantities": (10, 20), "minutes": (5.0, 18.0), "camouflage": 0.7,
    },
    "crowd": {
        "supply": "crowd", "accounts": 900, "quantities": (50, 100, 200), "minutes": (120.0, 600.0),
        "camouflage": 0.0, "account_cost": 0.0, "watched_share": 0.35, "tier_prices": (2.0, 1.8, 1.5),
    },
    "throwaway": {
        "supply": "fresh", "rings": 1, "accounts": 2_000, "quantities": (50, 100, 300),
        "minutes": (8.0, 240.0), "account_cost": 0.1, "account_days": 3.0, "camouflage": 0.15,
        "tier_prices": (0.4, 0.3, 0.25),
    },
    "mixed": {
        "accounts": 600, "quantities": (50, 200, 500), "minutes": (60.0, 2_880.0), "camouflage": 0.8,
        "comments": 0.05, "shares": 0.03, "watched_share": 0.2,
    },
}  # fmt: skip
"""What a seller of a strategy is like where the scenario does not say otherwise."""


@dataclass(frozen=True)
class Buyers(Section):
    """Creators who may buy: whether they do, and what they hope to gain."""

    section: ClassVar[str] = "buyers"

    demand: str = choice(
        "fixed",
        "none: nobody buys; fixed: orders until bought_share is reached; profit: who expects to gain buys; "
        "trial: so many orders of every size, for experiments.",
        DEMANDS,
    )
    trial_orders: float = number(
        0.5, "Orders of each size a day, times the seller's weight, where demand is trial.", 0, 1e4
    )
    trial_returns: int = number(
        0, "How often a buyer comes back for another order of that size, where demand is trial.", 0, 1_000
    )
    trial_return_days: int = number(3, "Days until then.", 1, 400)
    bought_share: float = number(0.045, "Share of all likes that is bought, where demand is fixed.", 0, 0.9)
    tempted_share: float = number(0.3, "Share of creators who ever think of buying.", 0, 1)
    consider_per_day: float = number(0.08, "Chance that a tempted creator thinks of it, a day.", 0, 1)
    pride_per_like: float = number(0.25, "Coins that a like is worth to a creator's pride (median).", 0, 1e6)
    pride_spread: float = number(1.0, "Spread of pride (sigma of the logarithm).", 0, 3)
    fee_per_like: float = number(
        0.5, "Coins that advertisers pay a creator for each like that stands (mean).", 0, 1e6
    )
    budget: float = number(60.0, "Coins that a creator can spend on one order (median).", 0, 1e9)
    budget_spread: float = number(1.2, "Spread of budgets (sigma of the logarithm).", 0, 3)
    income_per_thousand_views: float = number(8.0, "Coins a creator earns by a thousand views.", 0, 1e6)
    views_per_like_hoped: float = number(6.0, "Views that a buyer hopes for from a like, at first.", 0, 1e6)
    fear_of_missing_out: float = number(
        0.4, "How much more a buyer hopes for when all others of the topic buy.", 0, 10
    )
    caught_at_first: float = number(0.02, "Share of bought likes that buyers expect to lose, at first.", 0, 1)
    learning: float = number(0.15, "How fast buyers learn from what happened, a day.", 0, 1)
    caution: float = number(1.0, "How buyers weigh a coin lost against a coin gained.", 0, 100)


@dataclass(frozen=True)
class Detector(Section):
    """How the platform tells bought likes."""

    section: ClassVar[str] = "detector"

    kind: str = choice(
        "none",
        "none; perfect: every bought like; rates: the shares below; verify: zhenzan.verify itself.",
        DETECTORS,
    )
    recall: float = number(0.8, "Share of bought likes found (kind rates).", 0, 1)
    recall_small: float = number(0.8, "The same for orders of up to small_order likes.", 0, 1)
    small_order: int = number(20, "The largest order that is small.", 0, 1_000_000)
    false_share: float = number(0.0005, "Share of natural likes wrongly called fake (kind rates).", 0, 1)
    delay_hours: float = number(0.0, "Hours from a like to its verdict (perfect, rates).", 0, 10_000)
    every_days: int = number(1, "Days from one verification to the next (kind verify).", 1, 400)
    window_days: int = number(30, "Days of likes that a verification looks at (kind verify).", 1, 400)


@dataclass(frozen=True)
class Sanctions(Section):
    """What follows when likes are found bought. Strikes count the days on which a creator was caught."""

    section: ClassVar[str] = "sanctions"

    void: bool = flag(True, "Found likes no longer count: not shown, not ranked, not paid.")
    strike_likes: int = number(5, "Likes found in one go that make a strike.", 1, 1_000_000)
    downrank: float = number(1.0, "What an offender's weight in the ranking is multiplied by.", 0, 1)
    downrank_from: int = number(1, "The strike from which that is so.", 1, 1_000)
    freeze_days: float = number(0.0, "Days without income after a strike.", 0, 1_000)
    freeze_from: int = number(1, "The strike from which that is so.", 1, 1_000)
    fine_per_like: float = number(0.0, "Coins that the buyer pays for each found like.", 0, 1e6)
    fine_from: int = number(1, "The strike from which that is so.", 1, 1_000)
    repeat_factor: float = number(
        1.0,
        "What fines and freezes are multiplied by at each further strike (up to ten times); 1: all alike.",
        1,
        10,
    )
    ban_from: int = number(0, "The strike at which a creator is banned; 0 is never.", 0, 1_000)
    account_ban_likes: int = number(
        3, "Found likes after which a liking account is closed; 0 is never.", 0, 1_000
    )
    seller_fine_per_like: float = number(0.0, "Coins that a seller pays for each found like.", 0, 1e6)
    restitution: float = number(
        0.0, "Share of a seller's fine that is paid to the buyer; 0 keeps penalties away from buyers.", 0, 1
    )


@dataclass(frozen=True)
class Rewards(Section):
    """Cards that likes unlock."""

    section: ClassVar[str] = "rewards"

    card_threshold: int = number(10, "Likes of one creator that unlock a card; 0: there are none.", 0, 1_000)
    card_value: float = number(0.5, "Coins that a card is worth to who gets it.", 0, 1e6)
    card_cost: float = number(0.1, "Coins that a card costs the platform.", 0, 1e6)


@dataclass(frozen=True)
class Promotion(Section):
    """Honest promotion: labelled exposure to real people."""

    section: ClassVar[str] = "promotion"

    offered: bool = flag(False, "Whether creators can buy it.")
    price_per_view: float = number(0.02, "Coins for a view by somebody who cares for the topic.", 0, 1e6)
    views: tuple[int, ...] = numbers((100, 1000), "Order sizes on offer.", 1, 1_000_000, rising=True)


@dataclass(frozen=True)
class Money(Section):
    """The platform's own income."""

    section: ClassVar[str] = "money"

    advertising_per_thousand_views: float = number(20.0, "Coins earned by a thousand views.", 0, 1e6)
    watched_exponent: float = number(
        0.5, "How advertising income depends on the time watched; 0: not at all.", 0, 2
    )


@dataclass(frozen=True)
class Records(Section):
    """What is kept. Memory grows with it."""

    section: ClassVar[str] = "records"

    views: float = number(0.0, "Share of viewers of whom views without any action are kept too.", 0, 1)
    gestures: bool = flag(False, "Whether likes carry a pointer trace.")
