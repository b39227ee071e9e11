"""Logs of one item, or of a few that share no accounts: nothing can be compared, so nothing can be told.

Natural likes come by a daily rhythm over a life of some days, at a steady pace or a fading one, from accounts
that are seen once. In `bought_hour` and `bought_day` 20 to 60 % of all likes were bought within an hour or a
day; `news_day` has a burst just like theirs, of real people; `nothing` has none. Whoever sees only the log
cannot tell the bursts apart: an honest interval of the genuine likes holds both answers.

`python -m benchmarks.families.one_item` measures how often the interval holds the truth, and how wide it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

HOUR, DAY = 3600.0, 86_400.0
START_US = 1_700_006_400_000_000  # a midnight (UTC)
KINDS = ("bought_hour", "bought_day", "news_day", "nothing")
SEEDS = 50


@dataclass(frozen=True)
class OneItemWorld:
    """`log`: account, item, timestamp; `bought` bool[rows]; `likes`, `days` and `items` as drawn."""

    kind: str
    log: pa.Table
    bought: np.ndarray
    likes: int
    days: float
    day_resolution: bool

    @property
    def genuine(self) -> dict[str, int]:
        """The true number of genuine likes of each item."""
        item = np.asarray(self.log["item"].to_pylist())
        return {name: int(np.count_nonzero(~self.bought[item == name])) for name in np.unique(item).tolist()}


def make(
    kind: str,
    seed: int,
    *,
    likes: int | None = None,
    days: float | None = None,
    items: int = 1,
    day_resolution: bool | None = None,
) -> OneItemWorld:
    """A log of that kind; what is not given is drawn from the seed."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    drawn = int(np.exp(rng.uniform(np.log(200), np.log(20_000)))), float(rng.uniform(3, 40))
    likes, days = likes or drawn[0], days or drawn[1]
    coarse = bool(rng.random() < 0.25) and kind != "bought_hour"
    coarse = coarse if day_resolution is None else day_resolution
    times, bought = zip(*(_life(kind, rng, likes, days) for _ in range(items)), strict=True)
    time = np.concatenate(times)
    if coarse:
        time = np.floor(time / DAY) * DAY
    account = rng.permutation(time.size)
    item = np.repeat(np.arange(items), [times_of_item.size for times_of_item in times])
    order = rng.permutation(time.size)
    stamp = START_US + np.round(time[order] * 1e6).astype(np.int64)
    log = pa.table(
        {
            "account": pa.array([f"a{code}" for code in account[order]]),
            "item": pa.array([f"v{code}" for code in item[order]]),
            "timestamp": pa.array(stamp).cast(pa.timestamp("us", "UTC")),
        }
    )
    return OneItemWorld(kind, log, np.concatenate(bought)[order], likes, days, coarse)


def _life(kind: str, rng: np.random.Generator, likes: int, days: float) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds and whether bought, of one item of `likes` likes in all."""
    share = 0.0 if kind == "nothing" else float(rng.uniform(0.2, 0.6))
    burst = round(share * likes)
    natural = _natural_times(rng, likes - burst, days)
    length = HOUR if kind == "bought_hour" else DAY
    begin = rng.uniform(0.0, days * DAY - length)
    inside = begin + length * (rng.random(burst) if rng.random() < 0.5 else rng.beta(1.0, 3.0, burst))
    bought = np.arange(likes) >= (likes - burst if kind.startswith("bought") else likes)
    return np.concatenate([natural, inside]), bought


def _natural_times(rng: np.random.Generator, likes: int, days: float) -> np.ndarray:
    """By thinning: a rhythm by the hour, days that differ a little, a pace that is steady or fades."""
    depth, peak = rng.uniform(0.4, 0.95), rng.uniform(0, 24)
    half_life = days * (rng.uniform(0.3, 1.0) if rng.random() < 0.5 else 1e3)
    level = np.exp(rng.normal(0.0, rng.uniform(0.0, 0.15), int(days) + 1))
    times = np.empty(0)
    while times.size < likes:
        time = rng.uniform(0.0, days * DAY, 4 * likes + 100)
        rhythm = 1.0 + depth * np.cos((time / HOUR - peak) * (2 * np.pi / 24))
        pace = rhythm * level[(time / DAY).astype(int)] * 0.5 ** (time / DAY / half_life)
        times = np.append(times, time[rng.random(time.size) * 2.0 * level.max() < pace])
    return times[:likes]


@dataclass(frozen=True)
class Coverage:
    """Of some worlds: how many intervals held the truth, their mean width (share of the claimed likes) and
    the share of likes called fake."""

    kind: str
    items: int
    covered: int
    width: float
    widest: float
    fake: float


def measure(worlds: Sequence[OneItemWorld]) -> Coverage:
    """Verify each world by itself."""
    import zhenzan

    held, widths, fakes = [], [], []
    for world in worlds:
        genuine = world.genuine
        for row in zhenzan.verify(world.log).items.to_pylist():
            held.append(row["verified_low"] <= genuine[row["item"]] <= row["verified_high"])
            widths.append((row["verified_high"] - row["verified_low"]) / row["claimed"])
            fakes.append(row["fake"] / row["claimed"])
    return Coverage(
        worlds[0].kind, len(held), sum(held), float(np.mean(widths)), max(widths), float(np.mean(fakes))
    )


def run() -> str:
    """Coverage and width of each kind over `SEEDS` seeds, as lines of text."""
    lines = []
    for kind in KINDS:
        coverage = measure([make(kind, seed) for seed in range(SEEDS)])
        lines.append(
            f"{coverage.kind:12} {coverage.covered} of {coverage.items} held; width {coverage.width:.1%}, "
            f"at most {coverage.widest:.1%}; called fake {coverage.fake:.2%}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(run())
