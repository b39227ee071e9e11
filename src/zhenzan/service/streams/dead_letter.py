"""Dead letters: messages of a stream that could not be stored, published for people to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from zhenzan.interactions import Rows, given_rows
from zhenzan.service.bodies import Format

__all__ = ["DeadLetter", "part", "whole"]

REASON_MAX, HEADER_MAX = 500, 100  # letters
HEADERS_BYTES = 2_048  # more than all headers of a dead message take; they count to the broker's limit


@dataclass(frozen=True)
class DeadLetter:
    """A dead letter: a message as it came, or what is wrong with some of its rows. Headers that are "" are
    left out.
    """

    body: bytes
    reason: str
    content_type: str
    content_encoding: str
    is_whole: bool

    def within(self, bytes_max: int, found_by: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers, the body empty where both would be larger than the broker takes. `found_by`: how
        the message that came is found.
        """
        is_large = len(self.body) > bytes_max - HEADERS_BYTES
        headers = {
            "Zhenzan-Reason": _plain(self.reason, REASON_MAX),
            "Zhenzan-Body": f"too large to be here; get the message by {found_by}" if is_large else "",
            "Content-Type": _plain(self.content_type, HEADER_MAX),
            "Content-Encoding": _plain(self.content_encoding, HEADER_MAX),
        }
        return b"" if is_large else self.body, {name: text for name, text in headers.items() if text}


def whole(body: bytes, headers: Mapping[str, str], reason: str) -> DeadLetter:
    """A message as it came, so that it can be sent again. `headers`: its own, with small letters."""
    kind, encoding = headers.get("content-type", ""), headers.get("content-encoding", "")
    return DeadLetter(body, reason, kind, encoding, is_whole=True)


def part(body: bytes, format: Format, rows: Rows) -> DeadLetter:
    """The rejected rows of a message, a JSON object a line: place in the message, why, the row as text."""
    rejected_rows = given_rows(body, format, [rejected.index for rejected in rows.rejected])
    lines = [
        msgspec.json.encode({"row": rejected.index, "reason": rejected.reason, "given": row})
        for rejected, row in zip(rows.rejected, rejected_rows, strict=True)
    ]
    first, count = rows.rejected[0], len(rows.rejected)
    others = f" (and {count - 1:,} more)" if count > 1 else ""
    reason = f"row {first.index}: {first.reason[: REASON_MAX // 2]}{others}"
    return DeadLetter(b"\n".join(lines), reason, "application/x-ndjson", "", is_whole=False)


def _plain(text: str, letters_max: int) -> str:
    """As a header may be: printable ASCII, one line, short."""
    letters = text[:letters_max].encode("ascii", "backslashreplace").decode()
    line = "".join(letter if letter.isprintable() else " " for letter in letters)
    return " ".join(line[:letters_max].split())
