"""From a TOML file to the terms of sale, or to one clear line: file, line, key, what is allowed."""

from __future__ import annotations

from pathlib import Path

from zhenzan.config import read_document, read_text
from zhenzan.errors import PromotionError
from zhenzan.promote.terms import Terms

__all__ = ["load_terms", "read_terms"]

FILE_BYTES_MAX = 1 << 20


def load_terms(path: str | Path) -> Terms:
    """Read and check a file. Raises PromotionError with file, line, key and what is allowed."""
    path = Path(path)
    return read_terms(read_text(path, "terms of sale", FILE_BYTES_MAX, PromotionError), str(path))


def read_terms(text: str, source: str = "terms") -> Terms:
    """Read and check a text; `source` names it in errors (`PromotionError`)."""
    return read_document(text, source, Terms.from_document, PromotionError)
