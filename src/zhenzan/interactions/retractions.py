"""Retractions: deletions of records or accounts, and resent repositories, joined to the likes that they
cancel.

Each is joined to the likes of the whole log when that is read, by time, for neither files nor lines need be
in order:

- a deletion takes back the like of its record, if that was not created again later;
- the deletion of an account takes back its likes, if they were not created again later;
- a repository that is sent again (`#sync`) lacks what was deleted unseen: it takes back the account's earlier
  likes that do not come again, where others come whose keys are smaller and larger. Beyond these the sending
  may have been filtered or cut, and nothing is known.

Memory: `LIKES_REMEMBERED_MAX` likes, the latest, and as many retractions; some 200 bytes each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

__all__ = ["LIKES", "RetractedLikes", "Retraction", "Retractions"]

LIKES_REMEMBERED_MAX = 2_000_000

LIKES = pa.schema(
    [("record", pa.string()), ("account", pa.string()), ("item", pa.string()),
     ("seen", pa.int64()), ("number", pa.int64()), ("resent", pa.bool_())]
)  # fmt: skip
"""Records that were created. `seen`: µs since 1970, by the server; `number`: of the record's line in the log;
`resent`: it was sent again.
"""

_RETRACTIONS = pa.schema(
    [("what", pa.string()), ("subject", pa.string()), ("time", pa.int64()), ("number", pa.int64())]
)
_JOIN = """
WITH known AS (
    SELECT record, arg_max(account, seen) AS account, arg_max(item, (seen, number)) AS item,
           max(seen) AS seen, max(number) AS last
    FROM likes GROUP BY record
), latest AS (
    SELECT what, subject, max(time) AS time, arg_min(number, (-time, number)) AS number
    FROM retractions GROUP BY what, subject
), sending AS (
    SELECT subject AS account, what, time, latest.number,
           min(record) AS first_record, max(record) AS last_record
    FROM likes JOIN latest ON account = subject AND what = 'sync' AND resent AND likes.number > latest.number
    GROUP BY ALL
), matched AS (
    SELECT what, record, account, item, time, number FROM known JOIN latest ON record = subject
    WHERE what = 'record' AND time >= seen
    UNION ALL
    SELECT what, record, account, item, time, number FROM known JOIN latest ON account = subject
    WHERE what = 'account' AND time >= seen
    UNION ALL
    SELECT what, record, account, item, time, number FROM known JOIN sending USING (account)
    WHERE time > seen AND last < number AND record BETWEEN first_record AND last_record
)
FROM matched QUALIFY row_number() OVER (PARTITION BY record ORDER BY time, number) = 1
ORDER BY number, record
"""


class Retraction(NamedTuple):
    """A retraction. `what`: "record", "account" or "sync"; `subject`: the record or the account it is
    about.
    """

    what: str
    subject: str
    time: int
    number: int


@dataclass(frozen=True)
class RetractedLikes:
    """Cancelled likes, one entry each, by the number of their retraction."""

    what: list[str]
    record: list[str]
    account: list[str]
    item: list[str]
    time: list[int]
    number: list[int]


class Retractions:
    """Gathers likes and retractions; says at the end which took back which."""

    def __init__(self) -> None:
        self._likes = _Latest(LIKES)
        self._retractions = _Latest(_RETRACTIONS)

    def add(self, likes: pa.RecordBatch, retractions: Sequence[Retraction]) -> None:
        """`likes`: of the schema LIKES."""
        self._likes.add(likes)
        columns = zip(*retractions, strict=True) if retractions else [()] * len(_RETRACTIONS)
        self._retractions.add(
            pa.RecordBatch.from_pydict(dict(zip(_RETRACTIONS.names, columns, strict=True)), _RETRACTIONS)
        )

    def join(self) -> RetractedLikes:
        """Join all. Cost: one pass over the likes and retractions remembered."""
        likes, retractions = self._likes.table(), self._retractions.table()
        if not (likes.num_rows and retractions.num_rows):
            return RetractedLikes([], [], [], [], [], [])
        import duckdb  # a tenth of a second that few logs need

        with duckdb.connect(":memory:") as connection:
            connection.register("likes", likes)
            connection.register("retractions", retractions)
            return RetractedLikes(**connection.sql(_JOIN).to_arrow_table().to_pydict())


class _Latest:
    """The latest rows of a table that grows."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self._rows += batch.num_rows
        while self._rows > LIKES_REMEMBERED_MAX:
            first = self._batches[0]
            surplus = min(self._rows - LIKES_REMEMBERED_MAX, first.num_rows)
            self._batches[:1] = [first.slice(surplus)] if surplus < first.num_rows else []
            self._rows -= surplus

    def table(self) -> pa.Table:
        return pa.Table.from_batches(self._batches, self._schema)
