"""Numbers, times, odds and ids as a person reads them, in English and Chinese."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

from zhenzan.pages import LANGUAGES, Language, chance, percent

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


_NOUNS: dict[str, tuple[str, str, str]] = {
    "account": ("account", "accounts", "个账号"),
    "like": ("like", "likes", "个赞"),
    "item": ("item", "items", "个作品"),
    "creator": ("creator", "creators", "位创作者"),
    "campaign": ("campaign", "campaigns", "次刷量"),
    "ring": ("ring", "rings", "个团伙"),
    "burst": ("burst", "bursts", "次集中点赞"),
    "row": ("row", "rows", "行"),
}
_UNITS: tuple[tuple[float, str, str], ...] = (
    (86_400.0, "day", "天"),
    (3_600.0, "hour", "小时"),
    (60.0, "minute", "分钟"),
    (1.0, "second", "秒"),
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
    one, many, chinese = _NOUNS[noun]
    if language == "zh":
        return f"{number(value)} {chinese}"
    return f"{number(value)} {one if value == 1 else many}"


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
    """What a weight means: `40 times likelier fake`."""
    if abs(weight) < 0.2:
        return "of no weight" if language == "en" else "几乎不改变判断"
    if language == "en":
        return f"{_times(weight)} times likelier {'fake' if weight > 0 else 'genuine'}"
    return f"是{'刷赞' if weight > 0 else '真赞'}的几率变为 {_times(weight)} 倍"


def duration(seconds: float, language: Language) -> str:
    """A span of time in its largest fitting unit: `10 minutes`, `2 天`."""
    for size, english, chinese in _UNITS:
        if seconds >= size or size == 1.0:
            value = round(seconds / size, 1)
            if language == "zh":
                return f"{value:g} {chinese}"
            return f"{value:g} {english}{'' if value == 1 else 's'}"
    raise AssertionError("the last unit fits everything")


def when(instant: datetime | None, language: Language, *, seconds: bool = False) -> str:
    """An instant in UTC: `3 May 2024, 14:02`."""
    if instant is None:
        return "–"
    at = instant.astimezone(UTC) if instant.tzinfo else instant
    clock = at.strftime("%H:%M:%S" if seconds else "%H:%M")
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日 {clock}"
    return f"{at.day} {at.strftime('%b')} {at.year}, {clock}"


def span(first: datetime, last: datetime, language: Language) -> str:
    """From one instant to another in UTC, the day once where it is one: `3 May 2024, 14:02 – 14:12`. Seconds
    are given where less than ten minutes lie between.
    """
    seconds = (last - first).total_seconds() < 600
    begin, end = (when(at, language, seconds=seconds) for at in (first, last))
    comma = ", " if language == "en" else " "
    day, _, clock = end.partition(comma)
    return f"{begin} – {clock if begin.startswith(day + comma) else end}"


def period(first: datetime | None, last: datetime | None, language: Language) -> str:
    """From one day to another, without clock times."""
    if first is None or last is None:
        return "–"
    days = [when(at, language).split("," if language == "en" else " ")[0] for at in (first, last)]
    return days[0] if days[0] == days[1] else f"{days[0]} – {days[1]}"


def joined(parts: list[str], language: Language) -> str:
    """`a, b and c`."""
    if len(parts) <= 1:
        return "".join(parts)
    comma, last = (", ", " and ") if language == "en" else ("、", "和")
    return comma.join(parts[:-1]) + last + parts[-1]


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
