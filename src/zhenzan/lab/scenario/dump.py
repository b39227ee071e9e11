"""A scenario as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

import json
import textwrap
from dataclasses import fields
from typing import Any

from zhenzan.lab.scenario.model import FORMAT, SECTIONS, Scenario

__all__ = ["dump"]

COMMENT_WIDTH = 100


def dump(scenario: Scenario) -> str:
    """Write the canonical text: equal scenarios give equal texts, and reading it back gives the scenario."""
    head = "# A scenario of the lab. Keys that are left out keep their defaults."
    blocks = [f"{head}\nformat = {FORMAT}\nname = {_value(scenario.name)}"]
    blocks += [_section(f"[{title}]", getattr(scenario, title)) for title in SECTIONS]
    blocks += [_section("[[seller]]", seller) for seller in scenario.sellers]
    return "\n\n".join(blocks) + "\n"


def _section(title: str, section: Any) -> str:
    lines = [title]
    for each in fields(section):
        lines += [f"# {line}" for line in textwrap.wrap(each.metadata["what"], COMMENT_WIDTH)]
        lines.append(f"{each.name} = {_value(getattr(section, each.name))}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
