"""Suspects: what a log tells of accounts to the verification of later days.

One bought like proves nothing, the tenth in ten days does. A log that begins in the middle of a ring's life
knows nothing of the nine before; so each result names the accounts that something speaks against, and how
strongly, and `verify` may be given what an earlier one named. It must be of a log that ended before this one
begins, or its likes speak twice.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zhenzan.verify.baseline.candidate_graph import CandidateGraph
from zhenzan.verify.encoding.encode import Encoded
from zhenzan.verify.encoding.index_of import index_of
from zhenzan.verify.inference.message_passing import PAID_SHARES, Beliefs

__all__ = ["SUSPECTS", "known_of", "suspects_of"]

TOLD_MIN, TOLD_MAX = -1.0, 8.0  # people change: neither an innocent year nor a guilty one is held for ever
_SHARES = PAID_SHARES.size - 1
SUSPECTS = pa.schema([("account", pa.string()), ("told", pa.list_(pa.float32(), _SHARES))])
"""`told`: for each paid share over 0, what is known of the account against a share of 0; natural logs."""


def suspects_of(
    encoded: Encoded, residue: CandidateGraph, beliefs: Beliefs, known: np.ndarray | None
) -> pa.Table:
    """The accounts that something speaks against, by this log and what was known before. SUSPECTS."""
    log_likelihood = residue.creators[:, None] * np.log1p(-PAID_SHARES)
    log_likelihood[residue.account_code] = beliefs.log_likelihood
    if known is not None:
        log_likelihood += known
    suspect = np.flatnonzero(log_likelihood[:, 1:].max(1, initial=0.0) > 0)
    values = np.clip(log_likelihood[suspect, 1:], TOLD_MIN, TOLD_MAX).astype(np.float32)
    column = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), _SHARES)
    names = encoded.account_ids.take(pa.array(suspect)).cast(pa.string())
    return pa.table({"account": names, "told": column}, schema=SUSPECTS)


def known_of(encoded: Encoded, suspects: pa.Table | None) -> np.ndarray | None:
    """The paid shares that an earlier result knows of this log's accounts, float32[accounts, PAID_SHARES];
    None for none.
    """
    if suspects is None or suspects.num_rows == 0:
        return None
    code = index_of(suspects["account"].combine_chunks(), encoded.account_ids.cast(pa.string()))
    is_known = code >= 0
    log_likelihood = suspects["told"].combine_chunks().flatten().to_numpy().reshape(-1, _SHARES)
    known = np.zeros((len(encoded.account_ids), PAID_SHARES.size), np.float32)
    known[code[is_known], 1:] = log_likelihood[is_known]
    return known
