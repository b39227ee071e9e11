"""Answer schemas of the ledger: checkpoints, proofs, transfers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from zhenzan.ledger import LedgerEvent
from zhenzan.service.answers.old_names import old_name_of

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


class Entry(msgspec.Struct):
    """A transfer in an account's history: `change` of what is posted, and the balance after it."""

    seq: int
    id: str
    phase: str
    change: int
    amount: int
    serial: int
    cause: str
    posted: int
    debits_pending: int
    held: Annotated[int, old_name_of("debits_pending")]


class Entries(msgspec.Struct):
    """Transfers of one account, the oldest first."""

    entries: list[Entry]
    next: Annotated[int | None, Meta(description="`after` of the next page; null at the end.")]


class Events(msgspec.Struct):
    """Transfers, the newest first."""

    events: list[LedgerEvent]
    next: Annotated[int | None, Meta(description="`before` of the next page; null at the end.")]
