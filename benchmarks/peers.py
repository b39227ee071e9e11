"""Other methods on the same log: each gives a score per like, higher = more likely bought.

They see account, item, creator and timestamp; only gradient boosting also sees labels, half of them at a
time. They are installed by `make bench` alone, so their imports stand inside the functions that need them.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.world import CAMOUFLAGE, HOUR, MINUTE, World

FRAUDAR_BLOCKS = 6
SYNCHRONY_WINDOW = HOUR
SYNCHRONY_CELL_LIMIT = 300  # Larger cells are viral items; a per-pair join of them is quadratic.
SYNCHRONY_SHARED = 2
CORE_WINDOW = HOUR
CORE_ACCOUNTS = 6
CORE_SHARE = 0.5
CORE_SEEDS = 6_000
WARM_LIKES = 3_000
START_SECONDS = 30.0  # For the process, its imports and the small warm-up.


def account_degree(world: World) -> np.ndarray:
    """The number of likes of the account. Needs nothing."""
    _, account, count = np.unique(world.account, return_inverse=True, return_counts=True)
    return count[account].astype(np.float64)


def account_counts(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Ten hand-made counts of each account, float64[accounts, 10], and the account code of each like.

    Likes, creators, busiest hour, busiest day, active days, life span, median gap, mean popularity of its
    items, likes per active day, hours of the day in use.
    """
    _, account = np.unique(world.account, return_inverse=True)
    _, item, popularity = np.unique(world.item, return_inverse=True, return_counts=True)
    accounts = int(account.max()) + 1
    order = np.lexsort((world.timestamp, account))
    who, when = account[order], world.timestamp[order]
    likes = np.bincount(who, minlength=accounts).astype(np.float64)
    gap = np.diff(when, append=when[-1]) / MINUTE
    inner = np.flatnonzero(np.append(who[1:] == who[:-1], False))
    first = np.searchsorted(who, np.arange(accounts))
    last = np.append(first[1:], len(who)) - 1
    by_gap = inner[np.lexsort((gap[inner], who[inner]))]
    middle = (
        np.searchsorted(who[by_gap], np.arange(accounts)) + np.maximum(likes.astype(np.int64) - 2, 0) // 2
    )
    gaps = np.append(gap[by_gap], 0.0)[np.minimum(middle, len(by_gap))]
    busiest_hour, _ = _cells(who, when // HOUR, accounts)
    busiest_day, days = _cells(who, when // (24 * HOUR), accounts)
    _, hours = _cells(who, when // HOUR % 24, accounts)
    _, creators = _cells(account, np.unique(world.creator, return_inverse=True)[1], accounts)
    liked = np.bincount(account, weights=np.log1p(popularity[item]), minlength=accounts) / likes
    span = (when[last] - when[first]) / HOUR
    columns = (
        likes,
        creators,
        busiest_hour,
        busiest_day,
        days,
        span,
        np.where(likes > 1, gaps, -1.0),
        liked,
        likes / days,
        hours,
    )
    return np.stack(columns, axis=1).astype(np.float64), account


def _cells(account: np.ndarray, cell: np.ndarray, accounts: int) -> tuple[np.ndarray, np.ndarray]:
    """Per account: likes in its fullest cell, and the number of distinct cells."""
    width = int(cell.max() - cell.min()) + 1
    key, count = np.unique(account.astype(np.int64) * width + (cell - cell.min()), return_counts=True)
    owner = key // width
    fullest = np.zeros(accounts)
    np.maximum.at(fullest, owner, count)
    return fullest, np.bincount(owner, minlength=accounts)


def hbos(world: World) -> np.ndarray:
    """Histogram-based outlier score (Goldstein, Dengel 2012) of the account counts, by pyod."""
    from pyod.models.hbos import HBOS

    counts, account = account_counts(world)
    return np.asarray(HBOS().fit(np.log1p(np.maximum(counts, 0))).decision_scores_)[account]


def isolation_forest(world: World) -> np.ndarray:
    """Isolation forest (Liu et al. 2008) on the account counts, by pyod."""
    from pyod.models.iforest import IForest

    counts, account = account_counts(world)
    return np.asarray(IForest(random_state=0).fit(counts).decision_scores_)[account]


def gradient_boosting(world: World) -> np.ndarray:
    """Supervised: trained on the labels of half of the accounts, scores the other half, and the reverse."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    counts, account = account_counts(world)
    half = np.random.default_rng(0).random(len(counts)) < 0.5
    labelled = world.kind_of_like != CAMOUFLAGE
    score = np.zeros(len(world))
    for train in (half, ~half):
        rows = np.flatnonzero(train[account] & labelled)
        others = np.flatnonzero(~train[account])
        model = HistGradientBoostingClassifier(random_state=0)
        model.fit(counts[account[rows]], world.is_bought[rows])
        score[others] = model.predict_proba(counts[account[others]])[:, 1]
    return score


def fraudar(world: World) -> np.ndarray:
    """FRAUDAR (Hooi et al. 2016), logarithmic weights, by rgmining-fraudar: its first blocks.

    A like scores the density of the block that holds both its account and its item.
    """
    from fraudar.export import greedy
    from scipy import sparse

    _, account = np.unique(world.account, return_inverse=True)
    _, item = np.unique(world.item, return_inverse=True)
    shape = (int(account.max()) + 1, int(item.max()) + 1)
    score = np.zeros(len(world))
    left = np.ones(len(world), dtype=bool)
    for _ in range(FRAUDAR_BLOCKS):
        ones = np.ones(int(left.sum()), dtype=np.int64)
        graph = sparse.coo_matrix((ones, (account[left], item[left])), shape=shape).tolil()
        with contextlib.redirect_stdout(io.StringIO()):
            (rows, columns), density = greedy.logWeightedAveDegree(graph)
        inside = np.isin(account, list(rows)) & np.isin(item, list(columns)) & left
        score[inside] = density
        left &= ~inside
    return score


def fraudar_as_packaged(world: World) -> np.ndarray:
    """The same by what the package gives its users, a ReviewGraph: an account is suspect or not, and so is
    each of its likes.
    """
    from fraudar import ReviewGraph

    graph = ReviewGraph(FRAUDAR_BLOCKS)
    accounts, account = np.unique(world.account, return_inverse=True)
    items, item = np.unique(world.item, return_inverse=True)
    reviewers = [graph.new_reviewer(str(name)) for name in accounts.tolist()]
    products = [graph.new_product(str(name)) for name in items.tolist()]
    for one, other in zip(account.tolist(), item.tolist(), strict=True):
        graph.add_review(reviewers[one], products[other], 1.0)
    with contextlib.redirect_stdout(io.StringIO()):
        graph.update()
    return np.array([reviewer.anomalous_score for reviewer in reviewers], np.float64)[account]


def synchrony(world: World) -> np.ndarray:
    """SynchroTrap's measure (Cao et al. 2014): Jaccard similarity of two accounts' sets of (item, hour).

    A like scores its account's largest similarity to any account that shares at least SYNCHRONY_SHARED pairs
    with it, or zero where nobody else liked the item in that hour. Cells over SYNCHRONY_CELL_LIMIT likes are
    left out.
    """
    from scipy import sparse

    _, account = np.unique(world.account, return_inverse=True)
    window = (world.timestamp - world.timestamp.min()) // SYNCHRONY_WINDOW
    _, item = np.unique(world.item, return_inverse=True)
    _, cell, size = np.unique(
        item.astype(np.int64) * (int(window.max()) + 1) + window, return_inverse=True, return_counts=True
    )
    usable = (size[cell] > 1) & (size[cell] <= SYNCHRONY_CELL_LIMIT)
    accounts = int(account.max()) + 1
    ones = np.ones(int(usable.sum()), dtype=np.int32)
    table = sparse.csr_matrix((ones, (account[usable], cell[usable])), shape=(accounts, len(size)))
    likes = np.bincount(account, minlength=accounts)
    active = np.flatnonzero(np.diff(table.indptr) >= SYNCHRONY_SHARED)
    table = table[active]
    turned = table.T.tocsr()
    best = np.zeros(accounts)
    step = 2_000
    for begin in range(0, len(active), step):
        shared = (table[begin : begin + step] @ turned).tocoo()
        mine, other = active[shared.row + begin], active[shared.col]
        both = (shared.data >= SYNCHRONY_SHARED) & (mine != other)
        mine, other, common = mine[both], other[both], shared.data[both]
        np.maximum.at(best, mine, common / (likes[mine] + likes[other] - common))
    return np.where(usable, best[account], 0.0)


def near_bipartite_cores(world: World) -> np.ndarray:
    """CopyCatch (Beutel et al. 2013): accounts who like the same items, each item within one time window.

    Local search from random likes: the accounts that were within CORE_WINDOW of the seed account on
    CORE_SHARE of its chosen items, then the items that most of these share, centred anew, until nothing
    changes. A like scores accounts times items of the largest core that it belongs to.
    """
    _, account = np.unique(world.account, return_inverse=True)
    _, item = np.unique(world.item, return_inverse=True)
    by_item = np.lexsort((world.timestamp, item))
    start = world.timestamp.min()
    span = int(world.timestamp.max() - start) + 4 * CORE_WINDOW
    key = item[by_item].astype(np.int64) * span + (world.timestamp[by_item] - start) + 2 * CORE_WINDOW
    who = account[by_item]
    by_account = np.lexsort((world.timestamp[by_item], who))
    begin = np.searchsorted(who[by_account], np.arange(int(account.max()) + 2))
    score = np.zeros(len(world))
    rng = np.random.default_rng(0)
    for seed in rng.integers(0, len(who), CORE_SEEDS).tolist():
        mine = by_account[begin[who[seed]] : begin[who[seed] + 1]]
        if 3 <= len(mine) <= 400:
            rows, weight = _grow_core(key, who, key[mine])
            np.maximum.at(score, rows, weight)
    out = np.zeros(len(world))
    out[by_item] = score
    return out


def _grow_core(key: np.ndarray, who: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows of the core around `centres` (item and time keys) and its weight; empty where there is none."""
    nothing = (np.zeros(0, dtype=np.int64), 0.0)
    members = np.zeros(0, dtype=np.int64)
    rows = members
    for _ in range(4):
        low = np.searchsorted(key, centres - CORE_WINDOW // 2)
        size = np.searchsorted(key, centres + CORE_WINDOW // 2, side="right") - low
        page = np.repeat(np.arange(len(centres)), size)
        rows = low[page] + np.arange(len(page)) - np.repeat(np.cumsum(size) - size, size)
        present, count = np.unique(who[rows], return_counts=True)
        chosen = present[count >= max(3, CORE_SHARE * len(centres))]
        if len(chosen) < CORE_ACCOUNTS:
            # Keep the items on which the seed has most company, and try a smaller core.
            kept = np.argsort(-size)[: len(centres) // 2]
            if len(kept) < 3:
                return nothing
            centres = np.sort(centres[kept])
            continue
        inside = np.isin(who[rows], chosen)
        rows, page = rows[inside], page[inside]
        company = np.bincount(page, minlength=len(centres))
        shared = np.flatnonzero(company >= CORE_SHARE * len(chosen))
        if len(shared) < 3:
            return nothing
        offset = (key[rows] - centres[page]).astype(np.float64)
        drift = np.bincount(page, weights=offset, minlength=len(centres))
        centres = centres[shared] + (drift[shared] / company[shared]).astype(np.int64)
        rows = rows[np.isin(page, shared)]
        if np.array_equal(chosen, members):
            break
        members = chosen
    return (rows, float(len(members) * len(centres))) if len(members) else nothing


@dataclass(frozen=True)
class Peer:
    """A method: its name in tables, its score, and whether it learns from labels."""

    name: str
    score: Callable[[World], np.ndarray]
    supervised: bool = False


PEERS = (
    Peer("account degree", account_degree),
    Peer("HBOS on account counts", hbos),
    Peer("isolation forest on account counts", isolation_forest),
    Peer("gradient boosting on account counts, half of the labels", gradient_boosting, supervised=True),
    Peer("FRAUDAR, its peeling alone", fraudar),
    Peer("FRAUDAR, as its package offers it", fraudar_as_packaged),
    Peer("pairwise synchrony (SynchroTrap's)", synchrony),
    Peer("near-bipartite cores (CopyCatch's)", near_bipartite_cores),
)


@dataclass(frozen=True)
class Attempt:
    """What a peer gave: a score or the reason why there is none, and the seconds it took."""

    score: np.ndarray | None
    seconds: float
    failure: str = ""


def attempt(peer: Peer, world: World, limit_seconds: float) -> Attempt:
    """Run a peer in a process of its own, stopped after `limit_seconds`; only the score is timed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(peer.score, world, theirs), daemon=True)
    process.start()
    theirs.close()
    result = Attempt(None, limit_seconds, f"no result within {limit_seconds:.0f} s")
    try:
        if ours.poll(limit_seconds + START_SECONDS):
            result = ours.recv()
    except EOFError:
        result = Attempt(None, 0.0, "the process died")
    process.kill()
    process.join()
    return result


def _work(score: Callable[[World], np.ndarray], world: World, answer: Connection) -> None:
    with contextlib.suppress(Exception):
        score(world.reorder(np.arange(min(WARM_LIKES, len(world)))))  # imports and compiles, untimed
    begin = time.perf_counter()
    try:
        values = score(world)
        answer.send(Attempt(values, time.perf_counter() - begin))
    except Exception as error:
        answer.send(Attempt(None, time.perf_counter() - begin, f"{type(error).__name__}: {error}"))
