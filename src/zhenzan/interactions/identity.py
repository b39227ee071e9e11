"""Addresses and devices are personal: at the door each is replaced by a keyed hash, and never seen again.

The hash is keyed BLAKE2b cut to 64 bits: without the key it cannot be undone by trying all addresses.
Give a platform's own secret as `hash_key`. Without one a fixed, public key is used so that results are the
same from run to run; it keeps raw values out of every output, but whoever reads this source can test guesses.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pyarrow as pa

from zhenzan.interactions.convert import as_text

__all__ = ["DEVELOPMENT_KEY", "KeyedHash"]

DEVELOPMENT_KEY = b"zhenzan development key, public"
KNOWN_MAX = 1_000_000  # hashes remembered between batches; about 120 bytes each


class KeyedHash:
    """Hashes columns of addresses or devices to uint64 (0 never occurs; null stays null).

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
        hashes = np.array([self._hash(word) for word in words.to_pylist()] or [0], np.uint64)
        codes = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
        result = hashes[codes]
        absent = result == 0
        if values.indices.null_count:
            absent |= values.indices.is_null().to_numpy(zero_copy_only=False)
        return pa.array(result, mask=absent if absent.any() else None)

    def _hash(self, word: str | None) -> int:
        known = self._known.get(word)
        if known is not None or word is None:
            return known or 0
        clean = word.strip()
        clean = clean.casefold() if self._fold else clean
        digest = blake2b(clean.encode(), digest_size=8, key=self._key).digest()
        number = (int.from_bytes(digest, "little") or 1) if clean else 0
        if len(self._known) >= KNOWN_MAX:
            self._known = {None: 0, "": 0}
        self._known[word] = number
        return number
