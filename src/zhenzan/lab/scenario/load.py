"""From a TOML file to a `Scenario`, or to one clear line: file, line, key, what is allowed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from zhenzan.errors import ScenarioError, did_you_mean
from zhenzan.lab.scenario.fields import InvalidKeyError
from zhenzan.lab.scenario.market import Seller
from zhenzan.lab.scenario.model import FORMAT, SECTIONS, Scenario, seller_of
from zhenzan.lab.words import STRATEGIES
from zhenzan.toml import Key, line_of, shown, toml_problem

__all__ = ["load_scenario", "read_scenario", "read_text"]

FILE_BYTES_MAX = 4 * 1024 * 1024
_TOP = ("format", "name", *SECTIONS, "seller")


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file.

    Raises `ScenarioError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    path = Path(path)
    return read_scenario(read_text(path, "scenario"), str(path))


def read_text(path: Path, what: str) -> str:
    """The text of a file that should be a `what`. Raises `ScenarioError`."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ScenarioError(f"{path}: is larger than {FILE_BYTES_MAX:,} bytes, so it is no {what}")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from None
    except FileNotFoundError:
        raise ScenarioError(f"{path}: there is no such {what} file") from None
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read and check the text of a scenario; `source` names it in errors (`ScenarioError`)."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: {toml_problem(error)}") from None
    try:
        return scenario_of(document)
    except InvalidKeyError as error:
        line = line_of(text, error.key)
        place = source if line is None else f"{source}, line {line}"
        raise ScenarioError(f"{place}: {error}") from None


def scenario_of(document: dict[str, Any]) -> Scenario:
    """The scenario of a parsed document. Raises `InvalidKeyError`."""
    _known((), document, _TOP)
    written = document.get("format", FORMAT)
    if written != FORMAT or isinstance(written, bool):
        message = f"{shown(written)} is not a format this version reads; it reads {FORMAT}"
        raise InvalidKeyError(("format",), message)
    parts: dict[str, Any] = {}
    for title, kind in SECTIONS.items():
        if title in document:
            values = document[title]
            if not isinstance(values, dict):
                raise InvalidKeyError((title,), f"{shown(values)} is not a table; write [{title}]")
            _known((title,), values, [each.name for each in fields(kind)])  # type: ignore[arg-type]
            parts[title] = kind(**values)
    if "name" in document:
        parts["name"] = document["name"]
    if "seller" in document:
        parts["sellers"] = tuple(_sellers(document["seller"]))
    return Scenario(**parts)


def _sellers(values: Any) -> Iterable[Seller]:
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise InvalidKeyError(("seller",), "is not a list of tables; write [[seller]]")
    for index, value in enumerate(values):
        key: Key = ("seller", index)
        _known(key, value, [each.name for each in fields(Seller)])
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


def _known(key: Key, values: dict[str, Any], allowed: Iterable[str]) -> None:
    allowed = list(allowed)
    for name in values:
        if name not in allowed:
            choice = did_you_mean(name, allowed) or f"; the keys here are {', '.join(allowed)}"
            raise InvalidKeyError((*key, name), f"there is no such key{choice}")
