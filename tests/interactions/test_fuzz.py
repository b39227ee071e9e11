"""Mutated logs of every format: no errors but our own, no record lost in silence, no other one changed."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.effort import effort
from tests.interactions.fuzz import case, changed_bytes, check, shrink, spoilt
from tests.interactions.helpers import rows_of
from tests.polling import PATIENCE_SECONDS

from zhenzan.errors import InputError
from zhenzan.interactions import open_log

BLOCKS = 8
WRITES = ("account", "item", "timestamp", "kind", "creator", "watched")


def seeds(block: int, count: int) -> Iterator[int]:
    """Those of one block; all blocks together have `count`."""
    return iter(range(block, count, BLOCKS))


def failure(log: Path, rejected: Path, records: int | None) -> tuple[str, str]:
    """What became of reading a log, and which rule is broken, "" if none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # nobody says anything but we
            return check(log, rejected, records), ""
    except Exception as error:
        return "", f"{type(error).__name__}: {error}"


@pytest.mark.also_soak
@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_reading_keeps_the_rules(tmp_path: Path, block: int) -> None:
    became: Counter[bool] = Counter()
    failures: dict[str, str] = {}
    for seed in seeds(block, effort(480, 20_000)):
        example = case(seed)
        folder = tmp_path / str(seed)
        folder.mkdir()
        log = example.write(folder)
        outcome, broken = failure(log, tmp_path / "rejected", example.records)
        if broken and broken[:40] not in failures:
            failures[broken[:40]] = f"{example.name}: {broken}\n{smallest(log, tmp_path, broken)!r}"
        became[outcome == "read"] += 1
        assert {path.name for path in folder.iterdir()} == set(example.files)
        shutil.rmtree(folder)
    assert not failures, "\n".join(failures.values())
    assert min(became[True], became[False]) > 5, "either all is read or nothing is"


def smallest(log: Path, folder: Path, broken: str) -> bytes:
    """A small file that breaks the same rule; packed ones and folders are given as they are."""
    if log.is_dir():
        return b""

    def fails(data: bytes) -> bool:
        log.write_bytes(data)
        return failure(log, folder / "rejected", None)[1][:40] == broken[:40]

    data = log.read_bytes()
    return shrink(data, fails) if fails(data) else data


@pytest.mark.also_soak
@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_strange_value_changes_no_other_record(tmp_path: Path, block: int) -> None:
    compared = 0
    for seed in seeds(block, effort(160, 8_000)):
        ending, whole, changed, touched = spoilt(seed)
        before, path = read(tmp_path, ending, whole), tmp_path / f"log.{ending}"
        try:
            after = read(tmp_path, ending, changed)
        except InputError as error:
            assert "JSON array" in str(error), (seed, error)  # noqa: PT017  all or nothing there
            continue
        others = sorted(set(before) - touched)
        before, after = ({row: rows_of.get(row, []) for row in others} for rows_of in (before, after))
        if (
            b'"WatchEvent"' in whole
        ):  # who has one id has one name there, which may stand in the record changed
            before, after = renumbered(before), renumbered(after)
        for row in others:
            assert before[row] == after[row], (seed, row, path.read_bytes())
            compared += 1
    assert compared > 50


def renumbered(rows_by_record: dict[int, list[list[str]]]) -> dict[int, list[list[str]]]:
    """Accounts and items by the order in which they appear, in place of their names."""
    numbers: dict[str, int] = {}
    return {
        row: [
            [*(str(numbers.setdefault(name, len(numbers))) for name in values[:2]), *values[2:4]]
            for values in rows
        ]
        for row, rows in rows_by_record.items()
    }


def read(folder: Path, ending: str, data: bytes) -> dict[int, list[list[str]]]:
    """Interactions by the number of their record, as text: an id may be a number only where all are."""
    path = folder / f"log.{ending}"
    path.write_bytes(data)
    rows_by_record = defaultdict(list)
    for row in rows_of(open_log(path)):
        rows_by_record[row["row"]].append([str(row.get(name)) for name in WRITES])
    return rows_by_record


@pytest.mark.also_soak
@pytest.mark.parametrize("block", range(effort(2, BLOCKS)))
def test_the_command_says_one_line_and_leaves_nothing_half_written(tmp_path: Path, block: int) -> None:
    for seed in seeds(block, effort(2, 200)):
        example = case(1_000_000 + seed)
        (tmp_path / "in").mkdir()
        log = example.write(tmp_path / "in")
        words = [sys.executable, "-m", "zhenzan", "verify", log, "--out", tmp_path / "out" / "result", "-q"]
        (tmp_path / "out").mkdir()
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        check_command(example.name, done, tmp_path / "out")
        for folder in ("in", "out"):
            shutil.rmtree(tmp_path / folder)


def check_command(name: str, done: subprocess.CompletedProcess[str], out: Path) -> None:
    left: list[Any] = sorted(path.name for path in out.iterdir())
    assert done.returncode in (0, 1, 2), (name, done.stderr)  # 2: a result, and too much was rejected
    if done.returncode == 1:  # nothing was left to judge; what was refused is kept, and the error says where
        assert left == (["result-rejected.ndjson"] if "result-rejected.ndjson" in done.stderr else []), name
    else:
        assert left == ["result"], name
    if done.returncode != 0:
        assert done.stderr.startswith("zhenzan: "), (name, done.stderr)
    assert done.stderr.count("\n") == (done.returncode != 0), (name, done.stderr)


@pytest.mark.also_soak
def test_every_line_of_a_damaged_text_file_is_counted(tmp_path: Path) -> None:
    """Without quotes a record is a line, so that any loss shows in the count."""
    dice = random.Random(7)
    whole = b"user,item,time\n" + b"".join(b"u%d,i%d,2024-01-01\n" % (i, i) for i in range(30))
    for _ in range(effort(100, 5_000)):
        body = changed_bytes(whole, dice).replace(b'"', b"").replace(b"\r", b"")
        (tmp_path / "log.csv").write_bytes(b"user,item,time\n" + body)
        log = open_log(tmp_path / "log.csv")
        rows_of(log)
        assert log.summary.rows_read == sum(line != b"" for line in body.split(b"\n"))
