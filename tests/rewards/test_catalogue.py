"""Catalogue files: what is wrong is said with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhenzan.errors import CatalogueError
from zhenzan.rewards import load_catalogue, read_catalogue

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "catalogue.toml"
HEAD = 'format = 1\n[points]\nid = "points"\ncap = 10\n'


def test_the_example_reads() -> None:
    catalogue = load_catalogue(EXAMPLE)
    assert [edition.id for edition in catalogue.editions] == ["fan-badge", "summer-card"]
    assert catalogue.points.name.zh == "积分"
    assert len(catalogue.digest) == 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = 2\n", "not a format"),
        ("format = 1\n", "points: is missing"),
        (HEAD + '[[rule]]\nid = "r"\n', "gives `points` or a card"),
        (HEAD + '[[rule]]\nid = "r"\npoints = 1\nedition = "e"\n', "write one of them"),
        (HEAD + '[[rule]]\nid = "r"\nedition = "e"\n', "line 7: rule[1].edition: there is no edition 'e'"),
        (HEAD + '[[rule]]\nid = "r"\npoints = 1\nevrey = 3\n', "did you mean 'every'"),
        (
            HEAD + '[[rule]]\nid = "r"\npoints = 1\nevery = 0\n',
            "line 8: rule[1].every: 0 is not a whole number between 1 and",
        ),
        (HEAD + '[[rule]]\nid = "r"\npoints = 1\nwindow = "year"\n', "allowed are 'all', 'day'"),
        (HEAD + '[[rule]]\nid = "r r"\npoints = 1\n', "'r r' is not an id; write up to 60 letters"),
        (HEAD + '[[rule]]\nid = "r"\npoints = 1\n[[rule]]\nid = "r"\npoints = 1\n', "ids are given once"),
        (
            HEAD + '[[rule]]\nid = "r"\npoints = 1\nbegin = 2026-01-01\n',
            "is not a time with its offset; write e.g.",
        ),
        (
            HEAD + '[[edition]]\nid = "e"\ncap = true\n',
            "edition[1].cap: True is not a whole number between 1 and",
        ),
        (HEAD + '[[edition]]\nid = "e"\n', "edition[1]: has no cap"),
        (HEAD + '[[edition]]\nid = "e"\ncap = 3\nname = { en = "x" }\n', 'reads { en = "…", zh = "…" }'),
        (HEAD + 'timezone = "x"\n', "points"),
        ('timezone = "Mars/Base"\n' + HEAD, "is no time zone"),
        ("format = \n", "is not valid TOML"),
    ],
)
def test_mistakes_are_named_with_line_and_key(text: str, words: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        read_catalogue(text, "catalogue.toml")
    assert words in str(raised.value)
    assert str(raised.value).startswith("catalogue.toml")
    assert "\n" not in str(raised.value)
