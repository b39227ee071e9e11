"""Escalation of penalties for repeat offenders, strike by strike."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.lab.scenario import Sanctions

__all__ = ["escalated"]

STEPS_MAX = 10  # a ladder ends there: beyond, numbers grow past all meaning


def escalated(about: Sanctions, strikes: npt.NDArray[Any], first: int) -> npt.NDArray[np.float64]:
    """The factor of a penalty at a strike; `first` is the strike that first brings it, 0 before."""
    steps = np.minimum(strikes.astype(np.float64) - first, STEPS_MAX)
    return np.where(steps >= 0, about.repeat_factor ** np.maximum(steps, 0.0), 0.0)
