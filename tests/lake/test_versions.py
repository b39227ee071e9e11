"""The lake grows: what other versions wrote lies beside today's, and nothing is judged otherwise."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.lake.test_lake import START, arrivals, lies_there

from zhenzan.errors import LakeError, NewerLakeError
from zhenzan.interactions import ROW_COLUMNS
from zhenzan.lake import COLUMNS, Lake, check_files, lake_files, partitions, read_since
from zhenzan.lake.columns import SCHEMA_VERSION, SCHEMAS, VERSION_KEY
from zhenzan.policy import Policy
from zhenzan.settlement import run_settlement

OLD_HOME = Path(__file__).parents[1] / "service" / "data" / "home-0.1.tar.xz"  # by scripts/make_old_home.py
NEXT = SCHEMA_VERSION + 1


def with_column(columns: pa.Schema) -> pa.Schema:
    """A column more, and `watched` in a wider type."""
    at = columns.get_field_index("watched")
    wider = columns.set(at, pa.field("watched", pa.float64()))
    return wider.insert(wider.get_field_index("gesture"), pa.field("user_agent", pa.string()))


@contextmanager
def next_version() -> Iterator[None]:
    """Every module of the product as it would be after one column more."""
    rows, stored = with_column(ROW_COLUMNS), with_column(COLUMNS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCHEMAS, NEXT, stored)
        for name, module in list(sys.modules.items()):
            if name.startswith("zhenzan"):
                for attribute, today, then in (
                    ("COLUMNS", COLUMNS, stored),
                    ("ROW_COLUMNS", ROW_COLUMNS, rows),
                ):
                    if getattr(module, attribute, None) is today:
                        patch.setattr(module, attribute, then)
                if name.startswith("zhenzan.lake") and hasattr(module, "SCHEMA_VERSION"):
                    patch.setattr(module, "SCHEMA_VERSION", NEXT)
        yield


def later_arrivals(ids: list[str], at: int = START) -> pa.RecordBatch:
    """Rows of the next version."""
    today = arrivals(ids, at)
    known = dict(zip(ROW_COLUMNS.names, today.columns, strict=True))
    columns = [
        known[field.name].cast(field.type) if field.name in known else pa.array([f"ua-{id}" for id in ids])
        for field in with_column(ROW_COLUMNS)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=with_column(ROW_COLUMNS))


def killed(home: Path, ids: list[str]) -> None:
    """Rows acknowledged by a service that was killed: they lie in the journal alone."""
    lake = Lake(home, segment_seconds=1e9)
    lake.append(arrivals(ids))
    os.close(lake._lock)


def unmark(path: Path) -> None:
    """A file as the first release wrote it: without a version."""
    pq.write_table(pq.read_table(path, partitioning=None).replace_schema_metadata(None), path)


def test_what_comes_in_has_the_columns_of_the_newest_version() -> None:
    assert pa.schema([COLUMNS.field("sequence"), *ROW_COLUMNS, COLUMNS.field("received")]) == COLUMNS
    for version in range(2, SCHEMA_VERSION + 1):
        for field in SCHEMAS[version]:
            assert field.nullable or field.name in SCHEMAS[version - 1].names


def test_files_say_their_version(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(arrivals(["a"]))
    (path,) = lake_files(tmp_path)
    assert pq.read_metadata(path).metadata[VERSION_KEY] == str(SCHEMA_VERSION).encode()


def test_one_column_more_reads_and_merges_what_lies_there(tmp_path: Path) -> None:
    with Lake(tmp_path) as lake:
        lake.append(arrivals(["old-1", "old-2"]))
        lake.flush()
    unmark(lake_files(tmp_path)[0])
    killed(tmp_path, ["acked-1", "acked-2"])
    with next_version(), Lake(tmp_path) as lake:
        kept = lake.append(later_arrivals(["old-1", "acked-2", "new-1"]))
        assert kept.is_new.tolist() == [False, False, True]
        lake.flush()
        before = [row for batch in read_since(tmp_path, 0) for row in batch.to_pylist()]
        assert len(lake_files(tmp_path)) == 3
        assert partitions.compact_hour(lake_files(tmp_path)[0].parent, tmp_path / "scratch", closed=True)
        assert len(lake_files(tmp_path)) == 1
        assert [row for batch in read_since(tmp_path, 0) for row in batch.to_pylist()] == before
        assert [(row["id"], row["user_agent"]) for row in before] == [
            ("old-1", None), ("old-2", None), ("acked-1", None), ("acked-2", None), ("new-1", "ua-new-1"),
        ]  # fmt: skip
        assert list(check_files(lake_files(tmp_path))) == []
    assert [id for _, id in lies_there(tmp_path)] == [row["id"] for row in before]


def by_next_version(home: Path) -> Path:
    with next_version(), Lake(home) as lake:
        lake.append(later_arrivals(["new"]))
        lake.flush()
        (path,) = lake_files(home)
    return path


def test_a_newer_file_is_refused_with_the_way_back(tmp_path: Path) -> None:
    path = by_next_version(tmp_path)
    says = rf"{path}: a newer version .*lake schema {NEXT}; .*up to {SCHEMA_VERSION}.*install.*restore"
    with pytest.raises(NewerLakeError, match=says):
        list(read_since(tmp_path, 0))
    with pytest.raises(NewerLakeError, match=says):
        Lake(tmp_path)
    with pytest.raises(LakeError, match=says):
        run_settlement(tmp_path, Policy.default())
    assert not (tmp_path / "results" / "current").exists()
    with next_version(), Lake(tmp_path) as lake:  # what was refused is as it was
        assert lake.sequence == 1


def test_a_newer_journal_is_refused_with_the_way_back(tmp_path: Path) -> None:
    with next_version():
        lake = Lake(tmp_path, segment_seconds=1e9)
        lake.append(later_arrivals(["new"]))
        os.close(lake._lock)
    with pytest.raises(NewerLakeError, match=r"journal: a newer version .*restore the backup"):
        Lake(tmp_path)
    with next_version(), Lake(tmp_path) as lake:
        assert lake.sequence == 1


def old_home(folder: Path) -> Path:
    """What the first release left of its lake, without its settlements."""
    with tarfile.open(OLD_HOME) as packed:
        packed.extractall(folder, filter="data")
    home = folder / "home"
    for name in ("results", "settled"):
        shutil.rmtree(home / name, ignore_errors=True)
    return home


def rewritten(home: Path, path: Path, rows: pa.Table) -> None:
    """Rows as today's version, or the next within `next_version`, writes them."""
    arrays = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.array(["Mozilla/5.0"] * rows.num_rows)
        for field in partitions.COLUMNS
    ]
    partitions._write(pa.Table.from_arrays(arrays, schema=partitions.COLUMNS), path, home / "scratch")


def mixed(home: Path) -> None:
    """Of each hour, the earlier rows stay as they are; the later ones today's version wrote in one hour, the
    next in another.
    """
    for number, path in enumerate(lake_files(home)):
        rows = pq.read_table(path, partitioning=None)
        middle = rows["sequence"][rows.num_rows // 2].as_py()
        early = pc.less(rows["sequence"], middle)
        first, last = path.stem.split("-")
        with next_version() if number % 2 else nullcontext():
            rewritten(home, path.with_name(f"{middle:020d}-{last}.parquet"), rows.filter(pc.invert(early)))
        pq.write_table(rows.filter(early), path.with_name(f"{first}-{middle - 1:020d}.parquet"))
        path.unlink()


def verdicts(home: Path) -> dict[str, pa.Table]:
    settlement = run_settlement(home, Policy.default())
    assert settlement is not None
    return {
        name: pq.read_table(settlement.folder / f"{name}.parquet")
        for name in ("verdicts", "accounts", "items")
    }


def test_a_lake_of_mixed_versions_gives_the_verdicts_of_a_clean_one(tmp_path: Path) -> None:
    homes = {name: old_home(tmp_path / name) for name in ("old", "clean", "mixed", "merged")}
    for home in homes.values():
        (home / "scratch").mkdir(exist_ok=True)
    for path in lake_files(homes["clean"]):
        rewritten(homes["clean"], path, pq.read_table(path, partitioning=None))
    mixed(homes["mixed"])
    mixed(homes["merged"])
    clean = verdicts(homes["clean"])
    assert clean["verdicts"].num_rows == 250
    assert verdicts(homes["old"]) == clean
    with next_version():
        assert verdicts(homes["mixed"]) == clean
        with Lake(homes["merged"]) as lake:
            lake.newest = sys.maxsize // 2
            assert lake.merge() == len(lake_files(homes["old"]))
        assert len(lake_files(homes["merged"])) == len(lake_files(homes["old"]))
        assert verdicts(homes["merged"]) == clean
    assert versions(homes["old"]) == {b"1"}
    assert versions(homes["mixed"]) == {b"1", str(SCHEMA_VERSION).encode(), str(NEXT).encode()}


def versions(home: Path) -> set[bytes]:
    footers = [pq.read_metadata(path).metadata or {} for path in lake_files(home)]
    return {footer.get(VERSION_KEY, b"1") for footer in footers}
