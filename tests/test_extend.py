"""The recipes of the how-to guide, followed to the letter in a copy of the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("litestar", reason="the service's extra is not installed")

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "howto" / "extend.md"
LISTS_MAX = 3
TESTS = (
    "tests/milestones",
    "tests/test_imports.py::test_a_room_imports_only_the_rooms_below_it[milestones]",
    "tests/test_imports.py::test_others_import_from_a_rooms_face_only[milestones]",
    "tests/test_architecture.py::test_each_table_has_one_room_that_writes_it",
    "tests/test_architecture.py::test_no_statement_of_a_room_names_a_table_of_another[milestones]",
    "tests/store/test_migrations.py::test_the_migrations_make_what_the_tables_say[sqlite]",
)


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
    for found in re.finditer(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', text, re.M | re.S):
        yield Block(*found.groups())


def copied(root: Path) -> Path:
    """The source, tests and pages, with what was compiled of each folder; nothing that the guide adds."""
    for name in ("src", "tests", "docs", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "mkdocs.yml"):
        shutil.copy(ROOT / name, root / name)
    for folder in (ROOT / "src").rglob("__pycache__"):
        here = root / folder.relative_to(ROOT)
        if here.parent.is_dir() and folder.parent.name != "zhenzan":
            here.symlink_to(folder, target_is_directory=True)
    return root


@pytest.mark.slow
def test_a_room_and_a_page_are_added_as_the_guide_says(tmp_path: Path) -> None:
    """In its own folder and at most three lists."""
    root = copied(tmp_path / "copy")
    followed = list(blocks(GUIDE.read_text("utf-8")))
    for block in followed:
        block.follow(root)
    own = ("src/zhenzan/milestones/", "tests/milestones/")
    assert all(block.path.startswith(own) for block in followed if block.kind != "diff")
    assert len({block.path for block in followed if block.kind == "diff"}) <= LISTS_MAX
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *TESTS],
        cwd=root, env=os.environ | {"PYTHONPATH": str(root / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
