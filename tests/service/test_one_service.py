"""One service a ledger and a home: the second is refused, however long the first had nothing to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.polling import wait_until

from zhenzan import service
from zhenzan.errors import ZhenzanError
from zhenzan.ledger import lease
from zhenzan.service import Resources, Settings, upkeep


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("new_postgres")())
    return str(tmp_path / "shared.sqlite")


def test_the_old_name_of_the_resources_is_accepted_with_a_notice() -> None:
    with pytest.deprecated_call(match="Resources"):
        assert service.Core is Resources


def until(first: Resources) -> int:
    return int(first.ledger.database.fetch("SELECT until FROM leases")[0][0])


def test_a_second_service_on_the_same_database_is_refused(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is prolonged although nothing is written, so that it never runs out."""
    monkeypatch.setattr(upkeep, "RENEW_SECONDS", 0.01)
    with Resources(Settings(tmp_path / "first", database=database)) as first:
        before, size = until(first), first.ledger.last_note()
        wait_until(lambda: until(first) > before)
        assert first.ledger.last_note() == size
        with pytest.raises(ZhenzanError, match=r"second: is empty, or not the one that the database"):
            Resources(Settings(tmp_path / "second", database=database))
        with pytest.raises(ZhenzanError, match=r"another process, .*, writes this ledger"):
            Resources(Settings(tmp_path / "first", database=database))
        first.policies.propose("me", "format = 1\n")
    with Resources(Settings(tmp_path / "first", database=database)) as again:
        assert len(again.policies.listed()) == 1


def test_a_second_service_in_the_same_home_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with Resources(Settings(tmp_path)):
        before = {path: path.read_bytes() for path in tmp_path.glob("*.json")}
        with pytest.raises(ZhenzanError, match=r"another process, .*, writes this ledger"):
            Resources(Settings(tmp_path))
        with pytest.raises(ZhenzanError, match="the database is empty, and its ledger had"):
            Resources(Settings(tmp_path, database=str(tmp_path / "other.sqlite")))
        assert {path: path.read_bytes() for path in tmp_path.glob("*.json")} == before


def test_a_lease_is_renewed_well_before_it_runs_out() -> None:
    assert 0 < lease.RENEW_SECONDS * 3 <= lease.SECONDS
