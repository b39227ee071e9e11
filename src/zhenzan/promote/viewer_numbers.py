"""Numbers of viewers: ids of accounts as the decider takes them."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["viewer_number"]


def viewer_number(account: str) -> int:
    """A number from 1 to 2⁶³ − 1 of an account's id. Two of a million accounts share one with a chance of
    5·10⁻⁸.
    """
    digest = blake2b(account.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 1) or 1
