"""The catalogue: which points and cards there are, and the rules by which settled likes earn them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zhenzan.errors import CatalogueError
from zhenzan.toml import InvalidKeyError, Key, Shape, parsed, read_text, shown

__all__ = ["Catalogue", "Edition", "Offer", "Points", "Rule", "Words", "load_catalogue", "read_catalogue"]

FORMAT = 1
FILE_BYTES_MAX = 1 << 20
COUNT_MAX = 10**12
RULES_MAX = 1_000
KINDS = ("fan-club badge", "level badge", "live-room prop", "task token", "brand edition")
ARTS = ("static", "animated", "3-D")
RARITIES = ("common", "rare", "epic", "legendary")
BOUNDS = ("soul-bound", "tradable", "rentable")
GOODS = ("coupon", "sample", "merchandise", "traffic voucher", "red packet")
SCOPES = ("account", "creator", "item")
WINDOWS = ("all", "day", "week", "month")
SHAPE = Shape(InvalidKeyError)


@dataclass(frozen=True)
class Words:
    """A text in English and Chinese."""

    en: str
    zh: str


@dataclass(frozen=True)
class Points:
    """`cap`: the most that may ever be out, in the smallest unit; `scale` decimal digits of one point."""

    id: str
    name: Words
    scale: int
    cap: int


@dataclass(frozen=True)
class Edition:
    """Cards of one kind, with serials 1 to `cap`."""

    id: str
    series: str
    name: Words
    kind: str
    art: str
    rarity: str
    bound: str
    cap: int


@dataclass(frozen=True)
class Rule:
    """For every `every` settled likes of an account, counted together by `per` and `window`, a grant.

    Only likes after at least `watched` of the item was watched (a share of its length; 0: any like), of these
    `creators` or `items`, from `begin` until `end`; only of accounts with `elsewhere` settled likes of other
    creators. At most `most` grants for each of these, `creator_most` for each creator and window; only for
    the first `first` accounts. A grant is `points` (in the smallest unit) out of `budget`, or a card of
    `edition`. 0, empty or None: no such limit.
    """

    id: str
    name: Words
    per: str
    window: str
    every: int
    most: int
    creator_most: int
    first: int
    creators: tuple[str, ...]
    items: tuple[str, ...]
    begin: datetime | None
    end: datetime | None
    watched: float
    elsewhere: int
    points: int
    edition: str
    budget: int


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
class Catalogue:
    """`digest` names this very text; every grant cites it. `timezone`: where days, weeks and months begin."""

    name: str
    timezone: str
    points: Points
    editions: tuple[Edition, ...]
    rules: tuple[Rule, ...]
    offers: tuple[Offer, ...]
    digest: str


def load_catalogue(path: str | Path) -> Catalogue:
    """Read and check a catalogue file. Raises CatalogueError with file, line, key and what is allowed."""
    path = Path(path)
    return read_catalogue(read_text(path, "catalogue", FILE_BYTES_MAX, CatalogueError), str(path))


def read_catalogue(text: str, source: str = "catalogue") -> Catalogue:
    """Read and check the text of a catalogue; `source` names it in errors."""
    digest = sha256(text.encode()).hexdigest()[:16]
    return parsed(text, source, lambda document: _catalogue(document, digest), CatalogueError)


def _catalogue(document: dict[str, Any], digest: str) -> Catalogue:
    SHAPE.known((), document, ("format", "name", "timezone", "points", "edition", "rule", "offer"))
    SHAPE.format(document, FORMAT)
    timezone = _text(document, (), "timezone", "UTC")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidKeyError(
            ("timezone",), f"{shown(timezone)} is no time zone; write e.g. 'Asia/Shanghai'"
        ) from None
    if "points" not in document:
        raise InvalidKeyError(("points",), "is missing; write [points] with id, name and cap")
    points = _points(SHAPE.table(("points",), document["points"]))
    editions = tuple(
        _edition(("edition", i), each)
        for i, each in enumerate(SHAPE.tables(("edition",), document.get("edition", [])))
    )
    known = {edition.id for edition in editions}
    rules = tuple(
        _rule(("rule", i), each, known)
        for i, each in enumerate(SHAPE.tables(("rule",), document.get("rule", [])))
    )
    offers = tuple(
        _offer(("offer", i), each, known)
        for i, each in enumerate(SHAPE.tables(("offer",), document.get("offer", [])))
    )
    if len(rules) > RULES_MAX:
        raise InvalidKeyError(("rule",), f"there are {len(rules)} rules; {RULES_MAX} at most")
    for what, ids in (
        ("edition", [points.id, *(each.id for each in editions)]),
        ("rule", [each.id for each in rules]),
        ("offer", [each.id for each in offers]),
    ):
        for index, id in enumerate(ids):
            if id in ids[:index]:
                place = index - 1 if what == "edition" else index
                raise InvalidKeyError(
                    (what, place, "id"), f"{shown(id)} is there already; ids are given once"
                )
    return Catalogue(
        _text(document, (), "name", "rewards"), timezone, points, editions, rules, offers, digest
    )


def _points(table: dict[str, Any]) -> Points:
    key: Key = ("points",)
    SHAPE.known(key, table, ("id", "name", "scale", "cap"))
    return Points(
        _id(table, key),
        _words(table, key),
        _count(table, key, "scale", 0, least=0, most=9),
        _count(table, key, "cap", None),
    )


def _edition(key: Key, table: dict[str, Any]) -> Edition:
    SHAPE.known(key, table, ("id", "series", "name", "kind", "art", "rarity", "bound", "cap"))
    return Edition(
        _id(table, key), _text(table, key, "series", ""), _words(table, key),
        _word(table, key, "kind", KINDS, KINDS[0]), _word(table, key, "art", ARTS, ARTS[0]),
        _word(table, key, "rarity", RARITIES, RARITIES[0]), _word(table, key, "bound", BOUNDS, BOUNDS[0]),
        _count(table, key, "cap", None),
    )  # fmt: skip


def _rule(key: Key, table: dict[str, Any], editions: set[str]) -> Rule:
    SHAPE.known(
        key, table,
        ("id", "name", "per", "window", "every", "most", "creator_most", "first", "creators", "items",
         "begin", "end", "watched", "elsewhere", "points", "edition", "budget"),
    )  # fmt: skip
    points, edition = _count(table, key, "points", 0, least=0), _text(table, key, "edition", "")
    if bool(points) == bool(edition):
        raise InvalidKeyError(key, "gives `points` or a card of an `edition`: write one of them")
    _is_known(key, edition, editions)
    if edition and "budget" in table:
        raise InvalidKeyError((*key, "budget"), "is for points; an edition's cap limits its cards")
    begin, end = (_time(table, key, name) for name in ("begin", "end"))
    if begin and end and begin >= end:
        raise InvalidKeyError((*key, "end"), "lies before `begin`")
    return Rule(
        _id(table, key), _words(table, key), _word(table, key, "per", SCOPES, SCOPES[0]),
        _word(table, key, "window", WINDOWS, WINDOWS[0]), _count(table, key, "every", 1),
        _count(table, key, "most", 1 if edition else 0, least=0),
        _count(table, key, "creator_most", 0, least=0),
        _count(table, key, "first", 0, least=0), _ids(table, key, "creators"), _ids(table, key, "items"),
        begin, end, _share(table, key, "watched"),
        _count(table, key, "elsewhere", 0, least=0), points, edition,
        _count(table, key, "budget", 0, least=0),
    )  # fmt: skip


def _offer(key: Key, table: dict[str, Any], editions: set[str]) -> Offer:
    SHAPE.known(key, table, ("id", "name", "kind", "price", "edition", "stock", "most"))
    price, edition = _count(table, key, "price", 0, least=0), _text(table, key, "edition", "")
    if not price and not edition:
        raise InvalidKeyError(
            key, "costs nothing: write a `price` in points, an `edition` whose card is handed in, or both"
        )
    _is_known(key, edition, editions)
    return Offer(
        _id(table, key), _words(table, key), _word(table, key, "kind", GOODS, GOODS[0]), price, edition,
        _count(table, key, "stock", None), _count(table, key, "most", 0, least=0),
    )  # fmt: skip


def _is_known(key: Key, edition: str, editions: set[str]) -> None:
    if edition and edition not in editions:
        known = ", ".join(sorted(editions)) or "none"
        raise InvalidKeyError((*key, "edition"), f"there is no edition {shown(edition)}; there are: {known}")


def _share(table: dict[str, Any], key: Key, name: str) -> float:
    value = table.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        raise InvalidKeyError(
            (*key, name), f"{shown(value)} is no share from 0 (any like) to 10; 1 is watched to the end"
        )
    return float(value)


def _text(table: dict[str, Any], key: Key, name: str, usual: str) -> str:
    value = table.get(name, usual)
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise InvalidKeyError((*key, name), f"{shown(value)} is no text of up to 200 characters")
    return value


def _id(table: dict[str, Any], key: Key) -> str:
    value = _text(table, key, "id", "")
    if not value or len(value) > 60 or not all(each.isalnum() or each in "-_." for each in value):
        raise InvalidKeyError(
            (*key, "id"), f"{shown(value)} is no id; write up to 60 letters, digits, '-', '_', '.'"
        )
    return value


def _words(table: dict[str, Any], key: Key) -> Words:
    value = table.get("name", table.get("id"))
    if isinstance(value, str):
        return Words(value, value)
    if not isinstance(value, dict) or set(value) != {"en", "zh"}:
        raise InvalidKeyError((*key, "name"), 'reads { en = "…", zh = "…" }')
    place: Key = (*key, "name")
    return Words(_text(value, place, "en", ""), _text(value, place, "zh", ""))


def _word(table: dict[str, Any], key: Key, name: str, allowed: tuple[str, ...], usual: str) -> str:
    value = table.get(name, usual)
    if value not in allowed:
        raise InvalidKeyError(
            (*key, name), f"{shown(value)} is not allowed; allowed are {', '.join(map(repr, allowed))}"
        )
    return str(value)


def _count(
    table: dict[str, Any], key: Key, name: str, usual: int | None, least: int = 1, most: int = COUNT_MAX
) -> int:
    value = table.get(name, usual)
    if value is None:
        raise InvalidKeyError((*key, name), "is missing")
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidKeyError((*key, name), f"{shown(value)} is no whole number from {least} to {most}")
    return value


def _ids(table: dict[str, Any], key: Key, name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(each, str | int) and each is not True for each in value
    ):
        raise InvalidKeyError((*key, name), "is a list of ids as the log writes them")
    return tuple(map(str, value))


def _time(table: dict[str, Any], key: Key, name: str) -> datetime | None:
    value = table.get(name)
    if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
        raise InvalidKeyError((*key, name), "is a time with its offset, e.g. 2026-06-01T00:00:00+08:00")
    return value
