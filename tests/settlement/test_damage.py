"""Settlement goes on beside damage: what can be made anew is, what cannot is named."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from tests.polling import wait_until
from tests.settlement.test_settlement import likes

from zhenzan.errors import LakeError, ResultError
from zhenzan.lake import Lake, lake_files
from zhenzan.policy import Policy
from zhenzan.settlement import Pace, Settlement, latest, run_settlement, work
from zhenzan.settlement.finalize import final_files, finalize


def settled(home: Path, passes: int) -> Settlement:
    settlement = None
    with Lake(home) as lake:
        for number in range(passes):
            lake.append(likes(number * 100, 100))
            lake.flush()
            settlement = run_settlement(home, Policy.default())
    assert settlement is not None
    return settlement


@pytest.mark.parametrize(
    "damage", ["{", "", "[]", '{"pass": "pass-00000099", "number": 99, "interactions": 1}', None]
)
def test_the_name_of_the_newest_result_is_made_anew(
    tmp_path: Path, damage: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    before = settled(tmp_path, 2)
    current = tmp_path / "results" / "current"
    good = current.read_bytes()
    current.unlink() if damage is None else current.write_text(damage)
    assert latest(tmp_path) == before  # who reads need not wait for the next pass
    with caplog.at_level(logging.WARNING):
        after = settled_again(tmp_path)
    assert after.number == before.number + 1
    assert sum(str(current) in message for message in caplog.messages) == 1
    assert current.read_bytes() != good
    assert latest(tmp_path) == after


def settled_again(home: Path) -> Settlement:
    settlement = run_settlement(home, Policy.default())
    assert settlement is not None
    return settlement


def test_a_damaged_result_gives_way_to_the_one_before(tmp_path: Path) -> None:
    newest = settled(tmp_path, 2)
    (newest.folder / "summary.json").write_text("{")
    before = latest(tmp_path)
    assert before is not None
    assert (before.number, before.interactions) == (1, 100)
    assert settled_again(tmp_path).interactions == 200


def test_a_result_that_was_not_published_is_not_taken(tmp_path: Path) -> None:
    settlement = settled(tmp_path, 1)
    (settlement.folder / "published.json").unlink()  # as a kill before its publication leaves it
    (tmp_path / "results" / "current").write_text("{")
    assert latest(tmp_path) is None
    again = settled_again(tmp_path)
    assert again.number > settlement.number  # so that who holds the old one takes up the new one


def test_a_worker_settles_on_beside_a_damaged_name(tmp_path: Path) -> None:
    settled(tmp_path, 1)
    (tmp_path / "results" / "current").write_text("{")
    stop, done = threading.Event(), list[Settlement]()
    arguments = (tmp_path, None, Pace(0.05, 2.0), stop)
    worker = threading.Thread(target=work, args=arguments, kwargs={"done": done.append})
    worker.start()
    try:
        wait_until(lambda: done)
    finally:
        stop.set()
        worker.join()
    assert done[0].number == 2


def test_a_damaged_file_of_the_lake_is_named_by_its_own_path(tmp_path: Path) -> None:
    settled(tmp_path, 1)
    path = lake_files(tmp_path)[0]
    good = path.read_bytes()
    middle = len(good) // 3
    for damaged in (good[:-20], good[:middle] + bytes([good[middle] ^ 4]) + good[middle + 1 :]):
        path.write_bytes(damaged)
        with pytest.raises(LakeError, match=str(path)):
            run_settlement(tmp_path, Policy.default())
    path.write_bytes(good)
    assert settled_again(tmp_path).number == 2


def test_a_foreign_file_stops_no_settlement(tmp_path: Path) -> None:
    settled(tmp_path, 1)
    (lake_files(tmp_path)[0].parent / "junk.parquet").write_bytes(b"junk")
    (tmp_path / "settled" / "verdicts").mkdir(parents=True, exist_ok=True)
    (tmp_path / "settled" / "verdicts" / "junk.parquet").write_bytes(b"junk")
    assert settled_again(tmp_path).interactions == 100


def test_a_damaged_day_is_said_where_days_settle(tmp_path: Path) -> None:
    settlement = settled(tmp_path, 1)
    day = (
        settlement.load().verdicts["timestamp"].cast("int64").to_numpy().min()
        // 86_400_000_000
        * 86_400_000_000
    )
    finalize(tmp_path, settlement.folder, day, day + 86_400_000_000)
    path = final_files(tmp_path, 2**62)[0]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ResultError, match=path.name):
        finalize(tmp_path, settlement.folder, day + 86_400_000_000, day + 2 * 86_400_000_000)
