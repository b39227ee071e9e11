"""The command line's entry point: `zhenzan` and its commands, and exit codes for errors."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated

import typer

from zhenzan.cli import version
from zhenzan.cli.failure import INTERRUPTED, as_exit_code
from zhenzan.cli.literal_help import with_literal_help
from zhenzan.rooms import parts

COLLECT_AFTER_OBJECTS = 100_000  # the libraries alone make half a million, none of them garbage

COMMANDS: tuple[ModuleType, ...] = (*parts("commands"), version)
SINGLE = tuple(command for command in COMMANDS if not hasattr(command, "app"))


def _options(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=version.print_and_exit, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def _root(verbs: Sequence[ModuleType]) -> typer.Typer:
    root = typer.Typer(
        name="zhenzan",
        help="Tell genuine likes from bought ones: a probability, a verdict and its reasons for every like.",
        epilog="Example: zhenzan verify likes.csv --out result/ --report report.html",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_options)
    for verb in verbs:
        root.command(verb.NAME, help=verb.HELP, epilog=verb.EXAMPLES)(verb.run)
    return root


app = _root(SINGLE)
for group in COMMANDS:
    if hasattr(group, "app"):
        app.add_typer(group.app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done. 1: the command, a file or the policy is wrong. 2: done, but more rows were rejected than allowed.
    3: a fault of Zhenzan's own. 130: interrupted.
    """
    if arguments is not None:
        return _run(list(arguments))
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    code = _run(sys.argv[1:])
    if "duckdb" not in sys.modules:  # its binding complains of objects that are left
        gc.freeze()  # the process ends: no need to look through all its objects for garbage
    return code


def _run(words: list[str]) -> int:
    alone = [verb for verb in SINGLE if words[:1] == [verb.NAME]]  # to build all takes some 40 ms
    command = with_literal_help(typer.main.get_command(_root(alone) if alone else app))
    try:
        code = command.main(args=words, prog_name="zhenzan", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in words:
            raise
        return as_exit_code(error)
    if code == INTERRUPTED:  # Typer turns an interrupt into this code, without a word
        return as_exit_code(KeyboardInterrupt())
    return code if isinstance(code, int) else 0
