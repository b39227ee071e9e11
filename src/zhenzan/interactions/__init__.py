"""Interactions: one schema for likes and all other kinds, and readers for the log formats that hold them."""

from zhenzan.interactions.formats import FORMATS
from zhenzan.interactions.json_table import LateFieldError
from zhenzan.interactions.log import Log, LogSummary, open_log, read_line, read_log, why_no_likes
from zhenzan.interactions.look import Look, look
from zhenzan.interactions.mapping import Mapping
from zhenzan.interactions.payload import (
    ROW_COLUMNS,
    Interaction,
    Point,
    Rejected,
    Rows,
    given_rows,
    join_rows,
    read_message,
)
from zhenzan.interactions.pseudonyms import DEVELOPMENT_KEY, HashKey, RotatingHash
from zhenzan.interactions.schema import KINDS, LIKE, NEEDED, SCHEMA

__all__ = [
    "DEVELOPMENT_KEY",
    "FORMATS",
    "KINDS",
    "LIKE",
    "NEEDED",
    "ROW_COLUMNS",
    "SCHEMA",
    "HashKey",
    "Interaction",
    "LateFieldError",
    "Log",
    "LogSummary",
    "Look",
    "Mapping",
    "Point",
    "Rejected",
    "RotatingHash",
    "Rows",
    "given_rows",
    "join_rows",
    "look",
    "open_log",
    "read_line",
    "read_log",
    "read_message",
    "why_no_likes",
]
