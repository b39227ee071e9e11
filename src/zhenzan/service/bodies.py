"""Request bodies: content types, decompression within limits, strict JSON, a deadline."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections import Counter
from typing import Annotated, Any, Literal

import numpy as np
from litestar import Request
from litestar.enums import RequestEncodingType, ScopeType
from litestar.params import BodyKwarg
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta

from zhenzan.rewards import DAYS_MAX, PRICE_MAX

__all__ = [
    "JSON_BYTES_MAX",
    "SERIAL_MAX",
    "BodyDeadline",
    "Days",
    "Format",
    "Price",
    "Serial",
    "check_json",
    "format_of",
    "unpacked",
]

SERIAL_MAX = 2**53  # what every reader of JSON keeps exactly; no edition is so large

Days = Annotated[int, Meta(ge=1, le=DAYS_MAX, description="For how many days.", examples=[7])]
Price = Annotated[int, Meta(ge=1, le=PRICE_MAX, description="In the smallest unit.", examples=[500])]
Serial = Annotated[int, Meta(ge=1, le=SERIAL_MAX, description="The card's number.", examples=[3])]

Format = Literal["json", "ndjson", "arrow"]
_FORMATS: dict[str, Format] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
    "": "json",
}
JSON_BYTES_MAX = 1 << 20  # of a body that is neither a message of interactions nor a policy
IN_LOOP_BYTES_MAX = 16_000  # larger bodies are looked through in a thread
DEPTH_MAX = 32  # no body of the API nests deeper than three
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class BodyDeadline:
    """Middleware: a body that has not come whole in time is answered with 408."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        deadline, is_whole = asyncio.get_running_loop().time() + self._seconds, False

        async def receive_in_time() -> Any:
            nonlocal is_whole
            if is_whole:  # what comes now is that the caller left
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise ProblemDetailsException(
                    f"the body did not come within {self._seconds:g} seconds",
                    status_code=408,
                    headers={"Connection": "close"},
                ) from None
            is_whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        await self._app(scope, receive_in_time, send)


async def check_json(request: Request[Any, Any, Any]) -> None:
    """Before a route that takes JSON: refuse a body that nests deep, or names a key of an object twice."""
    field = request.route_handler.parsed_data_field
    if field is None or not isinstance(field.kwarg_definition, BodyKwarg):
        return
    if field.kwarg_definition.media_type == RequestEncodingType.JSON:
        body = await request.body()
        if len(body) > IN_LOOP_BYTES_MAX:
            await asyncio.to_thread(_check_json, body)
        else:
            _check_json(body)


def _check_json(body: bytes) -> None:
    """Raise 400. What is no JSON at all is left to the decoder, which says where."""
    letters = np.frombuffer(_TEXT.sub(b"", body), np.uint8) | 0x20  # `[` and `{` differ by this bit
    depth = np.cumsum((letters == ord("{")).astype(np.int32) - (letters == ord("}")))
    if depth.size and depth.max() > DEPTH_MAX:
        raise ProblemDetailsException(f"the body nests deeper than {DEPTH_MAX}", status_code=400)
    try:
        json.loads(body, object_pairs_hook=_named_once)
    except (ValueError, RecursionError):
        return


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ProblemDetailsException(f"the body names {name[:40]!r} twice in one object", status_code=400)
    return table


def format_of(content_type: str) -> Format:
    """The format that a content type names. Raises 415."""
    media_format = _FORMATS.get(content_type.partition(";")[0].strip().lower())
    if media_format is None:
        known = ", ".join(name for name in _FORMATS if name)
        raise ProblemDetailsException(f"{content_type!r} cannot be read; send {known}", status_code=415)
    return media_format


def unpacked(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """The body as it was before it was packed. Raises 415, 413, 400."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise ProblemDetailsException(
            f"the encoding {encoding!r} is not supported; send gzip", status_code=415
        )
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, bytes_max)
    except zlib.error as error:
        raise ProblemDetailsException(f"the body is not gzip: {error}", status_code=400) from None
    if stream.unconsumed_tail:
        raise ProblemDetailsException(f"the body unpacks to more than {bytes_max:,} bytes", status_code=413)
    if not stream.eof or stream.unused_data:
        raise ProblemDetailsException(
            "the gzip data are cut short, or followed by more bytes", status_code=400
        )
    return plain
