"""Rules as SQL over a table of settled likes: counts, streaks, and missions with steps.

Each statement gives a claim's key, rule, account, scope, window, grants, and when the last was earned (µs),
the earliest first.
The places of a rule for the first so many are of those that the table `seats` names; the others queue behind
them, by when they began to earn. `keeps` marks seats that stay taken while their account earns nothing.
"""

from __future__ import annotations

from zhenzan.rewards.catalogue import Filter, Rule, Step

__all__ = ["SCOPE_SQL", "claims_sql", "depth_sql", "filter_sql", "held_windows_sql"]

SCOPE_SQL = {"account": "''", "creator": "creator", "item": "item", "app": "app"}
_WINDOWS = {
    "all": "''",
    "day": "strftime(local_time, '%Y-%m-%d')",
    "week": "strftime(local_time, '%G-W%V')",
    "month": "strftime(local_time, '%Y-%m')",
}
_NUMBER = {  # of a day or a week, one more for the next
    "day": "date_diff('day', DATE '1970-01-05', local_time::DATE)",  # a Monday
    "week": "date_diff('day', DATE '1970-01-05', local_time::DATE) // 7",
}
_DISTINCT = {"creators": "creator", "items": "item", "days": "local_time::DATE"}
_CLAIMS = """
SELECT substr(sha256(concat_ws(chr(0), ?, account, scope, span)), 1, 32) AS key, ? AS rule,
    account, scope, span, grants, earned_at
FROM ({}) ORDER BY earned_at, account, scope, span"""  # the key as `claim_key` makes it

Part = tuple[str, list[object]]


def claims_sql(rule: Rule, campaign: Filter | None, likes: str) -> Part:
    """The statement of a rule over the table `likes`, with values. A streak's reads the table `complete`."""
    text, values = _earned(rule, campaign, likes)
    return _CLAIMS.format(text), [rule.id, rule.id, *values]


def _earned(rule: Rule, campaign: Filter | None, likes: str) -> Part:
    """Account, scope, span, grants and earned_at."""
    if rule.steps:
        return _mission(rule, campaign, likes)
    if rule.streak:
        return _streak(rule), []
    counted, values = _counted(rule, campaign, likes)
    return f"WITH {counted}, {_count(rule)}", values


def filter_sql(*filters: Filter | None) -> Part:
    """The condition that a like passes them all."""
    conditions, values = ["TRUE"], list[object]()
    for each in filters:
        if each is None:
            continue
        for column, ids in (("creator", each.creators), ("item", each.items), ("app", each.apps)):
            if ids:
                conditions.append(f"{column} IN ({', '.join('?' * len(ids))})")
                values.extend(ids)
        if each.watched:
            conditions.append("watched >= ?")
            values.append(each.watched)
        for sign, time in ((">=", each.begin), ("<", each.end)):
            if time is not None:
                conditions.append(f"timestamp {sign} ?")
                values.append(time)
    return " AND ".join(conditions), values


def depth_sql(depth: tuple[tuple[float, int], ...]) -> str:
    """What a like counts: by the greatest share that was watched, once where no share is named."""
    if not depth:
        return "1"
    cases = " ".join(f"WHEN watched >= {share!r} THEN {counts}" for share, counts in reversed(depth))
    return f"CASE {cases} ELSE 0 END"


def _whom(rule: Rule, campaign: Filter | None, *filters: Filter) -> Part:
    where, values = filter_sql(campaign, rule.filter, *filters)
    if rule.elsewhere:
        where += " AND elsewhere >= ?"
        values.append(rule.elsewhere)
    return where, values


def _counted(rule: Rule, campaign: Filter | None, likes: str) -> Part:
    """`earned`: the likes that brought grants, `gives` each, within the limit for each scope and window."""
    where, values = _whom(rule, campaign)
    partition = f"PARTITION BY account, {SCOPE_SQL[rule.per]}, {_WINDOWS[rule.window]}"
    number = _NUMBER[rule.window] if rule.streak else "0"
    most = 1 if rule.streak else rule.most
    if rule.depth:
        counts = depth_sql(rule.depth)
        n = f"sum({counts}) OVER ({partition} ORDER BY timestamp, row ROWS UNBOUNDED PRECEDING)"
        gives = [f"n // {rule.every}", f"(n - weight) // {rule.every}"]
        if most:
            gives = [f"least({each}, {most})" for each in gives]
        given, which = " - ".join(gives), "gives > 0"
    else:
        counts, n = "1", f"row_number() OVER ({partition} ORDER BY timestamp, row)"
        given, which = "1", f"n % {rule.every} = 0" + (f" AND n // {rule.every} <= {most}" if most else "")
    return (
        f"""counted AS (
            SELECT account, creator, timestamp, row, {SCOPE_SQL[rule.per]} AS scope, {number} AS number,
                {_WINDOWS[rule.window]} AS span, {counts} AS weight, {n} AS n
            FROM {likes} WHERE {where}
        ), earned AS (SELECT *, {given} AS gives FROM counted WHERE {which})""",
        values,
    )


def _count(rule: Rule) -> str:
    got = "gives"
    if rule.creator_most:
        so_far = """sum(gives) OVER (PARTITION BY creator, span ORDER BY timestamp, row
            ROWS UNBOUNDED PRECEDING)"""
        got = f"greatest(least(gives, {rule.creator_most} - ({so_far} - gives)), 0)"
    return f"""placed AS (
            SELECT *, {got} AS got, min((timestamp, row)) OVER (PARTITION BY account) AS began FROM earned
        ), {_ranked(rule, "placed")}
        SELECT account, scope, span, sum(got)::BIGINT AS grants, max(epoch_us(timestamp)) AS earned_at
        FROM ranked WHERE got > 0 {_first(rule)} GROUP BY ALL"""


def held_windows_sql(rule: Rule, campaign: Filter | None, likes: str) -> Part:
    """Account, scope and number of each window of a streak that has likes enough, and the like that did it;
    sorted, `begins` marks the first of an account and scope.
    """
    counted, values = _counted(rule, campaign, likes)
    return (
        f"""WITH {counted} SELECT account, scope, number, timestamp, row,
            row_number() OVER (PARTITION BY account, scope ORDER BY number) = 1 AS begins
        FROM earned ORDER BY account, scope, number""",
        values,
    )


def _streak(rule: Rule) -> str:
    """From the table `complete`, which has a row for each grant."""
    return f"""WITH numbered AS (
            SELECT *, row_number() OVER (PARTITION BY account, scope ORDER BY timestamp, row) AS ordinal,
                min((timestamp, row)) OVER (PARTITION BY account) AS began FROM complete
        ), {_ranked(rule, f"numbered {_most(rule)}")}
        SELECT account, scope, '' AS span, count(*) AS grants, max(epoch_us(timestamp)) AS earned_at
        FROM ranked WHERE TRUE {_first(rule)} GROUP BY ALL"""


def _mission(rule: Rule, campaign: Filter | None, likes: str) -> Part:
    """A step is done by its last like; in order, only likes after the step before count for it."""
    scope, span = SCOPE_SQL[rule.per], _WINDOWS[rule.window]
    parts, values = [], list[object]()
    for index, step in enumerate(rule.steps):
        where, some = _whom(rule, campaign, step.filter)
        source = f"{likes} WHERE {where}"
        parts.append(f"step{index} AS ({_step(step, index, scope, span, source, rule.in_order)})")
        values += some
    joined = "step0"
    for index in range(1, len(rule.steps)):
        joined += f" JOIN step{index} USING (account, scope, span)"
    last = ", ".join(f"step{index}.done" for index in range(len(rule.steps)))
    return (
        f"""WITH {", ".join(parts)}, complete AS (
            SELECT account, scope, span, greatest({last}) AS done FROM {joined}
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY account, scope ORDER BY done) AS ordinal,
                min(done) OVER (PARTITION BY account) AS began FROM complete
        ), {_ranked(rule, f"numbered {_most(rule)}")}
        SELECT account, scope, span, count(*) AS grants, max(epoch_us(done.timestamp)) AS earned_at
        FROM ranked WHERE TRUE {_first(rule)} GROUP BY ALL""",
        values,
    )


def _step(step: Step, index: int, scope: str, span: str, source: str, in_order: bool) -> str:
    likes = f"SELECT *, {scope} AS scope, {span} AS span FROM {source}"
    if in_order and index:
        likes = f"""SELECT l.* FROM ({likes}) l JOIN step{index - 1} b USING (account, scope, span)
            WHERE (l.timestamp, l.row) > (b.done.timestamp, b.done.row)"""
    if step.of != "likes":
        likes = f"""SELECT * FROM ({likes}) QUALIFY row_number() OVER (
            PARTITION BY account, scope, span, {_DISTINCT[step.of]} ORDER BY timestamp, row) = 1"""
    return f"""SELECT account, scope, span, {{'timestamp': timestamp, 'row': row}} AS done FROM ({likes})
        QUALIFY row_number() OVER (PARTITION BY account, scope, span ORDER BY timestamp, row)
            = {step.count}"""


def _most(rule: Rule) -> str:
    return f"WHERE ordinal <= {rule.most}" if rule.most else ""


def _ranked(rule: Rule, source: str) -> str:
    if not rule.first:
        return f"ranked AS (SELECT * FROM {source})"
    return f"""ranked AS (SELECT *, dense_rank() OVER (ORDER BY is_seated DESC, began) AS place FROM (
            SELECT *, account IN (SELECT account FROM seats) AS is_seated FROM {source}))"""


def _first(rule: Rule) -> str:
    """A seat stays its account's; what is left of the others goes by place."""
    if not rule.first:
        return ""
    kept = "SELECT count(*) FROM seats WHERE keeps AND account NOT IN (SELECT account FROM ranked)"
    return f"AND (is_seated OR place <= {rule.first} - ({kept}))"
