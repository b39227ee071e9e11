"""`POST /v1/interactions`: intake of interactions, acknowledged once they are durable."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any

import msgspec
import numpy as np
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.errors import InputError, LakeError, LakeFullError
from zhenzan.interactions import Rejected, Rows
from zhenzan.presentation import Language
from zhenzan.service.api_keys import Role
from zhenzan.service.auth import needs
from zhenzan.service.bodies import format_of
from zhenzan.service.intake import BusyError, Receipt
from zhenzan.service.interactions.use_cases import Ingest
from zhenzan.translation import preferred_language, translated

__all__ = ["post_interactions"]

IN_LOOP_BYTES_MAX = 16_000  # larger messages are read in a thread
REJECTED_SHOWN_MAX = 1_000

_readers = ThreadPoolExecutor(os.cpu_count(), "reader")  # one a core: more would wait for each other


class Answer(msgspec.Struct, omit_defaults=True):
    """The receipt of a message.

    duplicates: rows whose id was there already. late: accepted rows whose day is final, which are
    stored and never judged. rejected: the first thousand, by their place in the message.
    unknown_fields: names that are no fields of an interaction, and how many rows have them, the twenty most
    frequent. provisional: if asked for, the fake probability of each good row in order; null for a repeat
    or no like.
    """

    accepted: int
    duplicates: int
    late: int = 0
    rejected_count: int = 0
    rejected: list[Rejected] = []
    unknown_fields: dict[str, int] = {}
    provisional: list[float | None] | None = None


_encode = msgspec.json.Encoder().encode


@post(
    "/v1/interactions",
    guards=[needs(Role.platform)],
    status_code=200,
    tags=["interactions"],
    summary="Send interactions",
    responses={
        422: ResponseSpec(Answer, description="No row could be read.", generate_examples=False),
        507: ResponseSpec(None, description="The disk is full: nothing was kept."),
    },
)
async def post_interactions(
    request: Request[Any, Any, Any],
    ingest: NamedDependency[Ingest],
    verdicts: Annotated[bool, QueryParameter(description="Answer with provisional chances.")] = False,
) -> Response[Answer]:
    """Store interactions: one, an array, NDJSON or an Arrow stream, plain or gzip. The answer comes when they
    are on disk. Rows with an id that was sent before are not kept again: a message may safely be sent twice.
    """
    language = preferred_language(request.headers.get("accept-language", ""))
    body = ingest.unpack(await request.body(), request.headers.get("content-encoding", ""))
    format = format_of(request.headers.get("content-type", ""))
    read = partial(ingest.read, body, format)
    try:
        if len(body) <= IN_LOOP_BYTES_MAX:
            rows = read()
        else:
            loop = asyncio.get_running_loop()
            rows = await loop.run_in_executor(_readers, read)
    except InputError as error:
        detail = translated(str(error), language)
        raise ProblemDetailsException(detail, status_code=400) from None
    if not len(rows.good):
        return _answer(_of(rows, 0, 0, language), 422)
    receipt = await _kept(ingest, rows)
    new = int(receipt.is_new.sum())
    answer = _of(rows, new, receipt.late, language)
    if verdicts and receipt.chances is not None:
        answer.provisional = [
            None if np.isnan(chance) else round(float(chance), 4) for chance in receipt.chances
        ]
    return _answer(answer, 200)


def _of(rows: Rows, new: int, late: int, language: Language) -> Answer:
    shown = [
        Rejected(row.index, translated(row.reason, language)) for row in rows.rejected[:REJECTED_SHOWN_MAX]
    ]
    duplicates = len(rows.good) - new
    return Answer(new, duplicates, late, len(rows.rejected), shown, dict(rows.unknown))


async def _kept(ingest: Ingest, rows: Rows) -> Receipt:
    try:
        return await ingest.offer(rows)
    except BusyError as error:
        raise ProblemDetailsException(str(error), status_code=429, headers={"Retry-After": "1"}) from None
    except LakeFullError as error:
        raise ProblemDetailsException(str(error), status_code=507) from None
    except LakeError as error:
        raise ProblemDetailsException(str(error), status_code=503, headers={"Retry-After": "5"}) from None


def _answer(answer: Answer, status: int) -> Response[Any]:
    return Response(_encode(answer), status_code=status, media_type="application/json")
