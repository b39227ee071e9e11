"""Real campaign timings (GitHub's fake stars) replayed into real backgrounds (KuaiRand, election shares)."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.world import BOUGHT, CODE, DAY, NATURAL, SECOND, Part, World, assemble

BACKGROUNDS = ("kuairand", "election")
#: Stars of one repository with no longer gap than this belong to one campaign.
GAP_SECONDS = 86_400
#: A campaign of fewer stars is left out: a star or two a day looks like people who found the repository.
CAMPAIGN_MINIMUM = 10
WINDOW_MINIMUM = 3
#: Uses of an account: rings reuse theirs, throwaway accounts are used once or twice.
USES = {"reuse": (5.5, 9.0), "throwaway": (1.0, 2.0)}


def data_folder() -> Path:
    """Where the shared research data lies: $ZHENZAN_DATA, or ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("ZHENZAN_DATA", default))


@dataclass(frozen=True)
class Background:
    """Natural likes in time order: account, item, creator codes from 0 and seconds since 1970."""

    account: np.ndarray
    item: np.ndarray
    creator_of_item: np.ndarray
    second: np.ndarray

    @property
    def span(self) -> float:
        return float(self.second[-1] - self.second[0])


@functools.cache
def load_background(name: str) -> Background:
    """KuaiRand: long views as likes, authors as creators. Election: shares of links, publishers as creators.

    The first like of each (account, item) is kept; 53,190 and 37,013 likes.
    """
    folder = data_folder()
    if name == "kuairand":
        source = f"""select user_id account, video_id item, coalesce(author_id, -video_id) creator,
            time_ms / 1e3 as s
            from '{folder}/kuairand/log_standard_4_24_to_5_04_pure.csv.gz'
            left join '{folder}/kuairand/video_features_basic_pure.csv.gz' using (video_id)
            where long_view = 1"""
    else:
        assert name == "election", name
        source = f"""select account, item, publisher creator, epoch(timestamp) as s
            from '{folder}/election_shares.parquet'"""
    query = f"""select account, item, min(creator) creator, min(s) s from ({source})
        group by account, item order by s, account, item"""
    rows = duckdb.connect().execute(query).fetchnumpy()
    account = np.unique(np.asarray(rows["account"]), return_inverse=True)[1]
    items, first, item = np.unique(np.asarray(rows["item"]), return_index=True, return_inverse=True)
    creator = np.unique(np.asarray(rows["creator"])[first], return_inverse=True)[1]
    assert len(creator) == len(items)
    return Background(account, item, creator, np.asarray(rows["s"], dtype=np.float64))


@functools.cache
def fake_stars() -> tuple[np.ndarray, np.ndarray]:
    """Repository code and second of each star that StarScout found obviously fake, by repository and time."""
    path = data_folder() / "github_fake_stars.parquet"
    query = f"select repo, epoch(starred_at) s from '{path}' order by repo, starred_at, actor"
    rows = duckdb.connect().execute(query).fetchnumpy()
    return np.unique(np.asarray(rows["repo"]), return_inverse=True)[1], np.asarray(
        rows["s"], dtype=np.float64
    )


@dataclass(frozen=True)
class Campaign:
    """The stars of one repository: seconds from the start of whatever it was cut from, ascending."""

    repository: int
    offset: np.ndarray


def campaigns_of_log() -> list[Campaign]:
    """Runs of CAMPAIGN_MINIMUM stars or more of one repository without a gap over a day; 274 of them."""
    repository, second = fake_stars()
    opens = np.ones(len(second), dtype=bool)
    opens[1:] = (np.diff(repository) != 0) | (np.diff(second) > GAP_SECONDS)
    runs = np.split(np.arange(len(second)), np.flatnonzero(opens)[1:])
    return [
        Campaign(int(repository[run[0]]), second[run] - second[run[0]])
        for run in runs
        if len(run) >= CAMPAIGN_MINIMUM
    ]


def window_of_log(begin: float, length: float) -> list[Campaign]:
    """Repositories with WINDOW_MINIMUM stars or more in [begin, begin + length), instants from `begin`."""
    repository, second = fake_stars()
    inside = np.flatnonzero((second >= begin) & (second < begin + length))
    groups = np.split(inside, np.flatnonzero(np.diff(repository[inside])) + 1) if len(inside) else []
    return [
        Campaign(int(repository[group[0]]), second[group] - begin)
        for group in groups
        if len(group) >= WINDOW_MINIMUM
    ]


def replay_world(
    seed: int,
    background: str = "kuairand",
    reuse: str = "reuse",
    placement: str = "campaigns",
    targets: str = "own",
    share: float | None = None,
    order: str = "shuffled",
) -> World:
    """Fake stars as bought likes in a real log; accounts come from fresh pools, one pool a ring.

    placement "campaigns": some dozens of the log's campaigns (one a repository), each at a random place of
    the background, its inner timing kept to the second. "window": stretches of the fake log as long as the
    background laid over it, so that instants stay as they were between repositories too; a stretch is a ring,
    as many of them as `share` needs. reuse "reuse": an account sells 5 likes or more on average;
    "throwaway": one or two. targets "own": the repositories are items of their own, as they were;
    "background": items that are there.
    `share` is bought likes over background likes, by default between 4 and 8 % by seed.
    """
    assert placement in ("campaigns", "window"), placement
    assert reuse in USES, reuse
    assert targets in ("own", "background"), targets
    rng = np.random.default_rng([seed, 20220101])
    base = load_background(background)
    likes_target = int(len(base.second) * (rng.uniform(0.04, 0.08) if share is None else share))
    make = _rings_of_campaigns if placement == "campaigns" else _rings_of_windows
    rings = make(base.span, likes_target, reuse, rng)
    parts = [
        Part(base.account, base.item, (base.second - base.second[0]) * SECOND, NATURAL, CODE["ordinary"])
    ]
    accounts, items = int(base.account.max()) + 1, len(base.creator_of_item)
    creator_of_item = base.creator_of_item.copy()
    ring_of_account = [np.full(accounts, -1, dtype=np.int32)]
    item_of_target: dict[tuple[int, int], int] = {}
    order_number = 0
    for number, ring in enumerate(rings):
        pool = accounts + np.arange(pool_size(ring, reuse, rng))
        accounts += len(pool)
        ring_of_account.append(np.full(len(pool), number if reuse == "reuse" else -1, dtype=np.int32))
        for campaign, chosen in zip(ring, _deal(ring, len(pool), rng), strict=True):
            target = (number, campaign.repository)
            if target not in item_of_target and targets == "own":
                item_of_target[target] = items + len(item_of_target)
                creator_of_item = np.append(creator_of_item, creator_of_item.max() + 1)
            elif target not in item_of_target:
                item_of_target[target] = int(rng.integers(0, items))
            item = np.full(len(chosen), item_of_target[target])
            parts.append(
                Part(pool[chosen], item, campaign.offset * SECOND, BOUGHT, CODE["replay"], order_number)
            )
            order_number += 1
    name = f"replay-{background}-{reuse}-{placement}-{targets}-{seed}"
    bought = sum(len(part) for part in parts[1:])
    notes: dict[str, object] = {
        "campaigns": order_number,
        "rings": len(rings),
        "uses": bought / max(accounts - len(ring_of_account[0]), 1),
        "days": base.span * SECOND / DAY,
    }
    start = int(base.second[0]) * SECOND
    return assemble(
        name, parts, creator_of_item, np.concatenate(ring_of_account), rng, start, order, notes=notes
    )


def _rings_of_campaigns(
    span: float, target: int, reuse: str, rng: np.random.Generator
) -> list[list[Campaign]]:
    """Random campaigns that fit the span, placed at random, dealt to two to four rings."""
    fitting = [campaign for campaign in campaigns_of_log() if campaign.offset[-1] < 0.7 * span]
    rings: list[list[Campaign]] = [[] for _ in range(int(rng.integers(2, 5)))]
    limit = target / len(rings) / USES[reuse][0] if reuse == "reuse" else target / 4
    placed = 0
    served: set[int] = set()
    for index in rng.permutation(len(fitting)).tolist():
        campaign = fitting[index]
        if placed >= target or len(campaign.offset) > limit or campaign.repository in served:
            continue
        served.add(campaign.repository)
        smallest = min(rings, key=lambda ring: sum(len(one.offset) for one in ring))
        begin = np.floor(rng.uniform(0, span - campaign.offset[-1]))
        smallest.append(Campaign(campaign.repository, campaign.offset + begin))
        placed += len(campaign.offset)
    return rings


def _rings_of_windows(span: float, target: int, reuse: str, rng: np.random.Generator) -> list[list[Campaign]]:
    """Disjoint stretches of the fake log until the likes suffice; what a pool cannot serve is left out."""
    _, second = fake_stars()
    first, count = second.min(), int((second.max() - second.min()) // span)
    shift = rng.uniform(0, (second.max() - first) - count * span)
    rings: list[list[Campaign]] = []
    placed = 0
    for index in rng.permutation(count).tolist():
        stretch = window_of_log(first + shift + index * span, span)
        stretch = _servable(stretch, USES[reuse][0])
        if placed >= target or len(stretch) < 5:
            continue
        rings.append(stretch)
        placed += sum(len(campaign.offset) for campaign in stretch)
    return rings


def _servable(stretch: list[Campaign], uses: float) -> list[Campaign]:
    """Without campaigns so big that a pool able to serve them would be used less than `uses` times."""
    while stretch:
        total = sum(len(campaign.offset) for campaign in stretch)
        largest = max(stretch, key=lambda campaign: len(campaign.offset))
        if len(largest.offset) * uses <= total:
            break
        stretch = [campaign for campaign in stretch if campaign is not largest]
    return stretch


def pool_size(ring: list[Campaign], reuse: str, rng: np.random.Generator) -> int:
    """Accounts of a ring: its likes over the uses of an account, yet enough for its largest campaign."""
    sizes = [len(campaign.offset) for campaign in ring]
    assert sizes, "a ring has campaigns"
    return max(int(np.ceil(sum(sizes) / rng.uniform(*USES[reuse]))), max(sizes))


def _deal(ring: list[Campaign], pool: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Accounts for each campaign: distinct within it, all of the pool about equally busy with some chance."""
    used = np.zeros(pool)
    dealt = []
    for campaign in ring:
        lazy = np.argsort(used + rng.exponential(1.0, pool))[: len(campaign.offset)]
        used[lazy] += 1
        dealt.append(rng.permutation(lazy))
    return dealt
