"""Literal help texts: Rich, which prints them, takes `[market.cash]` for a tag, and `:key:` for an emoji."""

from __future__ import annotations

import re
from typing import Any

from rich.markup import escape

__all__ = ["literal", "with_literal_help"]

_EMOJI_CODE = re.compile(r":(?=\S*:)")


def literal(text: str) -> str:
    """Write a text as Rich markup that prints as the text; a tag without effect cuts each emoji code."""
    return _EMOJI_CODE.sub(":[none]", escape(text))


def with_literal_help(command: Any) -> Any:
    """Make the help of a command and of those below it print as written; gives the command.

    Typer prints without Rich where it is switched off (`TYPER_USE_RICH=0`); texts then stay as they are.
    """
    if getattr(command, "rich_markup_mode", None) != "rich":
        return command
    for holder in (command, *command.params):
        for name in ("help", "short_help", "epilog"):
            if text := getattr(holder, name, None):
                setattr(holder, name, literal(text))
    for inner in getattr(command, "commands", {}).values():
        with_literal_help(inner)
    return command
