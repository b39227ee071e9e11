"""What the page for those who build on it says is so."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from tests.store.rooms import OWNERS
from tests.store.statements import GIVEN, UNKNOWN, Mention, mentions

from zhenzan.service import Resources, Settings

DOCS = Path(__file__).parents[1] / "docs"
SOURCE = DOCS.parent / "src" / "zhenzan"


def pages(nav: object) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    values = nav.values() if isinstance(nav, dict) else nav
    return [page for value in values for page in pages(value)]  # type: ignore[attr-defined]


def test_every_page_is_reached_from_the_first() -> None:
    nav = pages(yaml.safe_load((DOCS.parent / "mkdocs.yml").read_text("utf-8"))["nav"])
    linked = re.findall(r"\]\(([^)#]+)", (DOCS / "index.md").read_text("utf-8"))
    assert set(nav) - {"index.md"} <= set(linked)
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} == set(nav)


def folders() -> set[str]:
    return {path.parent.name for path in SOURCE.glob("*/__init__.py")}


def table_of(page: Path, head: str) -> list[list[str]]:
    """The cells of the rows under a table's head, each without its marks."""
    below = page.read_text("utf-8").partition(head + "\n")[2].partition("\n\n")[0]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in below.splitlines()[1:]]


@pytest.mark.parametrize(
    ("page", "head"),
    [
        (DOCS.parent / "CONTRIBUTING.md", "| room | subject |"),
        (DOCS / "explanation" / "architecture.md", "| room | what it does | depends on |"),
    ],
)
def test_newcomers_are_told_of_every_room(page: Path, head: str) -> None:
    named = {name for row in table_of(page, head) for name in re.findall(r"\w+", row[0])}
    assert folders() <= named
    assert named <= folders() | {path.stem for path in SOURCE.glob("*.py")}


def test_every_task_is_told_with_its_interval(tmp_path: Path) -> None:
    catalogue = DOCS.parent / "examples" / "catalogue.toml"
    with Resources(Settings(tmp_path / "home", catalogue=catalogue)) as resources:
        tasks = {task.name: f"{task.interval_seconds:g} s" for task in resources.tasks.tasks}
    documented = table_of(DOCS / "explanation" / "architecture.md", "| task | every | does |")
    assert {name: every for name, every, _ in documented} == tasks


def test_each_table_has_one_room_that_writes_it() -> None:
    text = (DOCS / "explanation" / "architecture.md").read_text("utf-8").partition("| room | tables |")[2]
    rows = [row.split("|")[1:3] for row in text.splitlines() if row.count("|") == 3 and "`" in row]
    named = [(table, room.strip(" `")) for room, tables in rows for table in re.findall(r"`(\w+)`", tables)]
    assert sorted(named) == sorted(OWNERS.items())


def files_of(room: str) -> list[Path]:
    return [path for path in sorted((SOURCE / room).rglob("*.py")) if "migrations" not in path.parts]


@cache
def mentions_of(room: str) -> set[Mention]:
    return mentions(files_of(room))


@pytest.mark.parametrize("room", sorted(path.parent.name for path in SOURCE.glob("*/__init__.py")))
def test_no_statement_of_a_room_names_a_table_of_another(room: str) -> None:
    named = mentions_of(room)
    assert [mention for mention in named if OWNERS.get(mention.table, room) != room] == []
    if room != "store":  # which works on the tables that it is given
        assert [mention for mention in named if UNKNOWN in mention.table] == [], (
            "the source does not tell which table"
        )


def test_the_statements_of_all_rooms_are_found() -> None:
    """Each table is read by its room, or is a `Table` to it."""
    for room in set(OWNERS.values()):
        named = {mention.table for mention in mentions_of(room)}
        texts = [path.read_text("utf-8") for path in files_of(room) if path.name != "tables.py"]
        for table in (table for table, owner in OWNERS.items() if owner == room):
            assert table in named or any(table.upper() in text for text in texts), table


HIDDEN = {  # ways in which a statement on `theirs` may come to be run
    "at once": 'def f(d):\n    d.fetch("SELECT a FROM theirs")',
    "quoted": "def f(d):\n    d.fetch('SELECT a FROM \"theirs\" t')",
    "in a list": 'def f(d):\n    d.fetch("SELECT a, b FROM ours o, theirs WHERE a = 1")',
    "after a join": 'def f(d):\n    d.fetch("SELECT a FROM ours o LEFT JOIN theirs t ON t.a = o.a")',
    "after a subquery": 'def f(d):\n    d.fetch("SELECT a FROM (SELECT b FROM ours) o, theirs")',
    "nested": 'def f(d):\n    d.fetch("SELECT a FROM ours WHERE a IN (SELECT a FROM theirs)")',
    "written": 'def f(d):\n    d.exec_driver_sql("UPDATE theirs SET a = 1")',
    "inserted": 'def f(d):\n    d.exec_driver_sql("INSERT INTO theirs (a) VALUES (1)")',
    "by name": 'def f(d):\n    d.fetch(text="SELECT a FROM theirs")',
    "a constant": 'TEXT = "SELECT a FROM theirs"\ndef f(d):\n    d.fetch(TEXT)',
    "a local": 'def f(d):\n    text = "SELECT a"\n    text += " FROM theirs"\n    d.fetch(text)',
    "one of two": 'def f(d, x):\n    d.fetch("SELECT a FROM " + ("ours" if x else "theirs"))',
    "a part": 'T = "theirs"\ndef f(d):\n    d.fetch(f"SELECT a FROM {T} WHERE a = 1")',
    "made elsewhere": 'def text():\n    return "SELECT a FROM theirs"\ndef f(d):\n    d.fetch(text())',
    "handed on": 'def g(d, text):\n    d.fetch(f"{text} LIMIT 1")\n'
    'def f(d):\n    g(d, "SELECT a FROM theirs")',
    "handed on, named": 'def g(d, *, where):\n    d.fetch(f"SELECT a FROM ours {where}")\n'
    'def f(d):\n    g(d, where="JOIN theirs ON 1")',
    "by a method": "class A:\n    def g(self, where):\n"
    "        self.d.fetch('SELECT a FROM ours WHERE ' + where)\n"
    '    def f(self):\n        self.g("a IN (SELECT a FROM theirs)")',
    "as one of several": "def g(d, a, where):\n    d.fetch(f'SELECT {a} FROM ours {where}')\n"
    'def f(d):\n    g(d, "a", "JOIN theirs ON 1")\ndef h(d):\n    g(d, "(SELECT a FROM theirs)", "")',
    "by way of two": "def h(d, text):\n    d.fetch(text)\ndef g(text, d):\n    more = text\n    h(d, more)\n"
    'def f(d):\n    g("DELETE FROM theirs", d)',
}


@pytest.mark.parametrize("way", HIDDEN)
def test_a_statement_is_found_however_it_is_put_together(tmp_path: Path, way: str) -> None:
    (tmp_path / "some.py").write_text(HIDDEN[way])
    assert "theirs" in {mention.table for mention in mentions([tmp_path / "some.py"])}


def test_what_is_no_table_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "some.py").write_text(
        "def f(d, table, c):\n"
        "    d.fetch(\"SELECT theirs, a FROM ours WHERE a = 'FROM theirs' ORDER BY a, theirs\")\n"
        "    d.fetch(f'SELECT a FROM {table.name}')\n"
        "    c.execute('SELECT a FROM theirs')\n"  # of files, by another engine
        "    d.fetch(f'SELECT a FROM {table}')\n"
    )
    tables = {mention.table for mention in mentions([tmp_path / "some.py"])}
    assert tables == {"ours", GIVEN, UNKNOWN}


def test_only_declarations_know_all_tables() -> None:
    """Elsewhere a `Table` comes from the room's own declarations."""
    for path in SOURCE.rglob("*.py"):
        if path.name == "tables.py" or "store" in path.relative_to(SOURCE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in ("sqlalchemy", "zhenzan.store"):
                names = {alias.name for alias in node.names}
                assert not names & {"METADATA", "MetaData", "text", "table", "literal_column"}, path
