from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.interactions.helpers import read, read_with_rejects, rows_of, write

from zhenzan.errors import InputError
from zhenzan.interactions import open_log

LOG = "log_standard_4_24_to_5_04_pure.csv.gz"
VIDEOS = "video_features_basic_pure.csv.gz"

HEADER = (
    "user_id,video_id,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,"
    "play_time_ms,duration_ms\n"
)
FIRST = "7,9,1650812741436,1,1,0,1,0,0,61802,49866\n"
SECOND = "8,9,1650812741437,0,0,0,0,0,1,0,49866\n"


def test_the_real_log_has_the_right_counts(shared_data: Path) -> None:
    log = open_log(str(shared_data / "kuairand" / "log_standard_*.csv.gz"))
    assert log.format == "kuairand"
    assert log.columns >= {"kind", "creator", "watched", "duration"}
    rows = rows_of(log)
    # Counted here by Arrow, straight from the file.
    table = pa_csv.read_csv(shared_data / "kuairand" / LOG)
    flags = {
        "like": "is_like",
        "comment": "is_comment",
        "share": "is_forward",
        "follow": "is_follow",
        "report": "is_hate",
    }
    expected = {kind: sum(table[flag].to_pylist()) for kind, flag in flags.items()}
    assert log.summary.kinds == {"view": 167_281, **expected}
    assert expected["like"] == 2_964
    assert log.summary.rows_read == 167_281
    assert log.summary.rejected == 0
    assert Counter(row["kind"] for row in rows) == log.summary.kinds


def test_the_real_logs_likes_are_those_of_the_file(shared_data: Path) -> None:
    folder = shared_data / "kuairand"
    likes = [row for row in read(folder / LOG) if row["kind"] == "like"]
    table = pa_csv.read_csv(folder / LOG).to_pylist()
    videos = pa_csv.read_csv(folder / VIDEOS)
    author_of = dict(zip(videos["video_id"].to_pylist(), videos["author_id"].to_pylist(), strict=True))
    expected = [
        (
            i,
            row["user_id"],
            row["video_id"],
            row["time_ms"],
            row["play_time_ms"],
            row["duration_ms"],
            author_of.get(row["video_id"]),
        )
        for i, row in enumerate(table)
        if row["is_like"]
    ]
    likes_read = [
        (
            row["row"],
            row["account"],
            row["item"],
            round(row["timestamp"].timestamp() * 1000),
            row["watched"],
            row["duration"],
            row["creator"],
        )
        for row in likes
    ]
    assert likes_read == expected


def test_the_folder_of_the_data_set_is_its_log(shared_data: Path) -> None:
    log = open_log(shared_data / "kuairand")
    assert [Path(file).name for file in log.files] == [LOG]


def test_one_impression_becomes_what_the_viewer_did(tmp_path: Path) -> None:
    write(tmp_path / "video_features_basic_pure.csv", "video_id,author_id,tag\n9,70,1\n10,71,1\n")
    rows = read(write(tmp_path / "log_standard_pure.csv", HEADER + FIRST + SECOND))
    assert [(row["row"], row["kind"], row["account"], row["creator"], row["watched"]) for row in rows] == [
        (0, "view", 7, 70, 61802),
        (0, "like", 7, 70, 61802),
        (0, "comment", 7, 70, 61802),
        (1, "view", 8, 70, 0),
        (1, "report", 8, 70, 0),
    ]


def test_the_table_of_videos_is_the_one_of_the_same_size(tmp_path: Path) -> None:
    write(tmp_path / "video_features_basic_pure.csv", "video_id,author_id\n9,70\n")
    write(tmp_path / "video_features_basic_1k.csv", "video_id,author_id\n9,80\n")
    assert read(write(tmp_path / "log_random_1k.csv", HEADER + FIRST))[0]["creator"] == 80
    assert read(write(tmp_path / "log_random_pure.csv", HEADER + FIRST))[0]["creator"] == 70


def test_without_the_table_of_videos_creators_are_unknown(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.csv", HEADER + FIRST))
    assert "creator" not in log.columns
    assert len(rows_of(log)) == 3


def test_a_damaged_table_of_videos_is_named(tmp_path: Path) -> None:
    write(tmp_path / "video_features_basic_pure.csv", "video,author\n9,70\n")
    with pytest.raises(
        InputError, match=r"video_features_basic_pure\.csv has no columns video_id and author_id"
    ):
        read(write(tmp_path / "log_pure.csv", HEADER + FIRST))


def test_bad_impressions_are_rejected_whole(tmp_path: Path) -> None:
    bad = FIRST.replace("1,1,0,1,0,0", "1,2,0,1,0,0") + SECOND.replace("8,9", "x,9")
    rows, rejected = read_with_rejects(write(tmp_path / "log.csv", HEADER + bad + SECOND))
    assert [row["row"] for row in rows] == [2, 2]
    assert [(entry["line"], entry["reason"]) for entry in rejected] == [
        (2, "is_like is neither 0 nor 1"),
        (3, "account is not a whole number"),
    ]


def test_the_same_log_as_parquet_is_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", HEADER + FIRST + SECOND)
    pq.write_table(pa_csv.read_csv(path), tmp_path / "log.parquet")
    assert read(tmp_path / "log.parquet") == read(path)
    assert read(pa_csv.read_csv(path)) == read(path)


def test_another_format_asked_for_reads_it_as_plain(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.csv", HEADER + FIRST + SECOND), format="csv")
    assert (log.format, log.types["account"]) == ("csv", pa.string())
    assert len(rows_of(log)) == 1, "is_like says which of the rows are likes"


def test_what_is_no_kuairand_log_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a KuaiRand log: it has no column .*is_like"):
        open_log(write(tmp_path / "log.csv", "user_id,video_id,time_ms\n1,2,3\n"), format="kuairand")
