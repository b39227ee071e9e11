"""EM weights: decibans learned from present beliefs, as Fellegi and Sunter's record linkage learns its match
weights.

For a set of likes (those that a rule applies to), P(in the set | fake) is held against P(in the set |
genuine), with the beliefs of the rest of the model in place of labels. Strongly shrunk: beliefs are not
labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["learned_decibans"]

PSEUDO_LIKES = 20.0  # likes of the log's average that each set is taken to hold besides its own
PSEUDO_FAKES = 10.0  # fakes seen or expected in a set at which half of what they say is believed
LEARN_SHARE = (
    0.5  # of a learned weight that counts: it and the beliefs see the same log, so they are not independent
)


def learned_decibans(likes: Any, fakes: Any, all_likes: float, all_fakes: float) -> npt.NDArray[np.float64]:
    """Weight of evidence of being in each set. Numbers or arrays: `likes` in it, `fakes` expected among them.

    0 where the set is as fake as the log; a log without fakes teaches nothing.
    """
    likes, fakes = np.asarray(likes, np.float64), np.asarray(fakes, np.float64)
    share = min(max(all_fakes / max(all_likes, 1.0), 1e-9), 1 - 1e-9)
    odds = (fakes + PSEUDO_LIKES * share) / (np.maximum(likes - fakes, 0.0) + PSEUDO_LIKES * (1 - share))
    decibans = 10 * np.log10(odds * (1 - share) / share)
    seen = np.maximum(fakes, likes * share)
    return np.asarray(LEARN_SHARE * decibans * seen / (seen + PSEUDO_FAKES))
