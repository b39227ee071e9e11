"""Texts of the product in the reader's language: the English text is the key, `zhenzan.po` has the Chinese.

`N_`, `NC_` and `NN_` mark a message where it stands in a table; the others look it up when it is shown. Each
`{name}` of a message is filled in after it was translated; a value that is a pair is one in each language.
"""

from __future__ import annotations

from typing import Any

from zhenzan.translation.languages import LANGUAGES, Both, Language
from zhenzan.translation.po import CONTEXT_END, catalogue

__all__ = ["NC_", "NN_", "N_", "Plural", "both", "gettext", "nboth", "ngettext", "pgettext"]

Plural = tuple[str, str]
"""A message for one and a message for more."""


def N_(message: str) -> str:  # noqa: N802
    """The message itself, to be translated later; the name is the one that gettext's tools look for."""
    return message


def NC_(context: str, message: str) -> str:  # noqa: N802
    """The message where its English alone has two meanings: to be translated later."""
    return f"{context}{CONTEXT_END}{message}"


def NN_(one: str, many: str) -> Plural:  # noqa: N802
    """Messages for a number: to be translated later."""
    return one, many


def gettext(message: str, language: Language, /, **values: Any) -> str:
    """The message in that language, filled in. In English where there is no other text."""
    text = None if language == "en" else catalogue("zhenzan", language).get(message)
    if text is None:
        text = message.rpartition(CONTEXT_END)[2]
    return text.format(**_in(language, values)) if values else text


def pgettext(context: str, message: str, language: Language, /, **values: Any) -> str:
    """The message as it is meant in that context."""
    return gettext(NC_(context, message), language, **values)


def ngettext(one: str, many: str, count: float, language: Language, /, **values: Any) -> str:
    """The message for that number, which is filled in as `values` say."""
    if language == "en":
        return gettext(one if count == 1 else many, language, **values)
    return gettext(one, language, **values)


def both(message: str, /, **values: Any) -> Both:
    """The message in English and in Chinese."""
    english, chinese = (gettext(message, language, **values) for language in LANGUAGES)
    return english, chinese


def nboth(one: str, many: str, count: float, /, **values: Any) -> Both:
    """The message for that number in English and in Chinese."""
    english, chinese = (ngettext(one, many, count, language, **values) for language in LANGUAGES)
    return english, chinese


def _in(language: Language, values: dict[str, Any]) -> dict[str, Any]:
    position = LANGUAGES.index(language)
    return {name: value[position] if isinstance(value, tuple) else value for name, value in values.items()}
