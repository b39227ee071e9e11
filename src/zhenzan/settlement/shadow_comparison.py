"""Shadow comparison: two policies over the same likes, what would change, for whom, with examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

__all__ = ["compare"]

SHOWN = 20


def compare(ruling: Path, shadow: Path) -> dict[str, Any]:
    """From the folders of two results over the same snapshot, rows in the same order.

    `moved`: likes by verdict before and after; `items`, `accounts`: those with the most likes moved;
    `examples`: the likes whose chance changes most. Cost: one join of the likes.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, folder in (("ruling", ruling), ("shadow", shadow)):
            path = str(folder / "verdicts.parquet").replace("'", "''")
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
        columns = {row[0] for row in connection.execute("DESCRIBE ruling").fetchall()}
        id = "r.id::VARCHAR" if "id" in columns else "r.row::VARCHAR"
        connection.execute(
            f"""CREATE TABLE likes AS SELECT {id} AS id, r.account::VARCHAR AS account,
                r.item::VARCHAR AS item, r.verdict AS before, s.verdict AS after,
                r.fake_probability AS chance_before, s.fake_probability AS chance_after
            FROM ruling r JOIN shadow s USING (row)"""
        )
        moved = "before <> after"
        return {
            "likes": _rows(connection, "SELECT count(*) AS likes FROM likes")[0]["likes"],
            "moved": _rows(
                connection, f"SELECT before, after, count(*) AS likes FROM likes WHERE {moved} GROUP BY ALL "
                "ORDER BY likes DESC, before, after",
            ),
            "items": _most(connection, "item"),
            "accounts": _most(connection, "account"),
            "examples": _rows(
                connection, f"SELECT * FROM likes WHERE {moved} "
                f"ORDER BY abs(chance_after - chance_before) DESC, id LIMIT {SHOWN}",
            ),
        }  # fmt: skip


def _most(connection: duckdb.DuckDBPyConnection, what: str) -> list[dict[str, Any]]:
    return _rows(
        connection,
        f"""SELECT {what}, count(*) AS moved, count(*) FILTER (after = 'fake') AS to_fake,
            count(*) FILTER (after = 'genuine') AS to_genuine FROM likes WHERE before <> after
            GROUP BY {what} ORDER BY moved DESC, {what} LIMIT {SHOWN}""",
    )


def _rows(connection: duckdb.DuckDBPyConnection, text: str) -> list[dict[str, Any]]:
    table: Any = connection.sql(text).to_arrow_table()
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
