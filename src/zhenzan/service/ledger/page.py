"""Console page of the ledger: the newest transfers, a search, and proofs that the browser checks by
itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger
from zhenzan.rewards import proof_for
from zhenzan.service.api_keys import Role
from zhenzan.service.dependencies import Caller
from zhenzan.service.pages.base import STAFF, get_page, member_of, page

__all__ = ["LEDGER"]

ROWS = 50
READERS = (*STAFF, Role.viewer, Role.creator)


@get_page("/ledger", READERS, menu="ledger")
async def ledger_page(request: Caller, ledger: NamedDependency[Ledger]) -> Response[Any]:
    """The ledger's page: staff see the transfers; everybody sees the checkpoint and checks a proof."""
    person = member_of(request)
    search = request.query_params.get("q", "").strip()[:300]
    before = request.query_params.get("before", "")
    start = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None

    def read() -> tuple[list[Any], str, list[str]]:
        rows: list[Any] = []
        if person.role in STAFF:
            rows = ledger.search(search, ROWS) if search else ledger.latest(ROWS, start)
        return rows, ledger.last_note(), list(map(str, ledger.keys()))

    rows, note, keys = await asyncio.to_thread(read)
    after = rows[-1].seq if len(rows) == ROWS and not search else None
    return page(
        request,
        "ledger.html.jinja",
        here="ledger",
        rows=rows,
        note=note,
        keys=keys,
        asked=search,
        after=after,
        staff=person.role in STAFF,
    )


@get_page("/ledger/proof", READERS)
async def proof(
    request: Caller, cash: NamedDependency[str], ledger: NamedDependency[Ledger]
) -> Response[Any]:
    """A proof as the page's script checks it: staff see all, others their own."""
    of = request.query_params.get("of", "")
    person = member_of(request)
    try:
        whose = None if person.role in STAFF else person.subject
        proof = await asyncio.to_thread(proof_for, ledger, of, whose, cash)
    except LedgerError as error:
        return Response(str(error), status_code=404, media_type="text/plain")
    return Response(proof.to_json().encode(), media_type="application/json")


@get_page("/ledger/consistency", READERS)
async def consistency(request: Caller, ledger: NamedDependency[Ledger]) -> Response[Any]:
    """That history up to `size` leaves, which the browser kept, stands unchanged."""
    size_text = request.query_params.get("size", "")
    old = int(size_text) if size_text.isascii() and size_text.isdecimal() and len(size_text) < 16 else 0

    def read() -> dict[str, Any]:
        note = ledger.last_note()
        size = int(note.split("\n", 2)[1])
        path = ledger.tree(size).consistency(old, size) if 0 < old <= size else []
        return {"path": [sibling.hex() for sibling in path], "checkpoint": note}

    return Response(await asyncio.to_thread(read))


LEDGER = (ledger_page, proof, consistency)
