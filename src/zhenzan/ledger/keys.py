"""Signing keys of the ledger: a file outside the database that only its owner may read.

One line a key, `name private-key-in-base64`; the last signs. When a key is replaced the old one stays above
until the change itself is signed by both.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from zhenzan.atomic_files import write_file
from zhenzan.errors import LedgerError
from zhenzan.ledger.checkpoint import SigningKey

__all__ = ["make_key", "read_key", "write_key"]

OTHERS = 0o077


def read_key(path: Path) -> SigningKey:
    """Read the signing keys. Raises LedgerError where there is no file, or others may read it."""
    try:
        if os.name == "posix" and path.stat().st_mode & OTHERS:
            raise LedgerError(f"{path}: other users may read this key; run: chmod 600 {path}")
        name, _, encoded = path.read_text(encoding="utf-8").strip().partition(" ")
        private = base64.b64decode(encoded, validate=True)
    except FileNotFoundError:
        raise LedgerError(
            f"{path}: there is no signing key; the ledger's key is created with the ledger, and lies "
            "beside it"
        ) from None
    except (OSError, UnicodeDecodeError, binascii.Error) as error:
        raise LedgerError(f"{path}: cannot be read as a key ({error})") from None
    if len(private) != 32 or not name:
        raise LedgerError(f"{path}: is not a key file, which reads `name base64`")
    return SigningKey(name, private)


def make_key(path: Path, name: str) -> SigningKey:
    """Make a key and write it, for its owner to read alone. Raises LedgerError where there is one."""
    key = SigningKey.make(name)
    write_key(path, key, replace=False)
    return key


def write_key(path: Path, key: SigningKey, *, replace: bool) -> None:
    """Write the key whole or not at all."""
    text = f"{key.name} {base64.b64encode(key.private).decode()}\n"
    try:
        write_file(path, text.encode(), replace=replace)
    except FileExistsError:
        raise LedgerError(f"{path}: there is a signing key already") from None
    except OSError as error:
        raise LedgerError(
            f"{path}: the key cannot be written ({(error.strerror or str(error)).lower()})"
        ) from None
