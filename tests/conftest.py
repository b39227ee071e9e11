"""What all tests share: where the real data sets lie, and small paths for scratch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA_VARIABLE = "ZHENZAN_DATA"
REQUIRE_VARIABLE = "ZHENZAN_REQUIRE_DATA"


def data_folder() -> Path:
    """The folder of the real data sets: $ZHENZAN_DATA, or `../shared/data` beside the repository."""
    return Path(os.environ.get(DATA_VARIABLE) or ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets; the test is skipped where they are not on this machine.

    With ZHENZAN_REQUIRE_DATA=1 a missing folder is a failure, so that a CI run that should have the data
    cannot pass without it.
    """
    folder = data_folder()
    if folder.is_dir():
        return folder
    reason = f"the real data sets are not at {folder} (set {DATA_VARIABLE} to their folder)"
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(reason)
    pytest.skip(reason)
