"""Settlement: judge what lies in the lake, again and again, and publish what was found."""

from zhenzan.settle.passes import Pass, judge, latest
from zhenzan.settle.working import Pace, work

__all__ = ["Pace", "Pass", "judge", "latest", "work"]
