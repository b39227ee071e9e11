"""Pseudonyms: IP addresses and device ids are made anonymous by a keyed hash on intake and never stored.

The hash is keyed BLAKE2b cut to 64 bits: without the key it cannot be undone by trying all addresses.
Give a platform's own secret as `hash_key`. Without one a fixed, public key is used so that results are the
same from run to run; it keeps raw values out of every output, but whoever reads this source can test guesses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.interactions.column_types import NULL_WORDS, as_text

__all__ = ["DEVELOPMENT_KEY", "HashKey", "KeyedHash", "RotatingHash"]

DEVELOPMENT_KEY = b"zhenzan development key, public"
KNOWN_MAX = 1_000_000  # hashes remembered between batches; about 120 bytes each


class KeyedHash:
    """Hashes columns of addresses or devices to uint64 (0 never occurs; what is absent stays null).

    Cost: a dictionary encoding per batch, then one hash per distinct value not seen lately (about 1 µs).
    """

    def __init__(self, key: bytes | None, purpose: str) -> None:
        key = DEVELOPMENT_KEY if key is None else key
        # Longer keys are allowed: they are hashed to a block. The purpose keeps ip and device spaces apart.
        self._key = blake2b(key, digest_size=32, person=purpose.encode()[:16]).digest()
        self._fold = purpose == "ip"
        self._known: dict[str | None, int] = {None: 0, "": 0}

    def read(self, values: pa.Array) -> pa.Array:
        if isinstance(values, pa.ExtensionArray):
            values = values.storage
        if not pa.types.is_dictionary(values.type):
            values = values.dictionary_encode()
        words, _ = as_text(values.dictionary)
        hashes = np.array(self._all(words.to_pylist()) or [0], np.uint64)
        codes = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
        result = hashes[codes]
        absent = result == 0
        if values.indices.null_count:
            absent |= values.indices.is_null().to_numpy(zero_copy_only=False)
        return pa.array(result, mask=absent if absent.any() else None)

    def _all(self, words: Sequence[str | None]) -> list[int]:
        known = list(map(self._known.get, words))
        return [self.one(word) for word in words] if None in known else known  # type: ignore[return-value]

    def one(self, word: str | None) -> int:
        """The hash of one value; 0 where there is none."""
        known = self._known.get(word)
        if known is not None or word is None:
            return known or 0
        clean = word.strip()
        clean = clean.casefold() if self._fold else clean
        digest = blake2b(clean.encode(), digest_size=8, key=self._key).digest()
        absent = clean.casefold() in NULL_WORDS
        number = 0 if absent else int.from_bytes(digest, "little") or 1
        if len(self._known) >= KNOWN_MAX:
            self._known = {None: 0, "": 0}
        self._known[word] = number
        return number


@dataclass(frozen=True)
class HashKey:
    """A secret hash key, and the time (µs since 1970) from which it is used."""

    since: int
    secret: bytes


class RotatingHash:
    """Hashes addresses and devices with the key in force at the time of the interaction.

    So the same message again gives the same hashes, whenever it comes. Across keys nothing can be compared:
    that is what rotation is for. What is older than all keys is hashed by the first.
    """

    def __init__(self, keys: Sequence[HashKey]) -> None:
        assert keys, "a key is needed"
        ordered = sorted(keys, key=lambda key: key.since)
        self.ip = _Rotating(ordered, "ip")
        self.device = _Rotating(ordered, "device")


class _Rotating:
    def __init__(self, keys: Sequence[HashKey], purpose: str) -> None:
        self._since = [key.since for key in keys]
        self._hashes = [KeyedHash(key.secret, purpose) for key in keys]

    def one(self, value: str | int | None, at: int) -> int | None:
        """The hash as a signed number, None where there is no value."""
        if value is None or value == "":
            return None
        number = self._hashes[self._of(at)].one(str(value))
        return None if number == 0 else number - (1 << 64) if number >= 1 << 63 else number

    def read(self, values: pa.Array, at: npt.NDArray[np.int64]) -> pa.Array:
        """The hashes of text values as int64."""
        first, last = self._of(int(at.min())), self._of(int(at.max()))
        if first == last:
            return self._hashes[first].read(values).view(pa.int64())
        hashes = [self.one(value, int(time)) for value, time in zip(values.to_pylist(), at, strict=True)]
        return pa.array(hashes, pa.int64())

    def _of(self, at: int) -> int:
        return max(bisect_right(self._since, at) - 1, 0)
