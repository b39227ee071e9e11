"""A policy as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import astuple, fields
from typing import Any

from zhenzan.policy.sections import Rule
from zhenzan.policy.weights import Curve, Joint, Reputation, Weights
from zhenzan.toml import quoted, written

FORMAT = 1
COMMENT_WIDTH = 100
NUMBERS_WIDTH = 100


def dump(
    name: str,
    sections: Mapping[str, Any],
    rules: Iterable[Rule],
    screen: Iterable[Rule],
    weights: Weights | None,
) -> str:
    """Write the canonical text: equal policies give equal texts, and reading it back gives the policy."""
    blocks = [
        f"# The policy of a verification run. Keys that are left out keep their defaults.\n"
        f"format = {FORMAT}\nname = {quoted(name)}"
    ]
    blocks += [_section(title, section) for title, section in sections.items()]
    blocks += [_rule("rule", rule) for rule in rules]
    blocks += [_rule("screen", rule) for rule in screen]
    if weights is not None:
        blocks += _weights(weights)
    return "\n\n".join(blocks) + "\n"


def _section(title: str, section: Any) -> str:
    lines = [f"[{title}]"]
    for each in fields(section):
        lines += [f"# {line}" for line in textwrap.wrap(each.metadata["what"], COMMENT_WIDTH)]
        value = getattr(section, each.name)
        lines.append(f"# {each.name} = ..." if value is None else f"{each.name} = {written(value)}")
    return "\n".join(lines)


def _rule(table: str, rule: Rule) -> str:
    what = f"name = {quoted(rule.name)}\nwhen = {quoted(rule.when)}\nweight = {written(rule.weight)}"
    return f"[[{table}]]\n{what}"


def _weights(weights: Weights) -> list[str]:
    intercept = f"intercept = {written(weights.intercept)}"
    blocks = [f"[weights]\n# Learned from labels: decibans before any evidence.\n{intercept}"]
    if weights.witnesses:
        rows = listed(written(astuple(each)) for each in weights.witnesses)
        blocks[0] += f"\n# Some likes that were labelled: account, item, time in µs.\nwitnesses = {rows}"
    if weights.structural:
        lines = [f"{key(name)} = {written(slope)}" for name, slope in sorted(weights.structural.items())]
        blocks.append(
            "\n".join(["[weights.structural]", "# What each structural evidence is multiplied by.", *lines])
        )
    return [
        *blocks,
        *(_curve(curve) for curve in weights.curves),
        *(_joint(joint) for joint in weights.joints),
        *(_reputation(reputation) for reputation in weights.reputations),
    ]


def _curve(curve: Curve) -> str:
    return (
        f"[[weights.feature]]\nfeature = {quoted(curve.feature)}\nat = {numbers(curve.at)}\n"
        f"decibans = {numbers(curve.decibans)}\nmissing = {written(curve.missing)}"
    )


def _joint(joint: Joint) -> str:
    names, cuts = ", ".join(map(quoted, joint.features)), ",\n    ".join(map(written, joint.cuts))
    table = "".join(f"    {written(each)},\n" for each in joint.decibans)
    return f"[[weights.joint]]\nfeatures = [{names}]\ncuts = [\n    {cuts},\n]\ndecibans = [\n{table}]"


def _reputation(reputation: Reputation) -> str:
    return (
        f"[[weights.reputation]]\nof = {quoted(reputation.of)}\nids = {listed(map(quoted, reputation.ids))}\n"
        f"decibans = {numbers(reputation.decibans)}"
    )


def numbers(values: tuple[float, ...]) -> str:
    """Write an array of numbers, wrapped to readable lines."""
    return listed(map(written, values))


def listed(parts: Iterable[str]) -> str:
    """Write an array of what is written already, wrapped to readable lines between its parts."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) + 2 > NUMBERS_WIDTH - 4:
            lines.append("")
        lines[-1] += f"{part}, "
    if len(lines) == 1 and len(lines[0]) <= NUMBERS_WIDTH:
        return f"[{lines[0][:-2]}]"
    return "[\n" + "".join(f"    {line[:-1]}\n" for line in lines) + "]"


def key(name: str) -> str:
    """Write a bare key where TOML allows one, a quoted one otherwise."""
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else quoted(name)
