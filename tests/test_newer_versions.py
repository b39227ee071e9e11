"""What a newer version wrote is refused by name, with the way back, and stays as it was.

The same of the lake is in tests/lake/test_versions.py, of the database in tests/store/test_migrations.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.settlement.test_settlement import likes

from zhenzan.errors import LakeError, NewerResultError
from zhenzan.lake import Lake
from zhenzan.policy import Policy
from zhenzan.screen import Counters
from zhenzan.service import BackupError, restore
from zhenzan.settlement import final_watermark, latest, run_settlement
from zhenzan.verify import FORMAT_KEY, RESULT_FORMAT, items_sql

WAY_BACK = r"newer version of Zhenzan wrote it .*install that version again, or restore the backup"


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a published result, and days that are final."""
    home = tmp_path_factory.mktemp("settled")
    with Lake(home) as lake:
        lake.append(likes(0, 4000))
    assert run_settlement(home, Policy.default(), window_days=1) is not None
    return home


def with_format(path: Path, format: int) -> None:
    summary = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(summary | {"result_format": format}), "utf-8")


def test_days_that_are_final_say_their_format_and_newer_ones_are_refused(settled: Path) -> None:
    until = settled / "settled" / "until"
    day = next((settled / "settled" / "items").glob("*.parquet"))
    table = pq.read_table(day)
    assert table.schema.metadata[FORMAT_KEY.encode()] == str(RESULT_FORMAT).encode()
    try:
        with_format(until, RESULT_FORMAT + 1)
        with pytest.raises(NewerResultError, match=f"{until}.*{WAY_BACK}"):
            final_watermark(settled)
        with pytest.raises(NewerResultError, match=WAY_BACK):
            run_settlement(settled, Policy.default())
    finally:
        with_format(until, RESULT_FORMAT)
    pq.write_table(table.replace_schema_metadata({FORMAT_KEY: str(RESULT_FORMAT + 1)}), day)
    with pytest.raises(NewerResultError, match=f"{day}.*{WAY_BACK}"):
        items_sql([day])
    pq.write_table(table.replace_schema_metadata({FORMAT_KEY: str(RESULT_FORMAT)}), day)


def test_a_newer_result_is_not_taken_for_a_damaged_one(settled: Path) -> None:
    settlement = latest(settled)
    assert settlement is not None
    with_format(settlement.folder / "summary.json", RESULT_FORMAT + 1)
    before = sorted(path.name for path in (settled / "results").iterdir())
    try:
        for again in (latest, lambda home: run_settlement(home, Policy.default())):
            with pytest.raises(NewerResultError, match=f"{settlement.folder}.*{WAY_BACK}"):
                again(settled)
        assert sorted(path.name for path in (settled / "results").iterdir()) == before
    finally:
        with_format(settlement.folder / "summary.json", RESULT_FORMAT)
    assert latest(settled) == settlement


def test_newer_counters_are_told_from_damaged_ones(tmp_path: Path) -> None:
    path = tmp_path / "counters.npz"
    Counters().save(path, 7)
    with np.load(path) as arrays:
        tables = dict(arrays)
    np.savez(path, **{name: value for name, value in tables.items() if name != "format"})
    assert Counters.load(path)[1] == 7  # as the first release wrote them
    np.savez(path, **tables | {"format": np.int64(99)})
    with pytest.raises(LakeError, match=r"counters\.npz.*newer version of Zhenzan.*format 99"):
        Counters.load(path)


def test_a_newer_backup_names_the_version_that_restores_it(tmp_path: Path) -> None:
    manifest = {"format": 9, "zhenzan": "7.1.0", "made_at": 1, "database": "sqlite", "files": [], "more": 1}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BackupError, match=r"manifest\.json: Zhenzan 7\.1\.0 made .*format 9.*install that"):
        restore(tmp_path, tmp_path / "new")
    assert not (tmp_path / "new").exists()
