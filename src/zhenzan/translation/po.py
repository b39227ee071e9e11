"""Reader of gettext's PO files as they are committed: nothing is compiled.

https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from zhenzan.translation.languages import Language

__all__ = ["CONTEXT_END", "catalogue"]

CONTEXT_END = "\x04"
"""What stands between a message's context and the message, as in gettext's own compiled catalogues."""


@cache
def catalogue(domain: str, language: Language) -> dict[str, str]:
    """Message → text in a language other than English; a message with a context begins with it.

    Read when first asked for, in some 40 ms, the most of it Babel's import. Of plural forms the first is
    taken: Chinese has one.
    """
    from babel.messages.pofile import read_po  # most commands say nothing in another language

    path = files(__package__).joinpath("locale", language, "LC_MESSAGES", f"{domain}.po")
    texts = {}
    with path.open("rb") as file:
        for message in read_po(file, locale=language):
            text = _first(message.string or "")
            if message.id and text and not message.fuzzy:
                context = f"{message.context}{CONTEXT_END}" if message.context else ""
                texts[context + _first(message.id)] = text
    return texts


def _first(forms: str | list[str] | tuple[str, ...]) -> str:
    return forms if isinstance(forms, str) else forms[0]
