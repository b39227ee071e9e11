#!/bin/sh
# DuckDB: try_strptime with a list of formats gives the offset of one row to rows that have none.
#
# Guess: each row is parsed by itself, so a text without an offset means the same whatever stands beside it.
# Seen (duckdb 2.0.0): where the list holds one format with %z and one without, a row that matches the second
# is moved by the offset that the row before it bore: 12:00:09 becomes 04:00:09 after a row of +0800.
# Way out: a list of formats with %z, another of those without, and COALESCE of the two.
# Exits 0 while this holds, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "duckdb==2.0.0"
"$folder/venv/bin/python" - <<'PY'
import duckdb

query = """
    SELECT text, strftime(try_strptime(text, ['%a %b %d %H:%M:%S %z %Y', '%Y-%m-%d %H:%M:%S']), '%H:%M:%S')
    FROM (VALUES (1, 'Fri Jan 15 08:36:13 +0800 2021'), (2, '2024-05-01 12:00:09')) AS t(i, text) ORDER BY i
"""
print("duckdb", duckdb.__version__)
for text, time in duckdb.sql(query).fetchall():
    print(f"{text!r} -> {time}")
alone = duckdb.sql("SELECT strftime(try_strptime('2024-05-01 12:00:09',"
                   " ['%a %b %d %H:%M:%S %z %Y', '%Y-%m-%d %H:%M:%S']), '%H:%M:%S')").fetchall()[0][0]
print("alone ->", alone)
leaked = duckdb.sql(query).fetchall()[1][1]
raise SystemExit(0 if (alone, leaked) == ("12:00:09", "04:00:09") else 1)
PY
