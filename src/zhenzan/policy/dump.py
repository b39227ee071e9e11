"""A policy as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

import textwrap
from dataclasses import fields
from typing import Any

from zhenzan.policy.model import FORMAT, Curve, Joint, Policy, Rule, Weights

COMMENT_WIDTH = 100
NUMBERS_WIDTH = 100

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def dump(policy: Policy) -> str:
    """Write the canonical text: equal policies give equal texts, and reading it back gives the policy."""
    blocks = [
        f"# The policy of a verification run. Keys that are left out keep their defaults.\n"
        f"format = {FORMAT}\nname = {quoted(policy.name)}"
    ]
    blocks += [_section(title, getattr(policy, title)) for title in ("verdict", "prior", "limits", "context")]
    blocks += [_rule(rule) for rule in policy.rules]
    if policy.weights is not None:
        blocks += _weights(policy.weights)
    return "\n\n".join(blocks) + "\n"


def _section(title: str, section: Any) -> str:
    lines = [f"[{title}]"]
    for each in fields(section):
        lines += [f"# {line}" for line in textwrap.wrap(each.metadata["what"], COMMENT_WIDTH)]
        value = getattr(section, each.name)
        lines.append(f"# {each.name} = ..." if value is None else f"{each.name} = {scalar(value)}")
    return "\n".join(lines)


def _rule(rule: Rule) -> str:
    return f"[[rule]]\nname = {quoted(rule.name)}\nwhen = {quoted(rule.when)}\nweight = {scalar(rule.weight)}"


def _weights(weights: Weights) -> list[str]:
    intercept = f"intercept = {scalar(weights.intercept)}"
    blocks = [f"[weights]\n# Learned from labels: decibans before any evidence.\n{intercept}"]
    if weights.structural:
        lines = [f"{key(name)} = {scalar(slope)}" for name, slope in sorted(weights.structural.items())]
        blocks.append(
            "\n".join(["[weights.structural]", "# What each structural evidence is multiplied by.", *lines])
        )
    return [
        *blocks,
        *(_curve(curve) for curve in weights.curves),
        *(_joint(joint) for joint in weights.joints),
    ]


def _curve(curve: Curve) -> str:
    return (
        f"[[weights.feature]]\nfeature = {quoted(curve.feature)}\nat = {numbers(curve.at)}\n"
        f"decibans = {numbers(curve.decibans)}\nmissing = {scalar(curve.missing)}"
    )


def _joint(joint: Joint) -> str:
    names, cuts = ", ".join(map(quoted, joint.features)), ",\n    ".join(map(row, joint.cuts))
    table = "".join(f"    {row(each)},\n" for each in joint.decibans)
    return f"[[weights.joint]]\nfeatures = [{names}]\ncuts = [\n    {cuts},\n]\ndecibans = [\n{table}]"


def row(values: tuple[float, ...]) -> str:
    """Write an array of numbers on one line."""
    return f"[{', '.join(scalar(value) for value in values)}]"


def numbers(values: tuple[float, ...]) -> str:
    """Write an array of numbers, wrapped to readable lines."""
    line = row(values)
    if len(line) <= NUMBERS_WIDTH:
        return line
    wrapped = textwrap.wrap(line[1:-1], NUMBERS_WIDTH - 4)
    return "[\n" + "".join(f"    {part}\n" for part in wrapped) + "]"


def scalar(value: bool | float | str) -> str:
    """Write one value as TOML; floats read back to the same bits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(value) if isinstance(value, str) else repr(value)


def key(name: str) -> str:
    """Write a bare key where TOML allows one, a quoted one otherwise."""
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else quoted(name)


def quoted(value: str) -> str:
    """Write text as a TOML basic string."""
    return (
        '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in value) + '"'
    )
