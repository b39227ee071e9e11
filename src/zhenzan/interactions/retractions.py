"""What takes likes back by naming them only: a record's deletion, an account's, a repository sent anew.

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

import pyarrow as pa

__all__ = ["Like", "Retraction", "Retractions", "TakenBack"]

LIKES_REMEMBERED_MAX = 2_000_000

_LIKES = pa.schema(
    [("record", pa.string()), ("account", pa.string()), ("item", pa.string()),
     ("seen", pa.int64()), ("number", pa.int64()), ("resent", pa.bool_())]
)  # fmt: skip
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


@dataclass(frozen=True)
class Like:
    """A like's record was created. `seen`: µs since 1970, by the server; `number`: of its line in the log;
    `resent`: it was sent again.
    """

    record: str
    account: str
    item: str
    seen: int
    number: int
    resent: bool


@dataclass(frozen=True)
class Retraction:
    """`what`: "record", "account" or "sync"; `subject`: the record or the account it is about."""

    what: str
    subject: str
    time: int
    number: int


@dataclass(frozen=True)
class TakenBack:
    """Likes that were taken back, one entry each, by the number of the retraction."""

    what: list[str]
    record: list[str]
    account: list[str]
    item: list[str]
    time: list[int]
    number: list[int]


class Retractions:
    """Gathers likes and retractions; says at the end which took back which."""

    def __init__(self) -> None:
        self._likes = _Latest(_LIKES)
        self._retractions = _Latest(_RETRACTIONS)

    def add(self, likes: Sequence[Like], retractions: Sequence[Retraction]) -> None:
        self._likes.add(
            [(one.record, one.account, one.item, one.seen, one.number, one.resent) for one in likes]
        )
        self._retractions.add([(one.what, one.subject, one.time, one.number) for one in retractions])

    def join(self) -> TakenBack:
        """Join all. Cost: one pass over the likes and retractions remembered."""
        likes, retractions = self._likes.table(), self._retractions.table()
        if not (likes.num_rows and retractions.num_rows):
            return TakenBack([], [], [], [], [], [])
        import duckdb  # a tenth of a second that few logs need

        with duckdb.connect(":memory:") as connection:
            connection.register("likes", likes)
            connection.register("retractions", retractions)
            return TakenBack(**connection.sql(_JOIN).to_arrow_table().to_pydict())


class _Latest:
    """The latest rows of a table that grows."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, rows: Sequence[tuple[str | int, ...]]) -> None:
        if not rows:
            return
        columns = [
            pa.array(values, kind)
            for values, kind in zip(zip(*rows, strict=True), self._schema.types, strict=True)
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._rows += len(rows)
        while self._rows > LIKES_REMEMBERED_MAX:
            first = self._batches[0]
            surplus = min(self._rows - LIKES_REMEMBERED_MAX, first.num_rows)
            self._batches[:1] = [first.slice(surplus)] if surplus < first.num_rows else []
            self._rows -= surplus

    def table(self) -> pa.Table:
        return pa.Table.from_batches(self._batches, self._schema)
