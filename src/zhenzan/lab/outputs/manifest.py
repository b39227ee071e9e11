"""The manifest of a world: scenario, seed and versions to reproduce it, and hashes that prove that it is the
same.
"""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa

import zhenzan
from zhenzan.lab.scenario import Scenario

__all__ = ["FORMAT", "hash_of_file", "manifest_of", "versions"]

FORMAT = 1
BLOCK_BYTES = 1 << 20


def manifest_of(scenario: Scenario, seed: int) -> dict[str, Any]:
    """Scenario, seed and versions. The versions are part of it: numpy may draw otherwise in another one."""
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "scenario_sha256": scenario.digest,
        "seed": seed,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of everything that a number may depend on."""
    return {
        "zhenzan": zhenzan.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "pyarrow": pa.__version__,
    }


def hash_of_file(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
