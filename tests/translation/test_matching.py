"""Every message of reading has a Chinese text, and what is filled in stays as it was."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zhenzan.interactions
from zhenzan.translation import language_of, translated
from zhenzan.translation.po import catalogue

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FOLDER = Path(zhenzan.interactions.__file__).parent
PAIRS = catalogue("messages", "zh")


def filled(value: ast.expr) -> str | None:
    """What an f-string could say: a name for each thing that it fills in."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else example(ast.unparse(part))
            for part in value.values
        )
    return None


def example(placeholder: str) -> str:
    if ":," in placeholder or ">>" in placeholder:
        return "1,200"
    return "." if "hint" in placeholder else "" if "or_none" in placeholder else "mixes types"


def messages() -> Iterator[tuple[str, str]]:
    """Where each `InputError("…")` of reading stands, and its text."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "InputError" and node.args:
                text = filled(node.args[0])
                if text is not None:
                    yield f"{path.name}:{node.lineno}", text


@pytest.mark.parametrize(("where", "text"), list(messages()), ids=lambda value: str(value)[:30])
def test_every_refusal_has_a_chinese_text(where: str, text: str) -> None:
    assert CHINESE.search(translated(text, "zh")), f"{where}: messages.po has no template for {text!r}"


@pytest.mark.parametrize("english", PAIRS)
def test_a_template_fills_in_what_the_english_has(english: str) -> None:
    names = re.findall(r"\{(\w+)\}", english)
    assert len(names) == len(set(names))
    assert set(re.findall(r"\{(\w+)\}", PAIRS[english])) <= set(names)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_is_no_message_of_ours_stays_as_it_is(text: str) -> None:
    assert translated(text, "en") == text
    if text.isascii() and not any(piece in text for piece in (": ", ", sheet ", " and ", "; it has ", "(")):
        assert translated(text, "zh") == text


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "ZHENZAN_LANGUAGE": "zh"}, "zh"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_CN"}, "zh"),
    ],
)
def test_the_locale_names_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_message_is_filled_with_the_same_names() -> None:
    text = (
        "a b.csv has no column for account or item. Found: 时间, x. Needed: account, item, timestamp. Say"
        " which is which with --map account=COLUMN, or --map account==NAME where all rows are of one account"
        " (mapping={...} in Python)."
    )
    assert translated(text, "zh") == (
        "a b.csv 没有 account 或 item 列。已有：时间, x。需要：account, item, timestamp。"
        "请用 --map account=列名 说明；若所有行都属于同一个 account，请写 --map account==值"
        "（Python 中用 mapping={...}）。"
    )
    rejected = (
        "3 were rejected: timestamp is not a time (2, e.g. line 2: 'x'); item is missing (1, e.g. line 9)"
    )
    assert translated(rejected, "zh") == (
        "3 行无法读取：timestamp 不是时间（2 行，例如 第 2 行：'x'）；缺少 item（1 行，例如 第 9 行）"
    )
