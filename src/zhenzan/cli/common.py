"""Options and output that several commands share."""

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

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")]
Open = Annotated[bool, typer.Option("--open", help="Open the report in the browser, if there is a desktop.")]
Language = Annotated[
    str,
    typer.Option(
        "--language", metavar="en|zh", help="The language of the output: en (English) or zh (Chinese)."
    ),
]
Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id, as the log writes it.")]
Database = Annotated[
    str,
    typer.Option("--db", metavar="DB", help="The ledger's database: a SQLite file or a postgresql://… URL."),
]


CatalogueFile = Annotated[
    Path,
    typer.Option("--catalogue", "-c", metavar="FILE", help="The TOML file with the catalogue of rewards."),
]
RewardsFile = Annotated[
    Path | None,
    typer.Option(
        "--catalogue",
        "-c",
        metavar="FILE",
        help="The TOML file with the catalogue of rewards; without one nothing is rewarded.",
    ),
]
ServiceHome = Annotated[
    Path, typer.Argument(metavar="HOME", help="The folder that the service keeps its data in.")
]
DatabaseUrl = Annotated[
    str, typer.Option(metavar="URL", help="A postgresql://… database; the SQLite file in HOME if left out.")
]
WindowDays = Annotated[
    int, typer.Option(metavar="DAYS", help="How many days a verdict may change before it is final.", min=1)
]
LogFormat = Annotated[
    str,
    typer.Option(
        metavar="FORMAT", help="The format of the service's log: text, or json (one object per line)."
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="The file with the ledger's signing key; the one next to a SQLite ledger if left out.",
    ),
]
ResultFolder = Annotated[
    Path, typer.Argument(metavar="RESULT", help="The result folder that `zhenzan verify` wrote.")
]


def open_ledger(database_url: str, key: Path | None, quiet: bool = False) -> Ledger:
    """Open a ledger for writing; report it if a new signing key was created."""
    from zhenzan.ledger import Ledger

    return Ledger.open(database_url, key=key, say=lambda text: say(text, quiet))


def read_ledger(database_url: str) -> Ledger:
    """Open an existing ledger, read-only."""
    from zhenzan.ledger import Ledger

    return Ledger.open(database_url, read_only=True)


@contextmanager
def needs_service(verb: str) -> Iterator[None]:
    """A context that turns a failed import of the service's packages into an InputError that names the
    extra.
    """
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
    """Return the console for the command's output (standard output).

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
        raise InputError(f"{text!r} is not a card; write EDITION/SERIAL")
    return edition, int(serial)


def time_of(us: int) -> str:
    """µs since 1970 as UTC."""
    return f"{datetime.fromtimestamp(us // 1_000_000, UTC):%Y-%m-%d %H:%M:%S}Z"
