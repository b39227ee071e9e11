"""From a TOML file to a `Scenario`, or to one clear line: file, line, key, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from zhenzan.errors import ScenarioError
from zhenzan.lab import builtin
from zhenzan.lab.scenario.dump import FORMAT
from zhenzan.lab.scenario.fields import SHAPE, InvalidKeyError
from zhenzan.lab.scenario.market import Seller
from zhenzan.lab.scenario.model import SECTIONS, Scenario, seller_of
from zhenzan.lab.vocabulary import STRATEGIES
from zhenzan.toml import Key, parsed, read_text, shown

__all__ = ["FILE_BYTES_MAX", "load_scenario", "read_scenario", "shipped_scenario"]

FILE_BYTES_MAX = 4 * 1024 * 1024
_TOP = ("format", "name", *SECTIONS, "seller")


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file, or one that is shipped, by its bare name (`weekday`).

    Raises `ScenarioError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    file = builtin.found("scenarios", path)
    if not file.exists():
        raise ScenarioError(f"{path}: there is no such scenario file{builtin.names('scenarios', path)}")
    return read_scenario(read_text(file, "scenario", FILE_BYTES_MAX, ScenarioError), str(file))


def shipped_scenario(name: str) -> Scenario:
    """A scenario that is shipped, also where a file of one's own has its name."""
    return load_scenario(builtin.shipped("scenarios", name))


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read and check the text of a scenario; `source` names it in errors (`ScenarioError`)."""
    return parsed(text, source, _scenario, ScenarioError)


def _scenario(document: dict[str, Any]) -> Scenario:
    if "arm" in document:
        raise InvalidKeyError(("arm",), "is of an experiment; give the file to `zhenzan lab experiment`")
    SHAPE.known((), document, _TOP)
    SHAPE.format(document, FORMAT)
    parts: dict[str, Any] = {}
    for title, kind in SECTIONS.items():
        if title in document:
            values = SHAPE.table((title,), document[title])
            SHAPE.known((title,), values, [each.name for each in fields(kind)])  # type: ignore[arg-type]
            parts[title] = kind(**values)
    if "name" in document:
        parts["name"] = document["name"]
    if "seller" in document:
        parts["sellers"] = tuple(_sellers(document["seller"]))
    return Scenario(**parts)


def _sellers(values: Any) -> Iterable[Seller]:
    for index, value in enumerate(SHAPE.tables(("seller",), values)):
        key: Key = ("seller", index)
        SHAPE.known(key, value, [each.name for each in fields(Seller)])
        strategy = value.get("strategy")
        if strategy not in STRATEGIES:
            allowed = ", ".join(map(repr, STRATEGIES))
            what = "has no strategy" if strategy is None else f"{shown(strategy)} is not allowed"
            place = key if strategy is None else (*key, "strategy")
            raise InvalidKeyError(place, f"{what}; allowed are {allowed}")
        try:
            yield seller_of(**value)
        except InvalidKeyError as error:
            raise InvalidKeyError((*key, *error.key[1:]), error.message) from None
