"""World folders, written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhenzan.atomic_files import AtomicFolder
from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import ResultError
from zhenzan.lab.outputs.manifest import hash_of_file, manifest_of
from zhenzan.lab.outputs.world import World
from zhenzan.lab.scenario import Scenario

__all__ = [
    "MANIFEST",
    "REPORT",
    "check_place",
    "new_folder",
    "read_manifest",
    "write_manifest",
    "write_scenario",
    "write_tables",
    "write_world",
]

MANIFEST, SCENARIO, REPORT = "manifest.json", "scenario.toml", "report.html"
ROWS_PER_GROUP = 1 << 20


@renamed_parameters(place="target")
def write_world(world: World, target: str | os.PathLike[str]) -> Path:
    """Write a world as a folder, whole or not at all; gives the folder.

    interactions.parquet, truth.parquet, accounts.parquet, items.parquet, outcomes/*.parquet, scenario.toml,
    manifest.json. Raises `ResultError` where the place holds something else.
    """
    path = Path(target)
    with new_folder(path) as folder:
        tables = {
            "interactions": world.interactions,
            "truth": world.truth,
            "accounts": world.accounts,
            "items": world.items,
        }
        write_tables(folder, tables)
        (folder / "outcomes").mkdir()
        write_tables(folder / "outcomes", world.outcomes.tables())
        write_scenario(folder, world.scenario, world.seed)
    return path


class LabFolder(AtomicFolder):
    """An atomic folder of the lab; an earlier one is recognised by its manifest."""

    REFUSAL = "is no world folder"

    def is_replaceable(self, names: set[str]) -> bool:
        return MANIFEST in names


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to write in; a clean exit puts it in its place, an error removes it.

    An earlier world there is replaced. Raises `ResultError` where the place holds anything else.
    """
    with LabFolder(path) as folder:
        yield folder.path


@renamed_parameters(place="path")
def check_place(path: Path) -> None:
    """Raise `ResultError` if a folder of the lab could not be written there, before the work is done."""
    LabFolder(path).check()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a world folder. Raises `ResultError` where it is none."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(
            f"{folder} holds no {MANIFEST}: it is not a folder that `zhenzan lab` wrote."
        ) from None
    except (OSError, ValueError) as error:
        raise ResultError(f"{folder / MANIFEST} cannot be read: {error}") from error
    return manifest


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write each table as NAME.parquet."""
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=ROWS_PER_GROUP, compression="zstd")


def write_scenario(folder: Path, scenario: Scenario, seed: int) -> None:
    """Write the scenario, and the manifest of a run of it with this seed."""
    (folder / SCENARIO).write_text(scenario.to_toml(), encoding="utf-8")
    write_manifest(folder, manifest_of(scenario, seed))


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write `facts`, with the hash of every file that the folder holds by now."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): hash_of_file(path) for path in files}
    text = json.dumps({**facts, "files": hashes}, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
