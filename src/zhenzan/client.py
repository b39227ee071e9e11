"""HTTP client of the service for a platform's backend; standard library only.

from zhenzan.client import Client

with Client("http://127.0.0.1:8230", key) as client:
client.send([{"account": "fan-7", "item": "video-3", "timestamp": "2026-11-27T10:00:00Z"}])
for item in client.pages("items"):
print(item["item"], item["claimed"], item["verified"])
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from zhenzan.closeable import Closeable
from zhenzan.errors import ZhenzanError

__all__ = ["Client", "Sent", "ServiceError", "verify_webhook", "webhook_signature"]

TRIES_MAX = 8
WEBHOOK_SECONDS = 300
WAIT_SECONDS_MAX = 30.0
PACK_BYTES_MIN = 100_000  # on one machine packing costs more than it saves; over a network it pays sooner
AGAIN = (429, 502, 503, 504, 507)

Table = Literal["items", "accounts", "rings", "moments", "verdicts"]


class ServiceError(ZhenzanError):
    """The service refused the request or cannot be reached. `status`: of its answer, 0 where there was
    none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Sent:
    """Result of sending a message: rows stored, rows already there, and (index, reason) of rejected rows.
    `late`: rows stored that nothing will judge, because their day is final. `provisional`: the fake
    probability of each good row, if asked for. `unknown_fields`: names that are no fields of an interaction,
    and how many rows have them: they are not read.
    """

    accepted: int
    duplicates: int
    rejected: tuple[tuple[int, str], ...] = ()
    late: int = 0
    provisional: tuple[float | None, ...] | None = None
    unknown_fields: Mapping[str, int] = field(default_factory=dict)


def webhook_signature(secret: str, id: str, at: int, body: bytes) -> str:
    """The header `webhook-signature` of Standard Webhooks: `v1,` and base64; `at` in seconds.

    Raises ValueError where the secret is none.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = hmac.new(key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def verify_webhook(secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None) -> Any:
    """The event in a webhook request, once its signature and its time have been verified. `headers` by
    lower-case name.

    Raises ServiceError where the signature is not the secret's, or the message is over five minutes old: a
    replay. Leave out ids (`webhook-id`) that you have seen.
    """
    try:
        id, at = headers["webhook-id"], int(headers["webhook-timestamp"])
        expected = webhook_signature(secret, id, at, body)
        signatures = headers["webhook-signature"].split()
    except (KeyError, ValueError) as error:
        raise ServiceError(f"is not a webhook: {type(error).__name__} {error}") from None
    if abs((time.time() if now is None else now) - at) > WEBHOOK_SECONDS:
        raise ServiceError("the webhook's time is too far from now: it may be a replay")
    if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
        raise ServiceError("the webhook is not signed with this secret")
    return json.loads(body)


class Client(Closeable):
    """One connection to a service; not for several threads at once. Closes with `close`, or as a context."""

    def __init__(self, url: str, key: str, *, timeout_seconds: float = 30.0, packs: bool = False) -> None:
        """`key`: of the role platform to send, of analyst to read. `packs`: send large messages as gzip."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServiceError(f"{url!r} is not the address of a service; write http://HOST:PORT")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_seconds)
        self._base = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}
        self._packs = packs

    def send(self, rows: Iterable[Mapping[str, Any]], *, verdicts: bool = False) -> Sent:
        """Send interactions and return when they are durable. Sends again, with patience, while the service
        is busy or away: rows that it has already are not kept twice. Raises ServiceError.
        """
        body = "\n".join(json.dumps(row, separators=(",", ":"), default=str) for row in rows).encode()
        if not body:
            return Sent(0, 0)
        headers = {"Content-Type": "application/x-ndjson"}
        if self._packs and len(body) >= PACK_BYTES_MIN:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        path = "/v1/interactions" + ("?verdicts=true" if verdicts else "")
        status, answer = self._ask("POST", path, body, headers)
        if status not in (200, 422):
            raise _refused(status, answer)
        return Sent(
            answer["accepted"],
            answer["duplicates"],
            tuple((row["index"], row["reason"]) for row in answer.get("rejected", ())),
            answer.get("late", 0),
            tuple(answer["provisional"]) if "provisional" in answer else None,
            answer.get("unknown_fields", {}),
        )

    def get(self, path: str, **values: Any) -> Any:
        """Read a path under `/v1/`, such as `summary`. Raises ServiceError."""
        query = urlencode({name: value for name, value in values.items() if value is not None})
        status, answer = self._ask("GET", f"/v1/{path}" + (f"?{query}" if query else ""))
        if status != 200:
            raise _refused(status, answer)
        return answer

    def post(self, path: str, **body: Any) -> Any:
        """Post to a path under `/v1/`, such as `redemptions`. However often it has to be sent, it is done
        once: it carries an idempotency key. Raises ServiceError.
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
        status, answer = self._ask("POST", f"/v1/{path}", json.dumps(body).encode(), headers)
        if status not in (200, 201):
            raise _refused(status, answer)
        return answer

    def pages(self, table: Table, **where: Any) -> Iterator[dict[str, Any]]:
        """All rows of a result table, page by page. Raises ServiceError."""
        cursor = None
        while True:
            page = self.get(table, limit=500, cursor=cursor, **where)
            yield from page[table]
            cursor = page["next"]
            if cursor is None:
                return

    def explain(self, *, language: str = "en", **what: Any) -> dict[str, Any]:
        """Explain the verdict on a `like`, `account`, `item` or `ring`. Raises ServiceError."""
        explanation: dict[str, Any] = self.get("explanations", language=language, **what)
        return explanation

    def is_ready(self) -> bool:
        """Whether the service takes interactions just now; asks once. Raises ServiceError."""
        try:
            self._connection.request("GET", self._base + "/health/ready")
            answer = self._connection.getresponse()
            answer.read()
            return answer.status == 200
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServiceError(f"the service cannot be reached: {error or type(error).__name__}") from None

    def close(self) -> None:
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and answer, after as many tries as it takes."""
        wait = 0.1
        for tried in range(1, TRIES_MAX + 1):
            try:
                self._connection.request(method, self._base + path, body, self._headers | dict(headers or {}))
                answer = self._connection.getresponse()
                text = answer.read()
                if answer.status not in AGAIN or tried == TRIES_MAX:
                    return answer.status, _read(text)
                wait = max(wait, min(float(answer.headers.get("Retry-After") or 0), WAIT_SECONDS_MAX))
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if tried == TRIES_MAX:
                    address = f"{self._connection.host}:{self._connection.port}"
                    raise ServiceError(f"{address}: {error or type(error).__name__}") from None
            time.sleep(wait)
            wait = min(wait * 2, WAIT_SECONDS_MAX)
        raise AssertionError("unreachable")


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"detail": text[:200].decode("utf-8", "replace")}


def _refused(status: int, answer: Any) -> ServiceError:
    detail = answer.get("detail") if isinstance(answer, dict) else None
    return ServiceError(f"{status}: {detail or answer}", status)
