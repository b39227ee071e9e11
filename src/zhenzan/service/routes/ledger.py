"""The ledger, for whoever wants to check: checkpoints, keys, proofs, the way of a card."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from litestar import get
from litestar.params import PathParameter, QueryParameter

from zhenzan.ledger import Entry, LedgerEvent
from zhenzan.rewards import is_account_of
from zhenzan.service.access import needs
from zhenzan.service.answers import answers
from zhenzan.service.answers.ledger import Checkpoint, Consistency, Entries, Events, ProofAnswer
from zhenzan.service.callers import Caller, core_of
from zhenzan.service.people import STAFF, Role

__all__ = ["LEDGER"]

READERS = [needs(Role.analyst)]


@get(
    "/v1/ledger/checkpoint",
    guards=[needs(*Role)],
    tags=["ledger"],
    summary="The newest checkpoint",
    responses=answers(Checkpoint),
)
async def checkpoint(request: Caller) -> dict[str, Any]:
    """The signed note of the whole history, and the keys that sign: keep one, and no history can be
    rewritten unseen.
    """
    ledger = core_of(request).ledger
    note, keys = await asyncio.to_thread(lambda: (ledger.last_note(), ledger.keys()))
    return {"checkpoint": note, "keys": [str(key) for key in keys]}


@get(
    "/v1/ledger/proof",
    guards=[needs(*Role)],
    tags=["ledger"],
    summary="The proof of a transfer or a card",
    responses=answers(ProofAnswer),
)
async def proof(
    request: Caller,
    of: Annotated[str, QueryParameter(description="Id of a transfer, or EDITION/SERIAL.", max_length=300)],
) -> dict[str, Any]:
    """A proof that `scripts/verify_proof.py` or the console checks. Who holds the card is shown to its holder
    and to staff alone.
    """
    core, person = core_of(request), request.user
    found = await asyncio.to_thread(core.ledger.prove, of)
    told: dict[str, Any] = json.loads(found.to_json())
    if person.role not in STAFF:
        mine = is_account_of(person.subject) if person.role is Role.viewer else lambda name: False
        told["openings"] = [each for each in told["openings"] if mine(each["account"])]
    return told


@get(
    "/v1/ledger/consistency",
    guards=[needs(*Role)],
    tags=["ledger"],
    summary="Is history unchanged?",
    responses=answers(Consistency),
)
async def consistency(
    request: Caller,
    old: Annotated[str, QueryParameter(description="A checkpoint kept before.", max_length=20_000)],
) -> dict[str, Any]:
    """The hashes that show that all up to `old` stands unchanged in the newest checkpoint."""
    ledger = core_of(request).ledger
    path, note = await asyncio.to_thread(lambda: (ledger.consistency(old), ledger.last_note()))
    return {"path": [each.hex() for each in path], "checkpoint": note}


@get(
    "/v1/ledger/accounts/{account:str}",
    guards=READERS,
    tags=["ledger"],
    summary="Entries of an account",
    responses=answers(Entries),
)
async def entries(
    request: Caller,
    account: Annotated[str, PathParameter(description="An account of the ledger.", max_length=300)],
    after: Annotated[int, QueryParameter(ge=-1, le=2**62, description="`next` of the page before.")] = -1,
) -> dict[str, Any]:
    """Its transfers, the oldest first, a hundred at once."""
    ledger = core_of(request).ledger
    found: list[Entry] = await asyncio.to_thread(ledger.history, account, after)
    return {"entries": found, "next": found[-1].seq if len(found) == 100 else None}


@get(
    "/v1/ledger/events",
    guards=READERS,
    tags=["ledger"],
    summary="The newest events",
    responses=answers(Events),
)
async def events(
    request: Caller,
    before: Annotated[int | None, QueryParameter(ge=0, le=2**62, description="`next` of a page.")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200, description="Rows of a page.")] = 50,
    of: Annotated[
        str | None, QueryParameter(description="Only of this transfer, account or card.", max_length=300)
    ] = None,
) -> dict[str, Any]:
    """Transfers, the newest first; `of` something at most `limit` of them."""
    ledger = core_of(request).ledger
    if of is not None:
        return {"events": await asyncio.to_thread(ledger.search, of, limit), "next": None}
    found: list[LedgerEvent] = await asyncio.to_thread(ledger.latest, limit, before)
    return {"events": found, "next": found[-1].seq if len(found) == limit else None}


LEDGER = (checkpoint, proof, consistency, entries, events)
