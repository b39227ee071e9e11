"""A scenario as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from zhenzan.lab.scenario.fields import Section
from zhenzan.toml import written

__all__ = ["FORMAT", "dump"]

FORMAT = 1
COMMENT_WIDTH = 100


def dump(name: str, sections: Mapping[str, Section], sellers: Iterable[Section]) -> str:
    """Write the canonical text: equal scenarios give equal texts, and reading it back gives the scenario."""
    head = "# A scenario of the lab. Keys that are left out keep their defaults."
    blocks = [f"{head}\nformat = {FORMAT}\nname = {written(name)}"]
    blocks += [_section(f"[{title}]", section) for title, section in sections.items()]
    blocks += [_section("[[seller]]", seller) for seller in sellers]
    return "\n\n".join(blocks) + "\n"


def _section(title: str, section: Any) -> str:
    lines = [title]
    for each in fields(section):
        lines += [f"# {line}" for line in textwrap.wrap(each.metadata["what"], COMMENT_WIDTH)]
        lines.append(f"{each.name} = {written(getattr(section, each.name))}")
    return "\n".join(lines)
