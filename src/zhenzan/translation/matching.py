"""Translation of messages: a finished English message is matched to a template of `messages.po` and filled in
again.

Messages are written in English where they arise, and stay English in files, logs and exceptions. Where one is
shown to a person it is translated: whole, or, where it is a list, piece by piece; what a template's
placeholders hold is translated in turn. What no template fits stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from zhenzan.translation.languages import Language
from zhenzan.translation.po import catalogue

__all__ = ["LANGUAGE_VARIABLES", "language_of", "translated"]

LANGUAGE_VARIABLES = ("ZHENZAN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set decides, as POSIX has it."""

CHARACTERS_MAX = 4000  # longer texts are no messages of ours
_VALUES = {
    **dict.fromkeys(("count", "line", "width", "found_count", "most"), "[0-9,]+"),
    **dict.fromkeys(("entry", "place"), "[^;]*?"),  # one of a list
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_OF_LISTS = ((" · ", " · "), ("; ", "；"))  # ours → theirs
_OF_SENTENCES = ((". ", "。"), (", ", "，"))


def language_of(environment: Mapping[str, str]) -> Language:
    """The language of a command: Chinese where the locale is, else English."""
    value = next((environment[name] for name in LANGUAGE_VARIABLES if environment.get(name)), "")
    return "zh" if value.lower().startswith("zh") else "en"


def translated(text: str, language: Language) -> str:
    """The message in that language, line by line; as it is where it is none of ours. Cost: ≈ 50 µs."""
    if language == "en" or len(text) > CHARACTERS_MAX:
        return text
    return "\n".join(_translated(line) for line in text.split("\n"))


def _translated(text: str) -> str:
    worded, wordless = _templates()
    for translated in (
        _fitted(text, worded),
        _listed(text, _OF_LISTS),
        _fitted(text, wordless),
        _listed(text, _OF_SENTENCES),
    ):
        if translated is not None:
            return translated
    return text


def _fitted(text: str, templates: Iterable[_Template]) -> str | None:
    """The text by the first template that it fits."""
    for template in templates:
        match = template.pattern.fullmatch(text)
        if match is not None:
            return template.filled({name: _translated(value) for name, value in match.groupdict().items()})
    return None


def _listed(text: str, separators: Iterable[tuple[str, str]]) -> str | None:
    """The text piece by piece, if it is a list of pieces of which one at least has a translation."""
    for ours, theirs in separators:
        if ours in text:
            pieces = text.split(ours)
            other = [_translated(piece) for piece in pieces]
            return None if other == pieces else theirs.join(other)
    return None


@dataclass(frozen=True)
class _Template:
    pattern: re.Pattern[str]
    chinese: str

    @classmethod
    def of(cls, english: str, chinese: str) -> _Template:
        pieces = _PLACEHOLDER.split(english)
        for index in range(1, len(pieces), 2):
            values = _VALUES.get(pieces[index], ".*?")
            pieces[index] = f"(?P<{pieces[index]}>{values})"
        pieces[::2] = map(re.escape, pieces[::2])
        return cls(re.compile("".join(pieces)), chinese)

    def filled(self, values: Mapping[str, str]) -> str:
        return _PLACEHOLDER.sub(lambda match: values[match[1]], self.chinese)


@cache
def _templates() -> tuple[list[_Template], list[_Template]]:
    """Those with words of their own and those without, the longest first."""
    pairs = catalogue("messages", "zh")
    own = {english: _PLACEHOLDER.sub("", english) for english in pairs}
    worded: list[_Template] = []
    wordless: list[_Template] = []
    for english in sorted(pairs, key=lambda english: -len(own[english])):
        has_words = any(character.isalpha() for character in own[english])
        (worded if has_words else wordless).append(_Template.of(english, pairs[english]))
    return worded, wordless
