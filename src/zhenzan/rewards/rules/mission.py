"""Mission rules: a grant when all steps are done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from msgspec import field

from zhenzan.config import FLAT, Key, about, items_about, one_of
from zhenzan.rewards.catalogue_records import EVER, CatalogueRecord, Count, Filter, Words
from zhenzan.rewards.rules.rule import Part, Rule
from zhenzan.rewards.rules.sql import (
    SCOPE_SQL,
    WINDOW_SQL,
    grants_sql,
    likes_sql,
)

__all__ = ["MissionRule", "Step"]

STEPS_MAX = 20
_DISTINCT = {"likes": "", "creators": "creator", "items": "item", "days": "local_time::DATE"}


class Step(CatalogueRecord, frozen=True):
    """A part of a mission: `count` likes, or likes of so many different creators, items or days."""

    name: Annotated[
        Words,
        about("What people call it; `step 1` and so on where it is left out.", value="name", filled=True),
    ]
    count: Annotated[Count, about("How many of them are needed.")] = 1
    of: Annotated[
        str, one_of(tuple(_DISTINCT), "What is counted: likes, or distinct creators, items or days.")
    ] = "likes"
    filter: Annotated[Filter, FLAT] = EVER

    @classmethod
    def from_value(cls, value: Any, key: Key) -> Self:
        """Read a step that may leave out its name."""
        return super().from_value({"name": f"step {int(key[-1]) + 1}"} | cls.table(value, key), key)


class MissionRule(Rule, frozen=True, kw_only=True, tag="mission", tag_field="kind"):
    """A grant when all `steps` are done, `in_order` one after the other."""

    steps: Annotated[
        tuple[Step, ...],
        items_about("A mission: a grant when all steps are done in a `window`.", most=STEPS_MAX),
    ] = field(name="step")
    in_order: Annotated[
        bool, about("Only likes given after the previous step was completed count towards a step.")
    ] = False

    def filters(self) -> Iterator[Filter]:
        yield self.filter
        yield from (step.filter for step in self.steps)

    def claims_sql(self, campaign: Filter | None, likes: str) -> Part:
        """A step is done by its last like; in order, only likes after the step before count for it."""
        parts, values = [], list[object]()
        for index, step in enumerate(self.steps):
            where, some = likes_sql(self, campaign, step.filter)
            parts.append(f"step{index} AS ({self._step_sql(step, index, f'{likes} WHERE {where}')})")
            values += some
        joined = "step0"
        for index in range(1, len(self.steps)):
            joined += f" JOIN step{index} USING (account, scope, span)"
        last = ", ".join(f"step{index}.done" for index in range(len(self.steps)))
        return (
            f"""WITH {", ".join(parts)}, joined AS (
                SELECT account, scope, span, greatest({last}) AS done FROM {joined}
            ), complete AS (
                SELECT account, scope, span, done.timestamp AS timestamp, done.row AS row FROM joined
            ), {grants_sql(self, "complete", limited="account, scope")}""",
            values,
        )

    def _step_sql(self, step: Step, index: int, source: str) -> str:
        likes = f"SELECT *, {SCOPE_SQL[self.per]} AS scope, {WINDOW_SQL[self.window]} AS span FROM {source}"
        if self.in_order and index:
            likes = f"""SELECT l.* FROM ({likes}) l JOIN step{index - 1} b USING (account, scope, span)
                WHERE (l.timestamp, l.row) > (b.done.timestamp, b.done.row)"""
        if _DISTINCT[step.of]:
            likes = f"""SELECT account, scope, span, first.timestamp AS timestamp, first.row AS row FROM (
                SELECT account, scope, span, min({{'timestamp': timestamp, 'row': row}}) AS first
                FROM ({likes}) GROUP BY account, scope, span, {_DISTINCT[step.of]})"""
        return f"""SELECT account, scope, span, {{'timestamp': timestamp, 'row': row}} AS done FROM ({likes})
            QUALIFY row_number() OVER (PARTITION BY account, scope, span ORDER BY timestamp, row)
                = {step.count}"""
