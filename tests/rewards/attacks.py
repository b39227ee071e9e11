"""People who farm: backdated and fake likes, wash trades, rentals, opposed analysts, a platform that sends
late and twice. A plain model counts what each person's likes are worth in the end, and what they have.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.ledger.machines import KEY, Clock
from tests.rewards.synthetic_result import HOUR_US, START, Like, judged

from zhenzan.errors import MarketError, RedemptionError
from zhenzan.ledger import Ledger, NotHolderError, check
from zhenzan.rewards import (
    Catalogue,
    Decision,
    Market,
    Redemptions,
    cards_account,
    owed_account,
    points_account,
    read_catalogue,
    run_rewards,
)
from zhenzan.rewards.holdings import cards_held

FINAL_HOURS = 4 * 24  # after a like came in, its verdict is what is true
LATE_HOURS, LIST_PRICE, CUP, FIRST = 48, 10, 5, 4
PEOPLE = {"mal": ("m0", "m1", "m2"), "eve": ("e0", "e1"), "ann": ("a0",), "bo": ("b0",)}
PERSON = {account: person for person, accounts in PEOPLE.items() for account in accounts}
RINGS = {account: number for number, person in enumerate(("mal", "eve")) for account in PEOPLE[person]}
ITEMS = [f"v{number}" for number in range(40)]


def catalogue(wait_hours: int) -> Catalogue:
    return read_catalogue(f"""
format = 1
late_hours = {LATE_HOURS}
spendable_after_hours = {wait_hours}
hold_days = 5
appeal_days = 3
[points]
id = "points"
cap = 1_000_000
[[edition]]
id = "card"
bound = "tradable"
cap = 1_000
[[edition]]
id = "open-card"
bound = "tradable"
cap = 1_000
[[rule]]
id = "points"
points = 8
[[rule]]
id = "limited"
every = 3
first = {FIRST}
edition = "card"
[[rule]]
id = "cards"
every = 4
most = 3
edition = "open-card"
[[offer]]
id = "cup"
price = {CUP}
stock = 100_000
""")


@dataclass(frozen=True)
class Sent:
    """A like as it was sent: what is true of it, and how it looks until that is known."""

    account: str
    item: str
    hour: float
    received: float
    is_fake: bool
    looks: str

    def as_judged(self, now: float) -> Like:
        is_final = now >= self.received + FINAL_HOURS
        verdict = ("fake" if self.is_fake else "genuine") if is_final else self.looks
        return Like(self.account, self.item, self.hour, verdict, self.received)


class Town:
    """One run. `waits`: whether what was earned waits until verdicts are final."""

    def __init__(self, url: str | Path, folder: Path, seed: int, *, waits: bool) -> None:
        self.draw, self.folder, self.waits = random.Random(seed), folder, waits
        self.clock = Clock(START + 1_000 * HOUR_US)
        self.catalogue = catalogue(FINAL_HOURS if waits else 0)
        self.ledger = Ledger.open(url, key=KEY, clock=self.clock)
        self.market = Market(self.ledger, self.catalogue)
        self.shop = Redemptions(self.ledger, self.catalogue)
        self.sent: dict[tuple[str, str], Sent] = {}
        self.decided: dict[str, Decision] = {}
        self.bought: Counter[str] = Counter()  # by person: goods and rents, at their price
        self.done: Counter[str] = Counter()
        self.runs = itertools.count()
        self.ever_owed: set[str] = set()

    def close(self) -> None:
        self.ledger.close()

    @property
    def hour(self) -> float:
        return (self.clock.now - START) / HOUR_US

    def step(self) -> None:
        acts = {
            self.like: 24,
            self.list_card: 14,
            self.buy: 12,
            self.bid: 6,
            self.offer: 6,
            self.accept: 6,
            self.rent: 6,
            self.redeem: 10,
            self.call_off: 3,
            self.decide: 1,
            self.day: 3,
        }
        act = self.draw.choices(list(acts), list(acts.values()))[0]
        name = act.__name__
        try:
            act()
            self.done[name] += 1
        except (MarketError, RedemptionError, NotHolderError) as refusal:
            self.done[f"{name}: {'owes' if 'owes' in str(refusal) else 'refused'}"] += 1

    # What people do.

    def like(self) -> None:
        """Now or, it is said, some days ago; what is there already is sent again, or told late."""
        account, item = self.draw.choice(list(PERSON)), self.draw.choice(ITEMS)
        is_mean = PERSON[account] in ("mal", "eve")
        is_fake = is_mean and self.draw.random() < (0.3 if account.endswith("0") else 0.9)
        back = self.draw.choice([0, 0, 0, 0, 1, 30, 400])
        looks = self.draw.choice(["genuine", "genuine", "uncertain", "fake"])
        like = Sent(account, item, self.hour - back, self.hour, is_fake, looks)
        self.sent.setdefault((account, item), like)

    def card(self, account: str) -> tuple[str, int]:
        cards = [
            (card.edition, card.serial)
            for edition in ("card", "open-card")
            for card in cards_held(self.ledger, edition, account)
        ]
        return self.draw.choice(cards) if cards else ("card", 1)

    def list_card(self) -> None:
        account = self.one_with(self.cards)
        ways = (self.market.sell, self.market.auction, self.market.let)
        price = self.draw.choice([1, 3, LIST_PRICE, LIST_PRICE, 40])
        self.draw.choice(ways)(account, *self.card(account), price, days=self.draw.randint(1, 9))

    def one_with(self, what: Callable[[str], int]) -> str:
        """Anybody who has some; else anybody."""
        return self.draw.choice([account for account in PERSON if what(account)] or list(PERSON))

    def listing(self, kind: str) -> tuple[str, str, int]:
        """Somebody, and a listing of that kind that they may deal in: strangers pay the list price."""
        account = self.one_with(self.free)
        listings = [
            listing
            for listing in self.market.listings()
            if listing.kind == kind
            and (kind == "rent" or listing.price == LIST_PRICE or self.are_one(account, listing.seller))
        ]
        if not listings:
            raise MarketError("nothing is on the market")
        chosen = self.draw.choice(listings)
        return account, chosen.id, chosen.price

    def are_one(self, account: str, other: str) -> bool:
        return PERSON[account] == PERSON[other]

    def buy(self) -> None:
        account, id, _ = self.listing("fixed")
        self.market.buy(account, id, accepts_let=True)

    def bid(self) -> None:
        """Strangers bid the list price at most, which is the least that they may."""
        account, id, price = self.listing("auction")
        more = self.draw.randint(0, 9) if self.are_one(account, self.market.find(id).seller) else 0
        self.market.bid(account, id, price + more, accepts_let=True)

    def offer(self) -> None:
        account, holder = self.one_with(self.free), self.one_with(self.cards)
        self.market.offer(account, *self.card(holder), LIST_PRICE, days=3, accepts_let=True)

    def accept(self) -> None:
        account = self.one_with(self.cards)
        for bid in self.market.offers(*self.card(account)):
            self.market.accept(account, bid.id)

    def rent(self) -> None:
        account, id, price = self.listing("rent")
        days = self.draw.randint(1, 4)
        owner = self.market.find(id).seller
        self.market.rent(account, id, days)
        self.bought[PERSON[account]] += price * days
        self.bought[PERSON[owner]] -= price * days

    def redeem(self) -> None:
        account = self.one_with(self.free)
        self.shop.redeem(account, "cup")
        self.bought[PERSON[account]] += CUP

    def call_off(self) -> None:
        account = self.draw.choice(list(PERSON))
        for listing in self.market.listings():
            if listing.seller == account:
                self.market.cancel(account, listing.id)

    def decide(self) -> None:
        """One analyst or the other, of opposite minds; while nothing was spent yet, where that waits."""
        if self.waits and self.hour > 1_000 + FINAL_HOURS:
            return
        who = self.draw.choice(list(PERSON))
        self.decided[who] = Decision(self.draw.random() < 0.5, self.clock.now)

    def day(self) -> None:
        self.clock.now += int(self.draw.uniform(12, 120) * HOUR_US)
        self.settle()

    # What follows.

    def settle(self) -> None:
        likes = [like.as_judged(self.hour) for like in self.sent.values()]
        result = judged(self.folder / f"r{next(self.runs)}", likes, RINGS)
        run_rewards(self.ledger, self.catalogue, result, decided=self.decided)
        self.market.close()
        self.ever_owed |= {account for account in PERSON if self.owed(account)}
        for account in PERSON:
            assert not (self.free(account) and self.owed(account)), "a debt that could be met was not"

    def end(self) -> None:
        """All verdicts are final, all deals over."""
        self.clock.now += (FINAL_HOURS + 1) * HOUR_US
        self.settle()
        self.clock.now += 40 * 24 * HOUR_US
        self.settle()
        check(self.ledger)

    def posted(self, account: str) -> int:
        name = points_account(self.ledger, account)
        return self.ledger.balance(name).posted if self.ledger.is_open(name) else 0

    def free(self, account: str) -> int:
        name = points_account(self.ledger, account)
        return self.ledger.balance(name).available if self.ledger.is_open(name) else 0

    def owed(self, account: str) -> int:
        name = owed_account(self.ledger, account)
        return -self.ledger.balance(name).posted if self.ledger.is_open(name) else 0

    def cards(self, account: str) -> int:
        names = [cards_account(self.ledger, edition, account) for edition in ("card", "open-card")]
        return sum(self.ledger.balance(name).posted for name in names if self.ledger.is_open(name))

    def counts(self, like: Sent) -> bool:
        decision = self.decided.get(like.account)
        if decision is not None and START + like.received * HOUR_US <= decision.until:
            return not decision.is_fake
        return not like.is_fake

    def worth(self, person: str) -> int:
        """What a person's likes earn in the end, had nobody else been there, in points."""
        total = 0
        for account in PEOPLE[person]:
            likes = [like for like in self.sent.values() if like.account == account and self.counts(like)]
            in_time = sum(like.received - like.hour <= LATE_HOURS for like in likes)
            total += 8 * len(likes) + LIST_PRICE * (min(in_time // 4, 3) + (in_time >= 3))
        return total

    def gain(self, person: str) -> int:
        """What a person has and had, in points: cards at the list price."""
        accounts = PEOPLE[person]
        return self.bought[person] + sum(
            self.posted(account) + LIST_PRICE * self.cards(account) for account in accounts
        )

    def spared(self, person: str) -> int:
        """Cards of likes that did not count in the end, which others had bought in good faith before."""
        rows = self.ledger.database.fetch("SELECT account, spared FROM grants WHERE spared > 0")
        return sum(int(row[1]) for row in rows if PERSON[row[0]] == person)
