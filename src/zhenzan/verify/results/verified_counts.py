"""Verified counts: how many of the claimed likes are expected to be genuine, with a 95 % interval.

A like that nothing speaks against counts whole. The prior, 0.2 %, stands for bought likes that leave no
trace; taken out of every like it would take hundreds from an honest log, and so would the weak evidence of
what chance brings together. Five decibans are not worth more than a bare mention (Jeffreys, Theory of
Probability, appendix B): up to the probability s that they make of the prior, nothing speaks. A like's
*doubt* is what its probability p says beyond, max(0, (p − s) / (1 − s)); p itself widens the interval.

Likes of one campaign are judged by the same evidence and err together, far more than chance would have it.
The interval therefore ends where the count would stand were all evidence against the likes `STRONGER` times
as strong, and were it `WEAKER_DECIBANS` weaker and never surer than `SURE_DECIBANS`; beside that, chance
moves each like by itself. What the model errs in is added over likes, items and creators; of chance the
variances are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from zhenzan.verify.evidence.reasons import LIKE_PRIOR, silent_chance
from zhenzan.verify.kernels.verdict_totals import STRONGER, SURE_DECIBANS, WEAKER_DECIBANS

__all__ = [
    "BOT_SHARE",
    "BOT_SQL",
    "HIGH_SQL",
    "LOW_SQL",
    "PARTS",
    "SUMS_SQL",
    "counts_sql",
    "interval",
    "nothing_said",
    "part_sql",
    "total_of_items",
]

BOT_SHARE = (
    0.5  # an account paid for this much of what it does is no viewer; its idle likes count for nothing either
)
BOT_SQL = f"COALESCE(a.ring IS NOT NULL AND a.paid_share >= {BOT_SHARE}, FALSE)"
"""The same of a row `a` of accounts, which may be absent: what `item_table` calls a bot."""
INTERVAL_Z = 1.96  # 95 % of a normal law
BARE_MENTION_DECIBANS = 5.0  # odds of √10: less is "not worth more than a bare mention" (Jeffreys, 1961)
PARTS = ("genuine", "uncertain", "fake", "idle")
"""What a claimed like is counted as, by its verdict; likes of hired accounts that were not bought are `idle`.
They add up to the claimed likes.
"""
SUMS_SQL = ", ".join(
    [f"COALESCE(sum({name}), 0)::BIGINT AS {name}" for name in ("claimed", *PARTS)]
    + [f"COALESCE(sum({name}), 0.0) AS {name}" for name in ("verified", "lower", "higher", "variance")]
)
"""The sums over items from which `LOW_SQL` and `HIGH_SQL` follow."""
LOW_SQL = f"greatest(verified - lower - {INTERVAL_Z} * sqrt(variance), 0.0)"
HIGH_SQL = f"least(verified + higher + {INTERVAL_Z} * sqrt(variance), claimed)"
"""The ends of the interval, from sums of the columns of items."""


def nothing_said(prior_decibans: float) -> float:
    """The probability up to which nothing speaks against a like. What calibration learned as its prior is no
    longer the share of likes that leave no trace: at most that share counts as nothing.
    """
    traceless = 10.0 * math.log10(LIKE_PRIOR / (1.0 - LIKE_PRIOR))
    return silent_chance(min(prior_decibans, traceless) + BARE_MENTION_DECIBANS)


def total_of_items(items: pa.Table) -> dict[str, Any]:
    """Totals of items together: claimed, `verified` with its interval, and the likes of each part."""
    columns = ("claimed", "verified", "lower", "higher", "variance")
    sums = {name: items[name].to_numpy().sum(keepdims=True) for name in columns}
    low, high = interval(**sums)
    return {
        "claimed": int(sums["claimed"][0]),
        "verified": float(sums["verified"][0]),
        "verified_low": float(low[0]),
        "verified_high": float(high[0]),
        **{name: int(items[name].to_numpy().sum()) for name in PARTS},
    }


def interval(
    claimed: np.ndarray, verified: np.ndarray, lower: np.ndarray, higher: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the 95 % interval, float64, as `LOW_SQL` and `HIGH_SQL` give them."""
    chance = INTERVAL_Z * np.sqrt(variance)
    return np.maximum(verified - lower - chance, 0.0), np.minimum(verified + higher + chance, claimed)


def part_sql(is_bot: str = BOT_SQL) -> str:
    """Which of `PARTS` a counted like is, by its `verdict` and whether its account is hired."""
    return f"CASE WHEN {is_bot} AND verdict <> 'fake' THEN 'idle' ELSE verdict::VARCHAR END"


def counts_sql(likes: str, silent: float, by: str) -> str:
    """A query of what counted likes come to, for each value of the column `by`: claimed, verified, lower,
    higher, variance, every part, untold, first and last, as the table of items has them.

    `likes`: a query or table with `fake_probability`, `verdict`, `timestamp`, `evidence`, `by`, and `is_bot`:
    whether its account is hired; `silent`: the probability up to which nothing speaks.
    """
    parts = ", ".join(f"count(*) FILTER (part = '{part}') AS {part}" for part in PARTS)
    return f"""SELECT {by}, count(*) AS claimed, sum(1 - doubt) AS verified, sum(lower) AS lower,
            sum(higher) AS higher, sum(doubt * (1 - doubt)) AS variance, {parts},
            coalesce(2 * sum(fake_probability::DOUBLE) FILTER (untold), 0.0) AS untold,
            min(timestamp) AS first, max(timestamp) AS last
        FROM (SELECT *, {_worth_sql(silent)} FROM
            (SELECT *, list_contains([e.name for e in evidence], 'untold') AS untold,
                {part_sql("is_bot")} AS part
            FROM ({likes})))
        GROUP BY {by}"""


def _worth_sql(silent: float) -> str:
    """Columns `doubt`, `lower` and `higher` of likes with `part` and `untold`: what the kernel computes."""
    evidence_sql = f"greatest({_LOGIT} - {10.0 * math.log10(silent / (1.0 - silent))!r}, 0)"
    stronger = _chance_sql(f"{_LOGIT} + {STRONGER - 1.0} * {evidence_sql}")
    weaker = _chance_sql(f"least({_LOGIT}, {SURE_DECIBANS}) - least({WEAKER_DECIBANS}, {evidence_sql})")
    chance = "fake_probability::DOUBLE"
    doubt, weaker = _doubt_sql(chance, silent), _doubt_sql(weaker, silent)
    return f"""CASE part WHEN 'idle' THEN 1.0 ELSE {doubt} END AS doubt,
        CASE WHEN part = 'idle' THEN 0.0 WHEN {chance} <= {silent!r} THEN {chance}
            ELSE {stronger} - {doubt} END AS lower,
        CASE WHEN part = 'idle' OR {chance} <= {silent!r} THEN 0.0 WHEN untold THEN {doubt}
            ELSE greatest({doubt} - {weaker}, 0.0) END AS higher"""


def _doubt_sql(chance: str, silent: float) -> str:
    return f"greatest(({chance} - {silent!r}) / {1.0 - silent!r}, 0.0)"


def _chance_sql(decibans: str) -> str:
    return f"(1 / (1 + pow(10, -({decibans}) / 10)))"


_CHANCE = "greatest(least(fake_probability::DOUBLE, 1 - 1e-9), 1e-9)"
_LOGIT = f"(10 * log10({_CHANCE} / (1 - {_CHANCE})))"
