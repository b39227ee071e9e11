"""Carry-over between windows: the suspects, as each final day found them.

home/settled/suspects/DAY.parquet   what was known of accounts when DAY (UTC) began

A window that begins on a day is judged with what was known when it began, so no like speaks twice. What an
account did before fades while it stays away.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import ResultError
from zhenzan.parquet_sql import parquet_sql
from zhenzan.settlement.finalize import day_of, day_path, final_files, write_query
from zhenzan.times import DAY_US

__all__ = ["known_before", "read_known", "remember"]

SUSPECTS = "suspects"
HALF_LIFE_DAYS = 90.0  # what is known of an account counts half after a season
TOLD_LEAST = 0.1  # natural log; less is forgotten


def known_before(home: Path, since: int) -> Path | None:
    """The file of what was known by `since` (µs); older ones are deleted. None where nothing was."""
    files = final_files(home, since + 1, SUSPECTS)
    for old in files[:-1]:
        old.unlink(missing_ok=True)
    return files[-1] if files else None


def read_known(path: Path | None) -> pa.Table | None:
    """The suspects of a file. Raises ResultError where it cannot be read."""
    try:
        return None if path is None else pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise ResultError(
            f"{path} cannot be read: {error}; delete it; the suspects that it held are lost"
        ) from error


def remember(home: Path, folder: Path, until: int, known: Path | None) -> None:
    """Write down what the result in `folder`, of interactions up to `until` (µs), found of accounts, unless
    an earlier one of the same day did; and what was `known` of those that stayed away. Raises ResultError.
    """
    day = until // DAY_US * DAY_US
    path = day_path(home, SUSPECTS, day)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"SELECT account, told FROM {parquet_sql([folder / 'suspects.parquet'])}"
    if known is not None:
        fades = 0.5 ** ((day - day_of(known)) / DAY_US / HALF_LIFE_DAYS)
        text += f""" UNION ALL SELECT k.account, list_transform(k.told, lambda x: x * {fades!r}::FLOAT)
            FROM {parquet_sql([known])} k ANTI JOIN {parquet_sql([folder / "accounts.parquet"])} a
            ON a.account = k.account WHERE list_max(k.told) * {fades!r} > {TOLD_LEAST}"""
    with duckdb.connect() as connection:
        write_query(
            connection, f"SELECT account, told::FLOAT[4] AS told FROM ({text}) ORDER BY account", path
        )
