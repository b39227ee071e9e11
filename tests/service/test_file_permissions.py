"""Whatever a service keeps is for its owner alone, however it was started."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tests.service.conftest import LINES, started

LIKE = '{"account": "a", "item": "v%d", "timestamp": "2026-11-27T10:00:00Z"}'


def exposed(home: Path) -> list[str]:
    """What others may read; a worker that runs may take folders away meanwhile."""
    paths: list[str] = []
    for folder, _, names in os.walk(home):  # which passes over what is gone
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            with suppress(FileNotFoundError):
                if (mode := path.stat().st_mode) & 0o077:
                    paths.append(f"{path.relative_to(home)} {mode & 0o777:o}")
    return paths


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
        assert [line for line in exposed(home) if not line.startswith("link")] == []
    assert elsewhere.stat().st_mode & 0o777 == 0o644
