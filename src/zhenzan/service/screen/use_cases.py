"""Screening in the service: provisional probabilities of incoming likes; its counters outlast a restart."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.errors import LakeError
from zhenzan.lake import Lake, read_since
from zhenzan.screen import Counters, Screen
from zhenzan.service.rule_metrics import RuleMetrics

__all__ = ["Screening"]

SAVE_SECONDS = 300.0  # between two states of the counters; what came after is counted again at the next start
COUNTERS = "counters.npz"

log = logging.getLogger("zhenzan.service")


class Screening:
    """`screen` as it was when the service stopped, with what came in since then counted again; `tally` of its
    rules.
    """

    def __init__(self, home: Path, lake: Lake) -> None:
        Screen.warm()
        self._path, self._lake, self._saved_at = home / COUNTERS, lake, time.monotonic()
        self.tally = RuleMetrics()
        counters, sequence = self._saved()
        self.screen = Screen(counters)
        for batch in read_since(home, sequence, unread=_tell_uncounted):
            self.screen.step(batch)

    def _saved(self) -> tuple[Counters, int]:
        if self._path.exists():
            try:
                return Counters.load(self._path)
            except LakeError as error:
                log.warning("counting starts anew: %s", error)
        return Counters(), 0

    def step(self, batch: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Provisional chances of what was just kept; the counters are written down now and then."""
        screened = self.screen.step(batch)
        self.tally.observe(batch, screened)
        if time.monotonic() - self._saved_at > SAVE_SECONDS:
            self.save()
        return screened.chances

    def save(self) -> None:
        """Write the counters down, in the thread that steps, or when it has ended."""
        self._saved_at = time.monotonic()
        try:
            self.screen.save(self._path, self._lake.sequence)
        except OSError as error:
            log.warning("the counters are not written down just now: %s", error)


def _tell_uncounted(error: LakeError) -> None:
    """A service that takes no likes for one damaged file would lose more than it counts."""
    log.error("the likes of a file are not counted by the screen: %s", error)
