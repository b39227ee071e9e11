"""The catalogue: points, cards, levels, rights and offers, and the rules that earn them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import field

from zhenzan.config import INTERNAL, about, between, items_about, shown
from zhenzan.deprecation import renamed_attributes
from zhenzan.rewards.catalogue_records import CatalogueRecord, Text
from zhenzan.rewards.catalogue_tables import (
    BOUNDS,
    RARITIES,
    TABLES_MAX,
    Campaign,
    Edition,
    Grade,
    Issuing,
    Ladder,
    Market,
    Offer,
    Points,
    Right,
)
from zhenzan.rewards.rules import RULES, CountRule, Rule

__all__ = ["Catalogue", "grade_id"]

ONCE = ("id", "is there already; ids are given once")
LISTED: dict[str, Any] = {"least": 0, "most": TABLES_MAX, "unique": ONCE}
HOURS_MAX = 87_600  # ten years
_SILENT = {
    "every": 1,
    "creator_most": 0,
    "depth": [],
    "streak": 0,
    "grace": 0,
    "grace_between": 0,
    "steps": [],
    "in_order": False,
}


@renamed_attributes(purse="budget_account")
class Catalogue(CatalogueRecord, frozen=True, dict=True, kw_only=True):
    """`digest` names this very text; every grant cites it. `timezone`: where days, weeks and months begin.

    `hold_days`: how long likes that are not judged yet hold what they would earn; `appeal_days`: how long a
    card is frozen, before it is burnt, when its likes turned out fake. `late_hours`: a like that comes in so
    long after its time earns nothing scarce; 0: it may be as late as it likes. `spendable_after_hours`: how
    long points and cards that were earned wait before they may be spent or passed on.
    """

    name: Annotated[Text, about("The catalogue's name.")] = "rewards"
    timezone: Annotated[Text, about("Where days, weeks and months begin.")] = "UTC"
    hold_days: Annotated[
        int,
        between(
            0, 3_650, "How many days the rewards of likes that are still uncertain are held; 0: not at all."
        ),
    ] = 30
    appeal_days: Annotated[
        int,
        between(
            0, 3_650, "How many days a card is frozen before it is burnt, when its likes turned out fake."
        ),
    ] = 0
    late_hours: Annotated[
        int,
        between(
            0,
            HOURS_MAX,
            "A like that the service receives more than this many hours after its time still counts, "
            "but earns nothing scarce: no place by `first`, no card that is rare (`rarity` above "
            "`common`) or that can be traded; 0: no limit, for importing old logs. A log from a file "
            "does not say when likes were received.",
        ),
    ] = 48
    spendable_after_hours: Annotated[
        int,
        between(
            0,
            HOURS_MAX,
            "How long points and cards must wait after they were granted and after the likes behind "
            "them arrived: points before they can be spent (redeem, buy, bid, rent), cards before they "
            "can be sold, rented out or redeemed. 720 is as long as the model may still change its "
            "verdicts. What comes from a deal need not wait.",
        ),
    ] = 24
    points: Annotated[Points, about("The points.", missing="write [points] with id, name and cap")]
    editions: Annotated[tuple[Edition, ...], items_about("Cards with serials.", **LISTED)] = field(
        name="edition", default=()
    )
    campaigns: Annotated[tuple[Campaign, ...], items_about("Rules that share a budget.", **LISTED)] = field(
        name="campaign", default=()
    )
    rules: Annotated[
        tuple[Rule, ...],
        items_about("What earns points and cards.", **LISTED, kinds=RULES),
    ] = field(name="rule", default=())
    ladders: Annotated[tuple[Ladder, ...], items_about("Levels.", **LISTED)] = field(
        name="ladder", default=()
    )
    rights: Annotated[tuple[Right, ...], items_about("What somebody may do.", **LISTED)] = field(
        name="right", default=()
    )
    offers: Annotated[
        tuple[Offer, ...], items_about("What points and cards can be redeemed for.", **LISTED)
    ] = field(name="offer", default=())
    market: Annotated[Market, about("Selling and renting.")] = Market()
    credentials: Annotated[Issuing | None, about("Turns [credentials](cli.md#badges-export) on.")] = None
    digest: Annotated[str, INTERNAL] = ""
    punctual_until: Annotated[int, INTERNAL] = 0
    """Likes that came in before this time (µs) are never late: a ledger of before `late_hours` sets it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            message = f"{shown(self.timezone)} is no time zone; write e.g. 'Asia/Shanghai'"
            raise self.refused(message, "timezone") from None
        self._check_ids()
        self._check_references()

    def _check_ids(self) -> None:
        """Points, cash and editions are assets of one ledger; a level's reward is granted under the ladder's
        id and its number, which no rule may have.
        """
        cash = self.market.cash
        if cash and cash.id == self.points.id:
            raise self.refused(f"{shown(cash.id)} {ONCE[1]}", "market", "cash", "id")
        for index, edition in enumerate(self.editions):
            if edition.id in (self.points.id, cash and cash.id):
                raise self.refused(f"{shown(edition.id)} {ONCE[1]}", "edition", index, "id")
        levels = {
            grade_id(ladder, number + 1): ladder.id
            for ladder in self.ladders
            for number in range(len(ladder.grades))
        }
        for index, rule in enumerate(self.rules):
            if rule.id in levels:
                message = f"{shown(rule.id)} names a level of ladder {levels[rule.id]!r}"
                raise self.refused(message, "rule", index, "id")

    def _check_references(self) -> None:
        """Editions, campaigns and ladders that other tables name are there."""
        editions = {edition.id for edition in self.editions}
        budgets = {campaign.id: campaign.budget for campaign in self.campaigns}
        for index, rule in enumerate(self.rules):
            self._check_known(rule.edition, editions, "rule", index, "edition")
            self._check_known(rule.campaign, budgets, "rule", index, "campaign")
            if rule.budget and budgets.get(rule.campaign):
                message = f"campaign {rule.campaign!r} pays from its own; write one of them"
                raise self.refused(message, "rule", index, "budget")
        for index, ladder in enumerate(self.ladders):
            for level, grade in enumerate(ladder.grades):
                self._check_known(grade.edition, editions, "ladder", index, "level", level, "edition")
        for index, offer in enumerate(self.offers):
            self._check_known(offer.edition, editions, "offer", index, "edition")
        self._check_rights(editions)

    def _check_rights(self, editions: Collection[str]) -> None:
        ladders = {ladder.id: ladder for ladder in self.ladders}
        for index, right in enumerate(self.rights):
            for source_index, source in enumerate(right.sources):
                key = ("right", index, "by", source_index)
                self._check_known(source.edition, editions, *key, "edition")
                self._check_known(source.ladder, ladders, *key, "ladder")
                if not source.ladder:
                    continue
                ladder = ladders[source.ladder]
                if right.per == "account" and ladder.per == "creator":
                    message = f"is 'creator', as ladder {ladder.id!r} is"
                    raise self.refused(message, "right", index, "per")
                if source.level > len(ladder.grades):
                    message = (
                        f"ladder {ladder.id!r} has {len(ladder.grades)} levels, so there is no {source.level}"
                    )
                    raise self.refused(message, *key, "level")

    def _check_known(self, id: str, known: Collection[str], *key: str | int) -> None:
        if id and id not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise self.refused(f"there is no {key[-1]} {shown(id)}; there are: {listed}", *key)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON. Every rule has the keys of all kinds; those of others are 0 or empty."""
        whole = super().to_dict()
        return whole | {"rules": [_SILENT | rule for rule in whole["rules"]]}

    @cached_property
    def granting(self) -> dict[str, Rule]:
        """Everything that grants, by its id: the rules, and the levels that give something."""
        rules = {rule.id: rule for rule in self.rules}
        for ladder in self.ladders:
            for number, grade in enumerate(ladder.grades, 1):
                if grade.points or grade.edition:
                    id = grade_id(ladder, number)
                    rules[id] = CountRule(
                        id, grade.name, per=ladder.per, points=grade.points, edition=grade.edition
                    )
        return rules

    def budget_account(self, rule: Rule) -> str:
        """The account on the ledger that pays a rule's points."""
        if rule.budget:
            return f"budget:{rule.id}"
        campaign = next((campaign for campaign in self.campaigns if campaign.id == rule.campaign), None)
        return f"budget:campaign:{campaign.id}" if campaign is not None and campaign.budget else "mint"

    def budgets(self) -> dict[str, int]:
        """The budget of each purse but the mint, in points."""
        amounts = {self.budget_account(rule): rule.budget for rule in self.rules if rule.budget}
        return amounts | {
            f"budget:campaign:{campaign.id}": campaign.budget
            for campaign in self.campaigns
            if campaign.budget
        }

    def likes_of(self, granting: Rule | Grade) -> str:
        """The table of the likes that count for what a rule or a level gives. For what is scarce, a place
        among the first so many or a card that is rare or can be traded, late ones do not.
        """
        edition = self.edition(granting.edition)
        is_dear = edition is not None and (edition.rarity != RARITIES[0] or edition.bound != BOUNDS[0])
        is_limited = isinstance(granting, Rule) and granting.first > 0
        return "punctual" if is_dear or is_limited else "settled"

    def edition(self, id: str) -> Edition | None:
        return next((edition for edition in self.editions if edition.id == id), None)


def grade_id(ladder: Ladder, number: int) -> str:
    """The id of the rule that grants a level's reward."""
    return f"{ladder.id}.{number}"
