"""A result: verdicts, accounts, moments, rings and items as Arrow tables, in memory or in a folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.errors import ResultError
from zhenzan.parquet_sql import parquet_sql
from zhenzan.progress import SILENT, Progress
from zhenzan.verify.results.folder import POLICY, REJECTED, SUMMARY, SUSPECTS, TABLES, ResultFolder
from zhenzan.verify.results.result_format import is_old, items_sql, promoted_summary

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from zhenzan.verify.results.explain import Explanation


class Result:
    """The result of `verify`. Tables are read from the folder when first asked for; each is then kept.

    `verdicts`: one row per like of the log, in input order. See the reference for every column. `sealed`:
    files of verdicts, of days before those of the log, that settled for good; none for a log of its own.
    """

    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        summary: Mapping[str, Any],
        folder: Path | None = None,
        policy: str = "",
        sealed: Sequence[Path] = (),
    ) -> None:
        self.final_files = tuple(sealed)
        self._tables = dict(tables)
        self.summary = dict(summary)
        self.folder = folder
        self._policy = policy

    @classmethod
    def load(cls, folder: str | os.PathLike[str], sealed: Sequence[Path] = ()) -> Result:
        """Open a result folder. Reads only its summary. Raises `ResultError` where it is none."""
        path = Path(folder)
        try:
            summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        except FileNotFoundError:
            what = "holds no summary.json" if path.is_dir() else "does not exist"
            raise ResultError(
                f"{path} {what}: it is not the result of a run. "
                f"Make one with `zhenzan verify LOG --out {path}`."
            ) from None
        except (OSError, ValueError) as error:
            raise ResultError(
                f"{path / SUMMARY} cannot be read: {error}. Run `zhenzan verify` again."
            ) from error
        missing = [name for name in TABLES if not (path / f"{name}.parquet").is_file()]
        if missing:
            raise ResultError(
                f"{path} lacks {missing[0]}.parquet: the result is not whole. Run `zhenzan verify` again."
            )
        return cls({}, promoted_summary(summary, path / SUMMARY), path, sealed=sealed)

    def table(self, name: str) -> pa.Table:
        """The table of that name."""
        if name not in self._tables:
            if self.folder is None or name not in (*TABLES, SUSPECTS):
                raise ResultError(f"a result has no table {name!r}; it has {', '.join(TABLES)}")
            try:
                self._tables[name] = self._read(self.folder / f"{name}.parquet")
            except (OSError, pa.ArrowException) as error:
                raise ResultError(
                    f"{self.folder / name}.parquet cannot be read: {error}. Run `zhenzan verify` again."
                ) from error
        return self._tables[name]

    def show(self, connection: DuckDBPyConnection, name: str, alias: str = "") -> None:
        """A view of the table of that name: from its file, column by column, where it has one."""
        if self.folder is None:
            connection.register(alias or name, self.table(name))
        else:
            path = self.folder / f"{name}.parquet"
            rows = items_sql([path]) if name == "items" else f"SELECT * FROM {parquet_sql([path])}"
            connection.execute(f"CREATE VIEW {alias or name} AS {rows}")

    def _read(self, path: Path) -> pa.Table:
        """A table from its file, items of an earlier format as they are now."""
        if path.stem != "items" or not is_old(pq.read_schema(path).names):
            return pq.read_table(path)
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.sql(items_sql([path])).to_arrow_table()

    @property
    def verdicts(self) -> pa.Table:
        return self.table("verdicts")

    @property
    def accounts(self) -> pa.Table:
        return self.table("accounts")

    @property
    def moments(self) -> pa.Table:
        return self.table("moments")

    @property
    def rings(self) -> pa.Table:
        return self.table("rings")

    @property
    def items(self) -> pa.Table:
        return self.table("items")

    @property
    def suspects(self) -> pa.Table:
        """What the log tells of its accounts to `verify` of the days after it. Raises ResultError where an
        older version wrote the folder.
        """
        return self.table(SUSPECTS)

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the result as a folder, whole or not at all. Replaces an earlier result there, nothing
        else.
        """
        with ResultFolder(Path(folder)) as target:
            for name in TABLES:
                target.write_table(name, self.table(name))
            if SUSPECTS in self._tables or (self.folder and (self.folder / f"{SUSPECTS}.parquet").exists()):
                target.write_table(SUSPECTS, self.suspects)
            target.write_text(SUMMARY, json.dumps(self.summary, ensure_ascii=False, indent=1))
            if self._policy:
                target.write_text(POLICY, self._policy)
            for name in (POLICY, REJECTED):
                if self.folder is not None and (self.folder / name).exists():
                    shutil.copyfile(self.folder / name, target.path / name)
        return Path(folder)

    def explain(
        self,
        *,
        like: Any = None,
        account: Any = None,
        item: Any = None,
        ring: Any = None,
        language: str = "en",
    ) -> Explanation:
        """Explain the verdict on one like (by id or row number), account, item or ring. Raises
        `ResultError` if unknown.
        """
        from zhenzan.verify.results.explain import explain

        return explain(self, like=like, account=account, item=item, ring=ring, language=language)

    def report(
        self, path: str | os.PathLike[str], language: str = "en", *, progress: Progress = SILENT
    ) -> Path:
        """Write the report: one HTML file that works offline."""
        from zhenzan.verify.report import write_report

        return write_report(self, Path(path), language, progress=progress)

    def charts(self, language: str = "en") -> dict[str, Any]:
        """The report's charts as Altair objects, by name."""
        from zhenzan.verify.report import draw_charts

        return draw_charts(self, language)

    def __repr__(self) -> str:
        counts = self.summary.get("counts", {})
        likes, fake, rings = (counts.get(name, 0) for name in ("likes", "fake", "rings"))
        return f"<Result of {likes:,} likes, {fake:,} fake, {rings:,} rings>"
