"""The service's and the screen's sections of the benchmarks, at a small size."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import screen, service, settlement
from zhenzan.progress import SILENT

pytestmark = pytest.mark.slow


@pytest.mark.soak
def test_the_service_takes_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "QUICK_SECONDS", 0.2)
    monkeypatch.setattr(service, "WARM_SECONDS", 0.5)
    text = service.service(SILENT, quick=True)
    for line in text.splitlines():
        if line.startswith("| acknowledged"):
            sent, rows, ids = line.split("|")[2].split(";")
            assert sent.strip() == rows.strip() == ids.strip()
    assert text.count("| acknowledged") == 2


def test_the_screen_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "QUICK_LIKES", 2_000)
    monkeypatch.setattr(screen, "REPEATS", 1)
    for name in ("_river_counter", "_river_anomaly"):  # a peer that only benchmarks install
        monkeypatch.setattr(screen, name, lambda likes: float(likes.num_rows))
    assert "**the screen**, 20,000 a batch" in screen.screen(SILENT, quick=True)


@pytest.mark.soak
def test_settling_days_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement, "QUICK_LIKES_A_DAY", 1_000)
    monkeypatch.setattr(settlement, "QUICK_WORLD_LIKES", 1_500)
    monkeypatch.setattr(settlement, "WINDOWS", (7,))
    monkeypatch.setattr(settlement, "PASS_DAYS", 15)
    text = settlement.settlement(SILENT, quick=True)
    assert "**from one to the next**" in text
