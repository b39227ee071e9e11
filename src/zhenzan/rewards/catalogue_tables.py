"""Tables of a catalogue: points, cards, campaigns, levels, rights, offers, the market, credentials."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta, field

from zhenzan.config import FLAT, Key, about, between, items_about, one_of
from zhenzan.rewards.catalogue_records import (
    EVER,
    Amount,
    CatalogueRecord,
    Count,
    Depth,
    Filter,
    Named,
    Text,
    Time,
    Words,
)

__all__ = [
    "ARTS",
    "BOUNDS",
    "GOODS",
    "KINDS",
    "RARITIES",
    "RIGHTS",
    "TABLES_MAX",
    "Campaign",
    "Edition",
    "Grade",
    "Issuing",
    "Ladder",
    "Market",
    "Offer",
    "Points",
    "Right",
    "Source",
]

KINDS = ("fan-club badge", "level badge", "live-room prop", "task token", "brand edition")
ARTS = ("static", "animated", "3-D")
RARITIES = ("common", "rare", "epic", "legendary")
BOUNDS = ("soul-bound", "tradable", "rentable")
GOODS = ("coupon", "sample", "merchandise", "traffic voucher", "red packet")
RIGHTS = (
    "priority comment",
    "exclusive cover",
    "question access",
    "coupon",
    "traffic voucher",
    "early ticket",
)
OWNERS = ("account", "creator")
TABLES_MAX = 1_000  # of one kind
DAYS_MAX = 36_500

Days = Annotated[int, Meta(ge=0, le=DAYS_MAX)]
HalfOrLess = Annotated[float, Meta(ge=0, le=0.5)]


class Points(Named, frozen=True):
    """`cap`: the most that may ever be out, in the smallest unit; `scale` decimal digits of one point;
    `expire_days`: how long what was earned may be spent, 0 for ever.
    """

    cap: Annotated[Count, about("The most that may ever be in circulation, in the smallest unit.")]
    scale: Annotated[int, between(0, 9, "Number of decimal places: 2 makes the smallest unit 0.01.")] = 0
    expire_days: Annotated[
        Days, about("How many days until earned points lapse, oldest first; 0: never.")
    ] = 0


class Edition(Named, frozen=True):
    """Cards of one kind, with serials 1 to `cap`. `royalty`: the share of every sale that goes to `creator`.

    Tradable cards may be sold and rented, rentable ones rented, soul-bound ones neither.
    """

    cap: Annotated[Count, about("How many cards there may be, with serials from 1.")]
    series: Annotated[Text, about("The series that the edition belongs to.")] = ""
    kind: Annotated[str, one_of(KINDS, "What the cards are.")] = KINDS[0]
    art: Annotated[str, one_of(ARTS, "How they are drawn.")] = ARTS[0]
    rarity: Annotated[str, one_of(RARITIES, "Anything above `common` counts as scarce.")] = RARITIES[0]
    bound: Annotated[
        str,
        one_of(
            BOUNDS,
            "`soul-bound`: neither sold nor rented out; `tradable`: both; `rentable`: rented out only.",
        ),
    ] = BOUNDS[0]
    creator: Annotated[Text, about("Whose cards they are.")] = ""
    royalty: Annotated[HalfOrLess, about("The share of every sale that goes to `creator`.")] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.royalty and not self.creator:
            raise self.refused("is missing: name who gets the royalty", "creator")


class Campaign(Named, frozen=True):
    """Rules that share a purse: their likes must pass `filter` too; together they pay at most `budget`
    points.
    """

    filter: Annotated[Filter, FLAT] = EVER
    budget: Annotated[Amount, about("The points that its rules may give in all; 0: each has its own.")] = 0


class Grade(CatalogueRecord, frozen=True):
    """A level: reached at a score of `at`; `points` or a card of `edition` once, when it is first reached."""

    at: Annotated[Count, about("The score needed; must be higher than the previous level's.")]
    name: Annotated[
        Words, about("What people call it; `Lv.1` and so on where it is left out.", value="name", filled=True)
    ]
    points: Annotated[Amount, about("Points that are given once, when it is first reached.")] = 0
    edition: Annotated[Text, about("Or a card of this edition.")] = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.points and self.edition:
            raise self.refused("gives `points` or a card of an `edition`, not both")

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a level that may leave out its name."""
        return super().from_value({"name": f"Lv.{int(key[-1]) + 1}"} | cls.table(value, key), key)


class Ladder(Named, frozen=True, kw_only=True):
    """Levels by settled likes, of an account in all or with each creator. A like counts once, or by `depth`,
    and half as much every `half_life_days`; 0: for ever.
    """

    per: Annotated[str, one_of(OWNERS, "Levels of an account in all, or with each creator.")] = "account"
    filter: Annotated[Filter, FLAT] = EVER
    depth: Annotated[tuple[Depth, ...], items_about("As for rules.", least=0, rising_by="watched")] = ()
    half_life_days: Annotated[
        float, between(0, DAYS_MAX, "Days after which a like counts only half; 0: likes never lose weight.")
    ] = 0.0
    grades: Annotated[
        tuple[Grade, ...],
        items_about(
            "The levels, in ascending order.",
            most=TABLES_MAX,
            rising_by="at",
            missing="a ladder has one [[ladder.level]] or more, each with `at`",
        ),
    ] = field(name="level")

    def level(self, score: float) -> int:
        """The level that a score stands for, from 1; 0 for none."""
        return sum(score >= grade.at - 1e-9 for grade in self.grades)


class Source(CatalogueRecord, frozen=True):
    """A source of a right of `tier`: a card of `edition`, or `level` of `ladder` and above. `days`: a card
    gives it for so long after it was minted; 0: as long as it is held.
    """

    tier: Annotated[int, between(1, 100, "Which tier of the right it gives.")] = 1
    edition: Annotated[Text, about("A card of this edition gives it.")] = ""
    ladder: Annotated[Text, about("Or a level of this ladder.")] = ""
    level: Annotated[Count, about("The lowest level of the ladder that gives the right.")] = 1
    days: Annotated[
        Days, about("For how many days after it was minted a card gives the right; 0: as long as it is held.")
    ] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.edition) == bool(self.ladder):
            raise self.refused("names an `edition` or a `ladder`: write one of them")
        if self.ladder and self.days:
            raise self.refused("is for an `edition`; a level gives while it is held", "days")


class Right(Named, frozen=True):
    """A right of an account: everywhere, or `per` creator. `until`: nobody has it after that."""

    sources: Annotated[
        tuple[Source, ...],
        items_about("What gives it.", missing="write [[right.by]] with edition or ladder"),
    ] = field(name="by")
    kind: Annotated[str, one_of(RIGHTS, "What it is.")] = RIGHTS[0]
    per: Annotated[str, one_of(OWNERS, "Whether it holds everywhere or with each creator.")] = "account"
    until: Annotated[Time | None, about("When it ends for all.")] = None


class Offer(Named, frozen=True):
    """An offer of the catalogue, for `price` points (in the smallest unit) and a card of `edition` ("" for
    none).

    The card is handed in. `stock`: how many there are; `most`: how many one account may have, 0 for no limit.
    """

    stock: Annotated[
        Count,
        about(
            "How many there are; a higher number later adds the difference, a lower one takes nothing "
            "out of stock."
        ),
    ]
    kind: Annotated[str, one_of(GOODS, "What it is.")] = GOODS[0]
    price: Annotated[Amount, about("Points, in the smallest unit; 0: none.")] = 0
    edition: Annotated[Text, about("A card of this edition is handed in.")] = ""
    most: Annotated[Amount, about("How many one account may have; 0: no limit.")] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.price and not self.edition:
            raise self.refused(
                "costs nothing: write a `price` in points, an `edition` whose card is handed in, or both"
            )


class Market(CatalogueRecord, frozen=True):
    """`fee`: the platform's share of every price. `cash`: the asset that may be paid with instead of points,
    None unless the operator turned cash trading on. `rent_days_max`: the longest that a card may be let for.
    """

    fee: Annotated[HalfOrLess, about("The platform's share of every price.")] = 0.05
    cash: Annotated[
        Points | None, about("Turns trading for cash on, which is off without it; keys as for `[points]`.")
    ] = None
    rent_days_max: Annotated[int, between(1, 365, "The longest time that a card may be rented out for.")] = 30


class Issuing(CatalogueRecord, frozen=True):
    """The issuer of credentials. `status_url`: where the list of revoked ones will be; a list holds for
    `status_days`.
    """

    issuer: Annotated[Words, about("Who issues the credentials.", value="name")]
    status_url: Annotated[
        Text,
        Meta(pattern="^https://"),
        about("Where the status list will be.", must_be="an address; it begins with https://"),
    ]
    status_days: Annotated[int, between(1, 365, "How many days a status list is valid.")] = 7
