"""Ring ids from settlement to settlement: which accounts each ring had, so that it keeps its id.

home/settled/rings/NUMBER.parquet   who was last in which ring, as settlement NUMBER found it; with it, the
                                    smallest id never given, and the ids of rings that were merged into others
home/results/pass-…/merged.json     the same of merged rings, for who reads that settlement

Ids are kept beside the final verdicts, so that no ring ever gets the id that another had, not even after
results were lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.atomic_files import write_file
from zhenzan.errors import ResultError
from zhenzan.settlement.finalize import SETTLED
from zhenzan.times import DAY_US
from zhenzan.verify import KnownRings, merged_rings

__all__ = ["RingIds", "carry_ring_ids", "merged_in", "read_ring_ids", "tidy_ring_ids"]

RINGS, MERGED = "rings", "merged.json"
REMEMBERED_DAYS = 90  # people who were in no ring for so long are another ring when they come back
MEMBERS = pa.schema([("account", pa.string()), ("ring", pa.int32()), ("seen", pa.int64())])
_ABOUT = b"zhenzan"


@dataclass(frozen=True)
class RingIds:
    """`members`: account, ring, and until when (µs) it was last seen in it; `free`: the smallest id never
    given; `merged`: of rings that are no more, in which one they go on; `until`: of the settlement, µs.
    """

    members: pa.Table
    free: int
    merged: Mapping[int, int]
    until: int

    @property
    def known(self) -> KnownRings:
        rings, seen = self.members["ring"].to_numpy(), self.members["seen"].to_numpy()
        gone = set(rings.tolist()) - set(rings[seen == self.until].tolist())
        return KnownRings(self.members, self.free, frozenset(gone))


def read_ring_ids(home: Path, number: int | None) -> RingIds:
    """The ring ids of a settlement by its number, else the newest there are. Raises ResultError."""
    path = _path(home, number) if number is not None else None
    if path is None or not path.exists():
        path = max((home / SETTLED / RINGS).glob("*.parquet"), default=None)
    if path is None:
        return RingIds(MEMBERS.empty_table(), 0, {}, 0)
    try:
        members = pq.read_table(path)
        about = json.loads(members.schema.metadata[_ABOUT])
        merged = {int(old): int(new) for old, new in about["merged"].items()}
        return RingIds(members, int(about["free"]), merged, int(about["until"]))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ResultError(f"{path} cannot be read: {error}; delete it, and rings get new ids") from error


def carry_ring_ids(home: Path, folder: Path, before: RingIds, number: int, until: int) -> None:
    """Write down what the result in `folder`, of settlement `number` and of interactions up to `until` (µs),
    calls its rings. Raises ResultError.
    """
    accounts = pq.read_table(folder / "accounts.parquet", columns=["account", "ring"])
    merged = dict(merged_rings(accounts, before.members))
    for old, new in before.merged.items():
        merged.setdefault(old, merged.get(new, new))
    rings = accounts["ring"].drop_null().to_numpy()
    free = max(before.free, int(rings.max(initial=-1)) + 1)
    members = _members(accounts, before.members, merged, until)
    about = json.dumps({"free": free, "merged": merged, "until": until}).encode()
    sink = pa.BufferOutputStream()
    pq.write_table(members.replace_schema_metadata({_ABOUT: about}), sink, compression="zstd")
    try:
        _path(home, number).parent.mkdir(parents=True, exist_ok=True)
        write_file(_path(home, number), sink.getvalue().to_pybytes())
        write_file(folder / MERGED, json.dumps(merged).encode())
    except OSError as error:
        raise ResultError(f"{home}: the ring ids cannot be written: {error}") from error


def _members(accounts: pa.Table, before: pa.Table, merged: Mapping[int, int], until: int) -> pa.Table:
    """Who is in a ring now; and who was, and is in none now, by what that ring is called now."""
    with duckdb.connect() as connection:
        ring = np.array([merged.get(old, old) for old in before["ring"].to_pylist()], np.int32)
        connection.register("accounts", accounts)
        connection.register("before", before.set_column(1, "ring", pa.array(ring)))
        return (
            connection.sql(
                """WITH now AS (SELECT account::VARCHAR AS account, ring FROM accounts WHERE ring IS NOT NULL)
            SELECT account, ring, ?::BIGINT AS seen FROM now
            UNION ALL SELECT b.account, b.ring, b.seen FROM before b ANTI JOIN now ON now.account = b.account
                WHERE b.seen > ?
            ORDER BY account""",
                params=[until, until - REMEMBERED_DAYS * DAY_US],
            )
            .to_arrow_table()
            .cast(MEMBERS)
        )


def tidy_ring_ids(home: Path, number: int) -> None:
    """Delete the ring ids of settlements other than `number` and the one before."""
    kept = (_path(home, number), _path(home, number - 1))
    for path in (home / SETTLED / RINGS).glob("*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)


def merged_in(folder: Path) -> dict[int, int]:
    """Merged rings: those that are no more, and in which one of a settlement's they go on. Raises
    ResultError.
    """
    try:
        merged = json.loads((folder / MERGED).read_text("utf-8"))
        return {int(old): int(new) for old, new in merged.items()}
    except FileNotFoundError:  # another version wrote it
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ResultError(f"{folder / MERGED} cannot be read: {error}") from error


def _path(home: Path, number: int) -> Path:
    return home / SETTLED / RINGS / f"{number:08d}.parquet"
