"""The receipts of an order: one file that anyone checks offline, without trust in who wrote it.

It holds the order with its bill, each exposure with its path to a signed root, each outcome with the exposure
that it comes from, and each transfer of money with its proof in the ledger. The text has one form only, and a
signature over its hash, so that no byte of it can be changed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from zhenzan.ledger import Checkpoint, MerkleTree, Proof, SigningKey, leaf_hash
from zhenzan.promote.accounting import Line
from zhenzan.promote.orders import Order
from zhenzan.promote.receipts import RECORD

__all__ = ["FORMAT", "Attributed", "Exposure", "OrderAccounts", "receipts_document"]

FORMAT = "zhenzan-receipts-1"
EXPOSURES_ORIGIN, FILE_ORIGIN = "exposures", "receipts"  # behind the ledger's origin: what a note is about


@dataclass(frozen=True, slots=True)
class Exposure:
    """A decision to show the order: its record of 48 bytes and the tag under the service's key."""

    record: bytes
    tag: bytes

    def __post_init__(self) -> None:
        assert len(self.record) == RECORD.itemsize, "a record has one layout"


@dataclass(frozen=True, slots=True)
class Attributed:
    """What an outcome comes from: the number of the decision that showed the clip, and its own time (µs)."""

    decision: int
    at_us: int


@dataclass(frozen=True, slots=True)
class OrderAccounts:
    """The accounts of the ledger between which an order's money moves."""

    wallet: str
    escrow: str
    revenue: str


def receipts_document(
    order: Order,
    number: int,
    exposures: Sequence[Exposure],
    attributed: Mapping[str, Attributed],
    transfers: Mapping[str, Proof],
    accounts: OrderAccounts,
    key: SigningKey,
    attribution_us: int,
) -> str:
    """The text of an order's receipts.

    `number`: of the order's flight, which its exposures name. `attributed`: by outcome. `transfers`: by id,
    all of the order's, proven against one checkpoint. `key` signs the root of the exposures and the file.
    Raises KeyError for an outcome that is not attributed. Cost: some 10 µs an exposure; memory 1 KB each.
    """
    notes = {proof.checkpoint for proof in transfers.values()}
    assert len(notes) <= 1, "all transfers are proven against one checkpoint"
    ordered = sorted(exposures, key=lambda exposure: exposure.record)
    body = {
        "format": FORMAT,
        "order": _order(order, number, attribution_us),
        "lines": [_line(line, attributed) for line in order.lines],
        "bill": _bill(order),
        "exposures": _exposures(ordered, key),
        "ledger": {
            "accounts": {"wallet": accounts.wallet, "escrow": accounts.escrow, "revenue": accounts.revenue},
            "checkpoint": min(notes, default=""),
            "transfers": [_transfer(name, proof) for name, proof in transfers.items()],
        },
    }
    return _text({**body, "signature": signature(_text(body), key)})


def signature(text: str, key: SigningKey) -> str:
    """A signed note over the hash of a text."""
    return Checkpoint(
        f"{key.name}/{FILE_ORIGIN}", len(text.encode()), sha256(text.encode()).digest()
    ).signed_by([key])


def _text(body: Mapping[str, Any]) -> str:
    """The one form of a file: what reads to the same values and is written otherwise is refused."""
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _order(order: Order, number: int, attribution_us: int) -> dict[str, Any]:
    return {
        "id": order.id, "number": number, "buyer": order.buyer, "item": order.item, "creator": order.creator,
        "state": order.state.value, "start_us": order.start_us, "end_us": order.end_us,
        "attribution_us": attribution_us, "version": order.version,
    }  # fmt: skip


def _line(line: Line, attributed: Mapping[str, Attributed]) -> dict[str, Any]:
    outcomes = [
        {
            "id": name,
            "status": status.value,
            "decision": attributed[name].decision,
            "at_us": attributed[name].at_us,
        }
        for name, status in line.outcomes.items()
    ]
    return {
        "kind": line.kind, "goal": line.goal, "price": line.price, "captured": line.captured,
        "reserved": line.reserved, "outcomes": outcomes,
    }  # fmt: skip


def _bill(order: Order) -> dict[str, int]:
    return {"paid": order.paid, "billed": order.billed, "held": order.held, "refunded": order.refunded}


def _exposures(exposures: Sequence[Exposure], key: SigningKey) -> dict[str, Any]:
    """Each exposure under a root of all of them; a leaf is the record and its tag."""
    tree = MerkleTree(0, lambda level, number: b"")
    for exposure in exposures:
        tree.append(leaf_hash(exposure.record + exposure.tag))
    checkpoint = Checkpoint(f"{key.name}/{EXPOSURES_ORIGIN}", tree.size, tree.root())
    rows = [
        {
            "record": exposure.record.hex(),
            "tag": exposure.tag.hex(),
            "path": [_base64(sibling) for sibling in tree.inclusion(index, tree.size)],
        }
        for index, exposure in enumerate(exposures)
    ]
    return {"checkpoint": checkpoint.signed_by([key]), "receipts": rows}


def _transfer(name: str, proof: Proof) -> dict[str, Any]:
    return {
        "id": name,
        "leaf": proof.leaf,
        "index": proof.index,
        "path": [_base64(sibling) for sibling in proof.path],
        "openings": [
            {"side": opening.side, "account": opening.account, "key": opening.key.hex()}
            for opening in proof.openings
        ],
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
