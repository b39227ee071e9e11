"""Loading a catalogue file, or one clear error: line, key, and the fix."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from zhenzan.config import read_document, read_text
from zhenzan.errors import CatalogueError
from zhenzan.rewards.catalogue import Catalogue

__all__ = ["load_catalogue", "read_catalogue"]

FILE_BYTES_MAX = 1 << 20


def load_catalogue(path: str | Path) -> Catalogue:
    """Read and check a catalogue file. Raises CatalogueError with file, line, key and what is allowed."""
    path = Path(path)
    return read_catalogue(read_text(path, "catalogue", FILE_BYTES_MAX, CatalogueError), str(path))


def read_catalogue(text: str, source: str = "catalogue") -> Catalogue:
    """Read and check the text of a catalogue; `source` names it in errors."""
    catalogue = read_document(text, source, Catalogue.from_document, CatalogueError)
    return catalogue.replaced(digest=sha256(text.encode()).hexdigest()[:16])
