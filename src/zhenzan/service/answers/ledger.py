"""Answer schemas of the ledger: checkpoints, proofs, transfers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhenzan.ledger import Entry, LedgerEvent

__all__ = ["Checkpoint", "Consistency", "Entries", "Events", "ProofAnswer"]

Note = Annotated[str, Meta(description="A signed note: name, size, root of the tree, signatures.")]


class Checkpoint(msgspec.Struct):
    """The newest checkpoint, and the keys that sign."""

    checkpoint: Note
    keys: list[str]


class Consistency(msgspec.Struct):
    """The hashes that lead from an old checkpoint to the newest."""

    path: Annotated[list[str], Meta(description="Hashes, hexadecimal.")]
    checkpoint: Note


class Opening(msgspec.Struct):
    """The account on one side of a transfer, and the key that opens its commitment."""

    side: str
    account: str
    key: str


class ProofAnswer(msgspec.Struct):
    """That a transfer is in the ledger, as `scripts/verify_proof.py` checks it."""

    format: Literal["zhenzan-proof-1"]
    leaf: str
    index: int
    path: Annotated[list[str], Meta(description="Hashes, base64.")]
    checkpoint: Note
    openings: list[Opening]


class Entries(msgspec.Struct):
    """Transfers of one account, the oldest first."""

    entries: list[Entry]
    next: Annotated[int | None, Meta(description="`after` of the next page; null at the end.")]


class Events(msgspec.Struct):
    """Transfers, the newest first."""

    events: list[LedgerEvent]
    next: Annotated[int | None, Meta(description="`before` of the next page; null at the end.")]
