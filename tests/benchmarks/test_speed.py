import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import speed, worlds

COMMAND = """
import json, pathlib, sys, time
block = bytearray(200_000_000)
time.sleep(0.2)
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir()
(out / "summary.json").write_text(json.dumps({"timings_seconds": {"read": 0.1, "infer": 0.3}}))
"""


def test_a_run_is_timed_and_its_peak_memory_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "START", COMMAND)
    ours = bytearray(500_000_000)  # What the measuring process holds is not the command's.
    run = speed.measure(tmp_path / "log.parquet", tmp_path / "result")
    assert run.seconds >= 0.2
    assert 0.2e9 < run.peak_bytes < 0.4e9 < len(ours)
    assert run.written_bytes > 10
    assert run.stages == {"read": 0.1, "infer": 0.3}
    assert not (tmp_path / "result").exists()


def test_a_command_that_fails_stops_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "START", "raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="exit code 3"):
        speed.measure(tmp_path / "log.parquet", tmp_path / "result")


def test_stages_are_told_longest_first() -> None:
    assert speed._shares({"read": 0.1, "infer": 0.34, "write": 0.01}) == ("infer 0.3, read 0.1",)


def test_lab_log_holds_a_whole_world(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    steps: list[int] = []
    worlds.lab_log(path, 30_000, seed=1, advance=steps.append)
    table = pq.read_table(path)
    assert table.num_rows == sum(steps)
    assert pc.count_distinct(table["account"]).as_py() == len(set(table["account"].to_pylist()))
