"""One verified sample log for all tests of the command, and a way to run the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from zhenzan.cli import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def zhenzan(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process: `zhenzan("verify", path)`; a wide terminal keeps lines whole."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> Done:
        code = main([str(argument) for argument in arguments])
        return Done(code, *capfd.readouterr())

    return run


@pytest.fixture
def folder(sample_folder: Path) -> Path:
    return sample_folder
