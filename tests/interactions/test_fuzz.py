"""Damaged files of every format: nothing but our own errors, and no record lost in silence."""

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.interactions import test_gharchive, test_jetstream
from tests.interactions.helpers import rows_of

from zhenzan.errors import ZhenzanError
from zhenzan.interactions import open_log

FILES_PER_FORMAT = 250
PIECES = [
    b'"', b",", b"\n", b"\r", b"\r\n", b"\\", b"{", b"}", b"[", b"]", b"null", b"\0", b"\xff", b"1e999",
    b"-1", b"NaN", b"\xef\xbb\xbf", b'""', b"\t", b"9" * 25, b'"\n"', b"true", b"\xf0\x9f\x98\x80",
    b"2024-13-01", b"\nnull\n", b"[" * 2000,
]  # fmt: skip

TABLE = pa.table(
    {
        "account": [f"a{i % 7}é" for i in range(50)],
        "item": range(50),
        "timestamp": pa.array(range(1_700_000_000_000_000, 1_700_000_000_000_050)).cast(
            pa.timestamp("us", "UTC")
        ),
        "kind": ["like"] * 50,
        "watched": [1.5 * i for i in range(50)],
        "ip": ["10.0.0.1"] * 50,
    }
)


def _csv() -> bytes:
    sink = io.BytesIO()
    pa_csv.write_csv(TABLE, sink)
    return sink.getvalue()


def _parquet(**options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(TABLE, sink, **options)
    return sink.getvalue()


def _ndjson() -> bytes:
    return b"".join(json.dumps(row, default=str).encode() + b"\n" for row in TABLE.to_pylist())


WHOLE: dict[str, Callable[[], bytes]] = {
    "csv": _csv,
    "csv.gz": lambda: gzip.compress(_csv()),
    "ndjson": _ndjson,
    "json": lambda: b"[" + b",".join(_ndjson().splitlines()) + b"]",
    "parquet": _parquet,
    "plain.parquet": lambda: _parquet(compression="none", use_dictionary=False, data_page_version="2.0"),
    "gharchive": lambda: test_gharchive.lines(*[test_gharchive.STAR, test_gharchive.PUSH] * 10).encode(),
    "jetstream": lambda: test_jetstream.lines(
        *(test_jetstream.commit("create", str(i)) for i in range(20))
    ).encode(),
    "noise": lambda: random.Random(5).randbytes(300),
}


def damaged(data: bytes, dice: random.Random) -> bytes:
    result = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(len(result) + 1)
        match dice.randrange(4):
            case 0 if result:
                result[min(at, len(result) - 1)] = dice.randrange(256)
            case 1:
                result[at:at] = dice.choice(PIECES)
            case 2:
                del result[at : at + dice.randrange(30)]
            case _:
                result[at:at] = result[dice.randrange(len(result) + 1) :][: dice.randrange(40)]
    return bytes(result[: dice.randrange(len(result) + 1)] if dice.random() < 0.1 else result)


@pytest.mark.parametrize("format", WHOLE)
def test_damage_is_reported_and_never_crashes(tmp_path: Path, format: str) -> None:
    dice = random.Random(format)
    whole = WHOLE[format]()
    read = 0
    for _ in range(FILES_PER_FORMAT):
        (tmp_path / "log").write_bytes(damaged(whole, dice))
        try:
            log = open_log(tmp_path / "log", rejects=tmp_path / "rejected")
            rows_of(log)  # checks that the counts add up and that the batches are valid
        except ZhenzanError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            read += 1
            listed = (tmp_path / "rejected").read_text().splitlines()
            assert len(listed) == log.summary.rejected
            for line in listed:
                assert "10.0.0.1" not in line
    assert read > 0 or format in ("noise", "csv.gz", "json")


def test_every_line_of_a_damaged_text_file_is_counted(tmp_path: Path) -> None:
    """Without quotes a record is a line, so that any loss shows in the count."""
    dice = random.Random(7)
    whole = b"user,item,time\n" + b"".join(b"u%d,i%d,2024-01-01\n" % (i, i) for i in range(30))
    for _ in range(FILES_PER_FORMAT):
        body = damaged(whole, dice).replace(b'"', b"").replace(b"\r", b"")
        data = b"user,item,time\n" + body
        (tmp_path / "log.csv").write_bytes(data)
        log = open_log(tmp_path / "log.csv")
        rows_of(log)
        assert log.summary.rows_read == sum(line != b"" for line in body.split(b"\n"))
