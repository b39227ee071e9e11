"""Settlement: judge what lies in the lake, again and again, and publish what was found."""

from zhenzan.settle.passes import Pass, comparison, judge, latest
from zhenzan.settle.working import RULING, SHADOW, Pace, work

__all__ = ["RULING", "SHADOW", "Pace", "Pass", "comparison", "judge", "latest", "work"]
