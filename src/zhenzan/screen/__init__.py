"""Real time: counters, features and a provisional verdict for every like as it comes in."""

from zhenzan.screen.counters import Counters
from zhenzan.screen.evidence import EVIDENCE
from zhenzan.screen.features import FEATURES
from zhenzan.screen.screen import Screen, Screened

__all__ = ["EVIDENCE", "FEATURES", "Counters", "Screen", "Screened"]
