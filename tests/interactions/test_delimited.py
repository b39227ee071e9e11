import bz2
import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interactions.helpers import means_itself, read, read_with_rejects, rows_of, write

from zhenzan.errors import InputError
from zhenzan.interactions import delimited, open_log

HEADER = "user_id,item_id,time\n"
GOOD = "a,b,2024-01-01\n"


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_told_by_the_header(tmp_path: Path, delimiter: str) -> None:
    path = write(tmp_path / "log.txt", (HEADER + GOOD).replace(",", delimiter))
    assert [(row["account"], row["item"]) for row in read(path)] == [("a", "b")]


def test_ids_of_text_files_keep_their_characters_but_not_what_surrounds_them(tmp_path: Path) -> None:
    rows = read(write(tmp_path / "log.csv", HEADER + '007,7,2024-01-01\n" a b ",1.0,2024-01-01\n'))
    assert [(row["account"], row["item"]) for row in rows] == [("007", "7"), ("a b", "1")]
    rows = read(write(tmp_path / "log.csv", HEADER + '\'007,v1.0,2024-01-01\n"=""007""",1.0,2024-01-01\n'))
    assert [(row["account"], row["item"]) for row in rows] == [("007", "v1.0"), ("007", "1")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_byte_order_marks_do_not_matter(
    tmp_path: Path, end: str, mark: str, last: bool
) -> None:
    text = (mark + HEADER + GOOD * 3).replace("\n", end)
    rows = read(write(tmp_path / "log.csv", text if last else text.removesuffix(end)))
    assert [(row["row"], row["account"], row["item"]) for row in rows] == [(i, "a", "b") for i in range(3)]


def test_each_bad_row_is_rejected_with_its_line_and_reason(tmp_path: Path) -> None:
    text = (
        "\nuser_id,item_id,time,kind,watched\n"  # line 2
        "1,a,2024-01-01,like,10\n"
        ",a,2024-01-01,like,10\n"  # 4
        "\n"
        '2,"b\nb",2024-01-01,like,10\n'  # 6 and 7
        "3,c,yesterday,like,10\n"  # 8
        "4,d,2024-01-01,dance,10\n"
        "5,e,2024-01-01,like,-1\n"
        "6,f\n"  # 11
        "7,g,2024-01-01,like,soon\n"
        "8,NULL,2024-01-01,like,\n"
        "9,h,2300-01-01,like,1\n"
        "10,i,2024-01-01,,1\n"  # 15: no kind is a like
    )
    rows, rejected = read_with_rejects(write(tmp_path / "log.csv", text))
    assert [(row["account"], row["item"]) for row in rows] == [
        ("1", "a"),
        ("10", "i"),
    ]
    assert [row["row"] for row in rows] == [0, 10]
    assert [(entry["line"], entry["row"], entry["reason"].split(" (")[0]) for entry in rejected] == [
        (4, 1, "account is missing"),
        (6, 2, "item holds a control character"),
        (8, 3, "timestamp is not a time"),
        (10, 5, "watched is negative"),
        (11, 6, "expected 5 columns, found 2"),
        (12, 7, "watched is not a number"),
        (13, 8, "item is missing"),
        (14, 9, "timestamp is outside 2000..2100"),
    ]
    assert rejected[2]["values"] == {"timestamp": "yesterday"}
    assert all(entry["file"] == str(tmp_path / "log.csv") for entry in rejected)


def test_a_stray_quote_costs_one_row(tmp_path: Path) -> None:
    text = HEADER + GOOD + '"open,b,2024-01-01\n' + GOOD * 2 + 'say "hi",b,2024-01-01\n' + GOOD
    rows, rejected = read_with_rejects(write(tmp_path / "log.csv", text))
    assert [entry["line"] for entry in rejected] == [3]
    assert [row["account"] for row in rows] == ["a", "a", "a", 'say "hi"', "a"]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "RECORD_BYTES_MAX", 1000)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 600)
    rows, rejected = read_with_rejects(
        write(tmp_path / "log.csv", HEADER + '"open,b,2024-01-01\n' + GOOD * 500)
    )
    assert [entry["line"] for entry in rejected] == [2]
    assert [row["row"] for row in rows] == list(range(1, 501))


def test_bytes_that_are_not_utf8_cost_one_row_where_they_matter(tmp_path: Path) -> None:
    text = b"user_id,item_id,time,note\n\xff,b,2024-01-01,x\na,b,2024-01-01,\xff\na,b\xff\na,b,2024-01-01,x\n"
    rows, rejected = read_with_rejects(write(tmp_path / "log.csv", text))
    assert [row["row"] for row in rows] == [1, 3]
    assert [(entry["line"], entry["reason"]) for entry in rejected] == [
        (2, "column 'user_id' is not UTF-8"),
        (4, "expected 4 columns, found 2"),
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "log.csv", "用户,作品,时间\n甲,乙,2024-01-01\n".encode(encoding))
    with pytest.raises(InputError, match="iconv"):
        open_log(path)


def packed(data: bytes, codec: str) -> bytes:
    if codec == "zstd":
        return bytes(pa.Codec("zstd").compress(data, asbytes=True))
    return gzip.compress(data) if codec == "gzip" else bz2.compress(data)


@pytest.mark.parametrize("codec", ["gzip", "bz2", "zstd"])
def test_compression_is_told_by_content(tmp_path: Path, codec: str) -> None:
    data = (HEADER + GOOD * 2000).encode()
    assert len(read(write(tmp_path / "log.csv", packed(data, codec)))) == 2000


@pytest.mark.parametrize("codec", ["gzip", "bz2", "zstd"])
def test_a_truncated_archive_is_one_clear_error(tmp_path: Path, codec: str) -> None:
    data = HEADER.encode() + b"".join(b"%d,%d,2024-01-01\n" % (i * 7919, i * 104729) for i in range(50_000))
    whole = packed(data, codec)
    path = write(tmp_path / f"log.csv.{codec}", whole[: len(whole) // 2])
    with pytest.raises(InputError, match=rf"{path.name} is damaged or cut short") as caught:
        read(path)
    assert "\n" not in str(caught.value)


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
fields = fields.filter(lambda text: text == "" or means_itself(text))
records = st.lists(st.one_of(st.none(), st.lists(fields, min_size=1, max_size=4)), min_size=1, max_size=12)


@given(records, st.sampled_from(["\n", "\r\n"]), st.integers(40, 400))
def test_every_record_is_accounted_for_on_the_line_where_it_begins(
    tmp_path: Path, records: list[list[str] | None], end: str, block_bytes: int
) -> None:
    """Whatever the values hold and wherever the blocks are cut. None stands for a blank line."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=end)
    text.write(f"time,user_id,item_id,note{end}")
    good: list[tuple[str, str]] = []
    bad: list[int] = []
    for record in records:
        line = text.getvalue().count("\n") + 1
        if record is None:
            text.write(end)
            continue
        record[2:3] = [note.replace("a", "\n") for note in record[2:3]]  # nobody reads it
        writer.writerow(["2024-01-01", *record])
        if len(record) == 3 and record[0] and record[1]:
            good.append((record[0], record[1]))
        else:
            bad.append(line)
    path = write(tmp_path / "log.csv", text.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block_bytes)
        log = open_log(path, rejects=tmp_path / "rejected")
        if not good and not bad:
            with pytest.raises(InputError, match="empty"):
                rows_of(log)
            return
        rows = rows_of(log)
    assert [(row["account"], row["item"]) for row in rows] == good
    lines = [json.loads(line)["line"] for line in (tmp_path / "rejected").read_text().splitlines()]
    assert lines == bad
