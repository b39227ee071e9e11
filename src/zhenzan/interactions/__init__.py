"""What happened: one schema for likes and all other interactions, and readers for the logs that hold them."""

from zhenzan.interactions.formats import FORMATS
from zhenzan.interactions.identity import DEVELOPMENT_KEY
from zhenzan.interactions.log import Log, LogSummary, open_log
from zhenzan.interactions.mapping import Mapping
from zhenzan.interactions.schema import KINDS, LIKE, NEEDED, SCHEMA

__all__ = [
    "DEVELOPMENT_KEY",
    "FORMATS",
    "KINDS",
    "LIKE",
    "NEEDED",
    "SCHEMA",
    "Log",
    "LogSummary",
    "Mapping",
    "open_log",
]
