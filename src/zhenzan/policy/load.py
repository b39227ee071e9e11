"""From a TOML file to a `Policy`, or to one clear line: file, line, key, what is allowed, what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from zhenzan.errors import PolicyError
from zhenzan.policy.checks import SHAPE, InvalidKeyError
from zhenzan.policy.dump import FORMAT
from zhenzan.policy.model import Policy
from zhenzan.policy.sections import Context, Limits, Prior, Rule, Verdict
from zhenzan.policy.weights import Curve, Joint, Reputation, Weights, Witness
from zhenzan.toml import Key, parsed, read_text, shown

FILE_BYTES_MAX = 64 * 1024 * 1024

_SECTIONS: dict[str, Any] = {"verdict": Verdict, "prior": Prior, "limits": Limits, "context": Context}
_TOP = ("format", "name", *_SECTIONS, "rule", "screen", "weights")


def load_policy(path: str | Path) -> Policy:
    """Read and check a policy file.

    Raises `PolicyError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    path = Path(path)
    return read_policy(read_text(path, "policy", FILE_BYTES_MAX, PolicyError), str(path))


def read_policy(text: str, source: str = "policy") -> Policy:
    """Read and check the text of a policy; `source` names it in errors (`PolicyError`)."""
    return parsed(text, source, _policy, PolicyError)


def _policy(document: dict[str, Any]) -> Policy:
    SHAPE.known((), document, _TOP)
    SHAPE.format(document, FORMAT)
    parts: dict[str, Any] = {}
    for title, kind in _SECTIONS.items():
        if title in document:
            values = SHAPE.table((title,), document[title])
            SHAPE.known((title,), values, [each.name for each in fields(kind)])
            parts[title] = kind(**values)
    if "name" in document:
        parts["name"] = document["name"]
    if "rule" in document:
        parts["rules"] = tuple(_rules("rule", document["rule"]))
    if "screen" in document:
        parts["screen"] = tuple(_rules("screen", document["screen"]))
    if "weights" in document:
        parts["weights"] = _weights(SHAPE.table(("weights",), document["weights"]))
    return Policy(**parts)


def _rules(table: str, values: Any) -> Iterable[Rule]:
    for index, value in enumerate(SHAPE.tables((table,), values)):
        key: Key = (table, index)
        SHAPE.known(key, value, ("name", "when", "weight"))
        _needed(key, value, ("name", "when", "weight"))
        weight = value["weight"]
        yield Rule(value["name"], value["when"], float(weight) if type(weight) is int else weight)


def _weights(values: dict[str, Any]) -> Weights:
    key: Key = ("weights",)
    SHAPE.known(key, values, ("intercept", "witnesses", "structural", "feature", "joint", "reputation"))
    _needed(key, values, ("intercept",))
    slopes = SHAPE.table((*key, "structural"), values.get("structural", {}))
    curves = tuple(
        _curve((*key, "feature", index), value)
        for index, value in enumerate(SHAPE.tables((*key, "feature"), values.get("feature", [])))
    )
    joints = tuple(
        _joint((*key, "joint", index), value)
        for index, value in enumerate(SHAPE.tables((*key, "joint"), values.get("joint", [])))
    )
    reputations = tuple(
        _reputation((*key, "reputation", index), value)
        for index, value in enumerate(SHAPE.tables((*key, "reputation"), values.get("reputation", [])))
    )
    return Weights(
        _float(values["intercept"]),
        {name: _float(slope) for name, slope in slopes.items()},
        curves,
        joints,
        reputations,
        _witnesses((*key, "witnesses"), values.get("witnesses", [])),
    )


def _reputation(key: Key, value: dict[str, Any]) -> Reputation:
    SHAPE.known(key, value, ("of", "ids", "decibans"))
    _needed(key, value, ("of", "ids", "decibans"))
    if not isinstance(value["ids"], list):
        raise InvalidKeyError((*key, "ids"), f"{shown(value['ids'])} is not a list of ids")
    return Reputation(value["of"], tuple(value["ids"]), _numbers((*key, "decibans"), value["decibans"]))


def _witnesses(key: Key, value: Any) -> tuple[Witness, ...]:
    if not isinstance(value, list):
        raise InvalidKeyError(key, f"{shown(value)} is not a list")
    for each in value:
        if not isinstance(each, list) or [type(part) for part in each] != [str, str, int]:
            raise InvalidKeyError(key, f"{shown(each)} is not an account, an item, and a time in µs")
    return tuple(Witness(*each) for each in value)


def _curve(key: Key, value: dict[str, Any]) -> Curve:
    SHAPE.known(key, value, ("feature", "at", "decibans", "missing"))
    _needed(key, value, ("feature", "at", "decibans"))
    at, decibans = (_numbers((*key, name), value[name]) for name in ("at", "decibans"))
    return Curve(value["feature"], at, decibans, _float(value.get("missing", 0.0)))


def _joint(key: Key, value: dict[str, Any]) -> Joint:
    SHAPE.known(key, value, ("features", "cuts", "decibans"))
    _needed(key, value, ("features", "cuts", "decibans"))
    for name, what in (("features", "names"), ("cuts", "lists of numbers")):
        if not isinstance(value[name], list) or len(value[name]) != 2:
            raise InvalidKeyError((*key, name), f"{shown(value[name])} is not a list of two {what}")
    if not isinstance(value["decibans"], list):
        raise InvalidKeyError((*key, "decibans"), f"{shown(value['decibans'])} is not a list of rows")
    first, second = value["features"]
    below, beside = (_numbers((*key, "cuts"), cuts) for cuts in value["cuts"])
    rows = tuple(_numbers((*key, "decibans"), row) for row in value["decibans"])
    return Joint((first, second), (below, beside), rows)


def _numbers(key: Key, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise InvalidKeyError(key, f"{shown(value)} is not a list of numbers")
    return tuple(_float(each) for each in value)


def _float(value: Any) -> Any:
    """Whole numbers may stand where numbers are wanted; anything else is left for the check to refuse."""
    return float(value) if type(value) is int else value


def _needed(key: Key, values: dict[str, Any], needed: Iterable[str]) -> None:
    for name in needed:
        if name not in values:
            raise InvalidKeyError(key, f"has no {name}")
