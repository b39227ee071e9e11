"""Evidence in words, for explanations and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhenzan.translation import N_, gettext, ngettext
from zhenzan.verify.evidence.registry import KINDS
from zhenzan.verify.report.number_text import Language, chance, counted, duration, joined, label, number, when

__all__ = ["ABSENT_COLUMNS", "campaign_words", "evidence_sentence", "evidence_title", "unknown_words"]

ABSENT_COLUMNS: Mapping[str, tuple[str, str]] = {
    # canonical column -> (what it is, what it would add)
    "creator": (
        N_("creators"),
        N_("Tells loyal fans of one creator from accounts that serve many unrelated ones."),
    ),
    "watched": (
        N_("watch time"),
        N_("Shows likes given without watching."),
    ),
    "duration": (
        N_("length of the items"),
        N_("Says how much of an item was watched."),
    ),
    "ip": (
        N_("network addresses"),
        N_("Shows many accounts behind one address, and addresses that rotate."),
    ),
    "device": (
        N_("devices"),
        N_("Shows many accounts on one device: device farms."),
    ),
    "gesture": (
        N_("gestures"),
        N_("Shows taps and swipes that no hand made."),
    ),
    "kind": (
        N_("kinds of interaction"),
        N_("Views, comments and unlikes beside the likes: who only ever likes, what was cancelled."),
    ),
    "origin": (
        N_("origin of the visit"),
        N_("Separates paid exposure from organic reach."),
    ),
    "region": (
        N_("regions"),
        N_("Shows crowds from a place where the creator has no audience."),
    ),
    "app": (
        N_("apps"),
        N_("Compares platforms, apps and client versions."),
    ),
    "id": (
        N_("ids of the likes"),
        N_("Lets you look up a verdict by your own id; until then, by row number."),
    ),
}


def evidence_title(name: str, language: Language) -> str:
    """A short name of a kind of evidence for axes and tables."""
    if name in KINDS:
        return gettext(KINDS[name].title, language)
    kind, _, rest = name.partition(":")
    if kind == "rule" and rest:
        return gettext("Rule: {name}", language, name=label(rest, 40))
    if kind == "calibrated" and rest:
        return gettext("Learned: {features}", language, features=_features_named(rest, language, 40))
    return label(name.replace("_", " ").capitalize(), 40)


def evidence_sentence(
    name: str, decibans: float, language: Language, described: Mapping[str, Any], facts: Mapping[str, Any]
) -> str:
    """A piece of evidence in a sentence. `facts` is what is known of the like, its moment, account and ring.

    Names outside the registry fall back to `described`, the summary's one-sentence descriptions.
    """
    special = _with_facts(name, decibans, language, facts)
    if special is not None:
        return special
    if name in KINDS:
        known = KINDS[name]
        return gettext(known.for_fake if decibans >= 0 else known.for_genuine, language)
    kind, _, rest = name.partition(":")
    if kind == "rule" and rest:
        return gettext("The platform's own rule “{name}” applies.", language, name=label(rest, 60))
    description = described.get(name)
    if isinstance(description, str) and description.strip():
        return label(description.strip(), 400)
    if kind == "calibrated" and rest:
        features = _features_named(rest, language, 60)
        return gettext("Learned from labels: {features}.", language, features=features)
    return gettext("{title}.", language, title=evidence_title(name, language))


def _features_named(names: str, language: Language, length: int) -> str:
    """The feature that calibration looked at, or the two that it looked at together."""
    first, _, second = (
        label(name.replace("_", " "), length) if name != "*" else name for name in names.partition("*")
    )
    if "*" not in names:
        return first
    return gettext("{first} and {second} together", language, first=first, second=second)


def _with_facts(name: str, decibans: float, language: Language, facts: Mapping[str, Any]) -> str | None:
    moment, account, ring = facts.get("moment"), facts.get("account"), facts.get("ring")
    if name == "moment" and moment:
        return gettext("The item received {burst}.", language, burst=burst_words(moment, language))
    if name == "account" and account and decibans > 0 and account["likes"]:
        return gettext(
            "The account keeps appearing in improbable moments: {fake} of its {likes}, which went to"
            " {creators}, are called fake.",
            language,
            fake=number(account["fake_likes"]),
            likes=counted(account["likes"], "like", language),
            creators=counted(account["creators"], "creator", language),
        )
    if name == "coincidence" and ring and decibans > 0:
        return gettext(
            "The account meets the same others again and again: the {accounts} of ring {ring}.",
            language,
            accounts=counted(ring["accounts"], "account", language),
            ring=ring["ring"],
        )
    return None


def burst_words(moment: Mapping[str, Any], language: Language) -> str:
    """How many likes in how long, against how many expected."""
    return ngettext(
        "{likes} within {span}, where {expected} was expected",
        "{likes} within {span}, where {expected} were expected",
        round(moment["expected_likes"], 1),
        language,
        likes=counted(moment["likes"], "like", language),
        span=duration(moment["scale_seconds"], language),
        expected=number(moment["expected_likes"]),
    )


def campaign_words(moment: Mapping[str, Any], language: Language, *, item: bool = True) -> str:
    """One campaign (or cleared burst) as a line of a timeline."""
    values = {
        "start": when(moment["start"], language),
        "burst": burst_words(moment, language),
        "sure": chance(moment["campaign_probability"]),
    }
    if not item:
        return gettext("{start}: {burst} ({sure} likely bought)", language, **values)
    return gettext(
        "{start}: item {item} received {burst} ({sure} likely bought)",
        language,
        item=label(moment["item"]),
        **values,
    )


def unknown_words(missing: list[str], language: Language) -> str:
    """One sentence on what the log could not tell; empty when nothing is missing."""
    names = [gettext(ABSENT_COLUMNS[column][0], language) for column in missing if column in ABSENT_COLUMNS]
    if not names:
        return ""
    return gettext(
        "What could not be known: the log says nothing of {names}.", language, names=joined(names, language)
    )
