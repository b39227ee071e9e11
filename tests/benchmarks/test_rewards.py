"""The rewards' section of the benchmarks, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from benchmarks import rewards
from zhenzan.progress import SILENT


def test_the_section_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewards, "QUICK_LIKES", 2_000)
    monkeypatch.setattr(rewards, "REPEATS", 1)
    text = rewards.rewards(SILENT, quick=True)
    for name in ("**rules alone**", "everything new", "again", "2,000 likes make"):
        assert name in text
