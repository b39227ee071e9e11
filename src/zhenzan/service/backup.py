"""Backup of a service, running or not, and restore: a folder whose every file is named with its digest.

The database first, then the journal, then the lake's files. So the lake of a backup is never older than its
ledger: what was earned can be counted again from the likes, the other way round it could not. And a row that
moves from the journal to the files meanwhile is in one of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan import __version__
from zhenzan.errors import ZhenzanError
from zhenzan.lake import copy_files, read_segment, segments
from zhenzan.ledger import Ledger, check

__all__ = ["Backup", "BackupError", "back_up", "restore"]

FORMAT = "zhenzan-backup-1"
MANIFEST = "manifest.json"
DATABASE, DUMP = "zhenzan.sqlite", "database.dump"
ALONE = (
    "ledger.key",
    "hash-keys.json",
    "seen.key",
    "policy.toml",
    "shadow.toml",
)  # counters are counted anew
PIECE = 1 << 20


class BackupError(ZhenzanError):
    """A backup cannot be made, or one cannot be restored: no backup, damaged, in the way of something."""


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    folder: Path
    files: int
    size_bytes: int
    interactions: int


def back_up(home: Path, folder: Path, *, database: str = "") -> Backup:
    """Copy everything that a service needs to go on elsewhere. Acknowledged interactions are in it, up to the
    moment when the lake is copied. Killed, it leaves nothing that looks like a backup. Raises BackupError,
    LakeError. Cost: one read and write of everything; the service goes on meanwhile.
    """
    if not (home / "lake").is_dir():
        raise BackupError(f"{home}: there is no service's folder")
    if folder.exists():
        raise BackupError(f"{folder}: is there already; name a new folder")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _save_database(home, part, database)
        for name in ALONE:
            if (home / name).exists():
                shutil.copy2(home / name, part / name)
        _save_lake(home, part)
        made = _write_manifest(part, database)
        part.rename(folder)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise BackupError(f"{folder}: {getattr(error, 'strerror', None) or error}") from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Backup(folder, *made)


def restore(folder: Path, home: Path, *, database: str = "") -> tuple[Backup, int]:
    """Make a service's folder of a backup, and check its ledger: what it holds, and how many events hold.

    Every file is compared with its digest first. Raises BackupError that names what is wrong, DamageError
    where the ledger does not check; then `home` is not made. PostgreSQL: into the empty database `database`.
    """
    manifest = _read_manifest(folder)
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"{home}: is not empty; name a new folder")
    if bool(manifest["postgres"]) != bool(database):
        need = "name an empty one: --database" if manifest["postgres"] else "leave --database out"
        kind = "PostgreSQL" if manifest["postgres"] else "SQLite"
        raise BackupError(f"{folder}: the backup's database is {kind}; {need}")
    for name, (size, digest) in manifest["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != size or _digest(path) != digest:
            raise BackupError(f"{path}: is damaged or missing; this backup cannot be trusted")
    part = home.with_name(home.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name in manifest["files"]:
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / name, part / name)
        if database:
            _run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", database, str(part / DUMP))
            (part / DUMP).unlink()
        with Ledger.open(database or part / DATABASE, read_only=True) as ledger:
            events = check(ledger)
        if home.exists():
            home.rmdir()
        part.rename(home)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{home}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    size = sum(size for size, _ in manifest["files"].values())
    return Backup(home, len(manifest["files"]), size, manifest["interactions"]), events


def _save_database(home: Path, part: Path, database: str) -> None:
    if database:
        _run("pg_dump", "--format=custom", "--file", str(part / DUMP), database)
        return
    if not (home / DATABASE).exists():
        raise BackupError(f"{home / DATABASE}: is not there; name the service's --database")
    source, target = sqlite3.connect(home / DATABASE), sqlite3.connect(part / DATABASE)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def _run(program: str, *words: str) -> None:
    try:
        done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BackupError(f"{program} is not installed; it comes with PostgreSQL's client") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        raise BackupError(f"{program}: {said[-1]}")


def _save_lake(home: Path, part: Path) -> None:
    (part / "journal").mkdir()
    for path in segments(home / "journal"):
        try:
            shutil.copy2(path, part / "journal" / path.name)
        except FileNotFoundError:  # it was brought into files just now
            continue
    files = copy_files(home, part / "lake")
    for path in segments(part / "journal"):
        wanted = {row for batch in read_segment(path) for row in batch.column("sequence").to_pylist()}
        if wanted and wanted <= _there(files, min(wanted), max(wanted)):
            path.unlink()


def _there(files: list[Path], first: int, last: int) -> set[int]:
    """The sequence numbers from `first` to `last` that lie in files."""
    found: set[int] = set()
    for path in files:
        begin, _, end = path.stem.partition("-")
        if int(begin) <= last and int(end) >= first:
            column = pq.read_table(path, columns=["sequence"], partitioning=None)["sequence"]
            within = pc.and_(pc.greater_equal(column, first), pc.less_equal(column, last))
            found.update(column.filter(within).to_pylist())
    return found


def _write_manifest(part: Path, database: str) -> tuple[int, int, int]:
    files = {
        str(path.relative_to(part)): (path.stat().st_size, _digest(path))
        for path in sorted(part.rglob("*"))
        if path.is_file()
    }
    rows = sum(pq.read_metadata(path).num_rows for path in (part / "lake").rglob("*.parquet"))
    rows += sum(batch.num_rows for path in segments(part / "journal") for batch in read_segment(path))
    told = {
        "format": FORMAT, "version": __version__, "made_at": int(time.time()), "postgres": bool(database),
        "interactions": rows, "files": files,
    }  # fmt: skip
    with (part / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return len(files), sum(size for size, _ in files.values()), rows


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = [Path(name) for name in found["files"]]
        if found["format"] != FORMAT or any(name.is_absolute() or ".." in name.parts for name in names):
            raise ValueError(found["format"])
        return found
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(f"{folder}: is no backup of this version; there is no {MANIFEST} in it") from None


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
