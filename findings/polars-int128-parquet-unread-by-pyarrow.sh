#!/usr/bin/env bash
# Polars 2.1.0 and pyarrow 26.0.1: a Parquet file that Polars writes of an Int128 column cannot be opened by pyarrow at all.
#
# Ids of unsigned 64-bit numbers become Int128 where a CSV reader widens them. Polars writes such a column as 16 bytes and stores
# its Arrow schema beside it; pyarrow stops at that schema, before any column is chosen. DuckDB reads the same file as raw bytes.
# Guess before trying: pyarrow opens the file and shows the column as fixed-size binary or decimal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.0 2>/dev/null
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import duckdb, polars as pl, pyarrow as pa, pyarrow.parquet as pq

pl.DataFrame({"account": pl.Series([2**64 - 1, 5], dtype=pl.Int128), "item": ["a", "b"]}).write_parquet("ids.parquet")
try:
    seen = str(pq.read_schema("ids.parquet"))
except pa.ArrowException as error:
    seen = type(error).__name__
print(f"polars {pl.__version__}, pyarrow {pa.__version__}: read_schema gives {seen}")
kind = duckdb.sql("select typeof(account) from 'ids.parquet' limit 1").fetchall()[0][0]
print(f"duckdb {duckdb.__version__}: account is {kind}")
assert seen == "ArrowNotImplementedError" and kind == "BLOB", f"this has changed: {seen}, {kind}"
PY
