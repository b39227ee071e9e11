"""Bodies of requests: which format, unpacked within limits; how large their numbers may be."""

from __future__ import annotations

import zlib
from typing import Annotated, Literal

from litestar.plugins.problem_details import ProblemDetailsException
from msgspec import Meta

from zhenzan.rewards import DAYS_MAX, PRICE_MAX

__all__ = ["SERIAL_MAX", "Days", "Format", "Price", "Serial", "format_of", "unpacked"]

SERIAL_MAX = 2**53  # what every reader of JSON keeps exactly; no edition is so large

Days = Annotated[int, Meta(ge=1, le=DAYS_MAX)]
Price = Annotated[int, Meta(ge=1, le=PRICE_MAX)]
Serial = Annotated[int, Meta(ge=1, le=SERIAL_MAX)]

Format = Literal["json", "ndjson", "arrow"]
_FORMATS: dict[str, Format] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
    "": "json",
}


def format_of(content_type: str) -> Format:
    """The format that a content type names. Raises 415."""
    found = _FORMATS.get(content_type.partition(";")[0].strip().lower())
    if found is None:
        known = ", ".join(name for name in _FORMATS if name)
        raise ProblemDetailsException(f"{content_type!r} cannot be read; send {known}", status_code=415)
    return found


def unpacked(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """The body as it was before it was packed. Raises 415, 413, 400."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise ProblemDetailsException(f"the encoding {encoding!r} is not known; send gzip", status_code=415)
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, bytes_max)
    except zlib.error as error:
        raise ProblemDetailsException(f"the body is no gzip: {error}", status_code=400) from None
    if stream.unconsumed_tail:
        raise ProblemDetailsException(f"the body unpacks to more than {bytes_max:,} bytes", status_code=413)
    if not stream.eof or stream.unused_data:
        raise ProblemDetailsException("the gzip is cut short, or more follows it", status_code=400)
    return plain
