"""A newcomer's path: help with examples, and suggestions for what is nearly right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

import zhenzan as package
from zhenzan.cli.app import app
from zhenzan.cli.literal_help import literal

if TYPE_CHECKING:
    from conftest import Run

VERBS = ("verify", "explain", "report", "calibrate", "sample", "backup", "restore", "version")
LAB_VERBS = ("world", "run", "score")


def test_the_help_names_every_verb_and_an_example(zhenzan: Run) -> None:
    done = zhenzan("--help")
    assert done.code == 0
    assert all(verb in done.out for verb in VERBS)
    assert "Example: zhenzan verify" in done.out


@pytest.mark.parametrize("verb", VERBS)
def test_each_verbs_help_shows_an_example(zhenzan: Run, verb: str) -> None:
    done = zhenzan(verb, "--help")
    assert done.code == 0
    assert "Example" in done.out
    assert done.out.count(f"zhenzan {verb}") >= 2  # once in the usage, once or more as an example


@pytest.mark.parametrize("verb", LAB_VERBS)
def test_each_verb_of_the_lab_shows_an_example(zhenzan: Run, verb: str) -> None:
    done = zhenzan("lab", verb, "--help")
    assert done.code == 0
    assert done.out.count(f"zhenzan lab {verb}") >= 2


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_the_version_is_printed(zhenzan: Run, arguments: list[str]) -> None:
    done = zhenzan(*arguments)
    assert done.code == 0
    assert done.out.startswith(f"zhenzan {package.__version__} (Python ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verfy", "log.csv"], "'verify'"),
        (["verify", "log.csv", "--fromat", "csv"], "--format"),
        (["verify"], "Missing argument"),
        (["verify", "log.csv", "--map", "account"], "OURS=YOURS"),
        (["verify", "log.csv", "--map", "account=a", "--map", "account=b"], "mapped twice"),
        (["verify", "log.csv", "--max-rejected", "2"], "--max-rejected"),
        (["explain", "result"], "--like, --account, --item, --ring"),
        (["explain", "result", "--ring", "0", "--item", "x"], "--like, --account, --item, --ring"),
        (["calibrate", "result"], "--labels"),
        (["sample", "log.xlsx"], ".csv or .parquet"),
        (["lab", "world", "none.toml"], "there is no such scenario file"),
        (["lab", "wrld", "none.toml"], "'world'"),
    ],
)
def test_a_mistake_gets_one_line_that_says_what_to_do(zhenzan: Run, arguments: list[str], words: str) -> None:
    done = zhenzan(*arguments)
    assert done.code == 1
    assert done.out == ""
    assert words in done.err
    assert done.err.count("\n") == 1
    assert done.err.startswith("zhenzan: ")


def test_no_arguments_show_the_help(zhenzan: Run) -> None:
    done = zhenzan()
    assert "Usage: zhenzan" in done.out + done.err


def commands(words: tuple[str, ...] = (), command: Any = None) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below the given one, the given one included, with the words that call it."""
    command = command or typer.main.get_command(app)
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands((*words, name), inner)


@given(st.text(alphabet="ab:[]/ key.\n"))
def test_a_literal_text_prints_as_written(text: str) -> None:
    assert Text.from_markup(literal(text)).plain == text


def test_help_prints_bracketed_words_and_colons_as_written(zhenzan: Run) -> None:
    seen = 0
    for words, command in commands():
        texts = [command.help, command.epilog, *(getattr(p, "help", None) for p in command.params)]
        special = {
            word
            for text in texts
            if text
            for word in text.split()
            if re.search(r"\[[^\]]+\]", word) or re.search(r":\S+:", word)
        }
        if special:
            shown = zhenzan(*words, "--help").out
            assert {word for word in special if word not in shown} == set(), words
            seen += len(special)
    assert seen >= 3
