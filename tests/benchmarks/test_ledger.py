"""The ledger's section of the benchmarks, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import ledger
from zhenzan.progress import SILENT


@pytest.mark.soak
def test_every_method_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BATCH": 50,
        "QUICK_BATCHES": 2,
        "REPEATS": 1,
        "ACCOUNTS": 100,
        "SUBMITTERS": 10,
        "READS": 20,
        "QUICK_LONG_MILLIONS": 0.0005,
        "LOCKED_SECONDS": 0.2,
    }.items():
        monkeypatch.setattr(ledger, name, value)
    text = ledger.ledger(SILENT, quick=True)
    for name in ("**ledger**, one hot account", "plain SQLite", "PostgreSQL", "99 of 100", "a proof"):
        assert name in text
