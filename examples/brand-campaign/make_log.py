"""Write the log of a made-up brand campaign in which 40 % of the likes of the brand's films are bots'.

    python examples/brand-campaign/make_log.py campaign.parquet

The bots work as sellers' accounts do: in one order after another, for many creators, the brand's rivals in
thrift among them. A third of them let the films play to the end. `bot` in the second file, `….truth.parquet`,
says who is one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from everyday import START, as_table, make_sample

FILMS, DAY = 3, 86_400.0
PEOPLE = [f"viewer-{each:05d}" for each in range(9_000)]
FANS, BOTS, FILM_MS = 3_600, 2_400, 30_000  # of each film
COLUMNS = ("kind", "timestamp", "account", "item", "creator", "watched", "duration")


def likes(seed: int = 1) -> tuple[pa.Table, set[str]]:
    """The log, and who is a bot. Deterministic for a seed."""
    rng = np.random.default_rng(seed)
    everyday = as_table(make_sample(seed)).select(list(COLUMNS))
    bots = [f"bot-{each:04d}" for each in range(BOTS)]
    parts = [everyday]
    for film in range(FILMS):
        published = (6 + film) * DAY
        fans = rng.choice(PEOPLE, FANS, replace=False)
        when = published + rng.gamma(1.6, 0.9 * DAY, fans.size)
        shown = np.minimum(rng.beta(6, 1, fans.size) * 1.25, 1.2)
        parts.append(_rows(fans, f"film-{film}", "brand", when, shown * FILM_MS, FILM_MS))
        hired = rng.choice(bots, BOTS, replace=False)
        when = published + rng.uniform(0.2, 2.5) * DAY + rng.uniform(0, 3 * 3600, hired.size)
        shown = np.where(rng.random(hired.size) < 1 / 3, 1.0, rng.uniform(0.01, 0.1, hired.size))
        parts.append(_rows(hired, f"film-{film}", "brand", when, shown * FILM_MS, FILM_MS))
    for order in range(24):  # what else the bots are hired for
        hired = rng.choice(bots, 390, replace=False)
        when = rng.uniform(1, 18) * DAY + rng.uniform(0, 1200, hired.size)
        shown = rng.uniform(0.01, 0.2, hired.size)
        parts.append(_rows(hired, f"other-{order}", f"shop-{order}", when, shown * 20_000, 20_000))
    log = pa.concat_tables(parts)
    return log.sort_by("timestamp"), set(bots)


def _rows(
    accounts: np.ndarray, item: str, creator: str, seconds: np.ndarray, watched: np.ndarray, duration: int
) -> pa.Table:
    n = len(accounts)
    seconds = np.minimum(seconds, 19.9 * DAY)
    return pa.table(
        {
            "kind": ["like"] * n,
            "timestamp": pa.array(
                START + (seconds * 1e3).astype("timedelta64[ms]"), pa.timestamp("ms", "UTC")
            ),
            "account": pa.array(list(accounts), pa.string()),
            "item": [item] * n,
            "creator": [creator] * n,
            "watched": pa.array(watched.astype(np.int64)),
            "duration": pa.array([duration] * n, pa.int64()),
        }
    )


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "campaign.parquet")
    log, bots = likes()
    pq.write_table(log, target)
    pq.write_table(pa.table({"bot": sorted(bots)}), target.with_suffix(".truth.parquet"))
    print(f"{target}: {log.num_rows:,} likes")
