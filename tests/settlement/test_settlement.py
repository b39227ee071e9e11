"""Passes over the lake: published whole, at a pace, one worker at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from tests.polling import wait_until

from zhenzan.errors import ZhenzanError
from zhenzan.interactions import HashKey, RotatingHash, join_rows, read_message
from zhenzan.lake import Lake
from zhenzan.policy import Policy
from zhenzan.settlement import Pace, Settlement, latest, run_settlement, work


def likes(begin: int, count: int) -> pa.RecordBatch:
    lines = "\n".join(
        f'{{"account":"a{i % 50}","item":"v{i % 20}","timestamp":{1_790_000_000 + i * 60}}}'
        for i in range(begin, begin + count)
    )
    return join_rows([read_message(lines.encode(), "ndjson", RotatingHash([HashKey(0, b"k")]))])


def test_an_empty_lake_gives_nothing(tmp_path: Path) -> None:
    with Lake(tmp_path):
        pass
    assert run_settlement(tmp_path, Policy.default()) is None
    assert latest(tmp_path) is None


def test_each_pass_judges_all_that_lies_there(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        for number in range(4):
            lake.append(likes(number * 300, 300))
            lake.flush()
            settlement = run_settlement(tmp_path, Policy.default())
            assert settlement is not None
            assert (settlement.number, settlement.interactions) == (number + 1, (number + 1) * 300)
            assert latest(tmp_path) == settlement
            assert settlement.load().verdicts.num_rows == (number + 1) * 300
    assert len(list((tmp_path / "results").glob("pass-*"))) == 2


def test_the_ids_of_the_lake_are_the_ids_of_the_verdicts(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(likes(0, 100))
        lake.flush()
        settlement = run_settlement(tmp_path, Policy.default())
        assert settlement is not None
        ids = settlement.load().verdicts["id"].to_pylist()
    assert sorted(ids) == sorted(likes(0, 100).column("id").to_pylist())


def test_a_worker_judges_what_is_new_and_takes_up_a_new_policy(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('format = 1\nname = "first"\n')
    stop, settlements = threading.Event(), list[Settlement]()
    with Lake(tmp_path / "home") as lake:
        lake.append(likes(0, 100))
        lake.flush()
        arguments = (tmp_path / "home", policy, Pace(0.05, 2.0), stop)
        worker = threading.Thread(target=work, args=arguments, kwargs={"done": settlements.append})
        worker.start()
        try:
            wait_for(settlements, 1)
            lake.append(likes(100, 100))
            lake.flush()
            wait_for(settlements, 2)
            policy.write_text("format = 1\nname = 5\n")  # wrong: the first goes on ruling
            lake.append(likes(200, 100))
            lake.flush()
            wait_for(settlements, 3)
            assert settlements[2].load().summary["policy"]["name"] == "first"
            policy.write_text('format = 1\nname = "second"\n')
            wait_for(settlements, 4)
            assert settlements[3].load().summary["policy"]["name"] == "second"
            with pytest.raises(ZhenzanError, match="another worker"):
                work(*arguments)
        finally:
            stop.set()
            worker.join()


def wait_for(settlements: list[Settlement], count: int) -> None:
    wait_until(lambda: len(settlements) >= count)


def test_passes_leave_the_machine_to_others() -> None:
    pace = Pace(60, 0.2)
    assert pace.wait(1, 2) == 58
    assert pace.wait(100, 50) == 450


def test_a_lake_without_likes_is_said(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        views = likes(0, 10)
        at = views.schema.get_field_index("kind")
        lake.append(views.set_column(at, views.schema.field(at), pa.array(["view"] * 10)))
        lake.flush()
        with pytest.raises(ZhenzanError, match="holds no likes"):
            run_settlement(tmp_path, Policy.default())
    assert latest(tmp_path) is None


def test_a_damaged_file_of_the_lake_is_said(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(likes(0, 10))
        lake.flush()
    path = next((tmp_path / "lake").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ZhenzanError, match="parquet"):
        run_settlement(tmp_path, Policy.default())
