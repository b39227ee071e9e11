"""A backup of a running service goes on elsewhere; a damaged one is named and makes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.service.conftest import CATALOGUE, Process
from tests.service.killing import checked, send

from zhenzan.cli import main
from zhenzan.lake import read_since
from zhenzan.service.backup import BackupError, back_up, restore


@pytest.mark.slow
def test_a_backup_under_load_goes_on_elsewhere(serve: Callable[..., Process], tmp_path: Path) -> None:
    options = ["--settle-every", "0.5", "--settle-share", "2", "--catalogue", str(CATALOGUE)]
    process = serve(tmp_path / "home", *options)
    acknowledged: set[str] = set()
    sending = threading.Thread(target=send, args=(process, 0, 3, acknowledged))
    sending.start()
    for number in range(3):
        time.sleep(2.5)
        before = set(acknowledged)
        made = back_up(tmp_path / "home", tmp_path / f"backup-{number}")
        assert made.interactions >= len(before) > 0
        assert main(["restore", str(made.folder), str(tmp_path / f"again-{number}")]) == 0
    process.stop()
    sending.join()
    other = serve(tmp_path / "again-2", *options)
    assert other.stop() == 0
    found = checked(tmp_path / "again-2", 0, before, "")
    assert found.failure == ""
    assert found.grants > 10


def test_a_damaged_backup_is_named_and_makes_nothing(
    serve: Callable[..., Process], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = serve(tmp_path / "home", "--no-worker")
    assert process.stop() == 0
    assert main(["backup", str(tmp_path / "home"), str(tmp_path / "backup")]) == 0
    assert main(["backup", str(tmp_path / "home"), str(tmp_path / "backup")]) == 1
    assert "is there already" in capsys.readouterr().err
    path = tmp_path / "backup" / "zhenzan.sqlite"
    whole = path.read_bytes()
    for wrong in (whole[:-1], bytes([*whole[:-1], whole[-1] ^ 1])):
        path.write_bytes(wrong)
        with pytest.raises(BackupError, match=r"zhenzan\.sqlite: is damaged"):
            restore(tmp_path / "backup", tmp_path / "again")
        assert not (tmp_path / "again").exists()
    path.write_bytes(whole)
    with pytest.raises(BackupError, match="is no backup"):
        restore(tmp_path, tmp_path / "again")
    with pytest.raises(BackupError, match="is not empty"):
        restore(tmp_path / "backup", tmp_path / "home")
    with pytest.raises(BackupError, match="leave --database out"):
        restore(tmp_path / "backup", tmp_path / "again", database="postgresql://x/y")
    with pytest.raises(BackupError, match="no service's folder"):
        back_up(tmp_path, tmp_path / "b")
    restore(tmp_path / "backup", tmp_path / "again")
    assert list(read_since(tmp_path / "again", 0)) == []
