"""Small logs as pairs, built plainly, and strategies that draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from zhenzan.verify.encoding.encode import Encoded, Pairs, Rows

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


@dataclass(frozen=True)
class PairLog:
    """Likes as parallel lists, one per (account, item); `creator` by item, `columns` by name."""

    account: list[int]
    item: list[int]
    time: list[int]
    creator: dict[int, int]
    columns: dict[str, list[Any]]

    def renamed(self, order: list[int], names: dict[int, int]) -> PairLog:
        """The same log with its rows in another order and its accounts under other numbers."""
        return PairLog(
            [names[self.account[i]] for i in order],
            [self.item[i] for i in order],
            [self.time[i] for i in order],
            self.creator,
            {name: [values[i] for i in order] for name, values in self.columns.items()},
        )


TYPES = {
    "watched": pa.int64(),
    "duration": pa.int64(),
    "ip": pa.uint64(),
    "device": pa.uint64(),
    "gesture": pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64()), ("t", pa.float64())])),
}


def pairs_of(log: PairLog) -> tuple[Pairs, np.ndarray]:
    """Return the pairs and, for each pair, its row in the log."""
    account_codes, item_codes = (
        {v: i for i, v in enumerate(sorted(set(x)))} for x in (log.account, log.item)
    )
    creators = {v: i for i, v in enumerate(sorted(set(log.creator.values())))}
    account = np.array([account_codes[a] for a in log.account], np.int32)
    item = np.array([item_codes[i] for i in log.item], np.int32)
    time = np.array(log.time, np.int64)
    row = np.lexsort((account, time, item))
    account, item, time = account[row], item[row], time[row]
    by_account = np.lexsort((item, time, account)).astype(np.int32)
    offset = lambda codes, n: np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=n))])  # noqa: E731
    pairs = Pairs(
        account=account,
        item=item,
        time=time,
        creator_of_item=np.array([creators[log.creator[i]] for i in sorted(item_codes)], np.int32),
        item_offset=offset(item, len(item_codes)),
        by_account=by_account,
        account_offset=offset(account, len(account_codes)),
        n_creators=len(creators),
        context={
            name: pa.array([values[r] for r in row], TYPES.get(name)) for name, values in log.columns.items()
        },
    )
    return pairs, row


samples = st.lists(
    st.fixed_dictionaries({"x": st.integers(0, 5), "y": st.integers(0, 5), "t": st.integers(0, 30)}),
    max_size=5,
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "watched": st.none() | st.integers(0, 5000),
    "duration": st.none() | st.integers(0, 5000),
    "ip": st.none() | st.integers(1, 4).map(lambda n: n * 2**62 - 1),
    "device": st.none() | st.integers(1, 4),
    "gesture": st.none() | samples,
}


@st.composite
def pair_logs(draw: st.DrawFn, likes_max: int = 40) -> PairLog:
    """Logs of up to `likes_max` likes with many ties, by few accounts on few items, with every column."""
    accounts, items = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    unit = draw(st.sampled_from([1, MINUTE, 7 * HOUR, DAY]))
    pair = st.tuples(st.integers(1, accounts), st.integers(1, items))
    pairs = draw(st.lists(pair, min_size=1, max_size=likes_max, unique=True))
    start = draw(st.integers(0, 10**15))
    time = draw(st.lists(st.integers(0, 60), min_size=len(pairs), max_size=len(pairs)))
    of_each = {
        name: draw(st.lists(values, min_size=len(pairs), max_size=len(pairs)))
        for name, values in COLUMNS.items()
    }
    creator = {item: draw(st.integers(1, 3)) for item in range(1, items + 1)}
    return PairLog(
        [a for a, _ in pairs], [i for _, i in pairs], [start + t * unit for t in time], creator, of_each
    )


def encoded_of(log: PairLog, *, text_ids: bool = True) -> tuple[Encoded, np.ndarray]:
    """The log as the rest of verification sees it; ids are text unless told otherwise."""
    pairs, row = pairs_of(log)

    def ids(codes: list[int]) -> pa.Array:
        known = sorted(set(codes))
        return pa.array([str(code) for code in known] if text_ids else known)

    number = np.arange(pairs.n)
    rows = Rows(number, number.astype(np.int32), np.zeros(pairs.n, np.int8), None, None)
    creators = ids(list(log.creator.values()))
    return Encoded(pairs, rows, ids(log.account), ids(log.item), creators, {"like": pairs.n}), row
