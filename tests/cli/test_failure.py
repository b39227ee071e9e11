"""Whatever goes wrong, a person sees one line and scripts see a code; a traceback only on demand."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from zhenzan.cli.failure import as_exit_code
from zhenzan.errors import InputError

if TYPE_CHECKING:
    from conftest import Run


def wrapped(cause: Exception) -> InputError:
    error = InputError("could not write")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("likes.csv: no such file"), 1, "likes.csv: no such file"),
        (InputError("two\nlines"), 1, "two lines"),
        (OSError(errno.ENOSPC, "No space left on device", "result"), 1, "the disk is full: result"),
        (pa.ArrowException("[Errno 28] Error writing bytes: No space left on device"), 1, "the disk is full"),
        (duckdb.IOException("IO Error: Could not write: No space left on device"), 1, "the disk is full"),
        (wrapped(OSError(errno.ENOSPC, "No space left on device")), 1, "the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "likes.csv"), 1, "permission denied: likes.csv"),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "x"),
            1,
            "no such file or directory: x",
        ),
        (MemoryError(), 1, "not enough memory"),
        (RuntimeError("odd"), 3, "unexpected RuntimeError: odd; run again with --debug"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_an_error_becomes_one_line_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, words: str
) -> None:
    assert as_exit_code(error) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"zhenzan: {words}")
    assert output.err.count("\n") == 1


def test_a_closed_pipe_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_exit_code(BrokenPipeError(errno.EPIPE, "Broken pipe")) == 1
    assert capsys.readouterr().err == ""


def test_an_interrupt_in_the_middle_of_a_run_exits_with_130(
    zhenzan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zhenzan.cli.verify._verify", interrupted)
    done = zhenzan("verify", "likes.csv")
    assert (done.code, done.err) == (130, "zhenzan: interrupted\n")


def test_debug_shows_the_error_itself(zhenzan: Run) -> None:
    with pytest.raises(InputError):
        zhenzan("sample", "log.xlsx", "--debug")
