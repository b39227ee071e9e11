"""Where names stand among others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["index_of"]


def index_of(wanted: pa.Array, known: pa.Array) -> npt.NDArray[np.int64]:
    """Where each wanted text, which may repeat, first stands among the known; −1 where it does not.

    The wanted are hashed, so few among many cost one pass over the many. No wanted text is null.
    """
    words = wanted.dictionary_encode()
    found = pc.index_in(known, value_set=words.dictionary)
    place = np.full(len(words.dictionary), -1, np.int64)
    at = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    place[found.drop_null().to_numpy()[::-1]] = at[::-1]  # of those that repeat, the first comes last
    return np.asarray(place[words.indices.to_numpy()])
