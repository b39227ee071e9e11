"""An empty disk is no first start; a database of another time or place is refused, until a person says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.service.conftest import started
from tests.settlement.test_finalize import at

from zhenzan.cli import main
from zhenzan.errors import ZhenzanError
from zhenzan.lake import lake_files
from zhenzan.service import Resources, Role, Settings, back_up, restore


def start(home: Path, **options: object) -> None:
    with Resources(Settings(home, **options)):  # type: ignore[arg-type]
        pass


def test_a_database_that_knows_another_folder_is_refused(
    new_postgres: Callable[[], str], tmp_path: Path
) -> None:
    url, home = new_postgres(), tmp_path / "home"
    start(home, database=url)
    start(home, database=url)
    home.rename(tmp_path / "unmounted")
    with pytest.raises(ZhenzanError, match="is empty, or not the one that the database"):
        start(home, database=url)
    assert list(home.iterdir()) == []
    start(tmp_path / "other", database=new_postgres())
    with pytest.raises(ZhenzanError, match="is another folder than the one"):
        start(tmp_path / "other", database=url)
    home.rmdir()
    (tmp_path / "unmounted").rename(home)
    start(home, database=url)


def test_a_postgresql_that_went_back_is_refused_until_it_is_accepted(
    new_postgres: Callable[[], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, home = new_postgres(), tmp_path / "home"
    with started(home, database=url) as api:
        before = api.core.ledger.last_note()
        rows = api.core.ledger.database.fetch("SELECT number FROM batches ORDER BY number DESC LIMIT 1")
        api.core.audit.note("somebody", "did something")
        after = api.core.ledger.last_note()
        last = int(rows[0][0])
    assert before != after
    forget_after(url, last, int(before.splitlines()[1]))
    with pytest.raises(ZhenzanError, match=r"went back in time: its ledger has 3 events, and had \d"):
        start(home, database=url)
    assert main(["ledger", "accept", str(home), "--database", url, "--yes"]) == 0
    assert "a ledger of 3 events" in capsys.readouterr().out
    start(home, database=url)


def forget_after(url: str, batch: int, size: int) -> None:
    """What the ledger wrote after a batch is gone, as from a replica that lagged behind."""
    from zhenzan.store import open_database

    database = open_database(url)
    with database.write() as connection:
        for table, column in (("transfers", "seq"), ("entries", "seq"), ("seals", "seq")):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} >= {size}")
        connection.exec_driver_sql(f"DELETE FROM batches WHERE number > {batch}")
    database.close()


def test_a_sqlite_that_went_back_is_refused_until_it_is_accepted(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    start(home)
    shutil.copytree(home, copy)
    with started(home) as api:
        api.core.audit.note("somebody", "did something")
    for path in home.glob("zhenzan.sqlite*"):
        path.unlink()
    shutil.copy(copy / "zhenzan.sqlite", home)
    with pytest.raises(ZhenzanError, match="went back in time"):
        start(home)
    assert main(["ledger", "accept", str(home), "--yes", "--quiet"]) == 0
    start(home)


def test_a_lost_database_is_not_begun_anew_until_that_is_said(tmp_path: Path) -> None:
    home = tmp_path / "home"
    start(home)
    (home / "zhenzan.sqlite").unlink()
    with pytest.raises(ZhenzanError, match="the database is empty"):
        start(home)
    assert main(["ledger", "accept", str(home), "--yes", "--quiet"]) == 0
    start(home)


def test_a_backup_is_restored_whole_though_the_ledger_went_on(tmp_path: Path) -> None:
    home, again = tmp_path / "home", tmp_path / "again"
    with started(home) as api:
        back_up(home, tmp_path / "backup")
        api.core.api_keys.create("more", Role.viewer, "v")
        api.core.audit.note("somebody", "did something")
    restore(tmp_path / "backup", again)
    start(again, create=False)
    for path in home.glob("zhenzan.sqlite*"):
        path.unlink()
    shutil.copy(again / "zhenzan.sqlite", home)  # as the guide has it for a damaged database
    with pytest.raises(ZhenzanError, match="went back in time"):
        start(home)


def test_a_folder_that_must_be_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    words = ["serve", str(home), "--no-create", "--port", "0"]
    for is_there in (False, True):  # a disk that is not mounted leaves no folder, or an empty one
        if is_there:
            home.mkdir()
        assert main(words) == 1
        assert f"zhenzan init {home}" in capsys.readouterr().err
        assert not is_there or list(home.iterdir()) == []
    assert main(["init", str(home)]) == 0
    start(home, create=False)


def test_a_damaged_file_of_the_lake_is_named_by_backup_check_and_api(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    like = {"account": "a", "item": "v", "timestamp": "2026-11-27T10:00:00Z"}
    with started(home) as api:
        assert api.post("/v1/interactions", json=like).status_code == 200
        api.core.lake.flush()
        draft = api.post("/v1/policies", json={"text": 'format = 1\nname = "draft"\n'}).json()
        path = lake_files(home)[0]
        (path.parent / "junk.parquet").write_bytes(b"junk")
        assert main(["check", str(home)]) == 0
        assert main(["backup", str(home), "--to", str(tmp_path / "good")]) == 0
        capsys.readouterr()
        path.write_bytes(path.read_bytes()[:-9])
        assert main(["check", str(home)]) == 1
        assert main(["backup", str(home), "--to", str(tmp_path / "bad")]) == 1
        assert capsys.readouterr().err.count(f"{path}: is damaged") == 2
        answer = api.post(f"/v1/policies/{draft['number']}/backtest")
        assert answer.status_code == 503
        assert f"{path}: is damaged" in answer.json()["detail"]
    assert (tmp_path / "bad" / "manifest.json").exists()


def test_a_damaged_file_of_a_settlement_is_named_by_the_api(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        api.core.lake.append(at(0, 30))
        api.settle()
        path = api.core.settlements.current.folder / "items.parquet"
        good = path.read_bytes()
        path.unlink()
        path.write_bytes(good[:-9])
        answer = api.get("/v1/items")
        assert answer.status_code == 503
        assert f"{path}: is damaged" in answer.json()["detail"]
