"""Proofs: files that show, to anyone with the ledger's public key, that an event is part of its history."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass

from zhenzan.errors import ProofError
from zhenzan.ledger.checkpoint import Checkpoint, VerifyingKey
from zhenzan.ledger.leaves import opened
from zhenzan.ledger.merkle import inclusion_holds, leaf_hash

__all__ = ["Opening", "Proof", "verify"]

FORMAT = "zhenzan-proof-1"
PROOF_BYTES_MAX = 1 << 20


@dataclass(frozen=True)
class Opening:
    """An opened commitment of a leaf: `side` debit or credit, the account, the key that opens it."""

    side: str
    account: str
    key: bytes


@dataclass(frozen=True)
class Proof:
    """`leaf` the event's line, `index` its place, `path` the hashes to the root that the checkpoint signs."""

    leaf: str
    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    openings: tuple[Opening, ...] = ()

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": FORMAT,
                "leaf": self.leaf,
                "index": self.index,
                "path": [base64.b64encode(sibling).decode() for sibling in self.path],
                "checkpoint": self.checkpoint,
                "openings": [
                    {"side": opening.side, "account": opening.account, "key": opening.key.hex()}
                    for opening in self.openings
                ],
            },
            ensure_ascii=False,
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> Proof:
        """Raises ProofError where the text is no proof."""
        if len(text) > PROOF_BYTES_MAX:
            raise ProofError("is too large to be a proof")
        try:
            read = json.loads(text)
            if read["format"] != FORMAT:
                raise ProofError(f"has the format {read['format']!r}; this version reads {FORMAT!r}")
            path = tuple(base64.b64decode(sibling, validate=True) for sibling in read["path"])
            openings = tuple(
                Opening(str(opening["side"]), str(opening["account"]), bytes.fromhex(opening["key"]))
                for opening in read["openings"]
            )
            return cls(str(read["leaf"]), int(read["index"]), path, str(read["checkpoint"]), openings)
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            if isinstance(error, ProofError):
                raise
            raise ProofError(f"is not a proof: {type(error).__name__} {error}") from None


def verify(proof: Proof, keys: Iterable[VerifyingKey]) -> dict[str, object]:
    """Verify a proof and return what it proves: the event's fields, with those accounts that it opens.

    Raises ProofError, saying which step does not hold. Needs no ledger.
    """
    checkpoint = Checkpoint.parse(proof.checkpoint)
    if not checkpoint.holds(keys):
        raise ProofError("the checkpoint is not signed by the given key")
    leaf = proof.leaf.encode()
    if not inclusion_holds(leaf_hash(leaf), proof.index, checkpoint.size, list(proof.path), checkpoint.root):
        raise ProofError("the event is not part of the history that the checkpoint signs")
    try:
        event = json.loads(proof.leaf)
        index = event["seq"]
    except (ValueError, KeyError, TypeError) as error:
        raise ProofError(f"the event cannot be read ({error})") from None
    if index != proof.index:
        raise ProofError("the event has another position in the history than the proof says")
    for opening in proof.openings:
        if event.get(opening.side) != opened(opening.key, opening.account):
            raise ProofError(f"{opening.account!r} is not the account that the event names as {opening.side}")
        event[opening.side] = opening.account
    return dict(event)
