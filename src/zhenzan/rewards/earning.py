"""What settled likes have earned by now: a pure function of the likes and the rules.

A like that is settled is one that was judged genuine and counts, and whose account is no bot: no member of a
ring that is paid for most of what it does, as in `items.verified`. The uncertain earn nothing yet, the fake
nothing. Nothing is remembered from run to run here, so replays and reordered logs come to the same. Cost: one
sort of the likes for each rule, in DuckDB; a million likes a second and more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, NamedTuple

import duckdb
import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.rewards.catalogue import Catalogue, Filter
from zhenzan.rewards.counting import claims_sql
from zhenzan.rewards.levels import Standing, climb, first_reached
from zhenzan.rewards.naming import key_of
from zhenzan.verify import BOT_SHARE, Result

__all__ = ["Claim", "Counting", "claims", "hopes", "standings"]

Counting = Literal["settled", "not fake", "all"]
ROWS_AT_ONCE = 50_000
NOBODY: Mapping[str, bool] = {}
_NO_BOT = f"NOT (a.ring IS NOT NULL AND COALESCE(a.paid_share, 0) >= {BOT_SHARE})"
_COUNTING = {
    "settled": f"v.verdict = 'genuine' AND {_NO_BOT}",
    "not fake": f"v.verdict <> 'fake' AND {_NO_BOT}",
    "all": "TRUE",
}


class Claim(NamedTuple):
    """What an account has earned by one rule in one scope and window: `grants` of them, the last at
    `earned_at` (µs since 1970). `key` stands for rule, account, scope and window.
    """

    key: str
    rule: str
    account: str
    scope: str
    window: str
    grants: int
    earned_at: int


def claims(
    result: Result,
    catalogue: Catalogue,
    *,
    counting: Counting = "settled",
    decided: Mapping[str, bool] = NOBODY,
) -> Iterator[Claim]:
    """All claims, rule by rule in the catalogue's order, then level by level; the earliest earned first.

    `counting`: which likes earn; others than the settled only to tell what they would take. `decided`: by
    account, whether people decided that it is fake: then none of its likes count, else all do. Raises
    InputError where a rule asks for a column that the log did not have.
    """
    with _settled(result, catalogue, counting, decided) as connection:
        for rule in catalogue.rules:
            campaign = next((each.filter for each in catalogue.campaigns if each.id == rule.campaign), None)
            text, values = claims_sql(rule, campaign)
            found = connection.execute(text, values)
            while rows := found.fetchmany(ROWS_AT_ONCE):
                for account, scope, span, grants, earned_at in rows:
                    key = key_of(rule.id, account, scope, span)
                    yield Claim(key, rule.id, account, scope, span, grants, earned_at)
        for ladder in catalogue.ladders:
            for rule_id, account, scope, reached in first_reached(connection, ladder):
                yield Claim(key_of(rule_id, account, scope, ""), rule_id, account, scope, "", 1, reached)


def hopes(result: Result, catalogue: Catalogue, *, decided: Mapping[str, bool] = NOBODY) -> dict[str, Claim]:
    """By key, what claims will be if every like that is uncertain now turns out genuine."""
    found = claims(result, catalogue, counting="not fake", decided=decided)
    return {claim.key: claim for claim in found}


def standings(
    result: Result, catalogue: Catalogue, *, decided: Mapping[str, bool] = NOBODY
) -> Iterator[Standing]:
    """Where every account with settled likes stands on every ladder."""
    with _settled(result, catalogue, "settled", decided) as connection:
        for ladder in catalogue.ladders:
            yield from climb(connection, ladder)


@contextmanager
def _settled(
    result: Result, catalogue: Catalogue, counting: Counting, decided: Mapping[str, bool]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `settled`: row, account, item, creator, timestamp, local_time, and watched,
    app, elsewhere where a rule needs them.
    """
    columns = ["row", "account", "item", "timestamp", "verdict", "standing"]
    for column, needs in (("watched_share", _asks_watched), ("app", _asks_app)):
        who = next((id for id, filter, rest in _filters(catalogue) if needs(filter, rest)), None)
        if who is not None:
            if column not in result.verdicts.column_names:
                raise InputError(
                    f"{who!r} asks for {_NEEDS[column]}, and these verdicts do not say: "
                    f"verify a log that has {_HAVE[column]}"
                )
            columns.append(column)
    connection = duckdb.connect()
    try:
        connection.register("verdicts", result.verdicts.select(columns))
        items = result.items
        owner = items["creator"] if "creator" in items.column_names else items["item"]
        connection.register("owners", pa.table({"item": items["item"], "creator": owner}))
        who, fake = pa.array(list(decided), pa.string()), pa.array(list(decided.values()), pa.bool_())
        connection.register("decided", pa.table({"account": who, "fake": fake}))
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("accounts", result.accounts.select(["account", "ring", "paid_share"]))
        connection.execute(
            f"""CREATE TABLE settled AS SELECT v.row, v.account::VARCHAR AS account, v.item::VARCHAR AS item,
                COALESCE(o.creator::VARCHAR, v.item::VARCHAR) AS creator, v.timestamp,
                timezone(?, v.timestamp) AS local_time,
                {"v.watched_share" if "watched_share" in columns else "NULL"} AS watched,
                {"COALESCE(v.app, '')" if "app" in columns else "''"} AS app
            FROM verdicts v LEFT JOIN owners o ON o.item = v.item
                LEFT JOIN accounts a ON a.account = v.account
                LEFT JOIN decided d ON d.account = v.account::VARCHAR
            WHERE v.standing = 'counted'
                AND CASE WHEN d.account IS NULL THEN {_COUNTING[counting]} ELSE NOT d.fake END""",
            [catalogue.timezone],
        )
        if any(rule.elsewhere for rule in catalogue.rules):
            connection.execute(
                """CREATE OR REPLACE TABLE settled AS SELECT *, count(*) OVER (PARTITION BY account)
                    - count(*) OVER (PARTITION BY account, creator) AS elsewhere FROM settled"""
            )
        yield connection
    finally:
        connection.close()


_NEEDS = {"watched_share": "how much was watched", "app": "the app"}
_HAVE = {"watched_share": "the columns watched and duration", "app": "the column app"}


def _filters(catalogue: Catalogue) -> Iterator[tuple[str, Filter, bool | str]]:
    """Of everything that counts likes: its id, its filter, and whether by depth, or its scope."""
    for campaign in catalogue.campaigns:
        yield campaign.id, campaign.filter, ""
    for rule in catalogue.rules:
        yield rule.id, rule.filter, rule.per
        yield rule.id, rule.filter, bool(rule.depth)
        for step in rule.steps:
            yield rule.id, step.filter, ""
    for ladder in catalogue.ladders:
        yield ladder.id, ladder.filter, bool(ladder.depth)


def _asks_watched(filter: Filter, rest: bool | str) -> bool:
    return filter.watched > 0 or rest is True


def _asks_app(filter: Filter, rest: bool | str) -> bool:
    return bool(filter.apps) or rest == "app"
