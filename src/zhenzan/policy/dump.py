"""Writing a policy as TOML: one canonical text, each key with a comment that says what it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from zhenzan.config import Record, bare_key, quoted, section, wrapped, written
from zhenzan.policy.sections import Rule
from zhenzan.policy.weights import Curve, Joint, Reputation, Weights


def dump(
    version: int,
    name: str,
    sections: Mapping[str, Record],
    rules: Iterable[Rule],
    screen: Iterable[Rule],
    weights: Weights | None,
) -> str:
    """Write the canonical text: equal policies give equal texts, and reading it back gives the policy."""
    blocks = [
        f"# The policy of a verification run. Keys that are left out keep their defaults.\n"
        f"format = {version}\nname = {quoted(name)}"
    ]
    blocks += [section(f"[{title}]", record) for title, record in sections.items()]
    blocks += [_rule("rule", rule) for rule in rules]
    blocks += [_rule("screen", rule) for rule in screen]
    if weights is not None:
        blocks += _weights(weights)
    return "\n\n".join(blocks) + "\n"


def _rule(table: str, rule: Rule) -> str:
    what = f"name = {quoted(rule.name)}\nwhen = {quoted(rule.when)}\nweight = {written(rule.weight)}"
    return f"[[{table}]]\n{what}"


def _weights(weights: Weights) -> list[str]:
    intercept = f"intercept = {written(weights.intercept)}"
    blocks = [f"[weights]\n# Learned from labels: decibans before any evidence.\n{intercept}"]
    if weights.witnesses:
        rows = wrapped(written(structs.astuple(witness)) for witness in weights.witnesses)
        blocks[0] += f"\n# Some likes that were labelled: account, item, time in µs.\nwitnesses = {rows}"
    if weights.structural:
        lines = [f"{bare_key(name)} = {written(slope)}" for name, slope in sorted(weights.structural.items())]
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
        f"[[weights.feature]]\nfeature = {quoted(curve.feature)}\nat = {wrapped(map(written, curve.at))}\n"
        f"decibans = {wrapped(map(written, curve.decibans))}\nmissing = {written(curve.missing)}"
    )


def _joint(joint: Joint) -> str:
    names, cuts = ", ".join(map(quoted, joint.features)), ",\n    ".join(map(written, joint.cuts))
    table = "".join(f"    {written(row)},\n" for row in joint.decibans)
    return f"[[weights.joint]]\nfeatures = [{names}]\ncuts = [\n    {cuts},\n]\ndecibans = [\n{table}]"


def _reputation(reputation: Reputation) -> str:
    ids, decibans = map(quoted, reputation.ids), map(written, reputation.decibans)
    return (
        f"[[weights.reputation]]\nof = {quoted(reputation.of)}\nids = {wrapped(ids)}\n"
        f"decibans = {wrapped(decibans)}"
    )
