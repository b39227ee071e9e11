"""Review order of likes that no evidence speaks about: no verdict, no count, only an order.

Accounts used once leave no structure, so most likes of some logs have the prior alone. Four signs are known
to go with such accounts, each in one direction: few likes of the account; a short life of it in the log; a
crowd of visitors (accounts seen on one day only) on the item at that time; a surge of the item over its own
average. Their weights are learned from the log without labels: the first principal component of the
standardised signs is what they agree on, and a sign that disagrees with the others weighs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from zhenzan.parallel import over_groups
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.kernels import review_order as kernels

__all__ = ["review_order_of"]

WIDTH_US = 30 * 86_400_000_000  # on either side, over which a crowd and a surge are counted
VISITOR_DAYS = 1.0  # a visitor's likes all fall within less
PULL_LIKES = 3.0  # of the log's average that a window's share is pulled by
SAMPLE_LIKES = 500_000  # about so many teach the weights
LEAN_NATS = 0.05  # a twentieth of the prior: evidence that speaks at all comes before or after silent likes


def review_order_of(features: Features, probability: npt.NDArray[np.float32], silent: float) -> np.ndarray:
    """`probability` where anything speaks; likes of which nothing does (`silent`, the prior's own) in the
    order of their signs, within a twentieth of the prior. float32[pairs].

    Cost: two passes over the likes, the first over at most about `SAMPLE_LIKES`.
    """
    pairs = features.pairs
    signs = np.stack([-np.log(np.maximum(features.likes_of_account, 1)), -np.log1p(features.spans)])
    visitor = (features.spans < VISITOR_DAYS).astype(np.int8)
    crowd = (pairs.time, pairs.account, visitor, WIDTH_US, PULL_LIKES, _share_of(visitor, features))
    mean, slope = _learned(pairs, crowd, signs)
    by_account = slope[:2] @ (signs - mean[:2, None]) - slope[2:] @ mean[2:]
    logit = float(np.log(silent / (1.0 - silent)))
    out = np.empty(pairs.n, np.float32)
    over_groups(
        kernels.order_silent,
        pairs.item_offset,
        pairs.item_offset,
        *crowd,
        by_account,
        slope[2:],
        probability,
        silent,
        logit,
        LEAN_NATS,
        out,
    )
    return out


def _share_of(visitor: np.ndarray, features: Features) -> float:
    """The share of all likes that visitors gave."""
    likes = features.likes_of_account
    return float(likes[visitor > 0].sum(dtype=np.int64) / max(int(likes.sum(dtype=np.int64)), 1))


def _learned(pairs: Pairs, crowd: tuple[object, ...], signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the four signs, and what each adds per unit, so that the sum has unit variance. float64[4]."""
    every = max(pairs.n // SAMPLE_LIKES, 1)
    total, product = np.zeros(4), np.zeros((4, 4))
    moments: Callable[..., int] = kernels.moments_of_signs
    likes = moments(every, pairs.item_offset, *crowd, signs, total, product)
    mean = total / max(likes, 1)
    covariance = (product + np.tril(product, -1).T) / max(likes, 1) - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    is_spread = spread > 1e-6
    inverse = np.where(is_spread, 1.0 / np.where(is_spread, spread, 1.0), 0.0)
    correlation = covariance * np.outer(inverse, inverse)
    weight = np.linalg.eigh(correlation)[1][:, -1]
    weight = np.maximum(weight * np.sign(weight.sum()), 0.0) * is_spread
    norm = np.sqrt(max(float(weight @ correlation @ weight), 1e-12))
    return mean, np.round(weight / norm, 6) * inverse
