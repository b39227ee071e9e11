"""A folder that an earlier version left is opened, carried over, and nothing is paid twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine
from tests.conftest import ROOT
from tests.polling import wait_until
from tests.service.conftest import Api, started

from zhenzan.ledger import Ledger, check
from zhenzan.store.structure import Structure, structure_of

OLD = Path(__file__).parent / "data" / "home-0.1.tar.xz"  # by scripts/make_old_home.py
RELEASE = "97eb7fd"  # with which version


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder as it was left, a minute ago by the clock."""
    with tarfile.open(OLD) as packed:
        packed.extractall(tmp_path, filter="data")
    with Ledger.open(tmp_path / "home" / "zhenzan.sqlite", read_only=True) as ledger:
        left = ledger.latest(1)[0].time
    real, began = time.time_ns, time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: (left + 60_000_000) * 1000 + real() - began)
    return tmp_path / "home"


def state_of(home: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((home / "told.json").read_text("utf-8"))
    return read


def ask(api: Api, key: str, path: str, **query: Any) -> Any:
    answer = api.client.get(f"/v1/{path}", params=query, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def holdings(api: Api, before: dict[str, Any]) -> dict[str, Any]:
    key = before["keys"]["platform"]
    return {who: ask(api, key, "holdings", account=who) for who in before["holdings"]}


def _same(now: dict[str, Any], then: dict[str, Any]) -> None:
    for who, held in then.items():
        for name, value in held.items():
            assert (who, name, now[who][name]) == (who, name, value)


def test_an_old_folder_goes_on_where_it_stopped(home: Path) -> None:
    before = state_of(home)
    with started(home, catalogue=home / "catalogue.toml") as api:
        wait_until(lambda: api.core.settlements.current is not None)
        _same(holdings(api, before), before["holdings"])
        api.settle()
        wait_until(lambda: api.core.pay_rewards.is_up_to_date)
        _same(holdings(api, before), before["holdings"])
        fan = before["keys"]["fan-0"]
        again = api.client.post(
            "/v1/redemptions",
            json={"offer": "tea-coupon"},
            headers={"Authorization": f"Bearer {fan}", "Idempotency-Key": "redeem-1"},
        )
        assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
        _same(holdings(api, before), before["holdings"])
        old = before["checkpoint"]["checkpoint"]
        assert ask(api, before["keys"]["staff"], "ledger/checkpoint")["checkpoint"] == old  # nothing moved
        assert [case["subject"] for case in ask(api, before["keys"]["staff"], "cases")["cases"]] == ["fan-2"]
        assert [policy["state"] for policy in ask(api, before["keys"]["staff"], "policies")["policies"]] == [
            "shadow"
        ]
    with Ledger.open(home / "zhenzan.sqlite", read_only=True) as ledger:
        check(ledger)


def made_anew(folder: Path) -> Path:
    """The folder once more, by the version that left it."""
    archive = folder / "then.tar"
    command = ["git", "-C", str(ROOT), "archive", f"--output={archive}", RELEASE, "src", "examples"]
    if shutil.which("git") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"there is no commit {RELEASE} here: the folder cannot be made anew")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    out, script = folder / "home.tar.xz", ROOT / "scripts" / "make_old_home.py"
    command = [sys.executable, str(script), str(out), "--catalogue", "examples/catalogue.toml"]
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)
    with tarfile.open(out) as packed:
        packed.extractall(folder, filter="data")
    return folder / "home"


def stored(database: Path) -> tuple[Structure, dict[str, int]]:
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        tables = [part.table for part in structure_of(connection) if part.kind == "table"]
        count = "SELECT count(*) FROM"
        rows = {table: connection.exec_driver_sql(f'{count} "{table}"').scalar_one() for table in tables}
        return structure_of(connection), rows


@pytest.mark.soak
def test_the_folder_is_what_that_version_leaves(tmp_path: Path) -> None:
    """Made anew it differs in keys, names by chance and times of the clock, in nothing else."""
    with tarfile.open(OLD) as packed:
        packed.extractall(tmp_path, filter="data")
    (tmp_path / "then").mkdir()
    home, again = tmp_path / "home", made_anew(tmp_path / "then")
    files, files_again = (
        {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and "-" not in path.suffix}
        for folder in (home, again)
    )
    assert files == files_again
    for path in files:
        if path.suffix == ".parquet":
            one, other = (pq.read_table(folder / path, partitioning=None) for folder in (home, again))
            if path.parts[0] == "lake":
                one, other = one.drop_columns("received"), other.drop_columns("received")
            assert one == other, path
    assert stored(home / "zhenzan.sqlite") == stored(again / "zhenzan.sqlite")
    assert state_of(home)["holdings"] == state_of(again)["holdings"]
