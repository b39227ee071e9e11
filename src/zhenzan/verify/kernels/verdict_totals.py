"""Kernels that add up what was judged, per item and per account, each in one fixed order."""

import numpy as np
from numba import njit

STRONGER = 3.5  # times the evidence against a like could be as strong, where likes err together
WEAKER_DECIBANS = 10.0  # or weaker by
SURE_DECIBANS = 20.0  # and no surer than
CHANCE_MIN = 1e-9


@njit(cache=True, nogil=True, inline="always")
def doubt_of(chance, silent):
    """The part of a probability beyond `silent`, up to which nothing speaks."""
    return max((chance - silent) / (1.0 - silent), 0.0)


@njit(cache=True, nogil=True)
def add_items(
    first,
    last,
    item_offset,
    account,
    probability,
    verdict,
    counted,
    bot,
    fake,
    idle,
    silent,
    claimed,
    verified,
    variance,
    lower,
    higher,
    parts,
):
    """Of the counted likes of items first..last: how many; Σ(1 − doubt), a bot's idle like being doubted
    wholly, and its variance; by how much fewer and more it would be were the evidence stronger and weaker;
    and `parts`: how many of each verdict, those of bots that are not `fake` being `idle`.
    """
    silent_decibans = 10.0 * np.log10(silent / (1.0 - silent))
    for v in range(first, last):
        for p in range(item_offset[v], item_offset[v + 1]):
            if not counted[p]:
                continue
            claimed[v] += 1
            if bot[account[p]] and verdict[p] != fake:
                parts[idle, v] += 1
                continue
            parts[verdict[p], v] += 1
            chance = np.float64(probability[p])
            doubt = doubt_of(chance, silent)
            verified[v] += 1.0 - doubt
            if doubt == 0.0:
                lower[v] += chance
                continue
            variance[v] += doubt * (1.0 - doubt)
            bounded = min(max(chance, CHANCE_MIN), 1.0 - CHANCE_MIN)
            logit = 10.0 * np.log10(bounded / (1.0 - bounded))
            evidence_decibans = max(logit - silent_decibans, 0.0)
            lower[v] += 1.0 / (1.0 + 10.0 ** (-(logit + (STRONGER - 1.0) * evidence_decibans) / 10.0)) - doubt
            weaker = min(logit, SURE_DECIBANS) - min(WEAKER_DECIBANS, evidence_decibans)
            weaker_doubt = doubt_of(1.0 / (1.0 + 10.0 ** (-weaker / 10.0)), silent)
            higher[v] += max(doubt - weaker_doubt, 0.0)


@njit(cache=True, nogil=True)
def add_accounts(account, probability, verdict, fake, expected, fakes):
    """Σp, and fake likes, of each account."""
    for p in range(account.size):
        expected[account[p]] += probability[p]
        fakes[account[p]] += verdict[p] == fake
