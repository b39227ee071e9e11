#!/usr/bin/env bash
# pyarrow 26.0.1: assume_timezone and strftime know no summer time after 2037.
#
# A time zone file ends with a rule for the years after its table; Python's zoneinfo and DuckDB (ICU) follow it. pyarrow
# reads the table alone, which ends in 2037: from 2038 on a summer noon of Los Angeles lies an hour off (UTC−8).
# Guess before trying: the same instant as zoneinfo gives, as in all years before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyarrow==26.0.1 tzdata
"$folder/venv/bin/python" - <<'PY'
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

seen = {}
for year in (2037, 2038, 2050):
    noon = datetime(year, 7, 1, 12)
    placed = pc.assume_timezone(pa.array([noon], pa.timestamp("s")), "America/Los_Angeles")
    arrow = placed.cast(pa.timestamp("s", "UTC"))[0].as_py().hour
    python = noon.replace(tzinfo=ZoneInfo("America/Los_Angeles")).astimezone(UTC).hour
    seen[year] = (python, arrow)
    print(f"pyarrow {pa.__version__}: noon of 1 July {year} in Los Angeles: zoneinfo {python} h UTC, pyarrow {arrow} h UTC")
assert seen == {2037: (19, 19), 2038: (19, 20), 2050: (19, 20)}, f"this has changed: {seen}"
PY
