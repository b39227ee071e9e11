"""One tree of exceptions, and suggestions for words that are nearly right."""

from __future__ import annotations

import pytest

from zhenzan import errors
from zhenzan.errors import ZhenzanError, did_you_mean


def test_every_exception_is_of_one_tree() -> None:
    kinds = [value for name in errors.__all__ if isinstance(value := getattr(errors, name), type)]
    assert len(kinds) > 3
    assert all(issubclass(kind, ZhenzanError) for kind in kinds)


@pytest.mark.parametrize(
    ("wrong", "known", "expected"),
    [
        ("gharchiv", ["csv", "gharchive"], "; did you mean 'gharchive'?"),
        ("GHARCHIVE", ["gharchive"], "; did you mean 'gharchive'?"),
        ("Acount", ["Account", "item"], "; did you mean 'Account'?"),
        ("zzz", ["csv", "gharchive"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_word_is_suggested(wrong: str, known: list[str], expected: str) -> None:
    assert did_you_mean(wrong, known) == expected
