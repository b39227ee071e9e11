"""Logging set-up: text or JSON lines on standard error. No key, cookie or body ever stands in one."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from zhenzan.errors import InputError

__all__ = ["set_up_logs"]

FORMATS = ("text", "json")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class _JsonLines(logging.Formatter):
    """`time`, `level`, `logger`, `message`, what was given as `extra`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields |= {name: value for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info:
            fields["exception"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(fields, ensure_ascii=False, default=str)


def set_up_logs(format: str = "text", level: int = logging.WARNING) -> None:
    """Make every logger write in this format ("text" or "json"), from `level` on. Raises InputError."""
    if format not in FORMATS:
        raise InputError(f"--log is {' or '.join(FORMATS)}, not {format!r}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonLines()
        if format == "json"
        else logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
