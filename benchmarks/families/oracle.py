"""What could be known at best: an oracle that is told every order, its window, and all true rates.

It is not told which accounts belong to the pool. Of a like in an order's window it asks how often the account
was at the pool's other orders (a Poisson law of the true paid rate against the true natural rate), and how
many of the window's likes were bought. What it cannot part no method can be asked to.
"""

from __future__ import annotations

import numpy as np

from benchmarks.families.contract import FamilyWorld
from zhenzan.lab.metrics import recall_at_precision

RECALL_WANTED = 0.95


def oracle_recalls(family: FamilyWorld) -> np.ndarray:
    """Recall at 99 % precision of each pool's bought likes among all natural likes. float64[pools]."""
    world = family.world
    account = np.unique(world.account, return_inverse=True)[1]
    recalls = np.zeros(len(family.pool_kinds))
    for pool in range(recalls.size):
        mine = world.is_bought & (world.ring == pool)
        if mine.any():
            score = _scores(family, mine, account)
            some = mine | world.is_natural
            recalls[pool] = recall_at_precision(score[some], mine[some])[0]
    return recalls


def _scores(family: FamilyWorld, mine: np.ndarray, account: np.ndarray) -> np.ndarray:
    """Log-odds that each like was bought by an order of the likes `mine`; −1e9 outside their windows."""
    world = family.world
    like, window, sold = _windows(family, mine)
    natural = world.is_natural[like]
    accounts, members = int(account.max()) + 1, np.unique(account[mine]).size
    paid_rate = mine.sum() / members
    own = np.maximum(np.bincount(account, world.is_natural), 0.5)[account[like]] / max(
        world.is_natural.sum(), 1
    )
    strangers = np.maximum(np.bincount(window, natural, sold.size), 0.5)
    by_chance = own * natural.sum()
    others = np.bincount(account[like], minlength=accounts)[account[like]] - 1.0
    paid_log = others * np.log(paid_rate) - paid_rate
    natural_log = others * np.log(np.maximum(by_chance, 1e-12)) - by_chance
    share = members / accounts
    bought = np.log(share * sold[window] / members) + paid_log
    unpaid = np.log(strangers[window] * own) + np.logaddexp(
        np.log1p(-share) + natural_log, np.log(share) + paid_log
    )
    score = np.full(len(world), -1e9)
    np.maximum.at(score, like, bought - unpaid)
    return score


def _windows(family: FamilyWorld, mine: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The likes in the windows of the orders of `mine`, the window of each, and each window's sold."""
    world = family.world
    order_of, sold = np.unique(world.campaign[mine], return_inverse=True, return_counts=True)[1:]
    windows = sold.size
    first, last = np.full(windows, np.iinfo(np.int64).max), np.full(windows, -1)
    np.minimum.at(first, order_of, world.timestamp[mine])
    np.maximum.at(last, order_of, world.timestamp[mine])
    item = np.zeros(windows, np.int64)
    item[order_of] = world.item[mine]
    rows = np.lexsort((world.timestamp, world.item))
    items = np.unique(world.item)
    span = int(world.timestamp.max() - world.timestamp.min()) + 2
    begin = int(world.timestamp.min())
    assert items.size * span < 2**63, "item and time fit one key"
    key = np.searchsorted(items, world.item[rows]) * span + (world.timestamp[rows] - begin)
    key_offset = np.searchsorted(items, item) * span
    low = np.searchsorted(key, key_offset + first - begin)
    high = np.searchsorted(key, key_offset + last - begin, side="right")
    window = np.repeat(np.arange(windows), high - low)
    like = rows[np.repeat(low - np.cumsum(high - low) + (high - low), high - low) + np.arange(window.size)]
    return like, window, sold.astype(float)
