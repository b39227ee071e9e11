"""The promotion section of the benchmarks, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import promotion
from zhenzan.progress import SILENT


@pytest.mark.soak
def test_every_promise_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FLIGHTS": (64,), "BATCHES": (1, 64), "QUICK_DECISIONS": 640, "REPEATS": 1}.items():
        monkeypatch.setattr(promotion, name, value)
    text = promotion.promotion(SILENT, quick=True)
    for name in (
        "**zhenzan**",
        "LinkedIn throttle",
        "refused though possible",
        "billed for 0 likes",
        "64, all fit",
    ):
        assert name in text
