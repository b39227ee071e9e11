"""Hash keys of addresses and devices: a file beside the lake, with a new key every 30 days."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from zhenzan.atomic_files import write_file
from zhenzan.errors import ZhenzanError
from zhenzan.interactions import HashKey, RotatingHash
from zhenzan.times import DAY_US, now_us

__all__ = ["HashKeys", "hash_keys"]

ROTATE_DAYS = 30
AHEAD_US = 3_600_000_000  # a new key begins an hour later: nothing that came already is hashed anew


class HashKeys:
    """`current`: the secrets that are in force in this home."""

    def __init__(self, home: Path, keep_days: int | None) -> None:
        self._path, self._keep_days = home / "hash-keys.json", keep_days
        self.rotate()

    def rotate(self) -> None:
        """Read them, with a new one where it is time."""
        self.current = RotatingHash(hash_keys(self._path, keep_days=self._keep_days))


def hash_keys(path: Path, *, now: int | None = None, keep_days: int | None = None) -> list[HashKey]:
    """The keys of the file, made where there is none; a further one where the last is 30 days old.

    Keys that ended more than `keep_days` ago are destroyed: the hashes they made stand alone from then on.
    """
    now = now_us() if now is None else now
    try:
        keys = _read(path) if path.exists() else [HashKey(0, secrets.token_bytes(32))]
        if keys[-1].since + ROTATE_DAYS * DAY_US < now and (keys[-1].since or _age(path, now)):
            keys.append(HashKey(now + AHEAD_US, secrets.token_bytes(32)))
        if keep_days is not None:
            ends = [key.since for key in keys[1:]] + [now]
            keys = [key for key, end in zip(keys, ends, strict=True) if end >= now - keep_days * DAY_US]
        _write(path, keys)
    except OSError as error:
        raise ZhenzanError(f"{path}: {error.strerror or error}") from error
    return keys


def _age(path: Path, now: int) -> bool:
    """Whether the first key of all, which has no beginning, is old enough."""
    return path.exists() and path.stat().st_mtime_ns // 1000 + ROTATE_DAYS * DAY_US < now


def _read(path: Path) -> list[HashKey]:
    try:
        return [
            HashKey(int(row["since"]), bytes.fromhex(row["secret"])) for row in json.loads(path.read_text())
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ZhenzanError(
            f"{path}: is not a file of hash keys ({error}); restore it from a backup"
        ) from None


def _write(path: Path, keys: list[HashKey]) -> None:
    text = json.dumps([{"since": key.since, "secret": key.secret.hex()} for key in keys])
    if path.exists() and path.read_text() == text:
        return
    write_file(path, text.encode())
