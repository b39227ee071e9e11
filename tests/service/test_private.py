"""Whatever a service keeps is for its owner alone, however it was started."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.patience import wait_until
from tests.service.conftest import LINES, Process, started

LIKE = '{"account": "a", "item": "v%d", "timestamp": "2026-11-27T10:00:00Z"}'


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def exposed(home: Path) -> list[str]:
    return [
        f"{path.relative_to(home)} {path.stat().st_mode & 0o777:o}"
        for path in (home, *home.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


@pytest.mark.slow
def test_a_service_started_by_hand_keeps_its_files_to_itself(
    serve: Callable[..., Process], tmp_path: Path, usual_umask: None
) -> None:
    home = tmp_path / "home"
    process = serve(home, "--settle-every", "0.2", "--settle-share", "2", "--window-days", "1")
    for number in range(3):
        body = "\n".join(LIKE % i for i in range(number * 50, number * 50 + 50))
        assert process.ask("POST", "/v1/interactions", content=body, headers=LINES).status_code == 200
    wait_until(lambda: (home / "results" / "current").exists())
    assert exposed(home) == []
    process.stop()
    assert exposed(home) == []
    assert {"lake", "journal", "results", "zhenzan.sqlite", "counters.npz"} <= {
        path.name for path in home.iterdir()
    }


def test_files_of_an_earlier_version_are_tightened_at_the_start(tmp_path: Path, usual_umask: None) -> None:
    home = tmp_path / "home"
    with started(home) as api:
        assert api.post("/v1/interactions", content=LIKE % 1, headers=LINES).status_code == 200
    for path in (home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (home / "ledger.key").chmod(0o600)  # which was refused if others could read it
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (home / "link").symlink_to(elsewhere)
    assert exposed(home) != []
    with started(home):
        assert [each for each in exposed(home) if not each.startswith("link")] == []
    assert elsewhere.stat().st_mode & 0o777 == 0o644
