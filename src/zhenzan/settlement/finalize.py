"""Final verdicts: likes that left the window keep the verdicts that they had last.

home/settled/until                 the day up to which all verdicts are final, and the format of the files
home/settled/verdicts/DAY.parquet  the rows of `verdicts` of a day (UTC), with `creator`, `is_bot` and, of
                                   late likes, when they were `received`; without ring and moment, which
                                   each pass numbers anew
home/settled/items/DAY.parquet     what items had on that day

A file is written once, whole, and never changed. Those of days after `until` are of a worker that was killed,
and are written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from zhenzan.atomic_files import write_file
from zhenzan.errors import ResultError, one_line
from zhenzan.lake import sync_folder, warn_foreign
from zhenzan.parquet_sql import parquet_sql
from zhenzan.times import DAY_US
from zhenzan.verify import (
    BOT_SQL,
    FORMAT_KEY,
    HIGH_SQL,
    LOW_SQL,
    RESULT_FORMAT,
    SUMS_SQL,
    Result,
    check_result_format,
    counts_sql,
    items_sql,
    late_sql,
    nothing_said,
)

__all__ = [
    "SETTLED",
    "add_final_items",
    "day_of",
    "day_path",
    "final_files",
    "final_watermark",
    "finalize",
    "write_query",
]

SETTLED = "settled"
_UNTIL = "until"


def final_watermark(home: Path) -> int | None:
    """The watermark (µs, the begin of a day) before which all verdicts are final; None where none are yet.
    Raises ResultError where it cannot be read, NewerResultError where a newer version of Zhenzan wrote it.
    """
    path = home / SETTLED / _UNTIL
    try:
        watermark = json.loads(path.read_text("utf-8"))
        check_result_format(watermark.get("result_format", 1), path)
        return _begin(str(watermark["until"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f'{path} cannot be read: {error}; write {{"until": "YYYY-MM-DD"}} into it, the day after the'
            " last file beside it"
        ) from None


def final_files(home: Path, before: int, what: str = "verdicts") -> list[Path]:
    """The files of days that ended by `before` (µs), the oldest first."""
    return [path for path in _day_files(home / SETTLED / what) if day_of(path) < before]


def _day_files(folder: Path) -> list[Path]:
    """The files of days, the oldest first. Others are left out, and named in the log."""
    files = []
    for path in sorted(folder.glob("*.parquet")):
        try:
            day_of(path)
        except ValueError:
            warn_foreign(path)
        else:
            files.append(path)
    return files


def finalize(home: Path, folder: Path | None, since: int, until: int) -> None:
    """Make the days from `since` to `until` (µs) final, as the result in `folder` says; nothing is kept of
    them where it is None, for there were no likes. Durable when it returns; killed anywhere, it leaves
    `until` as it was. Cost: one pass over the verdicts a day, and over account and item of all before.
    """
    places = {what: home / SETTLED / what for what in ("verdicts", "items")}
    for folder_of_kind in places.values():
        folder_of_kind.mkdir(parents=True, exist_ok=True)
        for stale in _day_files(folder_of_kind):
            if day_of(stale) >= since:
                stale.unlink()
    if folder is not None:
        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            result = Result.load(folder)
            for name in ("verdicts", "accounts", "items"):
                result.show(connection, name)
            connection.execute(f"CREATE VIEW late AS SELECT * FROM {late_sql(folder)}")
            silent = nothing_said(result.summary["prior_decibans"])
            for begin in range(since, until, DAY_US):
                _finalize_day(connection, home, begin, silent)
        except duckdb.Error as error:
            raise ResultError(
                f"{home / SETTLED}: no day becomes final, because a file cannot be read ({one_line(error)});"
                " take it from a backup"
            ) from error
        finally:
            connection.close()
    watermark = {"until": _day(until), "result_format": RESULT_FORMAT}
    write_file(home / SETTLED / _UNTIL, json.dumps(watermark).encode())


def _finalize_day(connection: duckdb.DuckDBPyConnection, home: Path, begin: int, silent: float) -> None:
    """A pair of account and item that counted on a day before counts no more. `silent`: the probability up to
    which nothing speaks against a like.
    """
    before = final_files(home, begin)
    counted = (
        f"SELECT account, item FROM {parquet_sql(before)} WHERE standing = 'counted'"
        if before
        else "SELECT NULL::VARCHAR AS account, NULL::VARCHAR AS item WHERE FALSE"
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE day AS
            SELECT v.* REPLACE (CASE WHEN v.standing = 'counted' AND b.account IS NOT NULL THEN 'repeated'
                    ELSE v.standing::VARCHAR END AS standing, v.verdict::VARCHAR AS verdict,
                    NULL::INT AS ring, NULL::INT AS moment),
                COALESCE(i.creator::VARCHAR, v.item) AS creator, {BOT_SQL} AS is_bot, l.received
            FROM (SELECT * FROM verdicts WHERE epoch_us(timestamp) >= ? AND epoch_us(timestamp) < ?) v
                LEFT JOIN late l
                    ON (l.account, l.item, l.timestamp) = (v.account::VARCHAR, v.item::VARCHAR, v.timestamp)
                LEFT JOIN items i ON i.item = v.item LEFT JOIN accounts a ON a.account = v.account
                LEFT JOIN (SELECT DISTINCT * FROM ({counted})) b
                    ON b.account = v.account AND b.item = v.item""",
        [begin, begin + DAY_US],
    )
    if connection.sql("SELECT count(*) FROM day").fetchall()[0][0] == 0:
        return
    write_query(connection, "SELECT * FROM day ORDER BY timestamp, row", day_path(home, "verdicts", begin))
    counts = counts_sql("SELECT * FROM day WHERE standing = 'counted'", silent, "item")
    creators = "SELECT item, any_value(creator) AS creator FROM day GROUP BY item"
    text = f"SELECT * FROM ({counts}) JOIN ({creators}) USING (item) ORDER BY item"
    write_query(connection, text, day_path(home, "items", begin))


def add_final_items(folder: Path, files: Sequence[Path]) -> None:
    """Add to the items of a result their counts of final days, so that the totals are of all time."""
    if not files:
        return
    path = folder / "items.parquet"
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(pq.read_schema(path).names)
        rows = f"SELECT * FROM {parquet_sql([path])} UNION ALL BY NAME {items_sql(files)}"
        write_query(
            connection,
            f"""SELECT {columns} FROM (SELECT *, {LOW_SQL} AS verified_low, {HIGH_SQL} AS verified_high
                FROM (SELECT item, max_by(creator, last) AS creator, {SUMS_SQL},
                        coalesce(sum(untold), 0.0) AS untold, min(first) AS first, max(last) AS last
                    FROM ({rows}) GROUP BY item)) ORDER BY item""",
            path,
        )
    finally:
        connection.close()


def write_query(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows as a Parquet file: whole or not at all, durable. Raises ResultError."""
    part = path.with_name(f".{path.name}.tmp")
    try:
        name = str(part).replace("'", "''")
        about = f"{{'{FORMAT_KEY}': '{RESULT_FORMAT}'}}"
        connection.execute(
            f"COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {about})"
        )
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        part.unlink(missing_ok=True)
        raise ResultError(f"{path} cannot be written: {error}") from error


def day_path(home: Path, what: str, begin: int) -> Path:
    """The file of a day, which begins at `begin` (µs)."""
    return home / SETTLED / what / f"{_day(begin)}.parquet"


def day_of(path: Path) -> int:
    """The begin of a file's day, µs."""
    return _begin(path.stem)


def _day(time: int) -> str:
    return f"{datetime.fromtimestamp(time // 1_000_000, UTC):%Y-%m-%d}"


def _begin(day: str) -> int:
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1_000_000
