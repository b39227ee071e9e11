"""The catalogue: which points, cards, levels, rights and offers there are, and the rules that earn them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

__all__ = [
    "ARTS",
    "BOUNDS",
    "EVER",
    "GOODS",
    "KINDS",
    "RARITIES",
    "RIGHTS",
    "SCOPES",
    "WINDOWS",
    "Campaign",
    "Catalogue",
    "Edition",
    "Filter",
    "Grade",
    "Issuing",
    "Ladder",
    "Market",
    "Offer",
    "Points",
    "Right",
    "Rule",
    "Source",
    "Step",
    "Words",
    "grade_id",
]

KINDS = ("fan-club badge", "level badge", "live-room prop", "task token", "brand edition")
ARTS = ("static", "animated", "3-D")
RARITIES = ("common", "rare", "epic", "legendary")
BOUNDS = ("soul-bound", "tradable", "rentable")
GOODS = ("coupon", "sample", "merchandise", "traffic voucher", "red packet")
RIGHTS = (
    "priority comment", "exclusive cover", "question access", "coupon", "traffic voucher", "early ticket",
)  # fmt: skip
SCOPES = ("account", "creator", "item", "app")
WINDOWS = ("all", "day", "week", "month")
DISTINCT = ("likes", "creators", "items", "days")


@dataclass(frozen=True)
class Words:
    """A text in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Points:
    """`cap`: the most that may ever be out, in the smallest unit; `scale` decimal digits of one point;
    `expire_days`: how long what was earned may be spent, 0 for ever.
    """

    id: str
    name: Words
    scale: int
    cap: int
    expire_days: int = 0


@dataclass(frozen=True)
class Edition:
    """Cards of one kind, with serials 1 to `cap`. `royalty`: the share of every sale that goes to `creator`.

    Tradable cards may be sold and rented, rentable ones rented, soul-bound ones neither.
    """

    id: str
    series: str
    name: Words
    kind: str
    art: str
    rarity: str
    bound: str
    cap: int
    creator: str = ""
    royalty: float = 0.0


@dataclass(frozen=True)
class Filter:
    """Which likes count: of these, from `begin` until before `end`, after so much of the item was watched (a
    share of its length; 0: any). Empty or None: all.
    """

    creators: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    begin: datetime | None = None
    end: datetime | None = None
    watched: float = 0.0


EVER = Filter()


@dataclass(frozen=True)
class Campaign:
    """Rules that share a purse: their likes must pass `filter` too; together they pay at most `budget`
    points.
    """

    id: str
    name: Words
    filter: Filter
    budget: int


@dataclass(frozen=True)
class Step:
    """A part of a mission: `count` likes, or likes of so many different creators, items or days."""

    name: Words
    count: int
    of: str
    filter: Filter


@dataclass(frozen=True)
class Rule:
    """For every `every` settled likes of an account, counted together by `per` and `window`, a grant.

    Only likes that pass `filter`, only of accounts with `elsewhere` settled likes of other creators. A like
    counts once, or by `depth`: pairs of a watched share and what a like counts from there on. At most `most`
    grants for each account, scope and window, `creator_most` for each creator and window; only for the first
    `first` accounts. `streak`: instead, a grant for each row of so many windows with `every` likes each, in
    which at most `grace` in all, and `grace_between` between any two, were missed; one of them alone is the
    only limit. `steps`: instead, a grant when all are done,
    `in_order` one after the other. A grant is `points` (in the smallest unit) out of a budget, its own or its
    campaign's, or a card of `edition`; `then`: pairs of a number of grants and what points each gives after
    so many. 0, empty or None: no such limit.
    """

    id: str
    name: Words
    per: str = "account"
    window: str = "all"
    every: int = 1
    most: int = 0
    creator_most: int = 0
    first: int = 0
    filter: Filter = EVER
    elsewhere: int = 0
    depth: tuple[tuple[float, int], ...] = ()
    streak: int = 0
    grace: int = 0
    grace_between: int = 0
    steps: tuple[Step, ...] = ()
    in_order: bool = False
    points: int = 0
    then: tuple[tuple[int, int], ...] = ()
    edition: str = ""
    budget: int = 0
    campaign: str = ""

    def worth(self, grants: int) -> int:
        """What so many grants of one claim are worth, in points; a card is worth none."""
        total, begun, each = 0, 0, self.points
        for after, points in self.then:
            if grants <= after:
                break
            total += (after - begun) * each
            begun, each = after, points
        return total + (grants - begun) * each


@dataclass(frozen=True)
class Grade:
    """A level: reached at a score of `at`; `points` or a card of `edition` once, when it is first reached."""

    at: int
    name: Words
    points: int = 0
    edition: str = ""


@dataclass(frozen=True)
class Ladder:
    """Levels by settled likes, of an account in all or with each creator. A like counts once, or by `depth`,
    and half as much every `half_life_days`; 0: for ever.
    """

    id: str
    name: Words
    per: str
    filter: Filter
    depth: tuple[tuple[float, int], ...]
    half_life_days: float
    grades: tuple[Grade, ...]

    def level(self, score: float) -> int:
        """The level that a score stands for, from 1; 0 for none."""
        return sum(score >= grade.at - 1e-9 for grade in self.grades)


@dataclass(frozen=True)
class Source:
    """What gives a right of `tier`: a card of `edition`, or `level` of `ladder` and above. `days`: a card
    gives it for so long after it was minted; 0: as long as it is held.
    """

    tier: int
    edition: str = ""
    ladder: str = ""
    level: int = 0
    days: int = 0


@dataclass(frozen=True)
class Right:
    """What somebody may do: everywhere, or `per` creator. `until`: nobody has it after that."""

    id: str
    name: Words
    kind: str
    per: str
    until: datetime | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Offer:
    """What can be had for `price` points (in the smallest unit) and a card of `edition` ("" for none).

    The card is handed in. `stock`: how many there are; `most`: how many one account may have, 0 for no limit.
    """

    id: str
    name: Words
    kind: str
    price: int
    edition: str
    stock: int
    most: int


@dataclass(frozen=True)
class Market:
    """`fee`: the platform's share of every price. `cash`: the asset that may be paid with instead of points,
    None unless the operator turned cash trading on. `rent_days_max`: the longest that a card may be let for.
    """

    fee: float = 0.05
    cash: Points | None = None
    rent_days_max: int = 30


@dataclass(frozen=True)
class Issuing:
    """Who hands out credentials. `status_url`: where the list of revoked ones will be; a list holds for
    `status_days`.
    """

    issuer: Words
    status_url: str
    status_days: int


@dataclass(frozen=True)
class Catalogue:
    """`digest` names this very text; every grant cites it. `timezone`: where days, weeks and months begin.

    `hold_days`: how long likes that are not judged yet hold what they would earn; `appeal_days`: how long a
    card is frozen, before it is burnt, when its likes turned out fake. `late_hours`: a like that comes in so
    long after its time earns nothing scarce; 0: it may be as late as it likes. `spendable_after_hours`: how
    long points and cards that were earned wait before they may be spent or passed on.
    """

    name: str
    timezone: str
    points: Points
    editions: tuple[Edition, ...]
    rules: tuple[Rule, ...]
    offers: tuple[Offer, ...]
    digest: str
    campaigns: tuple[Campaign, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    rights: tuple[Right, ...] = ()
    market: Market = field(default_factory=Market)
    credentials: Issuing | None = None
    hold_days: int = 30
    appeal_days: int = 0
    late_hours: int = 48
    spendable_after_hours: int = 24
    punctual_until: int = 0
    """Likes that came in before this time (µs) are never late: a ledger of before `late_hours` sets it."""

    @cached_property
    def granting(self) -> dict[str, Rule]:
        """Everything that grants, by its id: the rules, and the levels that give something."""
        found = {rule.id: rule for rule in self.rules}
        for ladder in self.ladders:
            for number, grade in enumerate(ladder.grades, 1):
                if grade.points or grade.edition:
                    id = grade_id(ladder, number)
                    found[id] = Rule(
                        id, grade.name, per=ladder.per, points=grade.points, edition=grade.edition
                    )
        return found

    def purse(self, rule: Rule) -> str:
        """The account on the ledger that pays a rule's points."""
        if rule.budget:
            return f"budget:{rule.id}"
        campaign = next((each for each in self.campaigns if each.id == rule.campaign), None)
        return f"budget:campaign:{campaign.id}" if campaign is not None and campaign.budget else "mint"

    def budgets(self) -> dict[str, int]:
        """What each purse but the mint is given in all, in points."""
        found = {self.purse(rule): rule.budget for rule in self.rules if rule.budget}
        return found | {f"budget:campaign:{each.id}": each.budget for each in self.campaigns if each.budget}

    def likes_of(self, granting: Rule | Grade) -> str:
        """The table of the likes that count for what a rule or a level gives. For what is scarce, a place
        among the first so many or a card that is rare or can be traded, late ones do not.
        """
        edition = self.edition(granting.edition)
        is_dear = edition is not None and (edition.rarity != RARITIES[0] or edition.bound != BOUNDS[0])
        is_limited = isinstance(granting, Rule) and granting.first > 0
        return "punctual" if is_dear or is_limited else "settled"

    def edition(self, id: str) -> Edition | None:
        return next((each for each in self.editions if each.id == id), None)


def grade_id(ladder: Ladder, number: int) -> str:
    """What the rule is called that grants a level's reward."""
    return f"{ladder.id}.{number}"
