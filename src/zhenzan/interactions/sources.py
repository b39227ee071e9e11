"""Sources of a log: its files or dataframe opened as tables, with the fields that their paths add."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zhenzan.errors import InputError, some_of
from zhenzan.interactions.derived_table import DerivedTable
from zhenzan.interactions.documents import JsonDocumentTable
from zhenzan.interactions.files import LogFile, find_files, is_paths, plain_name
from zhenzan.interactions.formats import Opening, open_file
from zhenzan.interactions.json_table import JsonLinesTable
from zhenzan.interactions.kuairand import is_side_table
from zhenzan.interactions.mapping import CONSTANT, Mapping, candidates, is_mark
from zhenzan.interactions.paths import kinds_of_names, partitions
from zhenzan.interactions.records import Table
from zhenzan.interactions.schema import KINDS, LIKE

__all__ = ["Opened", "OpenedTable", "open_tables"]

NAMES_SHOWN_MAX = 5
FILE_KIND = "file name"  # the column of the kind that files' names tell


@dataclass(frozen=True)
class OpenedTable:
    """One table of a log, and what is asked of its mapping: by the user, and by the file's path."""

    table: Table
    mapping: dict[str, str]
    remarks: tuple[str, ...] = ()


@dataclass
class Opened:
    """The tables of a log in reading order; files that are none, by name."""

    tables: list[OpenedTable] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def open_tables(source: Any, opening: Opening, mapping: AnyMapping[str, str]) -> Opened:
    """Open all of a log. Files of a folder that do not look like logs by their names are read if they are by
    their content. Raises InputError where there is nothing to read.
    """
    if not is_paths(source):
        from zhenzan.interactions.dataframes import frame_table  # narwhals: not for files

        return Opened([OpenedTable(frame_table(source), dict(mapping))])
    files = _without_side_tables(find_files(source))
    kinds = kinds_of_names(files)
    opened = Opened()
    for file in files:
        try:
            tables = [_with_late(table, mapping) for table in open_file(file.path, opening)]
            read = [_with_path(table, file, kinds, mapping) for table in tables]
        except InputError:
            if not file.doubtful:
                raise
            read = []
        if file.doubtful and not (read and all(map(_maps, read))):
            opened.left_out.append(file.path)
            read = []
        opened.tables += read
    if not opened.tables:
        raise InputError(_nothing(files, opened.left_out))
    opened.tables = _mappable_sheets(opened)
    return opened


def _with_late(table: Table, mapping: AnyMapping[str, str]) -> Table:
    """The table, all of its lines looked at where the user names a field that its first do not have."""
    named = [name for name in mapping.values() if name and not name.startswith(CONSTANT)]
    if isinstance(table, JsonLinesTable) and not table.whole and not set(named) <= set(table.columns):
        return JsonLinesTable(table.name, whole=True)
    return table


def _with_path(
    table: Table, file: LogFile, kinds: AnyMapping[str, str], mapping: AnyMapping[str, str]
) -> OpenedTable:
    """The table with the columns that its folders and its name tell, where it has none of its own."""
    fields, remarks = dict(mapping), list(getattr(table, "remarks", ()))
    constants: dict[str, str | None] = dict(partitions(file))
    columns = (*table.columns, *constants)
    tells_kind = "kind" in fields or candidates("kind", columns) or any(is_mark(name) for name in columns)
    if not tells_kind and file.path in kinds:
        constants[FILE_KIND] = kinds[file.path]
        fields["kind"] = FILE_KIND
        if kinds[file.path] != KINDS[LIKE]:
            remarks.append(f"its name says {kinds[file.path]}; --map kind= reads every row as a like.")
    if (
        isinstance(table, JsonDocumentTable)
        and "account" not in fields
        and not candidates("account", columns)
    ):
        fields["account"] = f"{CONSTANT}{file.path}"
        remarks.append(
            "names no account, so the file's name is the account; --map account==NAME says whose it is."
        )
    table = DerivedTable(table, constants) if constants else table
    return OpenedTable(table, fields, tuple(f"{table.name}: {remark}" for remark in remarks))


def _mappable_sheets(opened: Opened) -> list[OpenedTable]:
    """All tables, but of a workbook only the sheets that hold a log, if any does."""
    sheets = [one for one in opened.tables if one.table.format == "excel"]
    if len(sheets) < 2:
        return opened.tables
    left = [one for one in sheets if not _maps(one)]
    if len(left) == len(sheets):
        return opened.tables
    opened.left_out += [one.table.name for one in left]
    return [one for one in opened.tables if one not in left]


def _maps(one: OpenedTable) -> bool:
    try:
        Mapping.resolve(one.table.columns, one.mapping)
    except InputError:
        return False
    return True


def _nothing(files: Sequence[LogFile], left_out: Sequence[str]) -> str:
    if not left_out:
        first = files[0].path
        more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
        return f"{first}{more} is empty: there is nothing to read."
    return (
        f"There are no logs among {some_of(left_out, NAMES_SHOWN_MAX)}: none is a table with columns for"
        " account, item and timestamp. Name the file itself to see what it lacks."
    )


def _without_side_tables(files: Sequence[LogFile]) -> list[LogFile]:
    """Leave out KuaiRand's tables of videos and users where its logs are among the files."""
    logs = [file for file in files if not is_side_table(file.path)]
    return logs if any(plain_name(file.path).startswith("log_") for file in logs) else list(files)
