"""Every message of the code has a Chinese text, no text is left over, and both fill in the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

import zhenzan.translation
from zhenzan.translation import NC_, both, gettext, nboth, ngettext

ROOT = Path(__file__).parents[2]
LOCALE = Path(zhenzan.translation.__file__).parent / "locale"
CHINESE = re.compile(r"[\u4e00-\u9fff\uff00-\uffef]")  # words, or at least their punctuation
ANY_LETTER = re.compile(r"[^\W\d_]")
MESSAGES = {
    **dict.fromkeys(("gettext", "both", "N_"), slice(1)),
    **dict.fromkeys(("pgettext", "NC_", "ngettext", "nboth", "NN_"), slice(2)),
}
"""Which arguments of a lookup or a mark are the message."""


def forms(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def without_placeholders(text: str) -> str:
    return "".join(literal for literal, _, _, _ in Formatter().parse(text))


def by_message(catalog: Catalog) -> dict[tuple[str | None, tuple[str, ...]], Message]:
    return {(message.context, forms(message.id)): message for message in catalog if message.id}


@pytest.fixture(scope="module")
def in_code(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make texts` finds."""
    path = tmp_path_factory.mktemp("texts") / "zhenzan.pot"
    mapping = str(ROOT / "pyproject.toml")
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", "-F", mapping, "-o", str(path), str(ROOT / "src")]
    )
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(
    scope="module", params=sorted(path.parent.parent.name for path in LOCALE.glob("*/*/zhenzan.po"))
)
def translated(request: pytest.FixtureRequest) -> Catalog:
    with (LOCALE / request.param / "LC_MESSAGES" / "zhenzan.po").open("rb") as file:
        return read_po(file, locale=request.param)


def test_every_message_has_a_text_and_no_text_is_left_over(in_code: Catalog, translated: Catalog) -> None:
    assert len(in_code) > 500
    assert by_message(translated).keys() == by_message(in_code).keys(), "run `make texts` and translate"
    for message in by_message(translated).values():
        assert all(form.strip() for form in forms(message.string)), message.id
        assert not message.fuzzy, message.id


def test_a_text_fills_in_what_its_message_does(translated: Catalog) -> None:
    for message in by_message(translated).values():
        *_, last = forms(message.id)
        for form in forms(message.string):
            assert placeholders(form) == placeholders(last), message.id


def test_a_text_is_in_chinese(translated: Catalog) -> None:
    for message in by_message(translated).values():
        worded = ANY_LETTER.search(without_placeholders(forms(message.id)[0]))
        if worded and message.context != "the other language":
            assert all(CHINESE.search(form) for form in forms(message.string)), message.id


def test_a_message_is_said_in_the_language_and_filled_in_there() -> None:
    assert both("policy") == ("policy", "策略")
    assert both(NC_("of a platform", "policy")) == ("policy", "政策")
    assert ngettext("{count} account", "{count} accounts", 1, "en", count="1") == "1 account"
    assert nboth("{count} account", "{count} accounts", 312, count="312") == ("312 accounts", "312 个账号")
    quoted = both("none of these policies")
    assert both("Versions: {told}.", told=quoted)[1] == gettext("Versions: {told}.", "zh", told=quoted[1])


def test_what_has_no_text_stays_english() -> None:
    assert both("a message that is in no catalogue") == ("a message that is in no catalogue",) * 2
    assert gettext(NC_("context", "bare"), "zh") == "bare"


def lookups() -> Iterator[tuple[str, ast.expr]]:
    """Where each message is looked up or marked, and what is given for it."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text("utf-8")
        if "zhenzan.translation import" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                    messages = MESSAGES.get(node.func.id, slice(0))
                    yield from ((f"{path.name}:{node.lineno}", argument) for argument in node.args[messages])


def strings(node: ast.AST) -> list[str]:
    """Texts within an expression, but for those that are marked on their own."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Call) and ast.unparse(node.func) in MESSAGES:
        return []
    return [text for child in ast.iter_child_nodes(node) for text in strings(child)]


def test_no_message_is_hidden_from_what_gathers_them() -> None:
    """A string within an expression would be taken for a message, one that is put together never found."""
    messages = list(lookups())
    assert len(messages) > 500
    hidden = {line: strings(message) for line, message in messages if not isinstance(message, ast.Constant)}
    assert {line: texts for line, texts in hidden.items() if texts} == {}
