"""Scenario sections of the market and its enforcement: sellers, buyers, detector, sanctions, rewards,
promotion.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta

from zhenzan.config import Key, Line, about, between, items_about, one_of
from zhenzan.lab.scenario.record import Coins, Section, Share, Sizes, Spread
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
UnitPrice = Annotated[float, Meta(ge=0.01, le=1e4)]  # a hundredth of a coin is the least that is billed


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


class Seller(Section, frozen=True):
    """One seller of likes: catalogue, supply, way of delivery. Money is in coins (a like's highest price)."""

    name: Annotated[Line, about("What this seller is called in the tables.")] = "seller"
    strategy: Annotated[
        str,
        one_of(
            STRATEGIES,
            "How likes are delivered.",
            needed=True,
            missing=f"allowed are {', '.join(map(repr, STRATEGIES))}",
        ),
    ] = "burst"
    supply: Annotated[
        str, one_of(SUPPLIES, "Who likes: bots, a crowd of real people, or fresh accounts.")
    ] = "bots"
    rings: Annotated[int, between(1, 1_000, "Pools of accounts that are never mixed.")] = 2
    accounts: Annotated[
        int, between(1, 1_000_000, "Accounts in a pool; an order of more is delivered in part.")
    ] = 400
    quantities: Annotated[Sizes, items_about("Order sizes on offer.", rising=True)] = (100, 300, 500)
    tier_from: Annotated[Sizes, items_about("Sizes from which …", rising=True)] = (10, 100, 1000)
    tier_prices: Annotated[tuple[Coins, ...], items_about("… what a like costs, in coins.")] = (1.0, 0.8, 0.6)
    minutes: Annotated[
        tuple[Annotated[float, Meta(ge=0.1, le=100_000)], ...],
        items_about("Shortest and longest time of delivery.", least=2, most=2),
    ] = (5.0, 60.0)
    account_cost: Annotated[Coins, about("Coins that a new account costs.")] = 2.0
    account_days: Annotated[
        float, between(0.1, 10_000, "Days that an account lives if it is not caught.")
    ] = 30.0
    camouflage: Annotated[float, between(0, 50, "Likes of trending items for each bought one.")] = 0.3
    delivery_cost: Annotated[Coins, about("Coins that each like costs in machines and addresses.")] = 0.02
    worker_share: Annotated[Share, about("Share of the price paid to the crowd.")] = 0.4
    watched_share: Annotated[float, between(0, 2, "Share of the item that is watched before the like.")] = (
        0.05
    )
    comments: Annotated[Share, about("Comments bundled with each like.")] = 0.0
    shares: Annotated[Share, about("Shares bundled with each like.")] = 0.0
    addresses: Annotated[int, between(1, 1_000_000, "Network addresses of a pool of bots.")] = 40
    devices: Annotated[int, between(1, 1_000_000, "Devices of a pool of bots.")] = 120
    region: Annotated[str, one_of(("any", *REGIONS), "Region of the accounts, an ISO 3166 code, or any.")] = (
        "any"
    )
    adapts: Annotated[
        bool, about("Whether the seller slows down, camouflages and raises prices when caught.")
    ] = True
    weight: Annotated[
        Coins, about("Share of the demand where demand is fixed or trial, against other sellers.")
    ] = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.tier_from) != len(self.tier_prices):
            right = f"it must be {len(self.tier_from)}, one for each of tier_from"
            raise self.refused(f"holds {len(self.tier_prices)} numbers; {right}", "tier_prices")
        if self.minutes[0] > self.minutes[1]:
            raise self.refused("the shortest is longer than the longest", "minutes")

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a seller's table; what it leaves out is as its strategy has it."""
        table = cls.table(value, key)
        strategy = table.get("strategy")
        usual = STRATEGY_DEFAULTS[strategy] | {"name": strategy} if strategy in STRATEGIES else {}
        return super().from_value(usual | table, key)

    def price(self, quantity: int) -> float:
        """Coins for one like in an order of `quantity`."""
        tier = sum(quantity >= start for start in self.tier_from) - 1
        return self.tier_prices[max(tier, 0)]


class Buyers(Section, frozen=True):
    """Section on buyers: creators who may buy likes, and what they expect to gain."""

    demand: Annotated[
        str,
        one_of(
            DEMANDS,
            "none: nobody buys; fixed: orders until bought_share is reached; profit: who expects to "
            "gain buys; trial: a given number of orders of every size, for experiments.",
        ),
    ] = "fixed"
    trial_orders: Annotated[
        float, between(0, 1e4, "Orders of each size a day, times the seller's weight, where demand is trial.")
    ] = 0.5
    trial_returns: Annotated[
        int,
        between(
            0, 1_000, "How often a buyer comes back for another order of that size, where demand is trial."
        ),
    ] = 0
    trial_return_days: Annotated[int, between(1, 400, "Days until then.")] = 3
    bought_share: Annotated[
        float, between(0, 0.9, "Share of all likes that is bought, where demand is fixed.")
    ] = 0.045
    tempted_share: Annotated[Share, about("Share of creators who ever think of buying.")] = 0.3
    consider_per_day: Annotated[Share, about("Chance that a tempted creator thinks of it, a day.")] = 0.08
    pride_per_like: Annotated[Coins, about("Coins that a like is worth to a creator's pride (median).")] = (
        0.25
    )
    pride_spread: Annotated[Spread, about("Spread of pride (sigma of the logarithm).")] = 1.0
    fee_per_like: Annotated[
        Coins, about("Coins that advertisers pay a creator for each like that stands (mean).")
    ] = 0.5
    budget: Annotated[float, between(0, 1e9, "Coins that a creator can spend on one order (median).")] = 60.0
    budget_spread: Annotated[Spread, about("Spread of budgets (sigma of the logarithm).")] = 1.2
    income_per_thousand_views: Annotated[Coins, about("Coins a creator earns by a thousand views.")] = 8.0
    views_per_like_hoped: Annotated[Coins, about("Views that a buyer hopes for from a like, at first.")] = 6.0
    fear_of_missing_out: Annotated[
        float, between(0, 10, "How much more a buyer hopes for when all others of the topic buy.")
    ] = 0.4
    caught_at_first: Annotated[
        Share, about("Share of bought likes that buyers expect to lose, at first.")
    ] = 0.02
    learning: Annotated[Share, about("How fast buyers learn from what happened, a day.")] = 0.15
    caution: Annotated[float, between(0, 100, "How buyers weigh a coin lost against a coin gained.")] = 1.0


class Detector(Section, frozen=True):
    """Section on the detector: how the platform recognises bought likes."""

    kind: Annotated[
        str,
        one_of(
            DETECTORS,
            "none; perfect: every bought like; rates: the shares below; verify: zhenzan.verify itself.",
        ),
    ] = "none"
    recall: Annotated[Share, about("Share of bought likes found (kind rates).")] = 0.8
    recall_small: Annotated[Share, about("The same for orders of up to small_order likes.")] = 0.8
    small_order: Annotated[int, between(0, 1_000_000, "The largest order that is small.")] = 20
    false_share: Annotated[Share, about("Share of natural likes wrongly called fake (kind rates).")] = 0.0005
    delay_hours: Annotated[
        float, between(0, 10_000, "Hours from a like to its verdict (perfect, rates).")
    ] = 0.0
    every_days: Annotated[int, between(1, 400, "Days from one verification to the next (kind verify).")] = 1
    window_days: Annotated[
        int, between(1, 400, "Days of likes that a verification looks at (kind verify).")
    ] = 30


class Sanctions(Section, frozen=True):
    """Section on sanctions: what follows when likes are found bought. Strikes count the days on which a
    creator was caught.
    """

    void: Annotated[bool, about("Found likes no longer count: not shown, not ranked, not paid.")] = True
    strike_likes: Annotated[int, between(1, 1_000_000, "Likes found in one go that make a strike.")] = 5
    downrank: Annotated[Share, about("What an offender's weight in the ranking is multiplied by.")] = 1.0
    downrank_from: Annotated[int, between(1, 1_000, "The strike from which that is so.")] = 1
    freeze_days: Annotated[float, between(0, 1_000, "Days without income after a strike.")] = 0.0
    freeze_from: Annotated[int, between(1, 1_000, "The strike from which that is so.")] = 1
    fine_per_like: Annotated[Coins, about("Coins that the buyer pays for each found like.")] = 0.0
    fine_from: Annotated[int, between(1, 1_000, "The strike from which that is so.")] = 1
    repeat_factor: Annotated[
        float,
        between(
            1,
            10,
            "What fines and freezes are multiplied by at each further strike (up to ten times); "
            "1: all alike.",
        ),
    ] = 1.0
    ban_from: Annotated[int, between(0, 1_000, "The strike at which a creator is banned; 0 is never.")] = 0
    account_ban_likes: Annotated[
        int, between(0, 1_000, "Found likes after which a liking account is closed; 0 is never.")
    ] = 3
    seller_fine_per_like: Annotated[Coins, about("Coins that a seller pays for each found like.")] = 0.0
    restitution: Annotated[
        Share,
        about("Share of a seller's fine that is paid to the buyer; 0 keeps penalties away from buyers."),
    ] = 0.0


class Rewards(Section, frozen=True):
    """Cards that likes unlock."""

    card_threshold: Annotated[
        int, between(0, 1_000, "Likes of one creator that unlock a card; 0: there are none.")
    ] = 10
    card_value: Annotated[Coins, about("Coins that a card is worth to who gets it.")] = 0.5
    card_cost: Annotated[Coins, about("Coins that a card costs the platform.")] = 0.1


class Promotion(Section, frozen=True):
    """Honest promotion: labelled exposure to real people."""

    offered: Annotated[bool, about("Whether creators can buy it.")] = False
    sizes: Annotated[Sizes, items_about("Likes of an order: the sizes on offer.", rising=True)] = (10, 100)
    tier_from: Annotated[Sizes, items_about("Sizes from which …", rising=True)] = (10, 100)
    tier_prices: Annotated[
        tuple[UnitPrice, ...], items_about("… what a like that settles costs, in coins; no other is billed.")
    ] = (1.0, 0.8)
    window_hours: Annotated[int, between(2, 720, "Hours in which an order is delivered.")] = 48
    void_share: Annotated[
        Share, about("Share of promoted likes that are void, whatever the detector says of them.")
    ] = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.tier_from) != len(self.tier_prices):
            right = f"it must be {len(self.tier_from)}, one for each of tier_from"
            raise self.refused(f"holds {len(self.tier_prices)} numbers; {right}", "tier_prices")
        if self.tier_from[0] > self.sizes[0]:
            message = f"begins at {self.tier_from[0]:,}; orders of {self.sizes[0]:,} have no price"
            raise self.refused(message, "tier_from")


class Money(Section, frozen=True):
    """The platform's own income."""

    advertising_per_thousand_views: Annotated[Coins, about("Coins earned by a thousand views.")] = 20.0
    watched_exponent: Annotated[
        float, between(0, 2, "How advertising income depends on the time watched; 0: not at all.")
    ] = 0.5


class Records(Section, frozen=True):
    """Section on records: what a run keeps. Memory grows with it."""

    views: Annotated[Share, about("Share of viewers of whom views without any action are kept too.")] = 0.0
    gestures: Annotated[bool, about("Whether likes carry a pointer trace.")] = False
