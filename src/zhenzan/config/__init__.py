"""Configuration files: validated records, read from TOML, written back, and documented.

A kind of file is a `Record` with described fields. Reading, errors with line and remedy, the canonical text
with its comments, and the tables of the reference all come from its fields.
"""

from __future__ import annotations

from zhenzan.config.compare import Difference, differences
from zhenzan.config.errors import InvalidKeyError, Key, shown
from zhenzan.config.locate import line_of
from zhenzan.config.read import read_document, read_text
from zhenzan.config.record import Record, fields_of, keys_of
from zhenzan.config.reference import filled_page, reference_table
from zhenzan.config.types import FLAT, INTERNAL, LINE, Line, about, between, items_about, one_of
from zhenzan.config.values import checked, kind_of, repeated
from zhenzan.config.write import bare_key, document, quoted, section, wrapped, written

__all__ = [
    "FLAT",
    "INTERNAL",
    "LINE",
    "Difference",
    "InvalidKeyError",
    "Key",
    "Line",
    "Record",
    "about",
    "bare_key",
    "between",
    "checked",
    "differences",
    "document",
    "fields_of",
    "filled_page",
    "items_about",
    "keys_of",
    "kind_of",
    "line_of",
    "one_of",
    "quoted",
    "read_document",
    "read_text",
    "reference_table",
    "repeated",
    "section",
    "shown",
    "wrapped",
    "written",
]
