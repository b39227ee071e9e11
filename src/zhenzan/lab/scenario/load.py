"""Loading a scenario file, or one clear error: file, line, key, what is allowed."""

from __future__ import annotations

from pathlib import Path

from zhenzan.config import read_document, read_text
from zhenzan.errors import ScenarioError
from zhenzan.lab import builtin
from zhenzan.lab.scenario.model import Scenario

__all__ = ["FILE_BYTES_MAX", "load_scenario", "read_scenario", "shipped_scenario"]

FILE_BYTES_MAX = 4 * 1024 * 1024


def load_scenario(path: str | Path) -> Scenario:
    """Read and check a scenario file, or one that is shipped, by its bare name (`weekday`).

    Raises `ScenarioError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    file = builtin.find_shipped("scenarios", path)
    if not file.exists():
        raise ScenarioError(f"{path}: there is no such scenario file{builtin.names('scenarios', path)}")
    return read_scenario(read_text(file, "scenario", FILE_BYTES_MAX, ScenarioError), str(file))


def shipped_scenario(name: str) -> Scenario:
    """A scenario that is shipped, also where a file of one's own has its name."""
    return load_scenario(builtin.shipped("scenarios", name))


def read_scenario(text: str, source: str = "scenario") -> Scenario:
    """Read and check the text of a scenario; `source` names it in errors (`ScenarioError`)."""
    return read_document(text, source, Scenario.from_document, ScenarioError)
