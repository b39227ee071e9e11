"""Detectors: none, perfect, of given rates, or the real verification in the loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from zhenzan.lab.events import Events
from zhenzan.lab.kernels.random import units
from zhenzan.lab.kernels.verdict_updates import FAKE, GENUINE, PENDING
from zhenzan.lab.kernels.watch import LIKE
from zhenzan.lab.scenario import Detector
from zhenzan.lab.vocabulary import BOUGHT, NATURAL

__all__ = ["by_rates", "by_verification"]


def by_rates(
    about: Detector, events: Events, quantity: npt.NDArray[np.int64], key: np.uint64
) -> npt.NDArray[np.int8]:
    """Verdicts [events] of a detector with known rates; `perfect` and `none` are its ends.

    `quantity` [orders]. Each (account, item) has its own luck, the same under every policy, so that a
    detector with a higher recall finds all that a lower one finds.
    """
    likes = (events.flags & LIKE) != 0
    if about.kind == "none":
        return np.where(likes, GENUINE, PENDING).astype(np.int8)
    paid = events.kind != NATURAL
    if about.kind == "perfect":
        fake = paid
    else:
        small = np.zeros(len(events), np.bool_)
        ordered = events.kind == BOUGHT  # promotion has campaigns too, of its own
        if ordered.any():
            small[ordered] = quantity[events.campaign[ordered]] <= about.small_order
        chance = np.where(paid, np.where(small, about.recall_small, about.recall), about.false_share)
        fake = units(key, events.account.astype(np.int64), events.item.astype(np.int64)) < chance
    return np.where(likes, np.where(fake, FAKE, GENUINE), PENDING).astype(np.int8)


def by_verification(
    account: npt.NDArray[np.int64],
    item: npt.NDArray[np.int64],
    creator: npt.NDArray[np.int64],
    time: npt.NDArray[np.int64],
    watched: npt.NDArray[np.int64],
    duration: npt.NDArray[np.float64],
) -> npt.NDArray[np.int8]:
    """Verdicts of `zhenzan.verify`, default policy, on likes as a platform sees them; uncertain: pending."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from zhenzan.verify import verify

    log = pa.table(
        {
            "account": account,
            "item": item,
            "creator": creator,
            "timestamp": pa.array(time).cast(pa.timestamp("us", tz="UTC")),
            "watched": watched,
            "duration": pa.array(duration.astype(np.int64), mask=duration <= 0),
        }
    )
    verdict = verify(log).verdicts["verdict"].cast(pa.string())
    fake = pc.equal(verdict, "fake").to_numpy()
    genuine = pc.equal(verdict, "genuine").to_numpy()
    verdicts: npt.NDArray[np.int8] = np.where(fake, FAKE, np.where(genuine, GENUINE, PENDING)).astype(np.int8)
    return verdicts
