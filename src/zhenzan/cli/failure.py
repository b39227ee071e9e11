"""Errors on the command line: one line on standard error, and the exit code."""

from __future__ import annotations

import errno
import sys

from typer import TyperException

from zhenzan.cli.common import in_locale
from zhenzan.errors import ZhenzanError

BAD_INPUT = 1
TOO_MANY_REJECTED = 2
OWN_FAULT = 3
INTERRUPTED = 130

_DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)
_DISK_FULL_WORDS = ("no space left on device", "disk quota exceeded", "disk full")


class InterruptedWorkError(Exception):
    """Interrupted work of which a part is kept; the message names that part."""


def as_exit_code(error: BaseException) -> int:
    """Print the error as one line on standard error and return the exit code that it deserves."""
    if isinstance(error, KeyboardInterrupt | InterruptedWorkError):
        _print(f"interrupted{f'; {error}' if str(error) else ''}")
        return INTERRUPTED
    text, code = _describe(error)
    if text:
        _print(" ".join(text.split()))
    return code


def _describe(error: BaseException) -> tuple[str, int]:
    if isinstance(error, TyperException):
        return _usage(error), BAD_INPUT
    if _is_disk_full(error):
        return f"the disk is full{_where(error)}; free some space or choose another place", BAD_INPUT
    if isinstance(error, ZhenzanError):
        return str(error), BAD_INPUT
    if isinstance(error, PermissionError):
        return f"permission denied{_where(error)}", BAD_INPUT
    if isinstance(error, BrokenPipeError):
        return "", BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}{_where(error)}", BAD_INPUT
    if isinstance(error, MemoryError):
        return "not enough memory for this log; see 'Memory and big logs' in the documentation", BAD_INPUT
    return f"unexpected {type(error).__name__}: {error}; run again with --debug to see where", OWN_FAULT


def _usage(error: TyperException) -> str:
    """The message of a usage error; empty if the help has been printed instead."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
        return ""
    hint = f" (see '{context.command_path} --help')" if context is not None else ""
    return error.format_message().rstrip(".") + hint


def _is_disk_full(error: BaseException | None) -> bool:
    """Look through the causes too: readers and writers wrap the system's error in their own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _DISK_FULL_ERRORS:
            return True
        if any(words in str(error).lower() for words in _DISK_FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _where(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    return f": {name}" if name else ""


def _print(text: str) -> None:
    print(f"zhenzan: {in_locale(text)}", file=sys.stderr)
