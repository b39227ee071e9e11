"""Reading the newest settlement from its files: pages of a table, one row, an explanation.

Final verdicts of earlier days are among them, as `final`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import replace

from zhenzan.errors import InputError, ResultError, one_line
from zhenzan.parquet_sql import parquet_sql
from zhenzan.service.listing import ALL, AccountsQuery, Filter, ListQuery
from zhenzan.settlement import Settlement
from zhenzan.verify import HIGH_SQL, LOW_SQL, PARTS, SUMS_SQL, items_sql

__all__ = [
    "COUNTS_SQL",
    "ORDERS",
    "counts_of",
    "current_ring",
    "narrowed",
    "page",
    "paged",
    "query_rows",
    "ring_as_it_is",
    "rows_where",
]

Row = TypeVar("Row")
COUNTS_SQL = ", ".join(
    ("claimed", "verified", f"{LOW_SQL} AS verified_low", f"{HIGH_SQL} AS verified_high", *PARTS)
)
"""What is told of summed items: claimed and verified likes, the interval, the parts of the claimed."""
LIMIT_MAX = 500
ORDERS: Mapping[str, str] = {
    "items": "fake DESC, claimed DESC, item",
    "accounts": "fake_likes DESC, likes DESC, account",
    "rings": "accounts DESC, likes DESC, ring",
    "moments": "campaign_probability DESC, likes DESC, moment",
    "verdicts": "timestamp, row",
}
"""The order in which each table is paged: what deserves a look first."""


def page(
    settlement: Settlement,
    table: str,
    limit: int,
    cursor: str | None,
    where: Mapping[str, Any] | None = None,
    narrowed: Filter = ALL,
) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of a table in its order, from a cursor on, and the cursor of the next page, None at the end.

    `where`: column to value; `narrowed`: what else is asked. Raises InputError where the cursor is none of
    ours.
    """

    def ask(limit: int, offset: int) -> list[dict[str, Any]]:
        return _query(settlement, table, where or {}, f"LIMIT {limit} OFFSET {offset}", narrowed)

    return paged(ask, limit, cursor)


def paged(
    ask: Callable[[int, int], list[Row]], limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
    """A page of what `ask` gives for a limit and an offset, and the cursor of the next. Raises InputError."""
    offset, limit = _offset(cursor), min(limit, LIMIT_MAX)
    rows = ask(limit + 1, offset)
    return rows[:limit], _cursor(offset + limit) if len(rows) > limit else None


def rows_where(
    settlement: Settlement, table: str, where: Mapping[str, Any], limit: int = LIMIT_MAX
) -> list[dict[str, Any]]:
    """All rows, up to a limit, that have these values."""
    return _query(settlement, table, where, f"LIMIT {limit}")


def current_ring(settlement: Settlement, ring: str) -> str:
    """The ring in which a ring of this id goes on: itself, unless it was merged into another."""
    number = int(ring) if ring.isascii() and ring.isdecimal() and len(ring) < 12 else -1
    return str(settlement.merged_rings.get(number, ring))


def narrowed(settlement: Settlement, list_query: ListQuery) -> Filter:
    """What is asked of a list, as conditions; a ring that was merged is the one in which it goes on."""
    if isinstance(list_query, AccountsQuery) and list_query.ring is not None:
        list_query = replace(list_query, ring=int(current_ring(settlement, str(list_query.ring))))
    return list_query.filter()


def ring_as_it_is(settlement: Settlement, ring: str) -> dict[str, Any] | None:
    """A ring's row, with the settlement that found it and the ids of its items, those with most of its likes
    first; None where there is no such ring.
    """
    rows = rows_where(settlement, "rings", {"ring": ring})
    if not rows:
        return None
    items = query_rows(
        settlement,
        """SELECT item::VARCHAR AS item FROM verdicts WHERE NOT final AND ring::VARCHAR = ?
            GROUP BY item ORDER BY count(*) DESC, item LIMIT ?""",
        [ring, LIMIT_MAX],
    )
    row = {"settlement": settlement.number, **rows[0], "item_ids": [item["item"] for item in items]}
    plain_row: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))  # times as the API has them
    return plain_row


def query_rows(settlement: Settlement, text: str, values: list[Any]) -> list[dict[str, Any]]:
    """Rows of a query over the tables of a result, by their names. `verdicts` has two columns more: `final`,
    and for those `is_bot`.
    """
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name in (name for name in ORDERS if name in text):
                connection.execute(f"CREATE VIEW {name} AS {_rows_of(settlement, name)}")
            table: Any = connection.sql(text, params=values).to_arrow_table()
            rows: list[dict[str, Any]] = table.to_pylist()
            return rows
    except duckdb.Error as error:
        _refuse_damaged(settlement, error)
        raise


def _refuse_damaged(settlement: Settlement, cause: duckdb.Error) -> None:
    """Raise ResultError that names the file of the settlement that cannot be read, if there is one."""
    for path in (
        *sorted(settlement.folder.glob("*.parquet")),
        *settlement.final_files,
        *settlement.final_item_files,
    ):
        try:
            pq.read_table(path, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            is_final = path.parent != settlement.folder
            remedy = "take it from a backup" if is_final else "the next settlement makes another"
            raise ResultError(f"{path}: is damaged ({one_line(error)}); {remedy}") from cause


def counts_of(settlement: Settlement, items: Sequence[str]) -> list[dict[str, Any]]:
    """Claimed and verified likes of these items, in the order of ids; items that have none are left out.
    Cost: a scan of the table of items, however many are asked.
    """
    marks = ", ".join("?" * len(items))
    return query_rows(
        settlement,
        f"""SELECT item::VARCHAR AS item, {COUNTS_SQL} FROM (SELECT item, {SUMS_SQL} FROM items
            WHERE item::VARCHAR IN ({marks}) GROUP BY item) ORDER BY item::VARCHAR""",
        list(items),
    )


def _rows_of(settlement: Settlement, name: str) -> str:
    if name == "items":
        return items_sql([settlement.folder / "items.parquet"])
    rows = parquet_sql([settlement.folder / f"{name}.parquet"])
    if name != "verdicts":
        return f"SELECT * FROM {rows}"
    text = f"SELECT *, FALSE AS final, NULL::BOOLEAN AS is_bot FROM {rows}"
    sealed = settlement.final_files
    if sealed:
        text += f" UNION ALL BY NAME SELECT * EXCLUDE (creator), TRUE AS final FROM {parquet_sql(sealed)}"
    return text


def _query(
    settlement: Settlement, table: str, where: Mapping[str, Any], rest: str, narrowed: Filter = ALL
) -> list[dict[str, Any]]:
    assert table in ORDERS, table
    conditions = [*(f'"{column}"::VARCHAR = ?' for column in where), *narrowed.conditions]
    order = narrowed.order or ORDERS[table]
    columns = "* EXCLUDE (is_bot)" if table == "verdicts" else "*"
    text = f"SELECT {columns} FROM {table} WHERE {' AND '.join(conditions) or 'TRUE'} ORDER BY {order} {rest}"
    return query_rows(settlement, text, [*map(str, where.values()), *narrowed.values])


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"o{offset}".encode()).decode()


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        if text[:1] != "o" or not text[1:].isdecimal() or len(text) > 12:
            raise ValueError
        return int(text[1:])
    except (ValueError, binascii.Error, UnicodeError):
        raise InputError(f"the cursor {cursor[:40]!r} is not one that a page gave") from None
