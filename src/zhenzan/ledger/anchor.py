"""The anchor: a copy of the newest checkpoint outside the database, which shows if the database went back in
time.

A database that lost its last writes, or was restored from an older copy, is whole in itself: its own
checkpoints hold. Only who remembers a later one can tell. The file is written after each checkpoint is
durable, and waits for the disk only now and then: it may lag behind, and is never ahead. Where the machine
crashed while it was written, its signature tells, and it is made anew.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from zhenzan.errors import LedgerError, ProofError
from zhenzan.ledger.checkpoint import Checkpoint, VerifyingKey
from zhenzan.ledger.merkle import MerkleTree

__all__ = ["check_anchor", "read_anchor", "write_anchor"]

PADDED_BYTES = 1024  # notes are shorter, and of several lengths; within a page, so written at once

log = logging.getLogger("zhenzan.ledger")


def write_anchor(path: Path, note: str, *, durable: bool = False) -> None:
    """Write the signed note in place, in one call: to create a new file would cost a hundred times as much.
    `durable`: wait for the disk. What cannot be written is logged: the checkpoint stands all the same. Cost:
    some 20 µs.
    """
    data = note.encode().ljust(PADDED_BYTES, b"\n")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(handle, data, 0)
            if durable:
                os.ftruncate(handle, len(data))
                os.fdatasync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        log.warning("%s: the anchor of the ledger is not written just now: %s", path, error)


def read_anchor(path: Path) -> Checkpoint | None:
    """The checkpoint of an anchor; None where there is none, or it was damaged, which is logged."""
    try:
        return Checkpoint.parse(path.read_text("utf-8").rstrip("\n") + "\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, ProofError) as error:
        log.warning("%s: the anchor of the ledger is damaged (%s); it is made anew", path, error)
        return None


def check_anchor(path: Path, origin: str, keys: Sequence[VerifyingKey], tree: MerkleTree) -> None:
    """Raise LedgerError where the ledger, as `tree` holds it, does not go on from its anchor. `keys`: those
    that the ledger knows. Cost: a root.
    """
    anchor = read_anchor(path)
    if anchor is None:
        return
    known = {(key.name, key.id) for key in keys}
    if any((name, id) in known for name, id, _ in anchor.signatures) and not anchor.holds(keys):
        log.warning("%s: the anchor of the ledger is damaged (its signature is wrong); it is made anew", path)
        return
    if (what := _difference(anchor, origin, tree)) is not None:
        raise LedgerError(
            f"{path}: {what}. Put the newest database back; or, to go on with this one deliberately,"
            f" run: zhenzan ledger accept {path.parent}"
        )


def _difference(anchor: Checkpoint, origin: str, tree: MerkleTree) -> str | None:
    """How the ledger does not go on from what is remembered of it; None where it does."""
    if not tree.size:
        return f"the database is empty, and its ledger had {anchor.size:,} events"
    if anchor.origin != origin:
        return f"the database holds another ledger, {origin}, than this folder knew, {anchor.origin}"
    if tree.size < anchor.size:
        return (
            f"the database went back in time: its ledger has {tree.size:,} events, and had {anchor.size:,}."
            " An older copy was put in its place, or it lost its last writes"
        )
    if tree.root_at(anchor.size) != anchor.root:
        return f"the first {anchor.size:,} events of the ledger have changed"
    return None
