"""`zhenzan version`: print the versions of Zhenzan and its dependencies."""

from __future__ import annotations

import platform

import typer

import zhenzan
from zhenzan.cli.common import Debug, say

NAME = "version"
HELP = "Print the versions of Zhenzan, Python and the main libraries, for a bug report."
EXAMPLES = "Example: zhenzan version"
LIBRARIES = ("numpy", "numba", "pyarrow", "duckdb")


def print_and_exit(requested: bool) -> None:
    if requested:
        run()
        raise typer.Exit


def run(debug: Debug = False) -> None:
    from importlib.metadata import version

    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    say(f"zhenzan {zhenzan.__version__} (Python {platform.python_version()}, {libraries})")
