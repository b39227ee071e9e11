"""The table of constants has those that were tried, with the values that the model has."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from benchmarks.constants import CONSTANTS, changed

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "model.md"


def value_of(module: str, name: str) -> float:
    return float(getattr(import_module(f"zhenzan.verify.{module}"), name))


def test_the_table_of_constants_has_the_values_of_the_model() -> None:
    rows = re.findall(r"^\| `([\w.]+)\.(\w+)` \| (\S+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [(module, name) for module, name, _ in rows] == [
        (module, name) for module, names in CONSTANTS.items() for name in names
    ]
    for module, name, value in rows:
        assert float(value.replace("−", "-")) == value_of(module, name), (module, name)


def test_a_constant_is_changed_where_it_is_used_and_put_back() -> None:
    usual = value_of("rings.campaigns", "BOUGHT_MIN")
    with changed("zhenzan.verify.rings.partition", "BOUGHT_MIN", 0.5):
        assert value_of("rings.partition", "BOUGHT_MIN") == usual / 2
        assert value_of("rings.membership", "BOUGHT_MIN") == usual / 2  # which imports it
    assert value_of("rings.partition", "BOUGHT_MIN") == value_of("rings.membership", "BOUGHT_MIN") == usual
