"""A made-up log to try things on: three weeks of a small short-video app, some of its likes bought.

Nothing in it comes from people. It is small, the same for the same seed, and holds what makes the question
hard: a viral hit, loyal fans, a live room's storm of likes; and what a seller delivers: bursts by accounts
used again and again, tiny orders from a pool, a paid crowd of real people, and accounts that are used once
and thrown away.
"""

from zhenzan.sample.world import Sample, make_sample
from zhenzan.sample.write import write_labels, write_log

__all__ = ["Sample", "make_sample", "write_labels", "write_log"]
