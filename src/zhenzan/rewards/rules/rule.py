"""Base class of earning rules: whose likes, within which limits, for which reward."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, Self

import duckdb

from zhenzan.config import FLAT, Key, about, items_about, one_of
from zhenzan.rewards.catalogue_records import (
    EVER,
    Amount,
    CatalogueRecord,
    Count,
    Depth,
    Filter,
    Named,
    Text,
)

__all__ = ["SCOPES", "WINDOWS", "Part", "Rule", "Then"]

SCOPES = ("account", "creator", "item", "app")
WINDOWS = ("all", "day", "week", "month")

Part = tuple[str, list[object]]
"""A statement or a condition, and its values."""


class Then(CatalogueRecord, frozen=True, array_like=True):
    """Diminishing returns: what each grant gives after the first `after` grants."""

    after: Annotated[
        Count, about("After this many grants of the rule to one account, within one scope and window.")
    ]
    points: Annotated[Amount, about("The points that each further grant gives.")]


class Rule(Named, frozen=True):
    """A rule that earns grants for an account's settled likes, counted together by `per` and `window`.

    Only likes that pass `filter`, only of accounts with `elsewhere` settled likes of other creators. At most
    `most` grants for each account, scope and window; only for the first `first` accounts. A grant is `points`
    (in the smallest unit) out of a budget, its own or its campaign's, or a card of `edition`; `then`: what
    points each gives after so many. 0, empty or None: no such limit.

    A kind of rule is a subclass with a tag and a statement; it is added to `RULES`.
    """

    campaign: Annotated[Text, about("The campaign that the rule belongs to.")] = ""
    per: Annotated[
        str,
        one_of(
            SCOPES,
            "Likes of an account are counted together (`account`), or apart for each creator, item (a video, "
            "a live room) or app.",
        ),
    ] = "account"
    window: Annotated[str, one_of(WINDOWS, "Counted over all time, or apart for each of these.")] = "all"
    most: Annotated[
        Amount,
        about(
            "The most grants for each account, scope and window; 0: no limit. The default is "
            "1 for a rule that gives cards."
        ),
    ] = 0
    first: Annotated[
        Amount,
        about(
            "Only the first N accounts get a grant; 0: all do. A place that was granted stays while its"
            " account's likes count; whoever comes later, or with earlier times, queues behind. A place"
            " whose card is frozen, or was sold, is not given away."
        ),
    ] = 0
    filter: Annotated[Filter, FLAT] = EVER
    elsewhere: Annotated[
        Amount,
        about(
            "Only for accounts with at least this many settled likes on other creators' items, i.e. "
            "people already known here; 0: all."
        ),
    ] = 0
    points: Annotated[Amount, about("Points per grant, in the smallest unit.")] = 0
    then: Annotated[
        tuple[Then, ...],
        items_about("Diminishing returns: later grants give fewer points.", least=0, rising_by="after"),
    ] = ()
    edition: Annotated[Text, about("A grant is a card of this edition.")] = ""
    budget: Annotated[
        Amount, about("The points that this rule may give in all; 0: whatever `cap` allows.")
    ] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.points) == bool(self.edition):
            raise self.refused("gives `points` or a card of an `edition`: write one of them")
        if self.edition and self.budget:
            raise self.refused("is for points; an edition's cap limits its cards", "budget")
        if self.edition and self.then:
            raise self.refused("is for points", "then")

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a rule's table; a card is granted once where nothing else is said."""
        table = cls.table(value, key)
        return super().from_value(({"most": 1} if table.get("edition") else {}) | table, key)

    @property
    def needs_all_accounts(self) -> bool:
        """Whether what one account earns depends on what others earn."""
        return self.first > 0

    @property
    def depth(self) -> tuple[Depth, ...]:
        """How much a like counts by the share watched; nothing where every like counts once."""
        return ()

    def filters(self) -> Iterator[Filter]:
        """The filters of a rule's likes."""
        yield self.filter

    def prepare(self, connection: duckdb.DuckDBPyConnection, campaign: Filter | None, likes: str) -> None:
        """Write what the statement reads beside the likes."""

    @abstractmethod
    def claims_sql(self, campaign: Filter | None, likes: str) -> Part:
        """The statement over the table `likes`: account, `scope`, window as `span`, `grants`, and when the
        last was earned, `earned_at` (µs).
        """

    def worth(self, grants: int) -> int:
        """The points of so many grants of one claim; a card is worth none."""
        total, begun, points_each = 0, 0, self.points
        for step in self.then:
            if grants <= step.after:
                break
            total += (step.after - begun) * points_each
            begun, points_each = step.after, step.points
        return total + (grants - begun) * points_each
