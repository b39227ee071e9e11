"""From an experiment file to an `Experiment`, or to one clear line: file, line, key, what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from zhenzan.errors import ScenarioError
from zhenzan.lab import builtin
from zhenzan.lab.bench.model import FORMAT, Arm, Experiment, Sweep
from zhenzan.lab.scenario import Scenario, load_scenario
from zhenzan.lab.scenario.fields import SHAPE, InvalidKeyError, one_number
from zhenzan.lab.scenario.load import FILE_BYTES_MAX
from zhenzan.lab.scenario.model import SECTIONS
from zhenzan.toml import Key, line_of, parsed, read_text, shown

__all__ = ["load_experiment", "read_experiment"]

_TOP = ("format", "name", "scenario", "replicates", "first_seed", "outcomes", "sweep", "arm")
_SWEEP = ("keys", "values")
_ARM = ("name", "title", "title_zh", "against", "scenario", "swept", "changes")
Find = Callable[[str], Scenario]


def load_experiment(path: str | Path) -> Experiment:
    """Read and check an experiment file and the scenario files that it names, relative to itself; or one that
    is shipped, by its bare name (`small-orders`).

    Raises `ScenarioError`: a file cannot be read, is not TOML, or a key or value is not allowed.
    """
    file = builtin.found("experiments", path)
    if not file.exists():
        raise ScenarioError(f"{path}: there is no such experiment file{builtin.names('experiments', path)}")
    text = read_text(file, "experiment", FILE_BYTES_MAX, ScenarioError)
    return read_experiment(text, str(file), file.parent)


def read_experiment(text: str, source: str = "experiment", folder: str | Path = ".") -> Experiment:
    """Read and check the text of an experiment; scenarios are looked for from `folder` (`ScenarioError`)."""

    def make(document: dict[str, Any]) -> Experiment:
        return _experiment(document, lambda name: load_scenario(Path(folder) / name))

    return parsed(text, source, make, ScenarioError, _line_of)


def _line_of(text: str, key: Key) -> int | None:
    """Keys of changes may be written with quotes around all of it, or with dots between."""
    apart = tuple(part for one in key for part in (one.split(".") if isinstance(one, str) else [one]))
    return max(line_of(text, each) or 0 for each in (key, apart)) or None


def _experiment(document: dict[str, Any], find: Find) -> Experiment:
    if worlds := [key for key in SECTIONS if key in document]:
        raise InvalidKeyError((worlds[0],), "is of a scenario; give the file to `zhenzan lab run`")
    SHAPE.known((), document, _TOP)
    SHAPE.format(document, FORMAT)
    for name in ("name", "scenario", "arm"):
        if name not in document:
            raise InvalidKeyError((name,), "is missing; an experiment has a name, a scenario and arms")
    optional: dict[str, Any] = {key: document[key] for key in ("replicates", "first_seed") if key in document}
    if "outcomes" in document:
        optional["outcomes"] = tuple(_list(("outcomes",), document["outcomes"]))
    return Experiment(
        name=document["name"],
        base=_scenario(("scenario",), document["scenario"], find),
        arms=_arms(document["arm"], find),
        sweep=_sweep(document["sweep"]) if "sweep" in document else None,
        **optional,
    )


def _scenario(key: Key, name: Any, find: Find) -> Scenario:
    if not isinstance(name, str) or not name:
        raise InvalidKeyError(key, f"{shown(name)} is not the name of a scenario file")
    try:
        return find(name)
    except ScenarioError as error:
        raise InvalidKeyError(key, str(error)) from None


def _sweep(value: Any) -> Sweep:
    value = SHAPE.table(("sweep",), value)
    SHAPE.known(("sweep",), value, _SWEEP)
    keys = _list(("sweep", "keys"), value.get("keys"))
    values = _list(("sweep", "values"), value.get("values"))
    for index, key in enumerate(keys):
        if not isinstance(key, str):
            raise InvalidKeyError(("sweep", "keys", index), f"{shown(key)} is not a key of a scenario")
    for index, number in enumerate(values):
        one_number(("sweep", "values", index), number, -1e12, 1e12, whole=False)
        if index and number <= values[index - 1]:
            raise InvalidKeyError(("sweep", "values"), "does not rise from number to number")
    return Sweep(tuple(keys), tuple(values))


def _arms(value: Any, find: Find) -> dict[str, Arm]:
    arms: dict[str, Arm] = {}
    for index, each in enumerate(SHAPE.tables(("arm",), value)):
        key: Key = ("arm", index)
        SHAPE.known(key, each, _ARM)
        name = each.get("name")
        if not isinstance(name, str) or name in arms:
            taken = isinstance(name, str)
            problem = "is taken by another arm" if taken else "is not a name; an arm needs one"
            said = f"{shown(name)} {problem}" if "name" in each else "is missing; an arm needs one"
            raise InvalidKeyError((*key, "name"), said)
        swept = each.get("swept", True)
        if not isinstance(swept, bool):
            raise InvalidKeyError((*key, "swept"), f"{shown(swept)} is not true or false")
        for title in ("title", "title_zh", "against"):
            if not isinstance(each.get(title, ""), str):
                raise InvalidKeyError((*key, title), f"{shown(each[title])} is not a text")
        scenario = _scenario((*key, "scenario"), each["scenario"], find) if "scenario" in each else None
        changes = each.get("changes", {})
        if not isinstance(changes, dict):
            raise InvalidKeyError((*key, "changes"), "is not a table; write [arm.changes]")
        texts = [each.get(title, "") for title in ("title", "title_zh", "against")]
        arms[name] = Arm(_flat(changes), scenario, swept, *texts)
    return arms


def _flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """`{"detector": {"recall": 0.5}}` as `{"detector.recall": 0.5}`: keys may be written either way."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return flat


def _list(key: Key, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise InvalidKeyError(key, f"{shown(value)} is not a list with something in it")
    return value
