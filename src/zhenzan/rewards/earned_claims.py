"""What settled likes have earned by now: a pure function of the likes and the rules.

A like that is settled is one that was judged genuine and counts, and whose account is no bot: no member of a
ring that is paid for most of what it does, as in `items.verified`. The uncertain earn nothing yet, the fake
nothing. Nothing is remembered from run to run here, so replays and reordered logs come to the same.

Likes that settled for good before the result's window count beside it, as they were then; one that was
uncertain then has lapsed. A like that came in long after its time (the catalogue's `late_hours`) counts for
all but what is scarce. `among` limits the counting to some accounts: what an account earns depends on its
own likes alone, but by rules for the first so many, or with a limit for each creator; those are counted
whole. Cost: one sort of the likes that are counted for each rule, in DuckDB; a million likes a second and
more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Literal, NamedTuple

import duckdb
import pyarrow as pa

from zhenzan.errors import InputError
from zhenzan.parquet_sql import parquet_sql
from zhenzan.rewards.account_ids import claim_key
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.levels import Climbs, Standing, climb, first_reached
from zhenzan.rewards.records import Filter
from zhenzan.rewards.rules import Rule
from zhenzan.rewards.seats import NO_SEATS, Seats
from zhenzan.verify import BOT_SQL, Result, late_sql

__all__ = [
    "Claim",
    "Counting",
    "claims",
    "judged_likes",
    "last_received",
    "moved_accounts",
    "pending_claims",
    "settled_likes",
    "standings",
    "standings_of",
    "uncertain_accounts",
    "unwritable_accounts",
]  # fmt: skip

Counting = Literal["settled", "not fake", "all"]
BATCH_ROWS = 50_000
NOBODY: Mapping[str, Decision] = {}
_WRITABLE = " AND ".join(f"NOT contains(j.{name}, chr(0))" for name in ("account", "item", "creator"))
_COUNTING = {
    "settled": "j.verdict = 'genuine' AND NOT j.is_bot",
    "not fake": "j.verdict IN ('genuine', 'uncertain') AND NOT j.is_bot",
    "all": "TRUE",
}
_CLAIMS = """
SELECT substr(sha256(concat_ws(chr(0), ?, account, scope, span)), 1, 32) AS key, ? AS rule,
    account, scope, span, grants, earned_at
FROM ({}) ORDER BY earned_at, account, scope, span"""  # the key as `claim_key` makes it


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
    decided: Mapping[str, Decision] = NOBODY,
    among: Collection[str] | None = None,
    seats: Seats = NO_SEATS,
    received_by: int | None = None,
    likes: Climbs | None = None,
) -> Iterator[Claim]:
    """All claims, rule by rule in the catalogue's order, then level by level; the earliest earned first.

    `counting`: which likes earn; others than the settled only to tell what they would take. `decided`: by
    account, what people decided: of the likes that it is about none count where it is fake, else all do.
    `among`: only claims of these accounts, and of rules that need all accounts. `seats`: the places among
    the first so many that were granted before. `received_by`: only likes that came in by then (µs). `likes`:
    those of `settled_likes`, for all the same, where they are there already.
    Raises InputError where a rule asks for a column that the log did not have.
    """
    whole = [rule for rule in catalogue.rules if among is not None and rule.needs_all_accounts]
    if whole:
        with _settled(result, catalogue, counting, decided, None, received_by) as connection:
            for rule in whole:
                yield from _claims_of(connection, rule, catalogue, seats)
    with ExitStack() as opened:
        if likes is None:
            likes = Climbs(
                opened.enter_context(_settled(result, catalogue, counting, decided, among, received_by))
            )
        for rule in catalogue.rules:
            if rule not in whole:
                yield from _claims_of(likes.connection, rule, catalogue, seats)
        for ladder in catalogue.ladders:
            for rule_id, account, scope, reached in first_reached(likes, ladder, catalogue.likes_of):
                yield Claim(claim_key(rule_id, account, scope, ""), rule_id, account, scope, "", 1, reached)


def _claims_of(
    connection: duckdb.DuckDBPyConnection, rule: Rule, catalogue: Catalogue, seats: Seats
) -> Iterator[Claim]:
    campaign = next(
        (campaign.filter for campaign in catalogue.campaigns if campaign.id == rule.campaign), None
    )
    likes = catalogue.likes_of(rule)
    if rule.first:
        _seat(connection, seats.get(rule.id, {}))
    rule.prepare(connection, campaign, likes)
    text, values = rule.claims_sql(campaign, likes)
    claims_found = connection.sql(_CLAIMS.format(text), params=[rule.id, rule.id, *values])
    for batch in claims_found.to_arrow_reader(BATCH_ROWS):
        yield from map(Claim._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _seat(connection: duckdb.DuckDBPyConnection, seats: Mapping[str, bool]) -> None:
    """The table `seats` of the rule that is counted next."""
    accounts, keeps = pa.array(list(seats), pa.string()), pa.array(list(seats.values()), pa.bool_())
    connection.register("given_seats", pa.table({"account": accounts, "keeps": keeps}))
    connection.execute("CREATE OR REPLACE TABLE seats AS SELECT * FROM given_seats")
    connection.unregister("given_seats")


def pending_claims(
    result: Result,
    catalogue: Catalogue,
    *,
    decided: Mapping[str, Decision] = NOBODY,
    among: Collection[str] | None = None,
    seats: Seats = NO_SEATS,
) -> dict[str, Claim]:
    """By key, what claims will be if every like that is uncertain now turns out genuine. Among the first so
    many, what is settled goes before what is hoped for.
    """
    seats = _with_settled(result, catalogue, decided, seats)
    pending = claims(result, catalogue, counting="not fake", decided=decided, among=among, seats=seats)
    return {claim.key: claim for claim in pending}


def _with_settled(
    result: Result, catalogue: Catalogue, decided: Mapping[str, Decision], seats: Seats
) -> Seats:
    """Seats, and those that this settlement gives."""
    limited = [rule for rule in catalogue.rules if rule.first]
    if not limited:
        return seats
    taken = {id: dict(accounts) for id, accounts in seats.items()}
    with _settled(result, catalogue, "settled", decided, None) as connection:
        for rule in limited:
            for claim in _claims_of(connection, rule, catalogue, seats):
                taken.setdefault(rule.id, {}).setdefault(claim.account, False)
    return taken


def standings(
    result: Result,
    catalogue: Catalogue,
    *,
    decided: Mapping[str, Decision] = NOBODY,
    among: Collection[str] | None = None,
) -> Iterator[Standing]:
    """Where every account with settled likes, of those `among`, stands on every ladder."""
    with settled_likes(result, catalogue, decided, among) as likes:
        yield from standings_of(likes, catalogue)


def standings_of(likes: Climbs, catalogue: Catalogue) -> Iterator[Standing]:
    """Where every account with such likes stands on every ladder."""
    for ladder in catalogue.ladders:
        yield from climb(likes, ladder)


@contextmanager
def settled_likes(
    result: Result, catalogue: Catalogue, decided: Mapping[str, Decision], among: Collection[str] | None
) -> Iterator[Climbs]:
    """The settled likes of accounts, read once for their claims and their standings."""
    with _settled(result, catalogue, "settled", decided, among) as connection:
        yield Climbs(connection)


def unwritable_accounts(result: Result) -> list[str]:
    """Accounts that earn nothing because their ids hold U+0000, which no database keeps; logs that were kept
    before it was refused have them.
    """
    connection = duckdb.connect()
    try:
        result.show(connection, "accounts")
        rows = connection.execute(
            "SELECT account::VARCHAR FROM accounts WHERE contains(account::VARCHAR, chr(0)) ORDER BY 1"
        ).fetchall()
    finally:
        connection.close()
    return [account for (account,) in rows]


def uncertain_accounts(result: Result) -> set[str]:
    """Accounts with a like that is uncertain and may settle: of no others does a claim hope for more, but by
    rules that need all accounts.
    """
    connection = duckdb.connect()
    try:
        result.show(connection, "verdicts")
        rows = connection.execute(
            "SELECT DISTINCT account::VARCHAR FROM verdicts "
            "WHERE verdict = 'uncertain' AND standing = 'counted'"
        ).fetchall()
    finally:
        connection.close()
    return {account for (account,) in rows}


def last_received(result: Result) -> dict[str, int]:
    """When the last like of each account that can still change came in (µs)."""
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        judged_likes(connection, "judged", result)
        rows = connection.execute(
            """SELECT account, max(greatest(epoch_us(timestamp), epoch_us(received))) FROM judged
            WHERE standing = 'counted' GROUP BY account"""
        ).fetchall()
    finally:
        connection.close()
    return dict(rows)


def moved_accounts(before: Result, now: Result) -> set[str]:
    """The accounts whose likes count otherwise by one result than by another. Both have the same days before
    them. Cost: one aggregate of the likes of each.
    """
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        for name, result in (("before", before), ("now", now)):
            judged_likes(connection, name, result)
            connection.execute(
                f"""CREATE TABLE {name}_digests AS
                    SELECT account, sum(hash(item, creator, timestamp, verdict, watched, app)) AS digest
                    FROM {name} j WHERE standing = 'counted' AND {_COUNTING["not fake"]} GROUP BY account"""
            )
        rows = connection.execute(
            """SELECT COALESCE(b.account, n.account) FROM before_digests b
                FULL JOIN now_digests n ON n.account = b.account
            WHERE b.digest IS DISTINCT FROM n.digest"""
        ).fetchall()
    finally:
        connection.close()
    return {account for (account,) in rows}


def judged_likes(connection: duckdb.DuckDBPyConnection, name: str, result: Result) -> set[str]:
    """A view of all likes as they were judged: row, account, item, creator, timestamp, verdict, standing,
    is_bot, watched, app, and when each came in: `received`, its own time where nothing says that it was late.
    Returns the columns that their verdicts have.
    """
    for table in ("verdicts", "items", "accounts"):
        result.show(connection, table, f"{name}_{table}")
    columns = _columns(connection, f"{name}_verdicts")
    creator = "i.creator::VARCHAR" if "creator" in _columns(connection, f"{name}_items") else "NULL"
    text = f"""SELECT v.row, v.account::VARCHAR AS account, v.item::VARCHAR AS item,
            COALESCE({creator}, v.item::VARCHAR) AS creator, v.timestamp, v.verdict::VARCHAR AS verdict,
            v.standing::VARCHAR AS standing, {_watched_and_app(columns)},
            {BOT_SQL} AS is_bot, COALESCE(l.received, v.timestamp) AS received
        FROM {name}_verdicts v LEFT JOIN {name}_items i ON i.item = v.item
            LEFT JOIN {name}_accounts a ON a.account = v.account
            LEFT JOIN {late_sql(result.folder)} l
                ON (l.account, l.item, l.timestamp) = (v.account::VARCHAR, v.item::VARCHAR, v.timestamp)"""
    if result.final_files:
        connection.execute(
            f"CREATE VIEW {name}_sealed AS SELECT * FROM {parquet_sql(result.final_files)}"
        )  # fmt: skip
        sealed = _columns(connection, f"{name}_sealed")
        columns |= sealed
        received = "COALESCE(v.received, v.timestamp)" if "received" in sealed else "v.timestamp"
        text += f""" UNION ALL BY NAME SELECT v.row, v.account, v.item, v.creator, v.timestamp,
            CASE v.verdict WHEN 'uncertain' THEN 'lapsed' ELSE v.verdict END AS verdict, v.standing,
            {_watched_and_app(sealed)}, v.is_bot, {received} AS received FROM {name}_sealed v"""
    connection.execute(f"CREATE VIEW {name} AS {text}")
    return columns


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    return {str(row[0]) for row in connection.execute(f"DESCRIBE {name}").fetchall()}


def _watched_and_app(columns: set[str]) -> str:
    watched = "v.watched_share" if "watched_share" in columns else "NULL::FLOAT"
    app = "COALESCE(v.app::VARCHAR, '')" if "app" in columns else "''"
    return f"{watched} AS watched, {app} AS app"


@contextmanager
def _settled(
    result: Result,
    catalogue: Catalogue,
    counting: Counting,
    decided: Mapping[str, Decision],
    among: Collection[str] | None,
    received_by: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `settled`: row, account, item, creator, timestamp, received, local_time,
    watched, app, and elsewhere where a rule needs it; and the view `punctual` of those that were not late. A
    pair of account and item counts once, however long ago it did.
    """
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        columns = judged_likes(connection, "judged", result)
        for column, needs in (("watched_share", _asks_watched), ("app", _asks_app)):
            who = next((id for id, filter, rest in _filters(catalogue) if needs(filter, rest)), None)
            if who is not None and column not in columns:
                raise InputError(
                    f"{who!r} asks for {_NEEDS[column]}, and these verdicts do not say: "
                    f"verify a log that has {_HAVE[column]}"
                )
        connection.register("decided", _decided_table(decided))
        only = ""
        if among is not None:
            connection.register("among", pa.table({"account": pa.array(list(among), pa.string())}))
            only = "AND j.account IN (SELECT account FROM among)"
        if received_by is not None:
            only += f" AND greatest(epoch_us(j.timestamp), epoch_us(j.received)) <= {received_by}"
        once = "QUALIFY row_number() OVER (PARTITION BY j.account, j.item ORDER BY j.timestamp, j.row) = 1"
        connection.execute(
            f"""CREATE TABLE settled AS SELECT j.row, j.account, j.item, j.creator, j.timestamp,
                j.received, timezone(?, j.timestamp) AS local_time, j.watched, j.app
            FROM judged j LEFT JOIN decided d
                ON d.account = j.account AND greatest(epoch_us(j.timestamp), epoch_us(j.received)) <= d.until
            WHERE j.standing = 'counted' {only} AND {_WRITABLE}
                AND CASE WHEN d.account IS NULL THEN {_COUNTING[counting]} ELSE NOT d.fake END
            {once if result.final_files else ""}""",
            [catalogue.timezone],
        )
        if any(rule.elsewhere for rule in catalogue.rules):
            connection.execute(
                """CREATE OR REPLACE TABLE settled AS SELECT *, count(*) OVER (PARTITION BY account)
                    - count(*) OVER (PARTITION BY account, creator) AS elsewhere FROM settled"""
            )
        punctual = (
            f"received <= timestamp + INTERVAL {catalogue.late_hours} HOUR"
            f" OR epoch_us(received) < {catalogue.punctual_until}"
            if catalogue.late_hours
            else "TRUE"
        )
        connection.execute(f"CREATE VIEW punctual AS SELECT * FROM settled WHERE {punctual}")
        yield connection
    finally:
        connection.close()


def _decided_table(decided: Mapping[str, Decision]) -> pa.Table:
    return pa.table(
        {
            "account": pa.array(list(decided), pa.string()),
            "fake": pa.array([decision.is_fake for decision in decided.values()], pa.bool_()),
            "until": pa.array([decision.until for decision in decided.values()], pa.int64()),
        }
    )


_NEEDS = {"watched_share": "how much was watched", "app": "the app"}
_HAVE = {"watched_share": "the columns watched and duration", "app": "the column app"}


def _filters(catalogue: Catalogue) -> Iterator[tuple[str, Filter, bool | str]]:
    """Of everything that counts likes: its id, its filter, and whether by depth, or its scope."""
    for campaign in catalogue.campaigns:
        yield campaign.id, campaign.filter, ""
    for rule in catalogue.rules:
        yield rule.id, rule.filter, rule.per
        yield rule.id, rule.filter, bool(rule.depth)
        for filter in rule.filters():
            yield rule.id, filter, ""
    for ladder in catalogue.ladders:
        yield ladder.id, ladder.filter, bool(ladder.depth)


def _asks_watched(filter: Filter, rest: bool | str) -> bool:
    return filter.watched > 0 or rest is True


def _asks_app(filter: Filter, rest: bool | str) -> bool:
    return bool(filter.apps) or rest == "app"
