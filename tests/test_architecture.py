"""What the page for those who build on it says is so."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from tests.store.rooms import OWNERS

DOCS = Path(__file__).parents[1] / "docs"


def pages(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    values = nav.values() if isinstance(nav, dict) else nav
    return [page for each in values for page in pages(each)]  # type: ignore[attr-defined]


def test_every_page_is_reached_from_the_first() -> None:
    nav = pages(yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text("utf-8"))["nav"])
    linked = re.findall(r"\]\(([^)#]+)", (DOCS / "index.md").read_text("utf-8"))
    assert set(nav) - {"index.md"} <= set(linked)
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} == set(nav)


def test_each_table_has_one_room_that_writes_it() -> None:
    text = (DOCS / "explanation" / "architecture.md").read_text("utf-8").partition("| room | tables |")[2]
    rows = [row.split("|")[1:3] for row in text.splitlines() if row.count("|") == 3 and "`" in row]
    named = [(table, room.strip(" `")) for room, tables in rows for table in re.findall(r"`(\w+)`", tables)]
    assert sorted(named) == sorted(OWNERS.items())
