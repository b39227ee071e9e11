"""The screen: a provisional verdict for every like as it arrives, from counters and features."""

from zhenzan.screen.backtest import backtest
from zhenzan.screen.counters import Counters
from zhenzan.screen.evidence import EVIDENCE, SILENT_CHANCE
from zhenzan.screen.features import FEATURES
from zhenzan.screen.rules import COLUMNS, ScreenRules, check_screen_rules
from zhenzan.screen.screen import Screen, Screened

__all__ = [
    "COLUMNS",
    "EVIDENCE",
    "FEATURES",
    "SILENT_CHANCE",
    "Counters",
    "Screen",
    "ScreenRules",
    "Screened",
    "backtest",
    "check_screen_rules",
]
