"""Backup of a service while it runs, and its restoration.

The order in which things are copied:

1. the database, with the ledger in it, at one moment;
2. the counters, and what else lies in the folder; the final verdicts; the newest settlement, if asked for;
3. the lake, with everything that was acknowledged before this step;
4. the secrets of the hashes.

Rewards are made from final verdicts, and from the lake: a like that neither holds has not happened,
and what it earned is taken back at the next settlement. So they must not be older than the ledger. That the
ledger is older does no harm: the next settlement pays what is missing, under the same ids. Counters that are
older than the lake are brought up to it at the start; were they newer, likes that come again would not be
counted. The secrets come last, so that none is missing with which a hash in the lake was made.

What comes in while a backup is made may or may not be in it; all that was acknowledged before it began is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from zhenzan import __version__
from zhenzan.atomic_files import AtomicFolder, write_file
from zhenzan.errors import LakeError, LedgerError
from zhenzan.lake import SnapshotFile, check_files, only_one, snapshot_files
from zhenzan.ledger import Ledger, check, free_lease, read_key
from zhenzan.progress import SILENT, Progress
from zhenzan.service.backup_database import (
    DUMP,
    copy_sqlite,
    dump_postgres,
    refuse_filled_postgres,
    restore_postgres,
)
from zhenzan.service.backup_manifest import (
    FORMAT,
    MANIFEST,
    BackupError,
    CopiedFile,
    Manifest,
    copy_file,
    digest_file,
    read_manifest,
)
from zhenzan.service.home_binding import ANCHOR, anchor_to
from zhenzan.service.last_backups import BACKUPS, note_backup
from zhenzan.settlement import SETTLED, WORKER_FILE, latest
from zhenzan.store import open_database
from zhenzan.times import now_us

__all__ = ["Restored", "back_up", "restore"]

DATABASE = "zhenzan.sqlite"
HASH_KEYS = "hash-keys.json"
LEDGER_KEY = "ledger.key"
ALSO = "also"
SPARE_BYTES = 16 << 20  # left free on the disk of a backup
TRIES = 3


@dataclass(frozen=True)
class Restored:
    """Result of a restoration: `events` of the ledger, all checked; `key_fits`: the signing key is the
    ledger's; `also`: files that were given along.
    """

    manifest: Manifest
    events: int
    checkpoint: str
    key_fits: bool
    also: list[Path]


class _Folder(AtomicFolder):
    """Appears whole; nothing that is there is replaced."""

    REFUSAL: ClassVar[str] = "is not empty"
    OPTION: ClassVar[str] = "--to"

    def is_replaceable(self, names: set[str]) -> bool:
        return False


def back_up(
    home: Path,
    to: Path,
    *,
    database: str = "",
    results: bool = False,
    also: Sequence[Path] = (),
    progress: Progress = SILENT,
    damaged: Callable[[LakeError], object] = lambda error: None,
) -> Manifest:
    """Back up a service's folder and database to a new folder, which appears when it is complete.

    `database`: the URL of a PostgreSQL, as given to `serve`. `results`: the newest settlement too; the next
    one makes it anew without. `also`: files that lie elsewhere: policy, catalogue. `damaged`: is told of each
    file of the lake that cannot be read; it is copied all the same. Raises BackupError,
    LakeError, ResultError. Cost: one read and one write of everything, one SHA-256; hard links in `home` for
    as long. Killed anywhere, it leaves no folder; what it leaves is hidden, and the next backup removes it.
    """
    _check(home, database, also)
    folder = _Folder(to)
    with folder, _staging(home) as staging:
        folder.path.chmod(0o700)  # there are keys in it
        files = [_copy_database(home, database, folder.path, progress)]
        rest = _others(home) + [(path, f"{ALSO}/{path.name}") for path in also]
        files += [copy_file(path, folder.path, target) for path, target in rest]
        held = [
            *_hold_settled(home, staging / SETTLED),
            *(_hold_results(home, staging) if results else []),
            *snapshot_files(home, staging / "lake"),
        ]
        files += _copy_held(held, folder.path, progress)
        for error in check_files(
            [folder.path / still.path for still in held if still.path.startswith("lake/")]
        ):
            damaged(LakeError(str(error).replace(str(folder.path), str(home))))
        if (home / HASH_KEYS).exists():
            files.append(copy_file(home / HASH_KEYS, folder.path, HASH_KEYS))
        kind = "postgresql" if database else "sqlite"
        manifest = Manifest(FORMAT, __version__, now_us(), kind, files)
        write_file(folder.path / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    note_backup(home, to, manifest.made_at)
    return manifest


def restore(backup: Path, to: Path, *, database: str = "", progress: Progress = SILENT) -> Restored:
    """Restore a service's folder from a backup, and check the ledger in it.

    `database`: the URL of an empty PostgreSQL, for the backup of one. Each file is compared with the manifest
    as it is copied; where one differs it is named, and no folder is made. Raises BackupError, ResultError;
    LedgerError where the files are as they were, but the ledger was damaged already. Cost: as a backup, and
    that of `zhenzan ledger check`.
    """
    manifest = read_manifest(backup)
    if manifest.database == "postgresql":
        if not database:
            raise BackupError(
                f"{backup}: is the backup of a service on PostgreSQL; name an empty database with --database"
            )
        refuse_filled_postgres(database)
    elif database:
        raise BackupError(f"{backup}: is the backup of a service on SQLite; leave --database out")
    folder = _Folder(to)
    with folder:
        folder.path.chmod(0o700)
        _needs_space(folder.path, manifest.bytes)
        with progress.step("Copying", manifest.bytes) as advance:
            for file in manifest.files:
                copied = _taken(backup, file, folder.path)
                advance(copied.bytes)
        if database:
            restore_postgres(folder.path / DUMP, database)
            (folder.path / DUMP).unlink()
    return _checked(to, manifest, database or str(to / DATABASE), progress)


def _check(home: Path, database: str, also: Sequence[Path]) -> None:
    if not (home / "lake").is_dir():
        raise BackupError(f"{home}: is not the folder of a service; it has no lake")
    if not database and not (home / DATABASE).exists():
        raise BackupError(f"{home}: has no {DATABASE}; for a service on PostgreSQL name --database")
    names = [path.name for path in also]
    for path in also:
        if not path.is_file():
            raise BackupError(f"{path}: is not a file")
        if names.count(path.name) > 1:
            raise BackupError(f"{path}: two files have this name; a backup holds one of each name")


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A folder for links, on the service's disk. One backup at a time: what lies there is left over."""
    lock = only_one(home / "backup.lock", f"{home}: another backup of this is being made; wait for it")
    staging = home / ".backup"
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(lock)


def _copy_database(home: Path, database: str, folder: Path, progress: Progress) -> CopiedFile:
    """The database, and no older or newer than the signing key beside it."""
    name = DUMP if database else DATABASE
    with progress.step("Copying the database"):
        for _ in range(TRIES):
            key = _key(home)
            if database:
                dump_postgres(database, folder / name)
            else:
                _needs_space(folder, (home / DATABASE).stat().st_size)
                copy_sqlite(home / DATABASE, folder / name)
            if _key(home) == key:
                return digest_file(folder, name)
            (folder / name).unlink()
    raise BackupError(f"{home}: the ledger's key was replaced several times during the backup; try again")


def _key(home: Path) -> bytes | None:
    path = home / LEDGER_KEY
    return path.read_bytes() if path.exists() else None


def _others(home: Path) -> list[tuple[Path, str]]:
    """Keys, counters and whatever else lies in the folder itself; not what is only of the running process."""
    return [
        (path, path.name)
        for path in sorted(home.iterdir())
        if path.is_file()
        and path.suffix != ".lock"
        and not path.name.startswith((".", DATABASE))
        and path.name not in (HASH_KEYS, MANIFEST, WORKER_FILE, BACKUPS)
        and path.name != ANCHOR  # it may know more than the copy of the database
    ]


def _hold_settled(home: Path, staging: Path) -> list[SnapshotFile]:
    """The final verdicts. First up to where: files of later days are none the worse for being there."""
    links = []
    places = [home / SETTLED / "until", *sorted((home / SETTLED).glob("*/*.parquet"))]
    for path in places:
        relative = path.relative_to(home / SETTLED)
        (staging / relative).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # of a later day, and about to be written anew
            os.link(path, staging / relative)
            links.append(SnapshotFile(staging / relative, f"{SETTLED}/{relative}", path.stat().st_size))
    return links


def _hold_results(home: Path, staging: Path) -> list[SnapshotFile]:
    """The newest settlement, linked, so that a newer one does not clear it away."""
    for _ in range(TRIES):
        settlement = latest(home)
        if settlement is None:
            return []
        folder = staging / "results"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            for path in settlement.folder.iterdir():
                os.link(path, folder / path.name)
        except FileNotFoundError:
            continue
        write_file(staging / "current", settlement.pointer())
        links = [(link, f"results/{settlement.folder.name}/{link.name}") for link in sorted(folder.iterdir())]
        links.append((staging / "current", "results/current"))
        return [SnapshotFile(link, relative, link.stat().st_size) for link, relative in links]
    raise BackupError(
        f"{home}: settlements are published faster than they can be copied; leave --results out"
    )


def _copy_held(held: Sequence[SnapshotFile], folder: Path, progress: Progress) -> list[CopiedFile]:
    total = sum(still.bytes for still in held)
    _needs_space(folder, total)
    with progress.step("Copying the lake", total) as advance:
        return [
            copy_file(still.link, folder, still.path, bytes=still.bytes, advance=advance) for still in held
        ]


def _needs_space(folder: Path, bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < bytes + SPARE_BYTES:
        raise BackupError(
            f"{folder.parent}: has {free / 1e9:,.2f} GB free, {bytes / 1e9:,.2f} GB are needed;"
            " free some space, or choose another --to"
        )


def _taken(backup: Path, file: CopiedFile, folder: Path) -> CopiedFile:
    """One file of a backup, copied and compared."""
    path = backup / file.path
    try:
        copied = copy_file(path, folder, file.path)
    except FileNotFoundError:
        raise BackupError(f"{path}: is missing; take another backup. Nothing was restored") from None
    if copied != file:
        raise BackupError(
            f"{path}: is damaged ({copied.bytes:,} bytes of {file.bytes:,}, or not the same ones);"
            " take another backup. Nothing was restored"
        )
    return copied


def _checked(home: Path, manifest: Manifest, database_url: str, progress: Progress) -> Restored:
    """Free the ledger of its writer, who wrote another, and verify all of it."""
    database = open_database(database_url, create=False)
    try:
        free_lease(database)
    finally:
        database.close()
    with Ledger.open(database_url, read_only=True) as ledger, progress.step("Checking the ledger"):
        try:
            events = check(ledger)
        except LedgerError as error:
            raise LedgerError(
                f"{home}: everything is restored as it was, but the ledger is damaged: {error}"
            ) from error
        keys = ledger.keys()
        note = ledger.last_note().strip()
    anchor_to(home, database_url)
    try:
        fits = bool(keys) and read_key(home / LEDGER_KEY).public == keys[-1]
    except LedgerError:
        fits = False
    also = sorted((home / ALSO).iterdir()) if (home / ALSO).is_dir() else []
    return Restored(manifest, events, note, fits, also)
