"""A result folder: its files, and which of them are its own. It appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.atomic_files import AtomicFolder

TABLES = ("verdicts", "accounts", "moments", "rings", "items")
SUSPECTS = "suspects"
SUMMARY, POLICY, REJECTED = "summary.json", "policy.toml", "rejected.ndjson"
ROWS_PER_GROUP = 1 << 20
VALUES_PER_BATCH = 1 << 16  # encoded at a time: a tenth cheaper than Arrow's own 1024
OWN_FILES = {SUMMARY, POLICY, REJECTED, *(f"{name}.parquet" for name in (*TABLES, SUSPECTS))}


class ResultFolder(AtomicFolder):
    """Tables and texts of a result. Files that somebody else put into an old result, a report say, stay."""

    REFUSAL = "is not a result folder"

    def is_replaceable(self, names: set[str]) -> bool:
        """Only a whole result is: a lone summary.json may well be of somebody else's making."""
        return names >= {SUMMARY, *(f"{name}.parquet" for name in (*TABLES, SUSPECTS))}

    def is_own(self, name: str) -> bool:
        return name in OWN_FILES

    def write_table(self, name: str, table: pa.Table) -> None:
        self.write_batches(name, table.schema, table.to_batches(ROWS_PER_GROUP))

    def write_batches(self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Stream batches into `<name>.parquet`. Words are dictionary-coded, rows and times delta-coded."""
        delta = {field: "DELTA_BINARY_PACKED" for field in ("row", "timestamp") if field in schema.names}
        coded = ["verdict", "standing", "evidence.list.element.name", "kind"]
        with pq.ParquetWriter(
            self.path / f"{name}.parquet",
            schema,
            compression="lz4",
            use_dictionary=coded,
            column_encoding=delta or None,
            write_statistics=True,
            write_batch_size=VALUES_PER_BATCH,
        ) as writer:
            for batch in _one_ahead(batches):
                writer.write_batch(batch, row_group_size=ROWS_PER_GROUP)

    def write_text(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")


def _one_ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The next batch is made in a thread while the last one is written."""
    making = iter(batches)
    with ThreadPoolExecutor(1, thread_name_prefix="zhenzan-writer") as thread:
        coming = thread.submit(next, making, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, making, None)
            yield batch
