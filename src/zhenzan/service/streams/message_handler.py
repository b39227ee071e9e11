"""Message handler for any broker: a message is stored, or becomes a dead letter with a reason."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

from litestar.plugins.problem_details import ProblemDetailsException

from zhenzan.errors import InputError, ZhenzanError
from zhenzan.interactions import Rows
from zhenzan.service.bodies import Format, format_of
from zhenzan.service.interactions.use_cases import Ingest
from zhenzan.service.streams.dead_letter import DeadLetter, part, whole

__all__ = ["MessageHandler", "Read"]

log = logging.getLogger("zhenzan.streams")


@dataclass(frozen=True)
class Read:
    """A message that was read: the rows to store, and the rejected ones."""

    rows: Rows | None
    dead: DeadLetter | None


class MessageHandler:
    """A handler of messages. `counts`: messages by what became of them (kept, dead, again)."""

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self.counts: Counter[str] = Counter()

    def read(self, body: bytes, headers: dict[str, str]) -> Read:
        """Read a message. `headers`: names in small letters. Call it in a thread: large ones take time."""
        try:
            plain, format, rows = self._unpack(body, headers)
        except (InputError, ProblemDetailsException) as error:
            return Read(None, whole(body, headers, str(getattr(error, "detail", "") or error)))
        except Exception as error:  # it would be the same at each delivery
            log.exception("a message could not be read")
            return Read(None, whole(body, headers, f"an unexpected error: {type(error).__name__}"))
        if not rows.rejected:
            return Read(rows, None)
        reasons = "; ".join(f"row {bad.index}: {bad.reason}" for bad in rows.rejected)
        if not len(rows.good):
            return Read(None, whole(body, headers, reasons))
        try:
            return Read(rows, part(plain, format, rows))
        except Exception:  # the good rows can be kept all the same
            log.exception("the bad rows of a message could not be taken out of it")
            return Read(rows, whole(body, headers, reasons))

    def _unpack(self, body: bytes, headers: dict[str, str]) -> tuple[bytes, Format, Rows]:
        """The message unpacked, its format, its rows. Raises InputError, ProblemDetailsException."""
        plain = self._ingest.unpack(body, headers.get("content-encoding", ""))
        format = format_of(headers.get("content-type") or _guessed(plain))
        return plain, format, self._ingest.read(plain, format)

    async def keep(self, read: Read, name: str) -> bool:
        """Keep what can be kept: it is on disk when this returns. False where it should come again."""
        if read.rows is None:
            return True
        try:
            await self._ingest.offer(read.rows)
        except ZhenzanError as error:  # too busy, or the disk is full
            log.info("message %s waits: %s", name, error)
            return False
        except Exception:  # of writing: the next message would fare no better, so none is given up
            log.exception("message %s could not be kept", name)
            return False
        return True

    def done(self, read: Read) -> None:
        """Count a message that need not come again."""
        self.counts["dead" if read.dead is not None and read.dead.is_whole else "kept"] += 1

    def retry(self) -> None:
        """Count a message that must come again."""
        self.counts["again"] += 1


def _guessed(body: bytes) -> str:
    return "application/json" if body.lstrip()[:1] == b"[" else "application/x-ndjson"
