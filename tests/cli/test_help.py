"""A newcomer's path: help with examples, and suggestions for what is nearly right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zhenzan as package

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
