"""Base records of the catalogue: ids, texts in two languages, and filters of likes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from msgspec import Meta

from zhenzan import config
from zhenzan.config import LINE, Key, about
from zhenzan.errors import CatalogueError

__all__ = [
    "COUNT_MAX",
    "EVER",
    "Amount",
    "CatalogueRecord",
    "Count",
    "Depth",
    "Filter",
    "Id",
    "InvalidKeyError",
    "Named",
    "Text",
    "Time",
    "Words",
]

COUNT_MAX = 10**12

Count = Annotated[int, Meta(ge=1, le=COUNT_MAX, extra={"value": "whole number from 1"})]
Amount = Annotated[int, Meta(ge=0, le=COUNT_MAX, extra={"value": "whole number"})]
"""As `Count`, or 0 for none or no limit."""

Text = Annotated[str, Meta(max_length=200), LINE]
Id = Annotated[
    str,
    Meta(
        pattern=r"^[\w.-]{1,60}\Z",
        extra={
            "must_be": "an id; write up to 60 letters, digits, '-', '_', '.'",
            "missing": "write up to 60 letters, digits, '-', '_', '.'",
        },
    ),
]
Ids = tuple[str, ...]
Time = Annotated[datetime, Meta(tz=True)]


class InvalidKeyError(config.InvalidKeyError, CatalogueError):
    """A value of the catalogue is not allowed. `key` is its path, e.g. `("rule", 0, "every")`."""


class CatalogueRecord(config.Record, frozen=True):
    """A table of the catalogue. Raises `InvalidKeyError` where a value is not allowed."""

    refuses: ClassVar[type[config.InvalidKeyError]] = InvalidKeyError


class Words(CatalogueRecord, frozen=True):
    """A text in English and Chinese."""

    en: Text
    zh: Text

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read `{ en = "…", zh = "…" }`, or one text for both."""
        if isinstance(value, str):
            return super().from_value({"en": value, "zh": value}, key)
        if not isinstance(value, dict) or set(value) != {"en", "zh"}:
            raise cls.refuses(key, 'reads { en = "…", zh = "…" }')
        return super().from_value(value, key)


class Named(CatalogueRecord, frozen=True):
    """A record with an id, and a name for people, which is the id where a file does not say another."""

    id: Annotated[Id, about("What other tables and the ledger call it.", value="id")]
    name: Annotated[
        Words, about("What people call it; the id where it is left out.", value="name", filled=True)
    ]

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a table that may leave out the name."""
        table = cls.table(value, key)
        id = table.get("id")
        return super().from_value({"name": id if isinstance(id, str) else ""} | table, key)


class Filter(CatalogueRecord, frozen=True):
    """Which likes count: of these, from `begin` until before `end`, after so much of the item was watched (a
    share of its length; 0: any). Empty or None: all.
    """

    creators: Annotated[Ids, about("Only likes of these creators.", value="list of ids")] = ()
    items: Annotated[Ids, about("Only likes of these items.", value="list of ids")] = ()
    apps: Annotated[Ids, about("Only likes in these apps.", value="list of ids")] = ()
    begin: Annotated[Time | None, about("Only likes from this time on.")] = None
    end: Annotated[Time | None, about("Only likes before this time.")] = None
    watched: Annotated[
        float,
        Meta(ge=0, le=10),
        about(
            "Only likes after this share of the item was watched (0.95: nearly to the end); the log needs "
            "`watched` and `duration`; 0: any.",
            hint="1 is watched to the end",
        ),
    ] = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.begin and self.end and self.begin >= self.end:
            raise self.refused("lies before `begin`", "end")

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a table in which ids may be whole numbers, as the log has them."""
        table = dict(value)
        for name in ("creators", "items", "apps"):
            if isinstance(table.get(name), list):
                table[name] = [
                    str(id_value) if type(id_value) is int else id_value for id_value in table[name]
                ]
        return super().from_value(table, key)


EVER = Filter()


class Depth(CatalogueRecord, frozen=True, kw_only=True, array_like=True):
    """How much a like counts by the share of the item that was watched."""

    watched: Annotated[float, Meta(ge=0, le=10), about("The share of the item's length.")] = 0.0
    counts: Annotated[int, Meta(ge=0, le=1_000), about("How much a like counts from that share upwards.")]
