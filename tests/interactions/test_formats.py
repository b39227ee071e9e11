"""Formats with names of their own: listed once, and in the reference."""

from __future__ import annotations

import re
from pathlib import Path

from zhenzan.interactions.formats import FORMATS, NAMED

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schema.md"


def test_the_reference_lists_them() -> None:
    section = PAGE.read_text("utf-8").split("## Formats with names of their own\n", 1)[1].split("\n## ", 1)[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert listed == set(NAMED), "docs/reference/schema.md has a row for each format"


def test_no_two_formats_share_a_name() -> None:
    assert len(set(FORMATS)) == len(FORMATS)
