"""Arrow encodings that pyarrow cannot compute on, converted to those that it can.

pyarrow 26 takes nothing out of views of strings, hence nothing out of dictionaries of such (what Polars has
for categories), and casts no run-end encoded column. Views become plain, runs are written out, and a
dictionary stays one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

__all__ = ["computable", "computable_type"]


def computable(values: pa.Array) -> pa.Array:
    """The same values, encoded so that they can be cast and compared. No copy where they are already."""
    kind = values.type
    if pa.types.is_run_end_encoded(kind):
        rows = np.arange(values.offset, values.offset + len(values))
        runs = np.searchsorted(values.run_ends.to_numpy(), rows, side="right")
        return computable(values.values).take(pa.array(runs))
    if pa.types.is_dictionary(kind):
        words = computable(values.dictionary)
        return pa.DictionaryArray.from_arrays(values.indices, words, ordered=kind.ordered)
    target = computable_type(kind)
    return values if target == kind else values.cast(target)


def computable_type(kind: pa.DataType) -> pa.DataType:
    """The type that `computable` gives to values of this type."""
    if pa.types.is_run_end_encoded(kind):
        return computable_type(kind.value_type)
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, computable_type(kind.value_type), kind.ordered)
    if pa.types.is_string_view(kind):
        return pa.string()
    return pa.binary() if pa.types.is_binary_view(kind) else kind
