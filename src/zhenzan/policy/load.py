"""From a TOML file to a `Policy`, or to one clear line: file, line, key, what is allowed, what was meant."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from zhenzan.errors import PolicyError, did_you_mean
from zhenzan.policy.checks import InvalidKeyError, Key, shown
from zhenzan.policy.model import (
    FORMAT,
    Context,
    Curve,
    Joint,
    Limits,
    Policy,
    Prior,
    Rule,
    Verdict,
    Weights,
)
from zhenzan.toml import line_of, toml_problem

FILE_BYTES_MAX = 64 * 1024 * 1024

_SECTIONS: dict[str, Any] = {"verdict": Verdict, "prior": Prior, "limits": Limits, "context": Context}
_TOP = ("format", "name", *_SECTIONS, "rule", "weights")


def load_policy(path: str | Path) -> Policy:
    """Read and check a policy file.

    Raises `PolicyError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    path = Path(path)
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise PolicyError(f"{path}: is larger than {FILE_BYTES_MAX:,} bytes, so it is no policy")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from None
    except FileNotFoundError:
        raise PolicyError(f"{path}: there is no such policy file") from None
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None
    return read_policy(text, str(path))


def read_policy(text: str, source: str = "policy") -> Policy:
    """Read and check the text of a policy; `source` names it in errors (`PolicyError`)."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source}: {toml_problem(error)}") from None
    try:
        return _policy(document)
    except InvalidKeyError as error:
        line = line_of(text, error.key)
        place = source if line is None else f"{source}, line {line}"
        raise PolicyError(f"{place}: {error}") from None


def _policy(document: dict[str, Any]) -> Policy:
    _known((), document, _TOP)
    written = document.get("format", FORMAT)
    if written != FORMAT or isinstance(written, bool):
        raise InvalidKeyError(
            ("format",), f"{shown(written)} is not a format this version reads; it reads {FORMAT}"
        )
    parts: dict[str, Any] = {}
    for title, kind in _SECTIONS.items():
        if title in document:
            values = _table((title,), document[title])
            _known((title,), values, [each.name for each in fields(kind)])
            parts[title] = kind(**values)
    if "name" in document:
        parts["name"] = document["name"]
    if "rule" in document:
        parts["rules"] = tuple(_rules(document["rule"]))
    if "weights" in document:
        parts["weights"] = _weights(_table(("weights",), document["weights"]))
    return Policy(**parts)


def _rules(values: Any) -> Iterable[Rule]:
    for index, value in enumerate(_tables(("rule",), values)):
        key: Key = ("rule", index)
        _known(key, value, ("name", "when", "weight"))
        _needed(key, value, ("name", "when", "weight"))
        weight = value["weight"]
        yield Rule(value["name"], value["when"], float(weight) if type(weight) is int else weight)


def _weights(values: dict[str, Any]) -> Weights:
    key: Key = ("weights",)
    _known(key, values, ("intercept", "structural", "feature", "joint"))
    _needed(key, values, ("intercept",))
    slopes = _table((*key, "structural"), values.get("structural", {}))
    curves = tuple(
        _curve((*key, "feature", index), value)
        for index, value in enumerate(_tables((*key, "feature"), values.get("feature", [])))
    )
    joints = tuple(
        _joint((*key, "joint", index), value)
        for index, value in enumerate(_tables((*key, "joint"), values.get("joint", [])))
    )
    return Weights(
        _float(values["intercept"]), {name: _float(slope) for name, slope in slopes.items()}, curves, joints
    )


def _curve(key: Key, value: dict[str, Any]) -> Curve:
    _known(key, value, ("feature", "at", "decibans", "missing"))
    _needed(key, value, ("feature", "at", "decibans"))
    at, decibans = (_numbers((*key, name), value[name]) for name in ("at", "decibans"))
    return Curve(value["feature"], at, decibans, _float(value.get("missing", 0.0)))


def _joint(key: Key, value: dict[str, Any]) -> Joint:
    _known(key, value, ("features", "cuts", "decibans"))
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


def _table(key: Key, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidKeyError(key, f"{shown(value)} is not a table; write [{'.'.join(map(str, key))}]")
    return value


def _tables(key: Key, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidKeyError(key, f"is not a list of tables; write [[{'.'.join(map(str, key))}]]")
    return value


def _known(key: Key, values: dict[str, Any], allowed: Iterable[str]) -> None:
    allowed = list(allowed)
    for name in values:
        if name not in allowed:
            choice = did_you_mean(name, allowed) or f"; the keys here are {', '.join(allowed)}"
            raise InvalidKeyError((*key, name), f"there is no such key{choice}")


def _needed(key: Key, values: dict[str, Any], needed: Iterable[str]) -> None:
    for name in needed:
        if name not in values:
            raise InvalidKeyError(key, f"has no {name}")
