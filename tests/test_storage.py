"""The page that says what is stored where says it of every file, and in the version that the code writes."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

import zhenzan.store
from zhenzan.lab.bench.experiment_file import ExperimentFile
from zhenzan.lab.outputs import manifest as world
from zhenzan.lab.scenario import Scenario
from zhenzan.lake.columns import SCHEMA_VERSION, VERSION_KEY
from zhenzan.lake.journal import MARK_BYTES, SUFFIX, Journal
from zhenzan.ledger import proof
from zhenzan.policy import Policy
from zhenzan.rewards import Catalogue
from zhenzan.screen import counters
from zhenzan.service import backup_manifest as backup
from zhenzan.verify import FORMAT_KEY, RESULT_FORMAT

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "storage.md"
OLD_HOME = Path(__file__).parent / "service" / "data" / "home-0.1.tar.xz"
HEAD = ScriptDirectory(str(Path(zhenzan.store.__file__).parent / "migrations")).get_current_head()
WRITTEN = {
    "database": HEAD,
    "lake": SCHEMA_VERSION,
    "journal": SCHEMA_VERSION,
    "results": RESULT_FORMAT,
    "final days": RESULT_FORMAT,
    "counters": counters.FORMAT,
    "backup": backup.FORMAT,
    "policy": Policy.FORMAT,
    "catalogue": Catalogue.FORMAT,
    "scenario": Scenario.FORMAT,
    "experiment": ExperimentFile.FORMAT,
    "world": world.FORMAT,
    "proof": proof.FORMAT,
}


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


def test_the_page_names_the_version_that_is_written(page: str) -> None:
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.count(" | ") == 4]
    assert {row[0]: row[2].strip("`") for row in rows[2:]} == {name: str(of) for name, of in WRITTEN.items()}
    for name in (VERSION_KEY.decode(), FORMAT_KEY):
        assert f"`{name}`" in page


def test_a_journal_names_its_version_where_the_page_says(tmp_path: Path) -> None:
    Journal(tmp_path, 0).close()
    (path,) = tmp_path.glob(f"*{SUFFIX}")
    assert MARK_BYTES == 8
    assert path.read_bytes()[7:8].decode() == str(SCHEMA_VERSION)


def test_every_file_of_a_folder_is_on_the_page(page: str) -> None:
    named = {re.split(r"[/…]", name)[0] for name in re.findall(r"`([^`\n]+)`", page)}
    with tarfile.open(OLD_HOME) as packed:
        tops = {Path(name).parts[1] for name in packed.getnames() if len(Path(name).parts) > 1}
    ours = {"told.json", "catalogue.toml"}  # what scripts/make_old_home.py adds
    missing = {top for top in tops - ours if top not in named and Path(top).suffix != ".lock"}
    assert missing == set()
