"""The log as a whole: files found, errors in one line, counts that add up, rejects that stream."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.interactions.helpers import read, rows_of, write

from zhenzan.errors import InputError, ResultError
from zhenzan.interactions import LIKE, open_log, rejects

HEADER = "user,item,time\n"
ROW = "a,b,2024-01-01\n"


def message_of(source: object, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        rows_of(open_log(source, **options))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_are_read_in_the_order_of_their_names_each_once(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.tsv"):
        text = HEADER + ROW.replace("a", name[0], 1)
        write(tmp_path / name, text.replace(",", "\t") if name.endswith("tsv") else text)
    log = open_log([tmp_path / "c.tsv", str(tmp_path / "*.csv"), tmp_path])
    assert [Path(file).name for file in log.files] == ["a.csv", "b.csv", "c.tsv"]
    assert [(row["row"], row["account"]) for row in rows_of(log)] == [(0, "a"), (1, "b"), (2, "c")]


def test_a_folder_is_searched_below_without_hidden_files(tmp_path: Path) -> None:
    for name in ("day=1/a.csv", ".hidden.csv", "_temporary/b.csv", "_SUCCESS", "rejected.ndjson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, HEADER + ROW)
    assert len(read(tmp_path)) == 1


def test_content_decides_which_files_of_a_folder_are_logs(tmp_path: Path) -> None:
    write(tmp_path / "day1.csv", HEADER + ROW)
    write(tmp_path / "day2.log", HEADER + ROW)
    pq.write_table(
        pa.table({"account": ["a"], "item": ["b"], "timestamp": [1_714_564_800]}), tmp_path / "part-0"
    )
    write(tmp_path / "notes.md", "# What these are\n\nLikes, by day.\n")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    log = open_log(tmp_path)
    assert len(rows_of(log)) == 3
    assert [Path(path).name for path in log.reading["left_out"]] == ["notes.md", "photo.png"]
    assert any("notes.md" in remark for remark in log.reading["remarks"])


def test_results_of_an_earlier_run_are_no_logs(tmp_path: Path) -> None:
    write(tmp_path / "log.csv", HEADER + ROW)
    (tmp_path / "result").mkdir()
    pq.write_table(pa.table({"account": ["a"], "item": ["b"]}), tmp_path / "result" / "verdicts.parquet")
    write(tmp_path / "result" / "summary.json", "{}")
    assert len(read(tmp_path)) == 1


def test_empty_files_among_others_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "")
    write(tmp_path / "b.csv", HEADER)
    write(tmp_path / "c.csv", HEADER + ROW)
    assert len(read(tmp_path)) == 1


@pytest.mark.parametrize("text", ["", "\n\n", HEADER, HEADER + "\n\n"])
def test_an_empty_log_is_said(tmp_path: Path, text: str) -> None:
    assert "empty" in message_of(write(tmp_path / "log.csv", text))


def test_mistakes_get_a_suggestion(tmp_path: Path) -> None:
    write(tmp_path / "likes.csv", HEADER + ROW)
    assert "did you mean 'likes.csv'?" in message_of(tmp_path / "like.csv")
    assert "there is no folder" in message_of(tmp_path / "nowhere" / "likes.csv")
    assert "No file matches" in message_of(str(tmp_path / "*.parquet"))
    assert "did you mean 'gharchive'?" in message_of(tmp_path / "likes.csv", format="gharchiv")
    assert "fetch it first" in message_of("https://example.org/likes.csv")
    (tmp_path / "docs").mkdir()
    write(tmp_path / "docs" / "a.doc", "x")
    assert "no logs among" in message_of(tmp_path / "docs")
    assert "a.doc" in message_of(tmp_path / "docs")
    (tmp_path / "empty").mkdir()
    assert "holds no logs" in message_of(tmp_path / "empty")
    assert "unpack it" in message_of(write(tmp_path / "likes.zip", b"PK\x03\x04rest"))
    assert "name a file" in message_of([])


def test_a_file_without_the_columns_is_named_among_others(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + ROW)
    write(tmp_path / "b.csv", "one,two\n1,2\n")
    assert "b.csv has no column for account or item or timestamp" in message_of(tmp_path)


def test_no_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "log.csv", HEADER + ROW)
    if os.geteuid() == 0:  # root may read everything: let the system call itself refuse

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    else:
        path.chmod(0)
    assert "may not be read" in message_of(path)


def test_a_file_that_vanishes_while_the_log_is_read_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", HEADER + ROW)
    log = open_log(path)
    path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        rows_of(log)


def test_a_log_can_be_read_twice_and_left_halfway(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"user": range(10), "item": range(10), "time": ["2024-01-01"] * 10}), tmp_path / "a.parquet"
    )
    write(tmp_path / "b.csv", HEADER + ROW)
    log = open_log(tmp_path)
    batches = log.batches()
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "zhenzan-reader"]
    assert rows_of(log) == rows_of(log)
    assert log.summary.rows_read == 11


def test_all_rejected_is_no_error_but_counted(tmp_path: Path) -> None:
    log = open_log(write(tmp_path / "log.csv", HEADER + "a,b,never\n" * 5))
    assert rows_of(log) == []
    assert log.summary.by_reason == {"timestamp is not a time": 5}


def test_counts_stay_exact_when_too_many_records_are_bad_to_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejects, "REJECTS_WRITTEN_MAX", 3)
    path = write(tmp_path / "log.csv", HEADER + "a,b,never\na,b\n" * 5)
    log = open_log(path, rejects=tmp_path / "rejected")
    rows_of(log)
    written = [json.loads(line) for line in (tmp_path / "rejected").read_text().splitlines()]
    assert log.summary.rejected == 10
    assert len(written) == 4
    assert written[-1]["reason"].startswith("7 more records were rejected")


def test_excerpts_are_short(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", HEADER + f"a,b,{'x' * 500}\n")
    rows_of(open_log(path, rejects=tmp_path / "rejected"))
    entry = json.loads((tmp_path / "rejected").read_text())
    assert entry["values"]["timestamp"] == "x" * 79 + "…"


def test_rejects_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    path = write(tmp_path / "log.csv", HEADER + "a,b,never\n" * 5)
    with pytest.raises(ResultError, match="No such file"):
        rows_of(open_log(path, rejects=tmp_path / "nowhere" / "rejected"))
    if Path("/dev/full").exists():
        with pytest.raises(ResultError, match="No space left"):
            rows_of(open_log(path, rejects="/dev/full"))


def test_missing_creators_are_gaps_and_not_errors(tmp_path: Path) -> None:
    rows = read(write(tmp_path / "log.csv", "user,item,time,author\na,b,2024-01-01,\nc,d,2024-01-01,e\n"))
    assert [row["creator"] for row in rows] == [None, "e"]


def test_a_column_that_one_file_lacks_is_null_there(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", HEADER + ROW)
    write(tmp_path / "b.csv", "user,item,time,watched,ip\na,b,2024-01-01,5,10.0.0.1\n")
    log = open_log(tmp_path)
    assert log.columns == {"account", "item", "timestamp", "watched", "ip"}
    first, second = rows_of(log)
    assert (first["watched"], first["ip"], second["watched"]) == (None, None, 5)


class Recorder:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.sentences: list[str] = []

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        yield self.done.append

    def say(self, text: str) -> None:
        self.sentences.append(text)


def test_progress_counts_every_record(tmp_path: Path) -> None:
    progress = Recorder()
    write(tmp_path / "a.csv", HEADER + ROW * 3 + "a,b\n")
    rows_of(open_log(tmp_path, progress=progress))
    assert sum(progress.done) == 4
    assert progress.sentences == ["Read as: timestamp=time · account=user · item=item · every row a like"]


@pytest.mark.parametrize("name", ["is_like", "liked", "like", "vote", "是否点赞"])
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("true", "false"), ("1", "-1"), ("是", "否")])
def test_a_mark_says_which_rows_are_likes(tmp_path: Path, name: str, yes: str, no: str) -> None:
    progress = Recorder()
    text = f"user,item,time,{name}\na,b,2024-01-01,{yes}\nc,b,2024-01-01,{no}\n"
    log = open_log(write(tmp_path / "a.csv", text), progress=progress)
    rows = [row for batch in log.batches() for row in batch.to_pylist() if row["kind"] == LIKE]
    assert [row["account"] for row in rows] == ["a"]
    assert f"{name!r} says which rows are likes" in progress.sentences[0]
    assert log.summary.rows_read == log.summary.accepted + log.summary.skipped == 2


def test_a_count_is_no_mark(tmp_path: Path) -> None:
    text = "user,item,time,like\na,b,2024-01-01,1\nc,b,2024-01-01,17\n"
    log = open_log(write(tmp_path / "a.csv", text))
    assert sum(batch.num_rows for batch in log.batches()) == 2


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    names = ["a-1.csv", "a-2.csv", "a-9b.csv", "a-10.csv", "a-10b.csv", "b2/1.csv", "b10/0.csv"]
    for name in reversed(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "account,item,timestamp\na,i,2026-01-01\n")
    for source in (tmp_path, [tmp_path / name for name in reversed(names)]):
        assert open_log(source).files == [str(tmp_path / name) for name in names]
