"""Explanation of a verdict, in words and as a chart, for report, command line and API alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from zhenzan.errors import ResultError
from zhenzan.presentation import known_language
from zhenzan.translation import gettext
from zhenzan.verify.report.item_and_ring import item_subject, ring_subject
from zhenzan.verify.report.like_and_account import account_subject, like_subject
from zhenzan.verify.report.number_text import Language, decibans, likelier
from zhenzan.verify.report.phrases import evidence_sentence, evidence_title
from zhenzan.verify.report.result_sql import Tables, VerifiedResult, find_likes, settled_account
from zhenzan.verify.report.subject import Subject
from zhenzan.verify.report.suggestions import unknown

__all__ = ["Explanation", "Reason", "explain", "explain_from"]


@dataclass(frozen=True)
class Reason:
    """One piece of evidence: its name, its weight in decibans (10·log10 of fake : genuine), a sentence."""

    name: str
    decibans: float
    sentence: str
    title: str


@dataclass(frozen=True)
class Explanation:
    """The explanation of a verdict on a like, account, item or ring.

    `subject` is what is explained ("like 42"), `text` the whole explanation in plain words, `evidence` the
    reasons (strongest first), `facts` the numbers behind the words. `chart` is drawn when asked for.
    """

    subject: str
    text: str
    evidence: tuple[Reason, ...]
    facts: Mapping[str, Any]
    language: Language
    _draw: Callable[[], Any] = field(repr=False, compare=False)

    @cached_property
    def chart(self) -> Any:
        """An Altair chart: waterfall of a like or account, timeline of an item, raster of a ring."""
        return self._draw()

    def to_json(self) -> str:
        """The explanation without its chart, as JSON text; times are ISO 8601 in UTC."""
        record = {
            "subject": self.subject,
            "text": self.text,
            "evidence": [vars(reason) for reason in self.evidence],
            "facts": dict(self.facts),
            "language": self.language,
        }
        return json.dumps(record, ensure_ascii=False, default=_plain)

    def __str__(self) -> str:
        return self.text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot write a {type(value).__name__} as JSON")


def explain(
    result: VerifiedResult,
    *,
    like: Any = None,
    account: Any = None,
    item: Any = None,
    ring: Any = None,
    language: str = "en",
) -> Explanation:
    """Explain one like (by id or row number), account, item or ring of a result.

    Ids may be given as text or numbers, as a person types them. Raises ResultError when none or several are
    asked for, when the language is not "en" or "zh", and when nothing has that id (the nearest are named).
    Cost: scans of single columns of the verdicts, in place; memory does not grow with the result.
    """
    return explain_from(Tables(result), like=like, account=account, item=item, ring=ring, language=language)


def explain_from(
    tables: Tables,
    *,
    like: Any = None,
    account: Any = None,
    item: Any = None,
    ring: Any = None,
    by: str | None = None,
    language: str = "en",
) -> Explanation:
    """`explain` on tables that are already open, for callers that explain many things.

    `by` ("row" or "id") says what a like is named by, where the two could be mistaken for each other.
    """
    selectors = {"like": like, "account": account, "item": item, "ring": ring}
    named = [(kind, value) for kind, value in selectors.items() if value is not None]
    if len(named) != 1:
        raise ResultError(
            f"explain takes exactly one of like, account, item and ring; {len(named)} were given"
        )
    kind, value = named[0]
    chosen = known_language(language)
    row = _find_like(tables, value, by) if kind == "like" else _FINDERS[kind](tables, value)
    if row is None:
        raise unknown(tables, kind, value)
    described = tables.summary.get("evidence_names") or {}
    subject = _SUBJECTS[kind](tables, row, chosen)
    reasons = tuple(
        Reason(
            name,
            round(weight, 3),
            evidence_sentence(name, weight, chosen, described, subject.related),
            evidence_title(name, chosen),
        )
        for name, weight in sorted(subject.evidence, key=lambda pair: (-abs(pair[1]), pair[0]))
    )
    lines = [*subject.opening, *_reason_lines(reasons, chosen, subject.evidence_heading), *subject.closing]
    return Explanation(
        subject=subject.name,
        text="\n".join(line for line in lines if line),
        evidence=reasons,
        facts=subject.facts,
        language=chosen,
        _draw=subject.draw,
    )


def _reason_lines(reasons: tuple[Reason, ...], language: Language, heading: str) -> list[str]:
    lines = [heading] if heading else []
    for reason in reasons:
        reason_text = gettext(
            "{title}: {sentence} That is {meaning}.",
            language,
            title=reason.title,
            sentence=reason.sentence,
            meaning=likelier(reason.decibans, language),
        )
        lines.append(f"  {decibans(reason.decibans):>9}  {reason_text}")
    return lines


def _find_like(tables: Tables, value: Any, by: str | None) -> dict[str, Any] | None:
    """By the log's own id first, then by row number."""
    for column in ("id", "row") if by is None else (by,):
        likes = find_likes(tables, column, value)
        if likes:
            return likes[0]
    return None


def _find_in(table: str, column: str) -> Callable[[Tables, Any], dict[str, Any] | None]:
    def find(tables: Tables, value: Any) -> dict[str, Any] | None:
        typed = tables.typed(table, column, value)
        if typed is None:
            return None
        return tables.one(f'SELECT * FROM {table} WHERE "{column}" = ? LIMIT 1', [typed])

    return find


def _find_account(tables: Tables, value: Any) -> dict[str, Any] | None:
    """In the result, else what is left of one whose verdicts are all final."""
    return _find_in("accounts", "account")(tables, value) or settled_account(tables, value)


_FINDERS: dict[str, Callable[[Tables, Any], dict[str, Any] | None]] = {
    "account": _find_account,
    "item": _find_in("items", "item"),
    "ring": _find_in("rings", "ring"),
}

_SUBJECTS: dict[str, Callable[[Tables, Mapping[str, Any], Language], Subject]] = {
    "like": like_subject,
    "account": account_subject,
    "item": item_subject,
    "ring": ring_subject,
}
