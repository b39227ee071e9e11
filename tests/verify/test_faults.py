"""Faults, for real: the process killed at every step, a disk that fills, a file too large."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.effort import effort
from tests.polling import PATIENCE_SECONDS
from tests.testing.worlds import ordinary_world

import zhenzan
from zhenzan.verify.results.folder import TABLES

COMMAND = [sys.executable, "-c", "import sys; from zhenzan.cli import main; sys.exit(main())"]

# Kills its own process with signal 9 at the n-th time that it opens, makes, moves or removes something there
# where the result goes.
SUICIDE = """
import os, signal, sys
parent, moment = sys.argv[1], int(sys.argv[2])
seen = 0
def count(event, arguments):
    global seen
    if event in EVENTS and arguments and isinstance(arguments[0], (str, os.PathLike)):
        if os.fspath(arguments[0]).startswith(parent):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)
EVENTS = {"open", "os.mkdir", "os.rename", "shutil.rmtree"}
sys.addaudithook(count)
from zhenzan.cli import main
sys.exit(main(sys.argv[3:]))
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two logs, `old.parquet` and `new.parquet`."""
    folder = tmp_path_factory.mktemp("logs")
    table = ordinary_world(5, rings=2).log().table()
    pq.write_table(table.slice(0, 3000), folder / "old.parquet")
    pq.write_table(table, folder / "new.parquet")
    return folder


@pytest.fixture(scope="module")
def old_result(logs: Path) -> Path:
    """The result of the old log."""
    zhenzan.verify(logs / "old.parquet", out=logs / "old")
    return logs / "old"


@pytest.fixture
def result_folder(tmp_path: Path, old_result: Path) -> Path:
    """A copy of the old result where the next run shall write."""
    return Path(shutil.copytree(old_result, tmp_path / "place" / "result"))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {f"{name}.parquet": (folder / f"{name}.parquet").read_bytes() for name in TABLES}


def check_old_or_new_or_none(result_folder: Path, old: dict[str, bytes], likes_of_new: int) -> str:
    """What a killed run left: the old result to the byte, the whole new one, or none at all. Says which."""
    if not result_folder.exists():
        return "none"
    if bytes_of(result_folder) == old:
        return "old"
    result = zhenzan.Result.load(result_folder)
    assert result.verdicts.num_rows == likes_of_new
    assert all(result.table(name).num_rows >= 0 for name in TABLES)
    return "new"


@pytest.mark.also_soak
def test_killed_at_every_step_it_leaves_the_old_result_the_new_or_none(
    logs: Path, result_folder: Path
) -> None:
    old = bytes_of(result_folder)
    likes = pq.read_metadata(logs / "new.parquet").num_rows
    words = ["verify", str(logs / "new.parquet"), "--out", str(result_folder), "-q"]
    left = []
    for moment in range(1, 40, effort(4, 1)):
        run = subprocess.run([sys.executable, "-c", SUICIDE, str(result_folder.parent), str(moment), *words])
        left.append(check_old_or_new_or_none(result_folder, old, likes))
        zhenzan.verify(logs / "old.parquet", out=result_folder)
        assert bytes_of(result_folder) == old
        assert [path.name for path in result_folder.parent.iterdir()] == ["result"], (
            "the leavings of the dead remain"
        )
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGKILL
    assert left[0] == "old"
    assert left[-1] == "new"
    assert len(left) >= effort(3, 8), "the run was hardly ever killed"
    assert sorted(left, key=["old", "none", "new"].index) == left


@pytest.mark.also_soak
@pytest.mark.parametrize("share", np.linspace(0.85, 1, effort(1, 20)))
def test_killed_at_any_moment_it_leaves_whole_results(
    logs: Path, result_folder: Path, share: float, duration: float
) -> None:
    old = bytes_of(result_folder)
    with subprocess.Popen(
        [*COMMAND, "verify", str(logs / "new.parquet"), "--out", str(result_folder), "-q"]
    ) as run:
        time.sleep(share * duration)
        run.kill()
    check_old_or_new_or_none(result_folder, old, pq.read_metadata(logs / "new.parquet").num_rows)
    zhenzan.verify(logs / "old.parquet", out=result_folder)
    assert bytes_of(result_folder) == old
    assert [path.name for path in result_folder.parent.iterdir()] == ["result"], (
        "the leavings of the dead remain"
    )


@pytest.fixture(scope="module")
def duration(logs: Path, old_result: Path) -> float:
    """How long the command takes with warm kernels, in seconds."""
    begin = time.perf_counter()
    subprocess.run(
        [*COMMAND, "verify", str(logs / "new.parquet"), "--out", str(logs / "timed"), "-q"], check=True
    )
    return time.perf_counter() - begin


def test_an_interruption_from_the_keyboard_cleans_up(
    logs: Path, result_folder: Path, duration: float
) -> None:
    old = bytes_of(result_folder)
    command = [*COMMAND, "verify", str(logs / "new.parquet"), "--out", str(result_folder), "-q"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        while run.poll() is None and not list(result_folder.parent.glob(".result.partial-*")):
            time.sleep(0.005)
        run.send_signal(signal.SIGINT)
        _, words = run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode in (0, 130)
    if run.returncode == 130:
        assert words.splitlines()[-1] == "zhenzan: interrupted"
        assert bytes_of(result_folder) == old
    assert [path.name for path in result_folder.parent.iterdir()] == ["result"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB, where we may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk; the limit on file sizes is tested instead")
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk; the limit on file sizes is tested instead")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_one_clear_line_and_leaves_nothing(logs: Path, small_disk: Path) -> None:
    run = subprocess.run(
        [*COMMAND, "verify", str(logs / "new.parquet"), "--out", str(small_disk / "result"), "-q"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "disk is full" in run.stderr
    assert run.stdout == ""
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_leaves_the_old_result(logs: Path, small_disk: Path) -> None:
    tiny = ordinary_world(5).log().table().slice(0, 20)
    zhenzan.verify(tiny, out=small_disk / "result")
    old = bytes_of(small_disk / "result")
    with pytest.raises(zhenzan.ResultError, match="disk is full"):
        zhenzan.verify(logs / "new.parquet", out=small_disk / "result")
    assert bytes_of(small_disk / "result") == old
    assert [path.name for path in small_disk.iterdir()] == ["result"]


def limit_files() -> None:
    """Let this process write no file beyond 30 kB; a write beyond is an error, not a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))


def test_a_file_that_may_not_grow_is_one_clear_line_and_leaves_the_old_result(
    logs: Path, result_folder: Path
) -> None:
    old = bytes_of(result_folder)
    run = subprocess.run(
        [*COMMAND, "verify", str(logs / "new.parquet"), "--out", str(result_folder), "-q"],
        capture_output=True,
        text=True,
        preexec_fn=limit_files,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "cannot be written: file too large" in run.stderr
    assert "Traceback" not in run.stderr
    assert bytes_of(result_folder) == old
    assert [path.name for path in result_folder.parent.iterdir()] == ["result"]


def test_a_place_that_holds_something_else_is_one_clear_line(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"cat")
    run = subprocess.run(
        [*COMMAND, "verify", str(logs / "old.parquet"), "--out", str(tmp_path / "photos"), "-q"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert line.startswith(
        f"zhenzan: {tmp_path / 'photos'} exists and is not a result folder; choose another"
    )
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"cat"
