"""Reading a catalogue: one TOML file, checked whole; what is wrong is said with line, key and the fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zhenzan.errors import CatalogueError
from zhenzan.rewards import catalogue as c
from zhenzan.rewards.catalogue import Catalogue, Words
from zhenzan.toml import InvalidKeyError, Key, Shape, parsed, read_text, shown

__all__ = ["load_catalogue", "read_catalogue"]

FORMAT = 1
FILE_BYTES_MAX = 1 << 20
COUNT_MAX = 10**12
TABLES_MAX = 1_000  # of one kind
STEPS_MAX = 20
HOURS_MAX = 87_600  # ten years
SHAPE = Shape(InvalidKeyError)
FILTER = ("creators", "items", "apps", "begin", "end", "watched")

Made = TypeVar("Made")
Table = dict[str, Any]


def load_catalogue(path: str | Path) -> Catalogue:
    """Read and check a catalogue file. Raises CatalogueError with file, line, key and what is allowed."""
    path = Path(path)
    return read_catalogue(read_text(path, "catalogue", FILE_BYTES_MAX, CatalogueError), str(path))


def read_catalogue(text: str, source: str = "catalogue") -> Catalogue:
    """Read and check the text of a catalogue; `source` names it in errors."""
    digest = sha256(text.encode()).hexdigest()[:16]
    return parsed(text, source, lambda document: _catalogue(document, digest), CatalogueError)


def _catalogue(document: Table, digest: str) -> Catalogue:
    SHAPE.known(
        (), document,
        ("format", "name", "timezone", "hold_days", "appeal_days", "late_hours", "spendable_after_hours",
         "points", "edition", "campaign", "rule", "ladder", "right", "offer", "market", "credentials"),
    )  # fmt: skip
    SHAPE.format(document, FORMAT)
    if "points" not in document:
        raise InvalidKeyError(("points",), "is missing; write [points] with id, name and cap")
    points = _points(("points",), SHAPE.table(("points",), document["points"]))
    editions = _each(document, "edition", _edition)
    cards = {edition.id for edition in editions}
    campaigns = _each(document, "campaign", _campaign)
    budgets = {campaign.id: campaign.budget for campaign in campaigns}
    ladders = _each(document, "ladder", lambda key, table: _ladder(key, table, cards))
    grades = {ladder.id: len(ladder.grades) for ladder in ladders}
    pers = {ladder.id: ladder.per for ladder in ladders}
    made = Catalogue(
        _text(document, (), "name", "rewards"), _timezone(document), points, editions,
        _each(document, "rule", lambda key, table: _rule(key, table, cards, budgets)),
        _each(document, "offer", lambda key, table: _offer(key, table, cards)), digest, campaigns, ladders,
        _each(document, "right", lambda key, table: _right(key, table, cards, grades, pers)),
        _market(document, points), _credentials(document),
        _count(document, (), "hold_days", 30, least=0, most=3_650),
        _count(document, (), "appeal_days", 0, least=0, most=3_650),
        _hours(document, "late_hours", Catalogue.late_hours),
        _hours(document, "spendable_after_hours", Catalogue.spendable_after_hours),
    )  # fmt: skip
    _assets_once(made)
    _grants_once(made)
    return made


def _each(document: Table, what: str, make: Callable[[Key, Table], Made]) -> tuple[Made, ...]:
    """The tables of one kind, each with an id of its own."""
    tables = SHAPE.tables((what,), document.get(what, []))
    if len(tables) > TABLES_MAX:
        raise InvalidKeyError((what,), f"there are {len(tables)} of them; {TABLES_MAX} at most")
    made: list[Made] = []
    seen: set[Any] = set()
    for index, table in enumerate(tables):
        made.append(make((what, index), table))
        if table["id"] in seen:
            raise _twice((what, index, "id"), table["id"])
        seen.add(table["id"])
    return tuple(made)


def _twice(key: Key, id: str) -> InvalidKeyError:
    return InvalidKeyError(key, f"{shown(id)} is there already; ids are given once")


def _assets_once(catalogue: Catalogue) -> None:
    """Points, cash and editions are assets of one ledger."""
    cash = catalogue.market.cash
    taken = {catalogue.points.id} | ({cash.id} if cash else set())
    for index, edition in enumerate(catalogue.editions):
        if edition.id in taken:
            raise _twice(("edition", index, "id"), edition.id)
    if cash and cash.id == catalogue.points.id:
        raise _twice(("market", "cash", "id"), cash.id)


def _grants_once(catalogue: Catalogue) -> None:
    """A level's reward is granted under the ladder's id and its number, which no rule may have."""
    rules = [rule.id for rule in catalogue.rules]
    for ladder in catalogue.ladders:
        for number in range(1, len(ladder.grades) + 1):
            if c.grade_id(ladder, number) in rules:
                index = rules.index(c.grade_id(ladder, number))
                raise InvalidKeyError(
                    ("rule", index, "id"), f"{shown(rules[index])} names a level of ladder {ladder.id!r}"
                )


def _timezone(document: Table) -> str:
    timezone = _text(document, (), "timezone", "UTC")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidKeyError(
            ("timezone",), f"{shown(timezone)} is no time zone; write e.g. 'Asia/Shanghai'"
        ) from None
    return timezone


def _points(key: Key, table: Table) -> c.Points:
    SHAPE.known(key, table, ("id", "name", "scale", "cap", "expire_days"))
    return c.Points(
        _id(table, key),
        _words(table, key),
        _count(table, key, "scale", 0, least=0, most=9),
        _count(table, key, "cap", None),
        _count(table, key, "expire_days", 0, least=0, most=36_500),
    )


def _edition(key: Key, table: Table) -> c.Edition:
    SHAPE.known(
        key, table,
        ("id", "series", "name", "kind", "art", "rarity", "bound", "cap", "creator", "royalty"),
    )  # fmt: skip
    royalty, creator = _share(table, key, "royalty", 0.5), _text(table, key, "creator", "")
    if royalty and not creator:
        raise InvalidKeyError((*key, "creator"), "is missing: somebody must get the royalty")
    return c.Edition(
        _id(table, key), _text(table, key, "series", ""), _words(table, key),
        _word(table, key, "kind", c.KINDS), _word(table, key, "art", c.ARTS),
        _word(table, key, "rarity", c.RARITIES), _word(table, key, "bound", c.BOUNDS),
        _count(table, key, "cap", None), creator, royalty,
    )  # fmt: skip


def _campaign(key: Key, table: Table) -> c.Campaign:
    SHAPE.known(key, table, ("id", "name", "budget", *FILTER))
    return c.Campaign(
        _id(table, key), _words(table, key), _filter(table, key), _count(table, key, "budget", 0, least=0)
    )


def _rule(key: Key, table: Table, cards: set[str], budgets: dict[str, int]) -> c.Rule:
    SHAPE.known(
        key, table,
        ("id", "name", "campaign", "per", "window", "every", "most", "creator_most", "first", *FILTER,
         "elsewhere", "depth", "streak", "grace", "grace_between", "step", "in_order", "points", "then",
         "edition", "budget"),
    )  # fmt: skip
    points, edition = _count(table, key, "points", 0, least=0), _text(table, key, "edition", "")
    if bool(points) == bool(edition):
        raise InvalidKeyError(key, "gives `points` or a card of an `edition`: write one of them")
    _one_of(key, "edition", edition, cards)
    campaign = _text(table, key, "campaign", "")
    _one_of(key, "campaign", campaign, budgets)
    if edition and "budget" in table:
        raise InvalidKeyError((*key, "budget"), "is for points; an edition's cap limits its cards")
    if "budget" in table and budgets.get(campaign):
        raise InvalidKeyError((*key, "budget"), f"campaign {campaign!r} pays from its own; write one of them")
    if edition and "then" in table:
        raise InvalidKeyError((*key, "then"), "is for points")
    streak, steps = _count(table, key, "streak", 0, least=0, most=10_000), _steps(table, key)
    window = _word(table, key, "window", c.WINDOWS, "day" if streak else c.WINDOWS[0])
    _goes_together(key, table, streak, window, bool(steps))
    return c.Rule(
        _id(table, key), _words(table, key), _word(table, key, "per", c.SCOPES), window,
        _count(table, key, "every", 1), _count(table, key, "most", 1 if edition else 0, least=0),
        _count(table, key, "creator_most", 0, least=0), _count(table, key, "first", 0, least=0),
        _filter(table, key), _count(table, key, "elsewhere", 0, least=0), _depth(table, key), streak,
        _count(table, key, "grace", 0, least=0, most=1_000),
        _count(table, key, "grace_between", 0, least=0, most=1_000), steps, _truth(table, key, "in_order"),
        points, _then(table, key), edition, _count(table, key, "budget", 0, least=0), campaign,
    )  # fmt: skip


def _goes_together(key: Key, table: Table, streak: int, window: str, has_steps: bool) -> None:
    if streak and window not in ("day", "week"):
        raise InvalidKeyError((*key, "window"), "of a streak is 'day' or 'week'")
    for name in ("grace", "grace_between"):
        if name in table and not streak:
            raise InvalidKeyError((*key, name), "is for a `streak`")
    if "grace" in table and table.get("grace_between", 0) > table["grace"]:
        raise InvalidKeyError((*key, "grace_between"), f"is more than `grace`, {table['grace']}, allows")
    if "in_order" in table and not has_steps:
        raise InvalidKeyError((*key, "in_order"), "is for [[rule.step]]")
    for name in ("creator_most",) if streak else ("every", "depth", "streak", "creator_most"):
        if name in table and (streak or has_steps):
            what = "a streak" if streak else "a mission with steps"
            raise InvalidKeyError((*key, name), f"does not go with {what}")


def _steps(table: Table, key: Key) -> tuple[c.Step, ...]:
    tables = SHAPE.tables((*key, "step"), table.get("step", []))
    if len(tables) > STEPS_MAX:
        raise InvalidKeyError((*key, "step"), f"there are {len(tables)} steps; {STEPS_MAX} at most")
    steps = []
    for index, each in enumerate(tables):
        place: Key = (*key, "step", index)
        SHAPE.known(place, each, ("name", "count", "of", *FILTER))
        steps.append(
            c.Step(
                _words(each, place, f"step {index + 1}"), _count(each, place, "count", 1),
                _word(each, place, "of", c.DISTINCT), _filter(each, place),
            )
        )  # fmt: skip
    return tuple(steps)


def _ladder(key: Key, table: Table, cards: set[str]) -> c.Ladder:
    SHAPE.known(key, table, ("id", "name", "per", "depth", "half_life_days", "level", *FILTER))
    half_life = table.get("half_life_days", 0)
    if isinstance(half_life, bool) or not isinstance(half_life, int | float) or not 0 <= half_life <= 36_500:
        raise InvalidKeyError((*key, "half_life_days"), f"{shown(half_life)} is no number of days")
    grades: list[c.Grade] = []
    for index, each in enumerate(SHAPE.tables((*key, "level"), table.get("level", []))):
        place: Key = (*key, "level", index)
        SHAPE.known(place, each, ("at", "name", "points", "edition"))
        points, edition = _count(each, place, "points", 0, least=0), _text(each, place, "edition", "")
        if points and edition:
            raise InvalidKeyError(place, "gives `points` or a card of an `edition`, not both")
        _one_of(place, "edition", edition, cards)
        at = _count(each, place, "at", None)
        if grades and at <= grades[-1].at:
            raise InvalidKeyError((*place, "at"), f"{at} is not over the level before, {grades[-1].at}")
        grades.append(c.Grade(at, _words(each, place, f"Lv.{index + 1}"), points, edition))
    if not grades or len(grades) > TABLES_MAX:
        raise InvalidKeyError((*key, "level"), "a ladder has one [[ladder.level]] or more, each with `at`")
    return c.Ladder(
        _id(table, key), _words(table, key), _word(table, key, "per", ("account", "creator")),
        _filter(table, key), _depth(table, key), float(half_life), tuple(grades),
    )  # fmt: skip


def _right(key: Key, table: Table, cards: set[str], grades: dict[str, int], pers: dict[str, str]) -> c.Right:
    SHAPE.known(key, table, ("id", "name", "kind", "per", "until", "by"))
    per = _word(table, key, "per", ("account", "creator"))
    sources = []
    for index, each in enumerate(SHAPE.tables((*key, "by"), table.get("by", []))):
        place: Key = (*key, "by", index)
        SHAPE.known(place, each, ("tier", "edition", "ladder", "level", "days"))
        edition, ladder = _text(each, place, "edition", ""), _text(each, place, "ladder", "")
        if bool(edition) == bool(ladder):
            raise InvalidKeyError(place, "names an `edition` or a `ladder`: write one of them")
        _one_of(place, "edition", edition, cards)
        _one_of(place, "ladder", ladder, grades)
        if ladder and per == "account" and pers[ladder] == "creator":
            raise InvalidKeyError((*key, "per"), f"is 'creator', as ladder {ladder!r} is")
        if ladder and "days" in each:
            raise InvalidKeyError((*place, "days"), "is for an `edition`; a level gives while it is held")
        level = _count(each, place, "level", 1, most=grades.get(ladder, COUNT_MAX))
        sources.append(
            c.Source(
                _count(each, place, "tier", 1, most=100), edition, ladder, level,
                _count(each, place, "days", 0, least=0, most=36_500),
            )
        )  # fmt: skip
    if not sources:
        raise InvalidKeyError((*key, "by"), "nobody can have it; write [[right.by]] with edition or ladder")
    return c.Right(
        _id(table, key), _words(table, key), _word(table, key, "kind", c.RIGHTS), per,
        _time(table, key, "until"), tuple(sources),
    )  # fmt: skip


def _offer(key: Key, table: Table, cards: set[str]) -> c.Offer:
    SHAPE.known(key, table, ("id", "name", "kind", "price", "edition", "stock", "most"))
    price, edition = _count(table, key, "price", 0, least=0), _text(table, key, "edition", "")
    if not price and not edition:
        raise InvalidKeyError(
            key, "costs nothing: write a `price` in points, an `edition` whose card is handed in, or both"
        )
    _one_of(key, "edition", edition, cards)
    return c.Offer(
        _id(table, key), _words(table, key), _word(table, key, "kind", c.GOODS), price, edition,
        _count(table, key, "stock", None), _count(table, key, "most", 0, least=0),
    )  # fmt: skip


def _market(document: Table, points: c.Points) -> c.Market:
    key: Key = ("market",)
    table = SHAPE.table(key, document.get("market", {}))
    SHAPE.known(key, table, ("fee", "cash", "rent_days_max"))
    fee = _share(table, key, "fee", 0.5) if "fee" in table else c.Market().fee
    cash = None
    if "cash" in table:
        cash = _points((*key, "cash"), SHAPE.table((*key, "cash"), table["cash"]))
    return c.Market(fee, cash, _count(table, key, "rent_days_max", c.Market.rent_days_max, most=365))


def _credentials(document: Table) -> c.Issuing | None:
    key: Key = ("credentials",)
    if "credentials" not in document:
        return None
    table = SHAPE.table(key, document["credentials"])
    SHAPE.known(key, table, ("issuer", "status_url", "status_days"))
    for name in ("issuer", "status_url"):
        if name not in table:
            raise InvalidKeyError((*key, name), "is missing")
    url = _text(table, key, "status_url", "")
    if not url.startswith("https://"):
        raise InvalidKeyError((*key, "status_url"), f"{shown(url)} is no address; it begins with https://")
    return c.Issuing(_words(table, key, at="issuer"), url, _count(table, key, "status_days", 7, most=365))


def _filter(table: Table, key: Key) -> c.Filter:
    begin, end = (_time(table, key, name) for name in ("begin", "end"))
    if begin and end and begin >= end:
        raise InvalidKeyError((*key, "end"), "lies before `begin`")
    creators, items, apps = (_ids(table, key, name) for name in ("creators", "items", "apps"))
    return c.Filter(creators, items, apps, begin, end, _share(table, key, "watched", 10))


def _depth(table: Table, key: Key) -> tuple[tuple[float, int], ...]:
    rows: list[tuple[float, int]] = []
    for index, each in enumerate(SHAPE.tables((*key, "depth"), table.get("depth", []))):
        place: Key = (*key, "depth", index)
        SHAPE.known(place, each, ("watched", "counts"))
        watched = _share(each, place, "watched", 10)
        if rows and watched <= rows[-1][0]:
            raise InvalidKeyError((*place, "watched"), "is not over the one before")
        rows.append((watched, _count(each, place, "counts", None, least=0, most=1_000)))
    return tuple(rows)


def _then(table: Table, key: Key) -> tuple[tuple[int, int], ...]:
    rows: list[tuple[int, int]] = []
    for index, each in enumerate(SHAPE.tables((*key, "then"), table.get("then", []))):
        place: Key = (*key, "then", index)
        SHAPE.known(place, each, ("after", "points"))
        after = _count(each, place, "after", None)
        if rows and after <= rows[-1][0]:
            raise InvalidKeyError((*place, "after"), "is not over the one before")
        rows.append((after, _count(each, place, "points", None, least=0)))
    return tuple(rows)


def _one_of(key: Key, name: str, value: str, known: Iterable[str]) -> None:
    if value and value not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise InvalidKeyError((*key, name), f"there is no {name} {shown(value)}; there are: {listed}")


def _share(table: Table, key: Key, name: str, most: float) -> float:
    value = table.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        help = "; 1 is watched to the end" if name == "watched" else ""
        raise InvalidKeyError((*key, name), f"{shown(value)} is no share from 0 to {most:g}{help}")
    return float(value)


def _text(table: Table, key: Key, name: str, usual: str) -> str:
    value = table.get(name, usual)
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise InvalidKeyError((*key, name), f"{shown(value)} is no text of up to 200 characters")
    return value


def _truth(table: Table, key: Key, name: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise InvalidKeyError((*key, name), f"{shown(value)} is neither true nor false")
    return value


def _id(table: Table, key: Key) -> str:
    value = _text(table, key, "id", "")
    if not value or len(value) > 60 or not all(each.isalnum() or each in "-_." for each in value):
        raise InvalidKeyError(
            (*key, "id"), f"{shown(value)} is no id; write up to 60 letters, digits, '-', '_', '.'"
        )
    return value


def _words(table: Table, key: Key, usual: str = "", at: str = "name") -> Words:
    value = table.get(at, table.get("id", usual))
    if isinstance(value, str):
        return Words(value, value)
    if not isinstance(value, dict) or set(value) != {"en", "zh"}:
        raise InvalidKeyError((*key, at), 'reads { en = "…", zh = "…" }')
    place: Key = (*key, at)
    return Words(_text(value, place, "en", ""), _text(value, place, "zh", ""))


def _word(table: Table, key: Key, name: str, allowed: tuple[str, ...], usual: str = "") -> str:
    value = table.get(name, usual or allowed[0])
    if value not in allowed:
        raise InvalidKeyError(
            (*key, name), f"{shown(value)} is not allowed; allowed are {', '.join(map(repr, allowed))}"
        )
    return str(value)


def _count(
    table: Table, key: Key, name: str, usual: int | None, least: int = 1, most: int = COUNT_MAX
) -> int:
    value = table.get(name, usual)
    if value is None:
        raise InvalidKeyError((*key, name), "is missing")
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidKeyError((*key, name), f"{shown(value)} is no whole number from {least} to {most}")
    return value


def _hours(document: Table, name: str, usual: int) -> int:
    return _count(document, (), name, usual, least=0, most=HOURS_MAX)


def _ids(table: Table, key: Key, name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(each, str | int) and each is not True for each in value
    ):
        raise InvalidKeyError((*key, name), "is a list of ids as the log writes them")
    return tuple(map(str, value))


def _time(table: Table, key: Key, name: str) -> datetime | None:
    value = table.get(name)
    if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
        raise InvalidKeyError((*key, name), "is a time with its offset, e.g. 2026-06-01T00:00:00+08:00")
    return value
