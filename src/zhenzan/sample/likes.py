"""What the parts of the made-up world share: the world's facts and a growing list of likes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0  # seconds

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass
class World:
    """Facts about accounts and items. Times are seconds from the start of the log, durations milliseconds.

    `accounts` is how many natural accounts there are, numbered from 0; campaigns number theirs from there on.
    """

    accounts: int
    activity: Floats
    taste: Ints
    item_creator: Ints
    item_topic: Ints
    item_published: Floats
    item_appeal: Floats
    item_duration: Ints
    end: float


class Likes:
    """Likes collected in blocks, one block per item and source."""

    def __init__(self) -> None:
        self._blocks: list[tuple[Ints, Ints, Floats, Ints, npt.NDArray[np.int8]]] = []

    def add(self, account: Ints, item: int, seconds: Floats, watched_ms: Ints, source: int = 0) -> None:
        """Add likes of one item; `source` is 0 for natural ones."""
        count = len(account)
        assert count == len(seconds) == len(watched_ms)
        self._blocks.append(
            (account, np.full(count, item), seconds, watched_ms, np.full(count, source, dtype=np.int8))
        )

    def columns(self) -> tuple[Ints, Ints, Floats, Ints, npt.NDArray[np.int8]]:
        """Return account, item, seconds, watched_ms, source: every (account, item) once, the earliest."""
        account, item, seconds, watched, source = (np.concatenate(c) for c in zip(*self._blocks, strict=True))
        by_time = np.argsort(seconds, kind="stable")
        _, first = np.unique((item * (account.max() + 1) + account)[by_time], return_index=True)
        keep = np.sort(by_time[first])
        return account[keep], item[keep], seconds[keep], watched[keep], source[keep]


def natural_watch(rng: np.random.Generator, world: World, item: int, count: int) -> Ints:
    """How long people who like a video watch it: mostly to the end, some again and again. Milliseconds."""
    share = rng.beta(4.0, 1.3, count) + np.where(rng.random(count) < 0.12, rng.exponential(0.8, count), 0.0)
    return (share * world.item_duration[item]).astype(np.int64)
