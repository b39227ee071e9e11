"""A folder that an earlier version left is opened, carried over, and nothing is paid twice."""

from __future__ import annotations

import json
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from tests.patience import wait_until
from tests.service.conftest import Api, started

from zhenzan.ledger import Ledger, check

OLD = Path(__file__).parent / "data" / "home-0.1.tar.xz"  # by scripts/make_old_home.py


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


def told(home: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((home / "told.json").read_text("utf-8"))
    return read


def ask(api: Api, key: str, path: str, **asked: Any) -> Any:
    answer = api.client.get(f"/v1/{path}", params=asked, headers={"Authorization": f"Bearer {key}"})
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
    before = told(home)
    with started(home, catalogue=home / "catalogue.toml") as api:
        wait_until(lambda: api.core.settlements.current is not None)
        _same(holdings(api, before), before["holdings"])
        api.settle()
        wait_until(lambda: api.core.pay_rewards.is_up_to_date)
        _same(holdings(api, before), before["holdings"])
        fan = before["keys"]["fan-0"]
        again = api.client.post(
            "/v1/redemptions", json={"offer": "tea-coupon"},
            headers={"Authorization": f"Bearer {fan}", "Idempotency-Key": "redeem-1"},
        )  # fmt: skip
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
