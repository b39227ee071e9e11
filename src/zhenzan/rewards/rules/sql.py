"""SQL fragments of earning rules, over a table of settled likes.

The places of a rule for the first so many are of those that the table `seats` names; the others queue behind
them, by when they began to earn. `keeps` marks seats that stay taken while their account earns nothing.
"""

from __future__ import annotations

from zhenzan.rewards.catalogue_records import Depth, Filter
from zhenzan.rewards.rules.rule import Part, Rule

__all__ = [
    "SCOPE_SQL",
    "WINDOW_SQL",
    "counted_sql",
    "depth_sql",
    "filter_sql",
    "first_sql",
    "grants_sql",
    "likes_sql",
    "ranked_sql",
]

SCOPE_SQL = {"account": "''", "creator": "creator", "item": "item", "app": "app"}
WINDOW_SQL = {
    "all": "''",
    "day": "strftime(local_time, '%Y-%m-%d')",
    "week": "strftime(local_time, '%G-W%V')",
    "month": "strftime(local_time, '%Y-%m')",
}
_BEGIN_SQL = {  # what tells windows apart as well as their names do, and sorts sooner
    "all": "''",
    "day": "local_time::DATE",
    "week": "date_trunc('week', local_time)",
    "month": "date_trunc('month', local_time)",
}


def filter_sql(*filters: Filter | None) -> Part:
    """The condition that a like passes them all."""
    conditions, values = ["TRUE"], list[object]()
    for condition in filters:
        if condition is None:
            continue
        for column, ids in (
            ("creator", condition.creators),
            ("item", condition.items),
            ("app", condition.apps),
        ):
            if ids:
                conditions.append(f"{column} IN ({', '.join('?' * len(ids))})")
                values.extend(ids)
        if condition.watched:
            conditions.append("watched >= ?")
            values.append(condition.watched)
        for sign, time in ((">=", condition.begin), ("<", condition.end)):
            if time is not None:
                conditions.append(f"timestamp {sign} ?")
                values.append(time)
    return " AND ".join(conditions), values


def depth_sql(depth: tuple[Depth, ...]) -> str:
    """SQL for how much a like counts: by the greatest share that was watched, once where no share is
    named.
    """
    if not depth:
        return "1"
    cases = " ".join(f"WHEN watched >= {step.watched!r} THEN {step.counts}" for step in reversed(depth))
    return f"CASE {cases} ELSE 0 END"


def likes_sql(rule: Rule, campaign: Filter | None, *filters: Filter) -> Part:
    """The condition on a rule's likes."""
    where, values = filter_sql(campaign, rule.filter, *filters)
    if rule.elsewhere:
        where += " AND elsewhere >= ?"
        values.append(rule.elsewhere)
    return where, values


def counted_sql(
    rule: Rule, campaign: Filter | None, likes: str, *, every: int, most: int, number: str = "0"
) -> Part:
    """`earned`: the likes that brought grants, `gives` each, one for `every` so many, at most `most` for each
    scope and window.
    """
    where, values = likes_sql(rule, campaign)
    partition = f"PARTITION BY account, {SCOPE_SQL[rule.per]}, {_BEGIN_SQL[rule.window]}"
    if rule.depth:
        counts = depth_sql(rule.depth)
        n = f"sum({counts}) OVER ({partition} ORDER BY timestamp, row ROWS UNBOUNDED PRECEDING)"
        gives = [f"n // {every}", f"(n - weight) // {every}"]
        if most:
            gives = [f"least({amount}, {most})" for amount in gives]
        expression, which = " - ".join(gives), "gives > 0"
    else:
        counts, n = "1", f"row_number() OVER ({partition} ORDER BY timestamp, row)"
        expression, which = "1", f"n % {every} = 0" + (f" AND n // {every} <= {most}" if most else "")
    return (
        f"""counted AS (
            SELECT account, creator, timestamp, row, {SCOPE_SQL[rule.per]} AS scope, {number} AS number,
                {WINDOW_SQL[rule.window]} AS span, {counts} AS weight, {n} AS n
            FROM {likes} WHERE {where}
        ), earned AS (SELECT *, {expression} AS gives FROM counted WHERE {which})""",
        values,
    )


def ranked_sql(rule: Rule, source: str) -> str:
    """`ranked`: the rows of `source`, with the place of the account where only the first so many earn."""
    if not rule.first:
        return f"ranked AS (SELECT * FROM {source})"
    return f"""ranked AS (SELECT *, dense_rank() OVER (ORDER BY is_seated DESC, began) AS place FROM (
            SELECT *, account IN (SELECT account FROM seats) AS is_seated FROM {source}))"""


def first_sql(rule: Rule) -> str:
    """A seat stays its account's; what is left of the others goes by place."""
    if not rule.first:
        return ""
    kept = "SELECT count(*) FROM seats WHERE keeps AND account NOT IN (SELECT account FROM ranked)"
    return f"AND (is_seated OR place <= {rule.first} - ({kept}))"


def grants_sql(rule: Rule, source: str, *, limited: str = "account, scope, span") -> str:
    """The end of a statement whose table `source` has a row for each grant: account, `scope`, `span`, and
    `timestamp` and `row` of the like that earned it. It leaves out what is over the rule's `most`, for each
    `limited`, and all but the first accounts where the rule is for these.
    """
    within = f"WHERE ordinal <= {rule.most}" if rule.most else ""
    return f"""numbered AS (
            SELECT account, scope, span, timestamp, row_number() OVER (
                PARTITION BY {limited} ORDER BY timestamp, row) AS ordinal,
                min((timestamp, row)) OVER (PARTITION BY account) AS began FROM {source}
        ), {ranked_sql(rule, f"numbered {within}")}
        SELECT account, scope, span, count(*) AS grants, max(epoch_us(timestamp)) AS earned_at
        FROM ranked WHERE TRUE {first_sql(rule)} GROUP BY ALL"""
