"""Short ways to read a log in a test."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from zhenzan.interactions import KINDS, Log, open_log


def rows_of(log: Log) -> list[dict[str, Any]]:
    """Read the log; return its interactions with the kinds spelled out. Every batch must be valid Arrow."""
    rows: list[dict[str, Any]] = []
    for batch in log.batches():
        batch.validate(full=True)
        assert batch.schema == log.schema
        rows += batch.to_pylist()
    for row in rows:
        if "kind" in row:
            row["kind"] = KINDS[row["kind"]]
    summary = log.summary
    assert summary.rows_read == summary.accepted + summary.rejected + summary.skipped
    assert summary.interactions == len(rows)
    return rows


def read(source: Any, **options: Any) -> list[dict[str, Any]]:
    return rows_of(open_log(source, **options))


def read_with_rejects(path: Path, **options: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read a file; return its interactions and what was rejected."""
    rejects = path.with_suffix(".rejected")
    log = open_log(path, rejects=rejects, **options)
    rows = rows_of(log)
    rejected = [json.loads(line) for line in rejects.read_text("utf-8").split("\n") if line]
    assert len(rejected) == log.summary.rejected
    return rows, rejected


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


NOTHING = {"null", "none", "nan", "na", "n/a", "\\n", "undefined", "nil"}


def means_itself(text: str) -> bool:
    """Whether an id is neither blank at its ends, nor a word for nothing, nor what a spreadsheet wrote, and
    holds no control character.
    """
    return (
        text == text.strip()
        and not any(unicodedata.category(letter) == "Cc" for letter in text)
        and text.casefold() not in NOTHING
        and not re.fullmatch(r"[+-]?\d([.,]\d+)?[eE]\+?\d+|\d+\.0+|=?\".*\"|'\d.*", text, re.DOTALL)
    )
