"""Number formatting: numbers, times, odds and ids as a person reads them, in English and Chinese."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from zhenzan.presentation import LANGUAGES, Language, chance, percent
from zhenzan.translation import NN_, Plural, gettext, ngettext, pgettext

__all__ = [
    "LANGUAGES",
    "Language",
    "amount",
    "chance",
    "counted",
    "decibans",
    "duration",
    "joined",
    "label",
    "likelier",
    "number",
    "percent",
    "period",
    "posterior",
    "unique_labels",
    "when",
]

LABEL_LENGTH = 28
"""Characters of an id that are shown; the middle of longer ones is left out."""

_NOUNS: Mapping[str, Plural] = {
    "account": NN_("{count} account", "{count} accounts"),
    "like": NN_("{count} like", "{count} likes"),
    "item": NN_("{count} item", "{count} items"),
    "creator": NN_("{count} creator", "{count} creators"),
    "campaign": NN_("{count} campaign", "{count} campaigns"),
    "ring": NN_("{count} ring", "{count} rings"),
    "burst": NN_("{count} burst", "{count} bursts"),
    "row": NN_("{count} row", "{count} rows"),
}
_UNITS: tuple[tuple[float, Plural], ...] = (
    (86_400.0, NN_("{count} day", "{count} days")),
    (3_600.0, NN_("{count} hour", "{count} hours")),
    (60.0, NN_("{count} minute", "{count} minutes")),
    (1.0, NN_("{count} second", "{count} seconds")),
)


def number(value: float) -> str:
    """Thousands separated; one decimal below ten unless whole: 12,345; 2.1; 3."""
    if abs(value) >= 10 or float(value).is_integer():
        return f"{round(value):,}"
    return f"{value:.2f}" if 0 < abs(value) < 0.095 else f"{value:.1f}"


def amount(value: float) -> str:
    """A whole number, thousands separated."""
    return f"{round(value):,}"


def counted(value: float, noun: str, language: Language) -> str:
    """A number with its noun: `1 account`, `312 accounts`, `312 个账号`."""
    return ngettext(*_NOUNS[noun], value, language, count=number(value))


def decibans(weight: float) -> str:
    """A signed weight: `+16.0 dB`. A true minus sign keeps columns aligned."""
    rounded = round(weight, 1)
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.1f} dB"


def posterior(weight_decibans: float) -> float:
    """The probability that a log-odds in decibans (10·log10 of the odds) stands for."""
    odds_log = max(-700.0, min(700.0, weight_decibans * math.log(10) / 10))
    return 1 / (1 + math.exp(-odds_log))


def _times(weight: float) -> str:
    ratio = 10 ** (min(abs(weight), 300) / 10)
    if ratio > 1e6:
        return "1,000,000+"
    if ratio < 9.95:
        return f"{ratio:.1f}".removesuffix(".0")
    scale = 10 ** (math.floor(math.log10(ratio)) - 1)
    return f"{round(ratio / scale) * scale:,.0f}"


def likelier(weight: float, language: Language) -> str:
    """A weight in words: `40 times likelier fake`."""
    if abs(weight) < 0.2:
        return gettext("of no weight", language)
    if weight > 0:
        return gettext("{times} times likelier fake", language, times=_times(weight))
    return gettext("{times} times likelier genuine", language, times=_times(weight))


def duration(seconds: float, language: Language) -> str:
    """A span of time in its largest fitting unit: `10 minutes`, `2 天`."""
    for size, unit in _UNITS:
        if seconds >= size or size == 1.0:
            value = round(seconds / size, 1)
            return ngettext(*unit, value, language, count=f"{value:g}")
    raise AssertionError("the last unit fits everything")


def when(instant: datetime | None, language: Language, *, seconds: bool = False) -> str:
    """An instant in UTC: `3 May 2024, 14:02`."""
    if instant is None:
        return "–"
    day, clock = _day(instant, language), _clock(instant, seconds)
    return gettext("{day}, {clock}", language, day=day, clock=clock)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant


def _day(instant: datetime, language: Language) -> str:
    at = _utc(instant)
    month = (at.strftime("%b"), str(at.month))
    return gettext("{day} {month} {year}", language, day=at.day, month=month, year=at.year)


def _clock(instant: datetime, seconds: bool) -> str:
    return _utc(instant).strftime("%H:%M:%S" if seconds else "%H:%M")


def span(first: datetime, last: datetime, language: Language) -> str:
    """From one instant to another in UTC, the day once where it is one: `3 May 2024, 14:02 – 14:12`. Seconds
    are given where less than ten minutes lie between.
    """
    seconds = (last - first).total_seconds() < 600
    begin = when(first, language, seconds=seconds)
    if _utc(first).date() == _utc(last).date():
        return f"{begin} – {_clock(last, seconds)}"
    return f"{begin} – {when(last, language, seconds=seconds)}"


def period(first: datetime | None, last: datetime | None, language: Language) -> str:
    """From one day to another, without clock times."""
    if first is None or last is None:
        return "–"
    days = [_day(at, language) for at in (first, last)]
    return days[0] if days[0] == days[1] else f"{days[0]} – {days[1]}"


def joined(parts: list[str], language: Language) -> str:
    """`a, b and c`."""
    if len(parts) <= 1:
        return "".join(parts)
    comma = pgettext("between the things of a list", ", ", language)
    return gettext("{others} and {last}", language, others=comma.join(parts[:-1]), last=parts[-1])


def label(identifier: Any, length: int = LABEL_LENGTH) -> str:
    r"""An id from the log made safe to show: short, on one line, nothing invisible, nothing that turns text.

    Control, format (right-to-left marks too), surrogate and unassigned characters become `\u` escapes.
    """
    if identifier is None:
        return "–"
    text = str(identifier)
    if text.strip() == "":
        return f"“{' ' * min(len(text), 3)}”"
    if len(text) > 4 * length:  # an id of many kilobytes is cut before it is looked at character by character
        text = text[: 2 * length] + "…" + text[-2 * length :]
    shown = "".join(_visible(character) for character in text)
    if len(shown) <= length:
        return shown
    tail = length // 3
    return shown[: length - tail - 1] + "…" + shown[-tail:]


def _visible(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}:
        return f"\\u{ord(character):04x}"
    return character


def unique_labels(identifiers: list[Any], length: int = LABEL_LENGTH) -> list[str]:
    """Labels for a chart's axis: ids that look alike once shortened get a number, so that they stay apart."""
    taken: dict[str, int] = {}
    labels = []
    for identifier in identifiers:
        text = shown = label(identifier, length)
        while shown in taken:
            taken[text] += 1
            shown = f"{text} ({taken[text]})"
        taken[shown] = 1
        labels.append(shown)
    return labels
