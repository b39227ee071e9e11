"""What may be asked of a list: a search by id, filters, an order; the same over the API and on the pages.

What is asked becomes conditions and an order that are written here; everything from outside is a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import Meta

from zhenzan.errors import InputError

__all__ = [
    "ALL",
    "NUMBER_MAX",
    "AccountsQuery",
    "CasesQuery",
    "CreatorsQuery",
    "Filter",
    "ItemsQuery",
    "KeysQuery",
    "LeadersQuery",
    "ListQuery",
    "OneQuery",
    "RingsQuery",
    "list_query_of",
]

ID_MAX = 300  # letters
NUMBER_MAX = 2**31 - 1  # what a ring's number, and a count, never exceeds

Number = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Verdict = Annotated[
    Literal["", "fake", "uncertain", "genuine"], Meta(description="Only those with likes of this verdict.")
]


@dataclass(frozen=True)
class Filter:
    """Conditions with a `?` for each of the values, and an order; "" is the list's own."""

    conditions: tuple[str, ...] = ()
    values: tuple[str | int, ...] = ()
    order: str = ""


ALL = Filter()
Part = tuple[str, *tuple[str | int, ...]]
"""A condition and its values."""


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What every list can be asked."""

    searched: ClassVar[tuple[str, ...]]
    """The columns of which one is, or begins with, what is searched for."""
    orders: ClassVar[Mapping[str, str]]
    """The order of each `sort`; of a list without one, that of ""."""

    search: Annotated[
        str, Meta(max_length=ID_MAX, description="Only ids that begin so; capitals and small letters differ.")
    ] = ""
    exact: Annotated[bool, Meta(description="`search` is the whole id.")] = False

    def __post_init__(self) -> None:
        if "\0" in self.search:
            raise InputError("what is searched for holds a character that no id has")

    def filter(self) -> Filter:
        """As conditions and an order."""
        parts = [*self._named(), *self._filters()]
        values = tuple(value for _, *compared in parts for value in compared)
        order = self.orders[getattr(self, "sort", "")]
        return Filter(tuple(condition for condition, *_ in parts), values, order)

    def _named(self) -> Iterator[Part]:
        if self.search:
            form = "{} = ?" if self.exact else "substr({}, 1, ?) = ?"
            values = (self.search,) if self.exact else (len(self.search), self.search)
            yield f"({' OR '.join(map(form.format, self.searched))})", *values * len(self.searched)

    def _filters(self) -> Iterator[Part]:
        """What the other fields ask for."""
        yield from ()


class ItemsQuery(ListQuery, frozen=True, kw_only=True):
    """Of items: of whom, with which likes."""

    creator: Annotated[str, Meta(max_length=ID_MAX, description="Only of this creator.")] = ""
    verdict: Verdict = ""
    sort: Annotated[
        Literal["worst", "share", "claimed", "verified"],
        Meta(description="Most fake likes, largest share of fake ones, most claimed or verified first."),
    ] = "worst"

    searched = ("item::VARCHAR",)
    orders = {
        "worst": "",
        "share": "fake / greatest(claimed, 1) DESC, fake DESC, item",
        "claimed": "claimed DESC, item",
        "verified": "verified DESC, item",
    }

    def _filters(self) -> Iterator[Part]:
        if self.creator:
            yield "COALESCE(creator::VARCHAR, item::VARCHAR) = ?", self.creator
        if self.verdict:
            yield (_ITEM_VERDICTS[self.verdict],)


class AccountsQuery(ListQuery, frozen=True, kw_only=True):
    """Of accounts: in which ring, with which likes."""

    ring: Annotated[Number | None, Meta(description="Only members of this ring.")] = None
    in_ring: Annotated[bool, Meta(description="Only members of rings.")] = False
    verdict: Verdict = ""
    sort: Annotated[
        Literal["worst", "share", "likes", "creators"],
        Meta(description="Most fake likes, largest share of fake ones, most likes or creators first."),
    ] = "worst"

    searched = ("account::VARCHAR",)
    orders = {
        "worst": "",
        "share": "fake_likes / greatest(likes, 1) DESC, fake_likes DESC, account",
        "likes": "likes DESC, account",
        "creators": "creators DESC, likes DESC, account",
    }

    def _filters(self) -> Iterator[Part]:
        if self.ring is not None:
            yield "ring = ?", self.ring
        if self.in_ring:
            yield ("ring IS NOT NULL",)
        if self.verdict == "fake":
            yield ("fake_likes > 0",)
        elif self.verdict:
            yield "account IN (SELECT account FROM verdicts WHERE verdict = ?)", self.verdict


class RingsQuery(ListQuery, frozen=True, kw_only=True):
    """Of rings: how they work, how large."""

    kind: Annotated[
        Literal["", "burst", "drip", "pool", "throwaway", "crowd"],
        Meta(description="Only those that work so."),
    ] = ""
    accounts_min: Annotated[
        int, Meta(ge=0, le=NUMBER_MAX, description="Only of so many accounts or more.")
    ] = 0
    sort: Annotated[
        Literal["biggest", "likes", "items", "newest"],
        Meta(description="Most accounts, likes or items, or latest like first."),
    ] = "biggest"

    searched = ("ring::VARCHAR",)
    orders = {
        "biggest": "",
        "likes": "likes DESC, ring",
        "items": "items DESC, ring",
        "newest": "last DESC, ring",
    }

    def _filters(self) -> Iterator[Part]:
        if self.kind:
            yield "kind = ?", self.kind
        if self.accounts_min:
            yield "accounts >= ?", self.accounts_min


class CreatorsQuery(ListQuery, frozen=True, kw_only=True):
    """Of creators."""

    sort: Annotated[
        Literal["verified", "claimed", "worst", "share"],
        Meta(description="Most verified, claimed or fake likes, or largest share of fake ones first."),
    ] = "verified"

    searched = ("creator",)
    orders = {
        "verified": "",
        "claimed": "claimed DESC, creator",
        "worst": "fake DESC, creator",
        "share": "fake / greatest(claimed, 1) DESC, fake DESC, creator",
    }


class LeadersQuery(ListQuery, frozen=True, kw_only=True):
    """Of creators, by those who are no staff: the most verified likes first."""

    searched, orders = ("creator",), {"": ""}


class CasesQuery(ListQuery, frozen=True, kw_only=True):
    """Of cases, by the id of their subject: about what, how decided."""

    kind: Annotated[Literal["", "account", "ring", "sale"], Meta(description="Only about these.")] = ""
    status: Annotated[
        Literal["", "open", "decided", "genuine", "fake", "unclear"],
        Meta(description="Only those that wait, or were decided, or decided so."),
    ] = ""

    searched = ("subject",)
    # those that wait first, the oldest first; then what was decided, the newest first
    orders = {"": "decided_at > 0, CASE decided_at WHEN 0 THEN opened_at END, decided_at DESC, id"}

    def _filters(self) -> Iterator[Part]:
        if self.kind:
            yield "kind = ?", self.kind
        if self.status == "decided":
            yield ("state <> 'open'",)
        elif self.status:
            yield "state = ?", self.status


class KeysQuery(ListQuery, frozen=True, kw_only=True):
    """Of API keys, by id, name or subject: for which role, whether they open anything."""

    role: Annotated[
        Literal["", "operator", "analyst", "platform", "creator", "viewer", "buyer"],
        Meta(description="Only of this role."),
    ] = ""
    status: Annotated[
        Literal["", "standing", "revoked"], Meta(description="Only those that open something, or nothing.")
    ] = ""

    searched = ("id", "name", "subject")
    orders = {"": "revoked_at > 0, created_at DESC, id"}  # those that stand first, the newest of them first

    def _filters(self) -> Iterator[Part]:
        if self.role:
            yield "role = ?", self.role
        if self.status:
            yield ("revoked_at = 0" if self.status == "standing" else "revoked_at > 0",)


OneQuery = TypeVar("OneQuery", bound=ListQuery)
_ITEM_VERDICTS: Mapping[str, str] = {
    "fake": "fake > 0",
    "uncertain": "uncertain > 0",
    "genuine": "genuine > 0",
}


def list_query_of(kind: type[OneQuery], fields: Mapping[str, Any]) -> OneQuery:
    """What a query with these fields asks. Raises InputError where one of them does not fit."""
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        reason, _, name = str(error).partition(" - at ")
        raise InputError(f"{name.strip('`').removeprefix('$.')}: {reason}") from None
