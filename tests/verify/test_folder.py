"""The result folder appears whole or not at all, replaces results alone, and cleans up after the dead."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from tests.testing.logs import Event, SmallLog

import zhenzan
from zhenzan import atomic_files
from zhenzan.errors import ResultError
from zhenzan.verify.results.folder import POLICY, SUMMARY, TABLES, ResultFolder

LOG = SmallLog([Event(a, i, 10**15 + a * 1000 + i) for a in range(5) for i in range(4)])
TABLE = pa.table({"number": pa.array(range(10))})


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A result in a folder of its own."""
    zhenzan.verify(LOG.table(), out=tmp_path / "place" / "result")
    return tmp_path / "place" / "result"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def break_off(path: Path, error: BaseException) -> None:
    with ResultFolder(path) as folder:
        folder.write_table("verdicts", TABLE)
        raise error


def dead_process() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_result_holds_its_tables_summary_and_policy_and_nothing_lies_beside_it(result: Path) -> None:
    names = {path.name for path in result.iterdir()}
    assert names >= {*(f"{name}.parquet" for name in TABLES), SUMMARY, POLICY}
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_the_policy_in_the_folder_is_the_one_that_ruled(result: Path) -> None:
    written = zhenzan.load_policy(result / POLICY)
    assert written.version == zhenzan.Result.load(result).summary["policy_version"]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_or_interruption_leaves_the_old_result_and_nothing_else(
    result: Path, error: type[BaseException]
) -> None:
    before = contents(result)
    with pytest.raises(error):
        break_off(result, error())
    assert contents(result) == before
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_a_bad_log_leaves_the_old_result(result: Path, tmp_path: Path) -> None:
    before = contents(result)
    with pytest.raises(zhenzan.InputError):
        zhenzan.verify(tmp_path / "nothing.csv", out=result)
    assert contents(result) == before
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_a_new_result_replaces_the_old_one_whole(result: Path) -> None:
    (result / "rejected.ndjson").write_text("of the old result\n")
    zhenzan.verify(SmallLog(LOG.events[:3]).table(), out=result)
    assert zhenzan.Result.load(result).verdicts.num_rows == 3
    assert (result / "rejected.ndjson").read_text() == ""


def test_files_that_somebody_put_into_a_result_survive_the_next_one(result: Path) -> None:
    (result / "report.html").write_text("mine")
    (result / "notes").mkdir()
    (result / "notes" / "one.txt").write_text("mine too")
    zhenzan.verify(SmallLog(LOG.events[:3]).table(), out=result)
    assert zhenzan.Result.load(result).verdicts.num_rows == 3
    assert (result / "report.html").read_text() == "mine"
    assert (result / "notes" / "one.txt").read_text() == "mine too"
    assert [path.name for path in result.parent.iterdir()] == ["result"]


@pytest.mark.parametrize("name", ["holiday.jpg", "summary.json", "verdicts.parquet", ".hidden"])
def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / name).write_text("{}")
    with pytest.raises(ResultError, match="is not a result folder"):
        zhenzan.verify(LOG.table(), out=other)
    assert contents(other) == {name: b"{}"}
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_file_in_the_place_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "result").write_text("a thesis")
    with pytest.raises(ResultError, match="is not a result folder"):
        zhenzan.verify(LOG.table(), out=tmp_path / "result")
    assert (tmp_path / "result").read_text() == "a thesis"


def test_an_empty_folder_and_a_missing_parent_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "deep" / "er" / "result"):
        zhenzan.verify(LOG.table(), out=path)
        assert zhenzan.Result.load(path).verdicts.num_rows == len(LOG.events)


@pytest.mark.parametrize("name", ["result", "结果 1", "result[1]", "a*b", "-out"])
def test_the_next_run_removes_what_the_dead_left_behind(tmp_path: Path, name: str) -> None:
    dead = dead_process()
    for kind in ("partial", "old"):
        (tmp_path / f".{name}.{kind}-0-{dead}").mkdir()
        (tmp_path / f".{name}.{kind}-0-{dead}" / "verdicts.parquet").write_bytes(b"half")
    (tmp_path / name).mkdir()
    zhenzan.verify(LOG.table(), out=tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_leavings_of_the_living_and_of_others_stay(tmp_path: Path) -> None:
    names = {".result.partial-0-1", ".result.partial-x", f".other.partial-0-{dead_process()}", "result"}
    for name in names - {"result"}:
        (tmp_path / name).mkdir()
    zhenzan.verify(LOG.table(), out=tmp_path / "result")
    assert {path.name for path in tmp_path.iterdir()} == names


def test_an_old_result_that_a_killed_run_had_moved_away_comes_back(result: Path, tmp_path: Path) -> None:
    before = contents(result)
    result.rename(result.parent / f".result.old-0-{dead_process()}")
    with pytest.raises(zhenzan.InputError):
        zhenzan.verify(tmp_path / "nothing.csv", out=result)
    assert contents(result) == before
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_two_runs_at_once_leave_one_whole_result(result: Path) -> None:
    with ResultFolder(result) as first:
        zhenzan.verify(SmallLog(LOG.events[:3]).table(), out=result)
        assert zhenzan.Result.load(result).verdicts.num_rows == 3
        for path in result.iterdir():
            (first.path / path.name).write_bytes(path.read_bytes())
    assert zhenzan.Result.load(result).verdicts.num_rows == 3


def test_a_link_to_a_folder_is_written_through(result: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(result)
    zhenzan.verify(SmallLog(LOG.events[:3]).table(), out=link)
    assert link.is_symlink()
    assert zhenzan.Result.load(result).verdicts.num_rows == 3
    assert [path.name for path in result.parent.iterdir()] == ["result"]


def test_a_place_under_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot be written: not a directory"):
        zhenzan.verify(LOG.table(), out=tmp_path / "file" / "result")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_place_in_a_folder_that_is_not_ours_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ResultError, match="cannot be written: permission denied"):
            zhenzan.verify(LOG.table(), out=tmp_path / "result")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "input/output")]
)
def test_a_failing_disk_is_told_in_one_line(result: Path, number: int, words: str) -> None:
    before = contents(result)
    with pytest.raises(ResultError, match=words) as failure:
        break_off(result, OSError(number, os.strerror(number)))
    assert "\n" not in str(failure.value)
    assert contents(result) == before


@pytest.mark.parametrize("missing", ["summary.json", "verdicts.parquet", "items.parquet"])
def test_a_result_that_is_not_whole_cannot_be_opened(result: Path, missing: str) -> None:
    (result / missing).unlink()
    with pytest.raises(ResultError, match=missing.split(".")[0]):
        zhenzan.Result.load(result)


def test_a_damaged_result_says_which_file(result: Path) -> None:
    (result / "items.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(ResultError, match=r"items.*cannot be read"):
        zhenzan.Result.load(result).items  # noqa: B018
    (result / "summary.json").write_text("{")
    with pytest.raises(ResultError, match=r"summary\.json cannot be read"):
        zhenzan.Result.load(result)


def test_no_result_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        zhenzan.Result.load(tmp_path / "nowhere")


def test_a_written_result_keeps_the_policy_that_ruled(result: Path, tmp_path: Path) -> None:
    zhenzan.Result.load(result).write(tmp_path / "copy")
    copied, original = contents(tmp_path / "copy"), contents(result)
    assert copied.keys() == original.keys()
    assert all(copied[name] == original[name] for name in (SUMMARY, POLICY, "rejected.ndjson"))
    for name in TABLES:
        assert zhenzan.Result.load(tmp_path / "copy").table(name) == zhenzan.Result.load(result).table(name)
    zhenzan.verify(LOG.table()).write(tmp_path / "from memory")
    assert (tmp_path / "from memory" / POLICY).read_bytes() == (result / POLICY).read_bytes()


def test_an_interruption_while_it_opens_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(set[Path]):
        def add(self, path: Path) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(atomic_files, "_OPEN", Interrupted())
    with pytest.raises(KeyboardInterrupt), ResultFolder(tmp_path / "result"):
        pass
    assert list(tmp_path.iterdir()) == []
