"""HTML pages from templates: style and script inside, both languages at once, nothing loaded."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from zhenzan import translation
from zhenzan.atomic_files import write_file
from zhenzan.errors import ResultError
from zhenzan.translation import Both, Language

__all__ = ["render_page", "spans", "write_whole"]


def render_page(
    template: str, language: Language, titles: Both, *, style: str = "", script: str = "", **values: Any
) -> str:
    """The page of a template that extends `shell.html.jinja` and may use `titles`, `both` and `values`.

    `style`, `script`: a page's own, after those of every page. Everything is escaped unless it is `Markup`.
    """
    package = files("zhenzan.presentation")

    def part(name: str) -> str:
        return package.joinpath(name).read_text("utf-8")

    script = part("page.js") + script
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FunctionLoader(part),
    )
    return environment.from_string(template).render(
        language=language,
        titles=titles,
        style=Markup(part("page.css") + style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        both=spans,
        _=translation.both,
        **values,
    )


def spans(pair: Both) -> Markup:
    """Both languages side by side; the page's style shows one."""
    return Markup('<span data-l="en" lang="en">{}</span><span data-l="zh" lang="zh">{}</span>').format(*pair)


def write_whole(page: str, path: Path) -> Path:
    """Write the page atomically. Raises `ResultError`."""
    try:
        write_file(path, page.encode("utf-8"), mode=0o666)
    except OSError as error:
        raise ResultError(f"cannot write the report to {path}: {error.strerror or error}") from error
    return path
