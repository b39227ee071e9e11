"""Rendering of console templates to HTML; everything from outside is escaped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from zhenzan.console.texts import WORDS
from zhenzan.presentation import Both, Language, chance, percent
from zhenzan.translation import gettext
from zhenzan.verify import PARTS

__all__ = ["render", "static_file"]

_TYPES = {"css": "text/css", "js": "text/javascript"}


def render(template: str, language: Language, folders: tuple[Path, ...] = (), **values: Any) -> str:
    """A page from a template of these folders or `templates/`; in it `_` gives a message in the language, `t`
    one of `WORDS` by its name.
    """
    index = 0 if language == "en" else 1

    def t(name: str) -> str:
        return gettext(WORDS[name], language)

    def both(pair: Both) -> str:
        return pair[index]

    def named(words: Any) -> str:
        return str(getattr(words, language))

    def call_name(summary: str) -> str:
        return gettext(summary, language)

    def _(message: str, **values: Any) -> str:
        return gettext(message, language, **values)

    words = {"_": _, "t": t, "both": both, "named": named, "call_name": call_name}
    return _environment(folders).get_template(template).render(language=language, **words, **values)


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """A file of `static/` and its media type; None where there is none."""
    stem, _, ending = name.partition(".")
    if not stem.isidentifier() or ending not in _TYPES:
        return None
    path = files("zhenzan.console").joinpath("static", name)
    if stem == "gallery":
        path = files("zhenzan.rewards").joinpath("gallery_files", name)
    if not path.is_file():
        return None
    own = path.read_bytes()
    if name == "console.css":  # after what every page has
        own = files("zhenzan.presentation").joinpath("page.css").read_bytes() + own
    return own, _TYPES[ending]


@cache
def _environment(folders: tuple[Path, ...]) -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(folders),
                PackageLoader("zhenzan.console", "templates"),
                PackageLoader("zhenzan.rewards", "gallery_files"),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["parts"] = list(PARTS)
    environment.filters.update(
        whole=_whole,
        chance=chance,
        percent=percent,
        moment=_moment,
        micros=_micros,
        path=lambda text: quote(str(text), safe=""),
    )
    return environment


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _micros(at: int) -> str:
    return _moment(datetime.fromtimestamp(at / 1_000_000, UTC))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
