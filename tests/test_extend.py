"""The recipes of the how-to guide, followed to the letter in a copy of the source."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

# Looked up, not imported: that would take a second, and the recipes run in a process of their own.
pytestmark = pytest.mark.skipif(not find_spec("litestar"), reason="the service's extra is not installed")

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "howto" / "extend.md"
LISTS_MAX = 3  # that a room is written into, beside its own folder
TESTS = (
    "tests/interactions/test_movielens.py",
    "tests/interactions/test_formats.py",
    "tests/verify/test_haste.py",
    "tests/verify/test_registry.py",
    "tests/config/test_older_files.py",
    "tests/rewards/test_early.py",
    "tests/milestones",
    "tests/test_imports.py::test_a_room_imports_only_the_rooms_below_it[milestones]",
    *(
        f"tests/test_imports.py::test_others_import_from_a_rooms_face_only[{room}]"
        for room in ("ledger", "milestones", "service", "settlement", "store", "verify")
    ),
    "tests/test_architecture.py::test_each_table_has_one_room_that_writes_it",
    "tests/test_architecture.py::test_no_statement_of_a_room_names_a_table_of_another[milestones]",
    "tests/store/test_migrations.py::test_the_migrations_make_what_the_tables_say[sqlite]",
)
RUN = """
import runpy, sys, pytest
runpy.run_path("scripts/write_reference.py", run_name="__main__")
sys.exit(pytest.main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Block:
    """A block of code with a title: a new file, or how one changes."""

    kind: str
    path: str
    text: str

    def follow(self, root: Path) -> None:
        path = root / self.path
        if self.kind != "diff":
            assert not path.exists(), f"{self.path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, "utf-8")
            return
        lines = self.text.splitlines()
        before, after = ("\n".join(line[1:] for line in lines if line[:1] in (" ", sign)) for sign in "-+")
        whole = path.read_text("utf-8")
        assert whole.count(before) == 1, f"{self.path} has not once:\n{before}"
        path.write_text(whole.replace(before, after), "utf-8")


def blocks(text: str) -> Iterator[Block]:
    for match in re.finditer(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', text, re.M | re.S):
        yield Block(*match.groups())


def copied(root: Path) -> Path:
    """The source, tests and pages, with what was compiled of each folder; nothing that the guide adds."""
    for name in ("src", "tests", "docs", "examples", "scripts"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "mkdocs.yml"):
        shutil.copy(ROOT / name, root / name)
    for folder in itertools.chain((ROOT / "src").rglob("__pycache__"), (ROOT / "tests").rglob("__pycache__")):
        here = root / folder.relative_to(ROOT)
        if here.parent.is_dir() and folder.parent.name != "zhenzan":
            here.symlink_to(folder, target_is_directory=True)
    return root


def recipes() -> dict[str, list[Block]]:
    """The blocks of each section, by its title."""
    _, *sections = re.split(r"^## (.+)$", GUIDE.read_text("utf-8"), flags=re.M)
    return {title: list(blocks(text)) for title, text in zip(sections[::2], sections[1::2], strict=True)}


def test_a_room_and_a_page_touch_their_own_folder_and_three_lists() -> None:
    followed = recipes()["A room"] + recipes()["A page"]
    own = ("src/zhenzan/milestones/", "tests/milestones/")
    assert all(block.path.startswith(own) for block in followed if block.kind != "diff")
    assert len({block.path for block in followed if block.kind == "diff"}) <= LISTS_MAX


@pytest.mark.slow
def test_what_the_guide_says_is_enough(tmp_path: Path) -> None:
    """All recipes in one copy, the generated pages written, and the tests run, in one process."""
    root = copied(tmp_path / "copy")
    for block in itertools.chain.from_iterable(recipes().values()):
        block.follow(root)
    options = ["-q", "-n", "0", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *options, *TESTS],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
