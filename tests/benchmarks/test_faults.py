"""The section about faults of the benchmarks, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.service.kill_under_load import Killed

from benchmarks import faults
from zhenzan.progress import SILENT


def test_faults_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "QUICK_SEEDS", 6)
    monkeypatch.setattr(faults, "QUICK_KILLS", 1)
    monkeypatch.setattr(  # the service's own tests kill it
        faults, "kill_under_load", lambda home, kills, **options: Killed(kills, 1_234, 1_234, 56, "")
    )
    monkeypatch.setattr(faults, "AT_A_TIME", 2)
    text = faults.faults(SILENT, quick=True)
    assert "| seeds | 6 |" in text
    assert "| likes they acknowledged | 1,234 |" in text
    assert text.count("| **failures** | 0 | 0 |") == 3
