"""The lake keeps every row that it acknowledged exactly once, whatever happens in between."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import effort

from zhenzan.errors import LakeError, LakeFullError
from zhenzan.interactions import ROW_COLUMNS
from zhenzan.lake import Lake, lake_files, link_hours, partitions, read_since
from zhenzan.lake import journal as journals
from zhenzan.lake import lake as lake_module
from zhenzan.lake.dedup import RecentIds, fingerprints

START = 1_790_000_000_000_000
HOUR = 3_600_000_000


def arrivals(ids: list[str], at: int = START, step: int = 0) -> pa.RecordBatch:
    n = len(ids)
    columns = {
        "id": pa.array(ids, pa.string()),
        "kind": pa.array(["like"] * n, pa.string()),
        "timestamp": pa.array([at + i * step for i in range(n)], pa.int64()).cast(
            ROW_COLUMNS.field("timestamp").type
        ),
        "account": pa.array([f"a-{id}" for id in ids], pa.string()),
        "item": pa.array(["v"] * n, pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [columns.get(field.name, pa.nulls(n, field.type)) for field in ROW_COLUMNS], schema=ROW_COLUMNS
    )


def lies_there(home: Path) -> list[tuple[int, str]]:
    """Sequence and id of every row, as DuckDB reads the folder."""
    pattern = str(home / "lake" / "**" / "*.parquet")
    if not lake_files(home):
        return []
    rows = duckdb.sql(f"SELECT sequence, id FROM '{pattern}' ORDER BY sequence").fetchall()
    return [(int(sequence), str(id)) for sequence, id in rows]


def test_siphash_gives_the_values_of_its_authors() -> None:
    key = bytes(range(16))
    words = tuple(np.uint64(int.from_bytes(part, "little")) for part in (key[:8], key[8:]))
    texts = pa.array([bytes(range(length)).decode() for length in (0, 1, 8, 15)])
    expected = [0x726FDB47DD0E0E31, 0x74F839C593DC67FD, 0x93F5F5799A932462, 0xA129CA6149BE45E5]
    assert fingerprints(texts, words).tolist() == expected  # type: ignore[arg-type]
    assert fingerprints(texts.slice(1, 2), words).tolist() == expected[1:3]  # type: ignore[arg-type]


@given(st.lists(st.lists(st.integers(0, 60).map(str), min_size=1, max_size=20), max_size=30), st.booleans())
def test_ids_are_new_once(batches: list[list[str]], take_back: bool) -> None:
    seen, known = RecentIds(b"k" * 16, remembered=1000), set[str]()
    for ids in batches:
        added = seen.add(pa.array(ids))
        fresh = [id not in known and id not in ids[:i] for i, id in enumerate(ids)]
        assert added.is_new.tolist() == fresh
        if take_back:
            seen.rollback(added)
        else:
            known.update(ids)


def test_the_memory_of_ids_is_bounded_and_holds_the_latest() -> None:
    seen = RecentIds(b"k" * 16, remembered=100)
    for begin in range(0, 10_000, 10):
        seen.add(pa.array([str(i) for i in range(begin, begin + 10)]))
        recent = pa.array([str(i) for i in range(max(0, begin - 60), begin)], pa.string())
        added = seen.add(recent)
        assert not added.is_new.any()
    assert seen._now.size + seen._before.size <= 1024


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.lists(st.integers(0, 80), min_size=1, max_size=12),
            st.sampled_from(["flush_segments", "flush", "merge", "reopen", "crash"]),
        ),
        max_size=25,
    )
)
def test_whatever_happens_each_id_lies_there_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[object]
) -> None:
    home = tmp_path_factory.mktemp("lake")
    lake = Lake(home, remembered=1000, segment_seconds=0)
    known: list[str] = []
    for step in steps:
        if isinstance(step, list):
            kept = lake.append(arrivals([str(i) for i in step], START + step[0] * HOUR // 8))
            fresh = list(dict.fromkeys(str(i) for i in step if str(i) not in known))
            assert kept.batch.column("id").to_pylist() == fresh
            known += fresh
        elif step == "reopen":
            lake.close()
            lake = Lake(home, remembered=1000, segment_seconds=0)
        elif step == "crash":
            os.close(lake._lock)  # nothing else is done: what a killed process leaves
            lake = Lake(home, remembered=1000, segment_seconds=0)
        else:
            getattr(lake, str(step))()
    lake.close()
    assert lies_there(home) == list(enumerate(known))
    assert not list((home / "journal").iterdir())


def test_a_journal_cut_anywhere_gives_the_frames_before_the_cut(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "a", segment_seconds=1e9)
    ends = [8]
    for number in range(3):
        lake.append(arrivals([f"{number}-{i}" for i in range(3)]))
        ends.append(lake._journal.bytes)
    whole = lake._journal.path.read_bytes()
    os.close(lake._lock)
    assert len(whole) == ends[-1]
    for cut in [*range(0, len(whole), 37), *ends, *(end - 1 for end in ends[1:])]:
        home = tmp_path / str(cut)
        (home / "journal").mkdir(parents=True)
        (home / "journal" / lake._journal.path.name).write_bytes(whole[:cut])
        with Lake(home) as opened:
            assert opened.sequence == 3 * sum(end <= cut for end in ends[1:])
        shutil.rmtree(home)


def test_damage_inside_a_journal_is_said(tmp_path: Path) -> None:
    lake = Lake(tmp_path, segment_seconds=1e9)
    for number in range(2):
        lake.append(arrivals([str(number)]))
    path = lake._journal.path
    data = bytearray(path.read_bytes())
    data[60] ^= 1
    path.write_bytes(data)
    os.close(lake._lock)
    with pytest.raises(LakeError, match=r"byte 8 is damaged"):
        Lake(tmp_path)


def test_a_full_disk_keeps_nothing_of_a_message_and_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.writev
    full = True

    def writev(handle: int, buffers: list[bytes]) -> int:
        if full:
            real(handle, [bytes(buffers[0])[:7]])  # some of it still fits
            raise OSError(28, "No space left on device")
        return real(handle, buffers)

    lake = Lake(tmp_path)
    lake.append(arrivals(["a"]))
    monkeypatch.setattr(journals.os, "writev", writev)
    with pytest.raises(LakeFullError, match="disk is full"):
        lake.append(arrivals(["b", "c"]))
    full = False
    assert lake.append(arrivals(["c", "b"])).batch.num_rows == 2
    lake.close()
    assert lies_there(tmp_path) == [(0, "a"), (1, "c"), (2, "b")]


def test_merging_drops_what_came_twice_and_keeps_the_rest(tmp_path: Path) -> None:
    with Lake(tmp_path, remembered=10) as lake:
        for number in range(40):  # the first ids are long forgotten when they come again
            lake.append(arrivals([str((number * 5 + i) % 150) for i in range(5)]))
            lake.flush()
        assert len(lies_there(tmp_path)) > 150
        lake.append(arrivals(["late"], START + 9 * HOUR))
        lake.flush()
        assert lake.merge() == 1
        assert len(lake_files(tmp_path)) == 2
        assert [id for _, id in lies_there(tmp_path)] == [*map(str, range(150)), "late"]
        assert lake.merge() == 0


@pytest.mark.parametrize("stop", ["first rename", "second rename"])
def test_a_crash_in_the_middle_of_a_merge_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str
) -> None:
    lake = Lake(tmp_path)
    for number in range(5):
        lake.append(arrivals([str(number)]))
        lake.flush()
    lake.append(arrivals(["late"], START + 9 * HOUR))
    lake.flush()
    before = lies_there(tmp_path)
    real, calls = Path.rename, []

    def rename(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == (1 if stop == "first rename" else 2):
            raise KeyboardInterrupt
        return real(path, target)

    monkeypatch.setattr(partitions.Path, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        lake.merge()
    monkeypatch.undo()
    os.close(lake._lock)
    with pytest.raises(LakeError, match="middle of a merge"):
        lake_files(tmp_path)
    with Lake(tmp_path):
        assert lies_there(tmp_path) == before


def test_one_process_writes(tmp_path: Path) -> None:
    with Lake(tmp_path), pytest.raises(LakeError, match="another process"):
        Lake(tmp_path)


def test_old_hours_go_and_the_newest_stay(tmp_path: Path) -> None:
    with Lake(tmp_path, keep_days=1) as lake:
        lake.append(arrivals([str(i) for i in range(60)], START, HOUR))
        lake.flush()
        lake.merge()
    ids = [int(id) for _, id in lies_there(tmp_path)]
    assert ids == list(range(35, 60))


def test_a_snapshot_stays_whole_while_files_are_merged(tmp_path: Path) -> None:
    with Lake(tmp_path / "home") as lake:
        for number in range(20):
            lake.append(arrivals([str(number)]))
            lake.flush()
        linked = link_hours(tmp_path / "home", tmp_path / "snapshot")
        assert len(linked) == 20
        assert lake.merge() == 1
        assert all(path.exists() for path in linked)
        assert [
            row for batch in read_since(tmp_path / "home", 15) for row in batch.column("id").to_pylist()
        ] == [str(i) for i in range(15, 20)]


def test_rows_are_read_in_order_a_part_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_module, "BATCH_ROWS", 7)
    hours = [0, 5, 2, 5, 0, 9, 1, 2]
    with Lake(tmp_path / "home") as lake:
        for number, hour in enumerate(hours * 4):
            lake.append(arrivals([f"{number}-{i}" for i in range(3)], at=START + hour * HOUR))
            if number % 5 == 0:
                lake.flush()
        lake.flush()
        lake.merge()
        for begin in (0, 13, 95, 96):
            batches = list(read_since(tmp_path / "home", begin))
            assert all(batch.num_rows <= 7 for batch in batches)
            assert [row for batch in batches for row in batch.column("sequence").to_pylist()] == list(
                range(begin, 96)
            )


WRITER = """
import sys
from pathlib import Path
from zhenzan.lake import Lake
from tests.lake.test_lake import START, HOUR, arrivals
lake = Lake(Path(sys.argv[1]), segment_seconds=0.01)
number = lake.sequence
while True:
    for repeat in range(2):  # each message twice, as clients do that saw no answer
        kept = lake.append(arrivals([str(number + i) for i in range(7)], START + number % 5 * HOUR))
    print(number + 7, flush=True)
    number += 7
    lake.flush_segments()
    if number % 70 == 0:
        lake.merge()
"""


@pytest.mark.also_soak
@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged, draw = 0, random.Random(1)
    for _ in range(effort(3, 60)):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(draw.randrange(1, 60)):
            acknowledged = max(acknowledged, int(child.stdout.readline()))
        time.sleep(draw.uniform(0, 2e-3))
        child.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in child.stdout.read().split() if line)])
        child.wait()
        child.stdout.close()
    with Lake(tmp_path) as lake:
        assert lake.sequence >= acknowledged
    rows = lies_there(tmp_path)
    assert [sequence for sequence, _ in rows] == list(range(len(rows)))
    assert sorted(int(id) for _, id in rows) == list(range(len(rows)))
    assert len(rows) >= acknowledged > 100
