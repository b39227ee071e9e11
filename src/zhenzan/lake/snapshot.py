"""Snapshots of the lake while it is written: hard links of its files and its journal."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from zhenzan.deprecation import renamed_attributes
from zhenzan.lake.journal import segments
from zhenzan.lake.lake import link_hours
from zhenzan.lake.locks import swapping

__all__ = ["SnapshotFile", "snapshot_files"]


@renamed_attributes(place="path")
@dataclass(frozen=True)
class SnapshotFile:
    """A file of the lake: where it is linked, its path below the service's folder, and how many bytes of it
    count. An open segment goes on growing under its link; what comes later is not part of this state.
    """

    link: Path
    path: str
    bytes: int


def snapshot_files(home: Path, into: Path) -> list[SnapshotFile]:
    """Link everything that was acknowledged before this call, some of what comes meanwhile too, into a new
    folder on the same disk. Whoever opens a lake on copies of it has each row once.

    First the journal is linked, then the files: a row that is brought into files in between is in both, and
    opening the lake writes the same file again. No file is merged away meanwhile, or it would not be the
    same. Last the sizes of the journal are taken: a segment of which anything is in files was closed before
    that, so its size is final. Raises LakeError where a crash left a merge half done, OSError. Cost: a link a
    file; of the writer, nothing but its merging waits.
    """
    journal = into / "journal"
    journal.mkdir(parents=True)
    with swapping(home / "lake"):
        for path in segments(home / "journal"):
            try:
                os.link(path, journal / path.name)
            except FileNotFoundError:  # brought into files since they were listed
                continue
        files = link_hours(home, into / "lake")
        held = [SnapshotFile(link, f"journal/{link.name}", link.stat().st_size) for link in segments(journal)]
    for link in files:
        date, hour, name = link.name.split(".", 2)
        held.append(SnapshotFile(link, f"lake/{date}/{hour}/{name}", link.stat().st_size))
    return held
