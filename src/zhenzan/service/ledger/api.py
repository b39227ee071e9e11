"""API of the ledger: checkpoints, keys, proofs, transfers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter

from zhenzan.ledger import Entry, Ledger, LedgerEvent
from zhenzan.rewards import proof_for
from zhenzan.service.answers.ledger import Checkpoint, Consistency, Entries, Events, ProofAnswer
from zhenzan.service.api_keys import STAFF, Principal, Role
from zhenzan.service.dependencies import Caller, acts_for, speaks_for
from zhenzan.service.route_declaration import ANALYSTS, EVERYBODY, Routes

__all__ = ["LEDGER"]

api = Routes("ledger")


@api.get("/v1/ledger/checkpoint", EVERYBODY, "The newest checkpoint", Checkpoint)
async def checkpoint(ledger: NamedDependency[Ledger]) -> dict[str, Any]:
    """The signed note of the whole history, and the keys that sign: keep one, and no history can be
    rewritten unseen.
    """
    note, keys = await asyncio.to_thread(lambda: (ledger.last_note(), ledger.keys()))
    return {"checkpoint": note, "keys": [str(key) for key in keys]}


@api.get("/v1/ledger/proof", EVERYBODY, "The proof of a transfer or a card", ProofAnswer)
async def proof(
    request: Caller,
    cash: NamedDependency[str],
    ledger: NamedDependency[Ledger],
    of: Annotated[str, QueryParameter(description="Id of a transfer, or EDITION/SERIAL.", max_length=300)],
    account: Annotated[str | None, QueryParameter(description="Whose; a viewer's key knows its own.")] = None,
) -> dict[str, Any]:
    """A proof that `scripts/verify_proof.py` or the console checks: for staff of everything, for a viewer, a
    creator (or a platform, for an account) of its own transfers and cards, the other side's name left out.
    What is not theirs is answered as what is not there.
    """
    person = request.user
    whose = None if person.role in STAFF else _whose(person, account)
    proof = await asyncio.to_thread(proof_for, ledger, of, whose, cash)
    document: dict[str, Any] = json.loads(proof.to_json())
    return document


@api.get("/v1/ledger/consistency", EVERYBODY, "Proof that history is unchanged", Consistency)
async def consistency(
    ledger: NamedDependency[Ledger],
    old: Annotated[str, QueryParameter(description="A checkpoint kept before.", max_length=20_000)],
) -> dict[str, Any]:
    """The hashes that show that all up to `old` stands unchanged in the newest checkpoint."""
    path, note = await asyncio.to_thread(lambda: (ledger.consistency(old), ledger.last_note()))
    return {"path": [sibling.hex() for sibling in path], "checkpoint": note}


@api.get("/v1/ledger/accounts/{account:str}", ANALYSTS, "Entries of an account", Entries)
async def entries(
    ledger: NamedDependency[Ledger],
    account: Annotated[str, PathParameter(description="An account of the ledger.", max_length=300)],
    after: Annotated[int, QueryParameter(ge=-1, le=2**62, description="`next` of the page before.")] = -1,
) -> dict[str, Any]:
    """An account's transfers, the oldest first, a hundred at once."""
    history: list[Entry] = await asyncio.to_thread(ledger.history, account, after)
    entries = [asdict(entry) | {"held": entry.debits_pending} for entry in history]
    return {"entries": entries, "next": history[-1].seq if len(history) == 100 else None}


@api.get("/v1/ledger/events", ANALYSTS, "The newest events", Events)
async def events(
    ledger: NamedDependency[Ledger],
    before: Annotated[int | None, QueryParameter(ge=0, le=2**62, description="`next` of a page.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200, description="Rows of a page.")] = 50,
    of: Annotated[
        str | None, QueryParameter(description="Only of this transfer, account or card.", max_length=300)
    ] = None,
) -> dict[str, Any]:
    """Transfers, the newest first; `of` something at most `limit` of them."""
    if of is not None:
        return {"events": await asyncio.to_thread(ledger.search, of, limit), "next": None}
    events: list[LedgerEvent] = await asyncio.to_thread(ledger.latest, limit, before)
    return {"events": events, "next": events[-1].seq if len(events) == limit else None}


def _whose(person: Principal, account: str | None) -> str:
    """A creator's royalties are its own, as a viewer's points are."""
    return speaks_for(person, account) if person.role is Role.creator else acts_for(person, account)


LEDGER = (checkpoint, proof, consistency, entries, events)
