"""What several tests of the rewards stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.ledger.machines import Clock

    from zhenzan.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    """A new one, by the clock of the test; all of it is checked at the end."""
    from tests.ledger.machines import KEY

    from zhenzan.ledger import Ledger, check

    with Ledger.open(tmp_path / "rewards.sqlite", key=KEY, clock=clock) as opened:
        yield opened
        check(opened)
