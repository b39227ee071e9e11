"""Some seeds of the simulation; `python -m benchmarks --only faults` runs thousands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.ledger.simulation import SimulationError, make_template, scratch, simulate

from zhenzan.ledger import Ledger

SEEDS = 40


def test_no_fault_loses_anything_or_does_it_twice() -> None:
    count = Counter[str]()
    with scratch() as name:
        template = make_template(Path(name) / "template")
        for seed in range(SEEDS):
            count += simulate(template, Path(name), seed)
    assert count["seeds"] == SEEDS
    for fault in (
        "crashes",
        "full disks",
        "writers overtaken",
        "clock steps back",
        "duplicates",
        "reordered",
    ):
        assert count[fault] > 5, fault


def test_a_seed_runs_the_same_again(tmp_path: Path) -> None:
    template = make_template(tmp_path / "template")
    assert simulate(template, tmp_path, 7) == simulate(template, tmp_path, 7)


def test_a_ledger_that_loses_a_batch_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Ledger._seal, [0]

    def forgetful(ledger: Ledger, work: object, *arguments: object) -> object:
        calls[0] += 1
        if calls[0] == 8:
            work.transfers.clear()  # type: ignore[attr-defined]
        return real(ledger, work, *arguments)  # type: ignore[arg-type]

    template = make_template(tmp_path / "template")
    monkeypatch.setattr(Ledger, "_seal", forgetful)
    with pytest.raises(SimulationError, match=r"again: python -m tests\.ledger\.simulation 3"):
        simulate(template, tmp_path, 3)
