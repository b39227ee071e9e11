"""How much a test tries: a little in `make test`, much in `make soak`."""

from __future__ import annotations

import os

__all__ = ["SOAKING", "effort"]

SOAKING = os.environ.get("ZHENZAN_SOAK") == "1"


def effort(usual: int, soaking: int) -> int:
    """The first, or the second in `make soak`. Mark the test `also_soak`, so that it is run there."""
    return soaking if SOAKING else usual
