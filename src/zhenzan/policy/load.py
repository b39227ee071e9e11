"""Loading a policy file, or one clear error: file, line, key, what is allowed, what was meant."""

from __future__ import annotations

from pathlib import Path

from zhenzan.config import read_document, read_text
from zhenzan.errors import PolicyError
from zhenzan.policy.model import Policy

FILE_BYTES_MAX = 64 * 1024 * 1024


def load_policy(path: str | Path) -> Policy:
    """Read and check a policy file.

    Raises `PolicyError`: the file cannot be read, is not TOML, or a key or value is not allowed.
    """
    path = Path(path)
    return read_policy(read_text(path, "policy", FILE_BYTES_MAX, PolicyError), str(path))


def read_policy(text: str, source: str = "policy") -> Policy:
    """Read and check the text of a policy; `source` names it in errors (`PolicyError`)."""
    return read_document(text, source, Policy.from_document, PolicyError)
