"""Likes that paid exposure brought (`origin` is `promoted:ORDER`): judged, and counted nowhere.

Everything that verify says of other likes is said as if these were not in the log, so that money moves
neither an item's count nor the evidence, by construction. They are judged beside all others, in a second run
over the whole log, and stand after them among the verdicts with the standing `promoted`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.interactions import LIKE
from zhenzan.verify.encoding.encode import COUNT_STATUSES

__all__ = ["PREFIX", "organic_rows", "promoted_rows"]

PREFIX = "promoted:"
PROMOTED = COUNT_STATUSES.index("promoted")


def organic_rows(
    batches: Iterable[pa.RecordBatch], promoted: list[npt.NDArray[np.int64]]
) -> Iterator[pa.RecordBatch]:
    """The batches without promoted interactions; the numbers of promoted likes are added to `promoted`.
    Cost: one pass over the column of origins, where the log has one.
    """
    for batch in batches:
        if "origin" not in batch.schema.names:
            yield batch
            continue
        is_promoted = pc.fill_null(pc.starts_with(batch.column("origin"), PREFIX), False)
        if not pc.any(is_promoted).as_py():
            yield batch
            continue
        likes = batch.filter(is_promoted)
        if "kind" in batch.schema.names:
            likes = likes.filter(pc.fill_null(pc.equal(likes.column("kind"), LIKE), True))
        if likes.num_rows:
            promoted.append(likes.column("row").to_numpy())
        organic = batch.filter(pc.invert(is_promoted))
        if organic.num_rows:
            yield organic


def promoted_rows(
    batches: Iterable[pa.RecordBatch], promoted: npt.NDArray[np.int64]
) -> Iterator[pa.RecordBatch]:
    """Of the verdicts on the whole log those of promoted likes. They are in no ring and of no moment: these
    are of the other likes.
    """
    for batch in batches:
        rows = batch.filter(pa.array(np.isin(batch.column("row").to_numpy(), promoted)))
        if not rows.num_rows:
            continue
        standing = pa.DictionaryArray.from_arrays(
            pa.array(np.full(rows.num_rows, PROMOTED), rows.column("standing").type.index_type),
            rows.column("standing").dictionary,
        )
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        columns["standing"] = standing
        for name in ("ring", "moment"):
            columns[name] = pa.nulls(rows.num_rows, columns[name].type)
        yield pa.RecordBatch.from_pydict(columns, schema=rows.schema)
