"""What a service needs for so many interactions: disk, memory, time; the numbers of docs/howto/operate.md.

python -m benchmarks.service_footprint [MILLIONS]... [--without-rewards]
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.service.ports import free_port

from benchmarks import document
from benchmarks.scale import scale_log
from zhenzan.service import ApiKeys, Role
from zhenzan.store import open_database

CATALOGUE = Path(__file__).parent.parent / "examples" / "catalogue.toml"
MESSAGE_ROWS = 50_000
WAIT_SECONDS = 3600.0
MILLION = 1_000_000


@dataclass(frozen=True)
class Ended:
    """A process that ended: seconds by the clock and of CPU, and the most memory that it held, MiB."""

    wall: float
    cpu: float
    memory: float


class Found(dict[str, str]):
    """What was measured, told as soon as it is."""

    def __setitem__(self, name: str, value: str) -> None:
        print(f"{name}: {value}", file=sys.stderr, flush=True)
        super().__setitem__(name, value)


def sizing(millions: Sequence[float], rewards: bool = True) -> str:
    """One column a size."""
    columns = [_measured(int(size * MILLION), rewards) for size in millions]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    return document.table(("", *(f"{size:g} million" for size in millions)), rows)


def _measured(likes: int, rewards: bool) -> Found:
    with tempfile.TemporaryDirectory(prefix="zhenzan-sizing-") as folder:
        home, log = Path(folder) / "home", Path(folder) / "likes.parquet"
        scale_log(log, likes, 1, ids="string")
        figures = Found()
        child, url, _ = _start(home, rewards)
        key = _key(home)
        begin = time.perf_counter()
        _send(log, url, key)
        figures["sending them, 50,000 a message"] = f"{likes / (time.perf_counter() - begin):,.0f}/s"
        figures["the service's memory after that"] = _memory(child.pid)
        _stop(child)
        figures["lake, a million"] = _size(home / "lake", MILLION / likes)
        settled = run("settle", home, "--once", "--quiet")
        figures["a settlement: time"] = f"{settled.wall:.1f} s"
        figures["a settlement: CPU"] = f"{settled.cpu:.1f} s"
        figures["a settlement: memory at most"] = f"{settled.memory:,.0f} MiB"
        figures["results, of one settlement, a million"] = _size(home / "results", MILLION / likes)
        child, url, seconds = _start(home, rewards)
        figures["start until it answers"] = f"{seconds:.1f} s"
        begin = time.perf_counter()
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}) as client:
            while client.get("/v1/summary").status_code != 200:
                assert time.perf_counter() - begin < WAIT_SECONDS
                time.sleep(0.2)
        figures["the first take-up, with all rewards" if rewards else "the first take-up"] = (
            f"{time.perf_counter() - begin:.1f} s"
        )
        figures["the service's memory at most"] = _memory(child.pid, "VmHWM")
        figures["backup of the running service"] = (
            f"{run('backup', home, '--to', f'{folder}/b', '-q').wall:.1f} s"
        )
        figures["the backup, a million"] = _size(Path(folder) / "b", MILLION / likes)
        _stop(child)
        figures["database, a million"] = _size(home / "zhenzan.sqlite", MILLION / likes)
        restored = run("restore", Path(folder) / "b", "--to", f"{folder}/again", "--quiet")
        figures["restore, the ledger checked"] = f"{restored.wall:.1f} s"
    return figures


def _start(home: Path, rewards: bool) -> tuple[subprocess.Popen[bytes], str, float]:
    port = free_port()
    words = ["serve", str(home), "--port", str(port), "--no-worker", "--quiet"]
    words += ["--catalogue", str(CATALOGUE)] if rewards else []
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "zhenzan", *words])
    url = f"http://127.0.0.1:{port}"
    while True:
        assert child.poll() is None, "the service ended"
        try:
            if httpx.get(url + "/health/ready").status_code == 200:
                return child, url, time.perf_counter() - begin
        except httpx.TransportError:
            time.sleep(0.05)


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    assert child.wait() == 0


def _key(home: Path) -> str:
    database = open_database(home / "zhenzan.sqlite")
    try:
        return ApiKeys(database).create("sizing", Role.operator)
    finally:
        database.close()


def _send(log: Path, url: str, key: str) -> None:
    """All likes, with the fields that a platform has; sent again where the service puts them off."""
    rng = np.random.default_rng(1)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/vnd.apache.arrow.stream"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for batch in pq.ParquetFile(log).iter_batches(MESSAGE_ROWS):
            body = message(batch, rng)
            while (answer := client.post("/v1/interactions", content=body)).status_code == 429:
                time.sleep(0.2)
            assert answer.status_code == 200, answer.text
            assert answer.json()["accepted"] == batch.num_rows


def message(batch: pa.RecordBatch, rng: np.random.Generator) -> bytes:
    n = batch.num_rows
    devices = rng.integers(0, 1 << 20, n)
    columns = {name: batch.column(name) for name in ("account", "item", "creator", "timestamp")} | {
        "id": pa.array([f"{number:016x}" for number in rng.integers(0, 1 << 62, n)]),
        "watched": pa.array(rng.integers(0, 30_000, n)),
        "duration": pa.array(rng.integers(5_000, 60_000, n)),
        "ip": pa.array([f"10.{device >> 12 & 255}.{device >> 4 & 255}.{device & 15}" for device in devices]),
        "device": pa.array([f"device-{device}" for device in devices]),
        "region": pa.array(["CN"] * n),
    }
    table = pa.table(columns)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def run(*words: object) -> Ended:
    begin = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "zhenzan", *map(str, words)])
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, words
    return Ended(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _memory(process: int, what: str = "VmRSS") -> str:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kib = int(next(line for line in lines if line.startswith(what)).split()[1])
    return f"{kib / 1024:,.0f} MiB"


def _size(path: Path, share: float) -> str:
    paths = path.rglob("*") if path.is_dir() else [path]
    return f"{sum(path.stat().st_size for path in paths if path.is_file()) * share / 1e6:,.0f} MB"


if __name__ == "__main__":
    millions = [float(word) for word in sys.argv[1:] if not word.startswith("-")]
    print(document.machine())
    print(sizing(millions or [1.0], "--without-rewards" not in sys.argv))
