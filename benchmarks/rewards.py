"""How fast rewards are: settled likes to claims, claims to durable transfers, asking for a right."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.document import table
from zhenzan.ledger import Ledger, SigningKey
from zhenzan.progress import Progress
from zhenzan.rewards import Rights, claims, load_catalogue, run_rewards
from zhenzan.verify import Result

LIKES, QUICK_LIKES = 1_000_000, 20_000
ACCOUNTS_SHARE, ITEMS_SHARE, CREATORS_SHARE, DAYS = 0.02, 0.02, 0.002, 30
REPEATS, CHECKS = 3, 2_000
CATALOGUE = Path(__file__).parent.parent / "examples" / "catalogue.toml"
KEY = SigningKey("benchmark", bytes(range(32)))
TEXT = """\
A month of settled likes by the rules of `examples/catalogue.toml` (points with a daily limit, a badge for
each creator, a card for the first five hundred, a streak, a mission, levels that fade), on SQLite with one
fsync a batch. *Again*: a run that changes nothing. *A right*: `Rights.check`, of random accounts and
creators, by badge and level. Medians. gengine's published figure is 12/s."""


def rewards(progress: Progress, quick: bool) -> str:
    """Settled likes a second through the rules, and through rules and ledger together."""
    likes = QUICK_LIKES if quick else LIKES
    result, catalogue = _result(likes), load_catalogue(CATALOGUE)
    rules, whole, again, seconds_asked, moved = list[float](), list[float](), list[float](), list[float](), 0
    with progress.step("Rewards", REPEATS) as advance:
        for _ in range(REPEATS):
            begin = time.perf_counter()
            claim_count = sum(1 for _ in claims(result, catalogue))
            rules.append(time.perf_counter() - begin)
            with (
                tempfile.TemporaryDirectory(prefix="zhenzan-bench-") as folder,
                Ledger.open(Path(folder) / "rewards.sqlite", key=KEY) as ledger,
            ):
                for seconds in (whole, again):
                    begin = time.perf_counter()
                    done = run_rewards(ledger, catalogue, result)
                    seconds.append(time.perf_counter() - begin)
                    moved = max(moved, done.settled.cards_granted)
                seconds_asked += _seconds_asked(
                    Rights(ledger, catalogue), int(likes * ACCOUNTS_SHARE), int(likes * CREATORS_SHARE)
                )
            advance(1)
    rate = [likes / float(np.median(seconds)) for seconds in (rules, whole, again)]
    rows = [
        ("**rules alone**, likes to claims", f"{rate[0]:,.0f}/s", "≥ 100,000/s"),
        ("rules and ledger, everything new", f"{rate[1]:,.0f}/s", None),
        ("rules and ledger, again", f"{rate[2]:,.0f}/s", None),
        ("a right, asked for: median", f"{1e3 * float(np.median(seconds_asked)):.2f} ms", "< 1 ms"),
        ("a right, asked for: 99 of 100", f"{1e3 * float(np.quantile(seconds_asked, 0.99)):.2f} ms", None),
    ]
    words = f"{likes:,} likes make {claim_count:,} claims and {moved:,} cards."
    return "\n\n".join(("## Rewards", TEXT, table(("what", "settled likes", "goal"), rows), words))


def _seconds_asked(rights: Rights, accounts: int, creators: int) -> list[float]:
    """Seconds that each of many questions took."""
    rng, seconds = np.random.default_rng(2), list[float]()
    for account, creator in rng.integers(0, (accounts, max(creators, 1)), (CHECKS, 2)):
        begin = time.perf_counter()
        rights.check(str(account), "comment", str(creator))
        seconds.append(time.perf_counter() - begin)
    return seconds


def _result(likes: int) -> Result:
    """Likes by Zipf-like activity and popularity, evenly over a month, each account and item once."""
    rng = np.random.default_rng(1)
    accounts, items = int(likes * ACCOUNTS_SHARE), int(likes * ITEMS_SHARE)
    creators = max(int(likes * CREATORS_SHARE), 1)
    account = (accounts * rng.random(likes) ** 1.5).astype(np.int64)
    item = (items * rng.random(likes) ** 1.5).astype(np.int64)
    time_us = np.sort(rng.integers(0, DAYS * 86_400_000_000, likes)) + 1_780_000_000_000_000
    verdicts = pa.table(
        {
            "row": np.arange(likes),
            "account": account,
            "item": item,
            "timestamp": pa.array(time_us).view(pa.timestamp("us", "UTC")),
            "verdict": pa.array(["genuine"]).take(pa.array(np.zeros(likes, np.int32))),
            "standing": pa.array(["counted"]).take(pa.array(np.zeros(likes, np.int32))),
        }
    )
    return Result(
        {
            "verdicts": verdicts,
            "items": pa.table({"item": np.arange(items), "creator": np.arange(items) % creators}),
            "accounts": pa.table(
                {
                    "account": np.arange(accounts),
                    "ring": pa.array([None] * accounts, pa.int32()),
                    "paid_share": np.zeros(accounts, np.float32),
                }
            ),
        },
        {},
    )
