"""Lookup of texts: the index of each wanted text among the known ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["index_of"]


def index_of(values: pa.Array, known: pa.Array) -> npt.NDArray[np.int64]:
    """The index of each wanted text, which may repeat, among the known; −1 where it is not there.

    The wanted are hashed, so few among many cost one pass over the many. No wanted text is null.
    """
    words = values.dictionary_encode()
    first = pc.index_in(known, value_set=words.dictionary)
    first_of_word = np.full(len(words.dictionary), -1, np.int64)
    at = np.flatnonzero(first.is_valid().to_numpy(zero_copy_only=False))
    first_of_word[first.drop_null().to_numpy()[::-1]] = at[::-1]  # of those that repeat, the first comes last
    return np.asarray(first_of_word[words.indices.to_numpy()])
