"""What several verbs share: options, consoles, opening a report."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhenzan.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from zhenzan.ledger import Ledger
    from zhenzan.progress import Progress

WIDTH_IN_A_PIPE = 1_000

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")]
Open = Annotated[
    bool, typer.Option("--open", help="Open the report in the browser, where there is a desktop.")
]
Language = Annotated[str, typer.Option("--language", metavar="en|zh", help="English or Chinese.")]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="As the log writes it.")]
Database = Annotated[
    str, typer.Option("--db", metavar="DB", help="The ledger: a file (SQLite) or postgresql://…")
]


CatalogueFile = Annotated[Path, typer.Option("--catalogue", "-c", metavar="FILE", help="The rules (TOML).")]
RewardsFile = Annotated[
    Path | None, typer.Option("--catalogue", "-c", metavar="FILE", help="The rewards (TOML); none without.")
]
ServiceHome = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the service.")]
DatabaseUrl = Annotated[str, typer.Option(metavar="URL", help="postgresql://… instead of SQLite in HOME.")]
WindowDays = Annotated[
    int, typer.Option(metavar="DAYS", help="How long a verdict may change; then it is final.", min=1)
]
LogFormat = Annotated[str, typer.Option(metavar="FORMAT", help="text, or json: one object a line.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The signing key's file; beside a SQLite ledger if left out."),
]
ResultFolder = Annotated[
    Path, typer.Argument(metavar="RESULT", help="The folder that `zhenzan verify` wrote.")
]


def open_ledger(database_url: str, key: Path | None, quiet: bool = False) -> Ledger:
    """Open a ledger to write; a key that is made now is told of."""
    from zhenzan.ledger import Ledger

    return Ledger.open(database_url, key=key, say=lambda text: say(text, quiet))


def read_ledger(database_url: str) -> Ledger:
    """Open a ledger that is there, to read."""
    from zhenzan.ledger import Ledger

    return Ledger.open(database_url, read_only=True)


@contextmanager
def needs_service(verb: str) -> Iterator[None]:
    """Say what to install where an import fails for want of the service's packages."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"{verb} needs the package {error.name}; run: pip install 'zhenzan[service]'"
        ) from None


def progress_for(quiet: bool) -> Progress:
    from zhenzan.progress import SILENT, RichProgress

    return SILENT if quiet else RichProgress(translate=in_locale)


def output() -> Console:
    """Return the console for what the command was asked for (standard output).

    In a pipe or file nothing is wrapped or cut; `:key:` in an id is no picture of a key.
    """
    from rich.console import Console

    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)


def say(text: str, quiet: bool = False) -> None:
    """Print one line as it is: no markup, no wrapping, so that paths can be copied. What is said of a log is
    said in the language of the locale.
    """
    if not quiet:
        output().print(in_locale(text), markup=False, soft_wrap=True)


def in_locale(text: str) -> str:
    """A message in the language of the locale (`ZHENZAN_LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`)."""
    from zhenzan.translation import language_of, translated

    return translated(text, language_of(os.environ))


def make_folder_for(path: Path) -> None:
    """Make the folder that a file will lie in. Done first, so that a long run does not end in an error."""
    path.parent.mkdir(parents=True, exist_ok=True)


def open_in_browser(page: Path | str) -> None:
    """Show a file or an address if this looks like a desktop; never fail because it is none."""
    has_desktop = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if not has_desktop:
        return
    try:
        webbrowser.open(page.resolve().as_uri() if isinstance(page, Path) else page)
    except (OSError, webbrowser.Error):
        pass


def split_card(text: str) -> tuple[str, int]:
    """Edition and serial of EDITION/SERIAL."""
    edition, _, serial = text.rpartition("/")
    if not edition or not serial.isdecimal():
        raise InputError(f"{text!r} is no card; it reads EDITION/SERIAL")
    return edition, int(serial)


def time_of(us: int) -> str:
    """µs since 1970 as UTC."""
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S}Z"
