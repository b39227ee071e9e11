"""What may be asked of a list: a search by id, filters, an order; the same over the API and on the pages.

What is asked becomes conditions and an order that are written here; everything from outside is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from zhenzan.errors import InputError

__all__ = [
    "ALL", "NUMBER_MAX", "AccountsAsked", "Asked", "CasesAsked", "CreatorsAsked", "ItemsAsked", "KeysAsked",
    "LeadersAsked", "Narrowed", "OneAsked", "RingsAsked", "asked_of",
]  # fmt: skip

ID_MAX = 300  # letters
NUMBER_MAX = 2**31 - 1  # what a ring's number, and a count, never exceeds

Number = Annotated[int, Meta(ge=0, le=NUMBER_MAX)]
Verdict = Annotated[
    Literal["", "fake", "uncertain", "genuine"], Meta(description="Only those with likes of this verdict.")
]


@dataclass(frozen=True)
class Narrowed:
    """Conditions with a `?` for each of the values, and an order; "" is the list's own."""

    conditions: tuple[str, ...] = ()
    values: tuple[str | int, ...] = ()
    order: str = ""


ALL = Narrowed()
Part = tuple[str, *tuple[str | int, ...]]
"""A condition and its values."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What every list can be asked."""

    search: Annotated[
        str, Meta(max_length=ID_MAX, description="Only ids that begin so; capitals and small letters differ.")
    ] = ""
    exact: Annotated[bool, Meta(description="`search` is the whole id.")] = False

    def __post_init__(self) -> None:
        if "\0" in self.search:
            raise InputError("what is searched for holds a character that no id has")

    def narrowed(self) -> Narrowed:
        """As conditions and an order."""
        raise NotImplementedError

    def _named(self, *columns: str) -> list[Part]:
        """That one of these columns is, or begins with, what is searched for."""
        if not self.search:
            return []
        form = "{} = ?" if self.exact else "substr({}, 1, ?) = ?"
        given = (self.search,) if self.exact else (len(self.search), self.search)
        return [(f"({' OR '.join(map(form.format, columns))})", *given * len(columns))]


class ItemsAsked(Asked, frozen=True, kw_only=True):
    """Of items: of whom, with which likes."""

    creator: Annotated[str, Meta(max_length=ID_MAX, description="Only of this creator.")] = ""
    verdict: Verdict = ""
    sort: Annotated[
        Literal["worst", "share", "claimed", "verified"],
        Meta(description="Most fake likes, largest share of fake ones, most claimed or verified first."),
    ] = "worst"

    def narrowed(self) -> Narrowed:
        parts = self._named("item::VARCHAR")
        if self.creator:
            parts.append(("COALESCE(creator::VARCHAR, item::VARCHAR) = ?", self.creator))
        if self.verdict:
            parts.append((_ITEM_VERDICTS[self.verdict],))
        return _narrowed(parts, _ITEM_ORDERS[self.sort])


class AccountsAsked(Asked, frozen=True, kw_only=True):
    """Of accounts: in which ring, with which likes."""

    ring: Annotated[Number | None, Meta(description="Only members of this ring.")] = None
    in_ring: Annotated[bool, Meta(description="Only members of rings.")] = False
    verdict: Verdict = ""
    sort: Annotated[
        Literal["worst", "share", "likes", "creators"],
        Meta(description="Most fake likes, largest share of fake ones, most likes or creators first."),
    ] = "worst"

    def narrowed(self) -> Narrowed:
        parts = self._named("account::VARCHAR")
        if self.ring is not None:
            parts.append(("ring = ?", self.ring))
        if self.in_ring:
            parts.append(("ring IS NOT NULL",))
        if self.verdict == "fake":
            parts.append(("fake_likes > 0",))
        elif self.verdict:
            parts.append(("account IN (SELECT account FROM verdicts WHERE verdict = ?)", self.verdict))
        return _narrowed(parts, _ACCOUNT_ORDERS[self.sort])


class RingsAsked(Asked, frozen=True, kw_only=True):
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

    def narrowed(self) -> Narrowed:
        parts = self._named("ring::VARCHAR")
        if self.kind:
            parts.append(("kind = ?", self.kind))
        if self.accounts_min:
            parts.append(("accounts >= ?", self.accounts_min))
        return _narrowed(parts, _RING_ORDERS[self.sort])


class CreatorsAsked(Asked, frozen=True, kw_only=True):
    """Of creators."""

    sort: Annotated[
        Literal["verified", "claimed", "worst", "share"],
        Meta(description="Most verified, claimed or fake likes, or largest share of fake ones first."),
    ] = "verified"

    def narrowed(self) -> Narrowed:
        return _narrowed(self._named("creator"), _CREATOR_ORDERS[self.sort])


class LeadersAsked(Asked, frozen=True, kw_only=True):
    """Of creators, by those who are no staff: the most verified likes first."""

    def narrowed(self) -> Narrowed:
        return _narrowed(self._named("creator"), "")


class CasesAsked(Asked, frozen=True, kw_only=True):
    """Of cases, by the id of their subject: about what, how decided."""

    kind: Annotated[Literal["", "account", "ring", "sale"], Meta(description="Only about these.")] = ""
    status: Annotated[
        Literal["", "open", "decided", "genuine", "fake", "unclear"],
        Meta(description="Only those that wait, or were decided, or decided so."),
    ] = ""

    def narrowed(self) -> Narrowed:
        """Those that wait first, the oldest first; then what was decided, the newest first."""
        parts = self._named("subject")
        if self.kind:
            parts.append(("kind = ?", self.kind))
        if self.status == "decided":
            parts.append(("state <> 'open'",))
        elif self.status:
            parts.append(("state = ?", self.status))
        return _narrowed(parts, _CASE_ORDER)


class KeysAsked(Asked, frozen=True, kw_only=True):
    """Of API keys, by id, name or subject: for which role, whether they open anything."""

    role: Annotated[
        Literal["", "operator", "analyst", "platform", "creator", "viewer"],
        Meta(description="Only of this role."),
    ] = ""
    status: Annotated[
        Literal["", "standing", "revoked"], Meta(description="Only those that open something, or nothing.")
    ] = ""

    def narrowed(self) -> Narrowed:
        """Those that stand first, the newest of them first."""
        parts = self._named("id", "name", "subject")
        if self.role:
            parts.append(("role = ?", self.role))
        if self.status:
            parts.append(("revoked_at = 0" if self.status == "standing" else "revoked_at > 0",))
        return _narrowed(parts, _KEY_ORDER)


OneAsked = TypeVar("OneAsked", bound=Asked)
_ITEM_VERDICTS: Mapping[str, str] = {
    "fake": "fake > 0",
    "uncertain": "uncertain > 0",
    "genuine": "genuine > 0",
}
_ITEM_ORDERS: Mapping[str, str] = {
    "worst": "",
    "share": "fake / greatest(claimed, 1) DESC, fake DESC, item",
    "claimed": "claimed DESC, item",
    "verified": "verified DESC, item",
}
_ACCOUNT_ORDERS: Mapping[str, str] = {
    "worst": "",
    "share": "fake_likes / greatest(likes, 1) DESC, fake_likes DESC, account",
    "likes": "likes DESC, account",
    "creators": "creators DESC, likes DESC, account",
}
_RING_ORDERS: Mapping[str, str] = {
    "biggest": "",
    "likes": "likes DESC, ring",
    "items": "items DESC, ring",
    "newest": "last DESC, ring",
}
_CREATOR_ORDERS: Mapping[str, str] = {
    "verified": "",
    "claimed": "claimed DESC, creator",
    "worst": "fake DESC, creator",
    "share": "fake / greatest(claimed, 1) DESC, fake DESC, creator",
}

_KEY_ORDER = "revoked_at > 0, created_at DESC, id"
_CASE_ORDER = "decided_at > 0, CASE decided_at WHEN 0 THEN opened_at END, decided_at DESC, id"


def asked_of(kind: type[OneAsked], given: Mapping[str, Any]) -> OneAsked:
    """What a query with these fields asks. Raises InputError where one of them does not fit."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        reason, _, name = str(error).partition(" - at ")
        raise InputError(f"{name.strip('`').removeprefix('$.')}: {reason}") from None


def _narrowed(parts: list[Part], order: str) -> Narrowed:
    values = tuple(value for _, *given in parts for value in given)
    return Narrowed(tuple(condition for condition, *_ in parts), values, order)
