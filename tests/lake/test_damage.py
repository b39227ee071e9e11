"""What is damaged in a lake is named, what is none of its own left out; what is kept is answered so."""

from __future__ import annotations

import logging
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lake.test_lake import HOUR, START, arrivals, lies_there

from zhenzan.errors import LakeError, LakeFullError
from zhenzan.lake import Lake, check_files, lake_files, read_since
from zhenzan.lake import journal as journals

STRANGE = ["junk.parquet", "part-0.parquet", f"{5:020d}-{4:020d}.parquet", "1-2.parquet"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three hours with a file each."""
    with Lake(tmp_path) as lake:
        for hour in range(3):
            lake.append(arrivals([f"{hour}-{i}" for i in range(40)], START + hour * HOUR))
            lake.flush()
    return tmp_path


@given(st.floats(0, 1, exclude_max=True))
@settings(max_examples=60)
def test_no_flipped_bit_of_a_file_is_read_as_other_rows(home: Path, share: float) -> None:
    path = lake_files(home)[0]
    rows, good = list(read_since(home, 0)), path.read_bytes()
    footer = 8 + int.from_bytes(good[-8:-4], "little")  # Parquet has no checksum of it
    bit = int(share * 8 * (len(good) - footer))
    data = bytearray(good)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    try:
        damage = [str(error) for error in check_files([path])]
        if damage:
            assert str(path) in damage[0]
            with pytest.raises(LakeError, match=path.name):
                list(read_since(home, 0))
        else:  # nothing reads it: statistics of a page, say
            assert list(read_since(home, 0)) == rows
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize("name", STRANGE)
def test_a_foreign_file_is_left_out_named_and_not_deleted(
    home: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    hour = lake_files(home)[0].parent
    (hour / name).write_bytes(b"not ours")
    (home / "lake" / "date=2026-13-45" / "hour=07").mkdir(parents=True)
    other = home / "lake" / "date=2026-13-45" / "hour=07" / f"{0:020d}-{1:020d}.parquet"
    other.write_bytes(b"not ours")
    with caplog.at_level(logging.WARNING), Lake(home) as lake:
        lake.append(arrivals(["more"]))
        lake.flush()
        lake.newest += 10 * HOUR
        assert lake.merge() == 1
        lake.merge()
    assert sum(batch.num_rows for batch in read_since(home, 0)) == 121
    for path in (hour / name, other):
        assert path.read_bytes() == b"not ours"
        assert sum(str(path) in message for message in caplog.messages) == 1


def test_a_damaged_file_stops_neither_the_start_nor_other_hours(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, *_ = lake_files(home)
    first.write_bytes(first.read_bytes()[:-9])
    with caplog.at_level(logging.WARNING), Lake(home) as lake:
        for hour in range(2):
            lake.append(arrivals([f"again-{hour}"], START + hour * HOUR))
            lake.flush()
        lake.newest += 10 * HOUR
        assert lake.merge() == 1
        assert lake.merge() == 0
    for words in ("ids of a file are not remembered", "an hour is not merged"):
        assert sum(words in message and str(first) in message for message in caplog.messages) == 1
    left_out: list[LakeError] = []
    assert sum(batch.num_rows for batch in read_since(home, 0, unread=left_out.append)) == 82
    assert [str(first) in str(error) for error in left_out] == [True]


def test_a_file_of_other_columns_is_named(home: Path) -> None:
    path = lake_files(home)[1]
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(LakeError, match="no column sequence"):
        raise next(check_files(lake_files(home)))


def journal_of(home: Path, frames: int) -> tuple[Path, list[int]]:
    """A journal as a killed process leaves it, and where its frames end."""
    lake = Lake(home, segment_seconds=1e9)
    ends = [8]
    for number in range(frames):
        lake.append(arrivals([f"{number}-{i}" for i in range(3)]))
        ends.append(lake._journal.bytes)
    os.close(lake._lock)
    return lake._journal.path, ends


def test_a_damaged_last_frame_is_dropped_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, ends = journal_of(tmp_path, 3)
    data = bytearray(path.read_bytes())
    data[ends[2] + 40] ^= 1
    path.write_bytes(data)
    with caplog.at_level(logging.WARNING), Lake(tmp_path) as lake:
        assert lake.sequence == 6
    messages = [message for message in caplog.messages if path.name in message]
    assert len(messages) == 1
    assert f"byte {ends[2]}" in messages[0]
    assert f"{ends[3] - ends[2]} bytes" in messages[0]


def test_no_damage_before_the_last_frame_is_taken_for_a_crash(tmp_path: Path) -> None:
    """Whichever byte it is, of a length too, which could make all that follows look cut short."""
    path, ends = journal_of(tmp_path, 3)
    good, rows = path.read_bytes(), list(journals.read_segment(path))
    rng = random.Random(1)
    head = range(ends[0], ends[0] + 16)
    for at in (*head, *rng.sample(range(ends[0] + 16, ends[2]), 30)):
        data = bytearray(good)
        data[at] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        if ends[0] + 12 <= at < ends[0] + 16:  # of a number that stands in the rows too
            assert list(journals.read_segment(path)) == rows
            continue
        with pytest.raises(LakeError, match=r"frame at byte [\d,]+ is damaged"):
            list(journals.read_segment(path))


def test_rows_that_are_durable_are_answered_as_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next journal cannot be made: what was written before is kept, what comes after is refused."""
    lake = Lake(tmp_path, segment_seconds=0)
    away = tmp_path / "away"
    (tmp_path / "journal").rename(away)
    assert lake.append(arrivals(["a", "b"])).batch.num_rows == 2
    for _ in range(2):
        with pytest.raises(LakeError, match="journal"):
            lake.append(arrivals(["c"]))
    away.rename(tmp_path / "journal")
    assert lake.append(arrivals(["a", "b", "c"])).batch.column("id").to_pylist() == ["c"]
    lake.close()
    assert lies_there(tmp_path) == [(0, "a"), (1, "b"), (2, "c")]


def test_a_disk_that_is_full_at_the_turn_of_the_journal_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, segment_seconds=0)
    lake.append(arrivals(["a"]))
    real = os.open

    def full(path: str | Path, flags: int, *rest: int) -> int:
        if str(path).endswith(".journal"):
            raise OSError(28, "No space left on device")
        return real(path, flags, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(journals.os, "open", full)
        with pytest.raises(LakeFullError, match="Nothing of this request was stored"):
            lake.append(arrivals(["b"]))
    assert lake.append(arrivals(["b"])).batch.num_rows == 1
    lake.close()
    assert lies_there(tmp_path) == [(0, "a"), (1, "b")]
