"""Webhooks: subscribers are sent signed events; a failed delivery is retried with growing pauses, then is a
dead letter.

Signed as Standard Webhooks say (https://www.standardwebhooks.com): HMAC-SHA256 over id, time and body; the id
stays the same however often a message is sent, so that receivers can leave out repeats. What nobody takes
within two days lies in the dead-letter list, from where it can be sent again.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from zhenzan import __version__
from zhenzan.client import webhook_signature
from zhenzan.errors import NotThereError, ZhenzanError
from zhenzan.service.audit import Noting, write_noted
from zhenzan.service.owned import lists_of
from zhenzan.service.tables import DELIVERIES, WEBHOOK_EVENTS, WEBHOOKS
from zhenzan.store import Database
from zhenzan.times import now_us

__all__ = ["EVENTS", "Delivery", "Webhook", "WebhookError", "Webhooks"]

EVENTS = (
    "settlement.published", "case.decided", "policy.published", "sale.made", "redemption.confirmed",
    "order.running", "order.delivered", "order.at_risk", "order.refunded",
)  # fmt: skip
TESTED = "webhook.tested"  # sent to the one that is tested, whatever it subscribed
WAITS_SECONDS = (5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 57_600)  # then it is dead: two days
TIMEOUT_SECONDS = 10.0
BATCH_SIZE, SENDERS = 64, 8
RETENTION_US = 7 * 86_400_000_000  # what was delivered is forgotten after a week
WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
ANSWER_MAX = 200

log = logging.getLogger("zhenzan.webhooks")


class WebhookError(ZhenzanError):
    """The address or an event of a webhook is not valid."""


class NoSuchWebhookError(WebhookError, NotThereError):
    """There is no webhook or delivery of that id."""


@dataclass(frozen=True)
class Webhook:
    """A webhook: its address and events; times in µs, `removed_at` 0 while it stands."""

    id: str
    url: str
    events: tuple[str, ...]
    made_by: str
    made_at: int
    removed_at: int


@dataclass(frozen=True)
class Delivery:
    """A message: `state` waiting, delivered or dead; `tries` so far, `next_at` (µs), the last `answer`."""

    id: str
    webhook: str
    event: str
    body: str
    state: str
    tries: int
    next_at: int
    answer: str
    made_at: int


class Webhooks:
    """The webhooks of one database, and the thread that sends."""

    def __init__(self, database: Database, clock: Callable[[], int] = now_us) -> None:
        self._database, self._clock = database, clock
        self._known: list[Webhook] | None = None
        self._remembering, self._changes = threading.Lock(), 0

    def create(
        self, who: str, url: str, events: Sequence[str], *, noting: Noting | None = None
    ) -> tuple[Webhook, str]:
        """A webhook and its secret, which is shown once. Raises WebhookError."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or len(url) > 1_000:
            raise WebhookError(f"{url[:80]!r} is not an address; write https://HOST/PATH")
        wrong = [event for event in events if event not in EVENTS]
        if wrong or not events:
            raise WebhookError(f"events are {', '.join(EVENTS)}; not {', '.join(wrong) or 'none'}")
        id, secret = secrets.token_hex(6), f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        row = (id, url, secret, who, self._clock(), 0)

        def writes(connection: Connection) -> None:
            self._database.insert(connection, WEBHOOKS, [row])
            self._database.insert(connection, WEBHOOK_EVENTS, [(id, event) for event in sorted(set(events))])

        write_noted(self._database, id, writes, noting)
        self._forget()
        return self.find(id), secret

    def remove(self, id: str, *, noting: Noting | None = None) -> None:
        """Nothing more is sent there; what waited is dropped. Raises WebhookError."""
        webhook, mark = self.find(id), self._database.mark
        row = (id, webhook.url, self._secret(id), webhook.made_by, webhook.made_at, self._clock())

        def writes(connection: Connection) -> None:
            if not self._database.replace_if(connection, WEBHOOKS, row, removed_at=0):
                raise NoSuchWebhookError(f"there is no webhook {id!r}")
            connection.exec_driver_sql(f"DELETE FROM deliveries WHERE webhook = {mark}", (id,))

        try:
            write_noted(self._database, id, writes, noting)
        finally:
            self._forget()

    def find(self, id: str) -> Webhook:
        """One that stands. Raises NoSuchWebhookError."""
        for webhook in self.listed():
            if webhook.id == id:
                return webhook
        raise NoSuchWebhookError(f"there is no webhook {id!r}")

    def listed(self) -> list[Webhook]:
        """All webhooks that were not removed, the oldest first."""
        known = self._known
        if known is None:
            changes = self._changes
            rows = self._database.fetch(
                "SELECT id, url, made_by, made_at, removed_at FROM webhooks "
                "WHERE removed_at = 0 ORDER BY made_at, id"
            )
            text = "SELECT webhook, event FROM webhook_events WHERE webhook IN"
            events = lists_of(self._database, text, [id for id, *_ in rows])
            known = [Webhook(id, url, events[id], *rest) for id, url, *rest in rows]
            with self._remembering:
                if changes == self._changes:  # else one may have come or gone since they were read
                    self._known = known
        return known

    def _forget(self) -> None:
        """Read anew what stands."""
        with self._remembering:
            self._changes += 1
            self._known = None

    def tell(
        self, event: str, subject: str, data: Any, *, at: int = 0, connection: Connection | None = None
    ) -> None:
        """Queue an event for every webhook that subscribed to it, once for each `subject`. With a
        `connection`, in its transaction. `at`: when (µs), now unless given; webhooks made later are not told.
        """
        at = at or self._clock()
        who = [webhook for webhook in self.listed() if event in webhook.events and webhook.made_at <= at]
        if not who:
            return
        rows = []
        body = _body(event, at, data)
        for webhook in who:
            id = f"msg_{hashlib.sha256(f'{webhook.id}/{event}/{subject}'.encode()).hexdigest()[:24]}"
            rows.append((id, webhook.id, event, body, WAITING, 0, self._clock(), "", at))
        if connection is not None:
            self._database.insert_missing(connection, DELIVERIES, rows)
            return
        known = {delivery.id for delivery in self.deliveries(ids=[row[0] for row in rows])}
        if fresh := [row for row in rows if row[0] not in known]:
            with self._database.write() as own:
                self._database.insert_missing(own, DELIVERIES, fresh)

    def test(self, id: str) -> Delivery:
        """Send a `webhook.tested` there, and there alone. Raises NoSuchWebhookError."""
        webhook, now = self.find(id), self._clock()
        message, body = f"msg_{secrets.token_hex(12)}", _body(TESTED, now, {"webhook": webhook.id})
        with self._database.write() as connection:
            row = (message, webhook.id, TESTED, body, WAITING, 0, now, "", now)
            self._database.insert(connection, DELIVERIES, [row])
        return self.deliveries(ids=[message])[0]

    def deliveries(
        self, *, webhook: str = "", state: str = "", ids: Iterable[str] = (), limit: int = 100
    ) -> list[Delivery]:
        """Messages, the newest first: of a webhook, in a state, or of these ids."""
        ids_wanted = list(ids)
        marks = ", ".join("?" * len(ids_wanted))
        where = f"id IN ({marks})" if ids_wanted else "(webhook = ? OR ? = '') AND (state = ? OR ? = '')"
        values = ids_wanted or [webhook, webhook, state, state]
        return self._select(f"{where} ORDER BY made_at DESC, id LIMIT {int(limit)}", values)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many messages of each webhook are in each state."""
        text = "SELECT webhook, state, COUNT(*) FROM deliveries GROUP BY webhook, state"
        return {(webhook, state): count for webhook, state, count in self._database.fetch(text)}

    def retry(self, id: str) -> Delivery:
        """Retry a delivery, from the start of its tries. Raises NoSuchWebhookError."""
        for delivery in self.deliveries(ids=[id]):
            self._set(delivery, WAITING, 0, self._clock(), delivery.answer)
            return self.deliveries(ids=[id])[0]
        raise NoSuchWebhookError(f"there is no delivery {id!r}")

    def send_due(self) -> None:
        """Send the deliveries that are due. Killed anywhere, it sends again at the next start."""
        if due := self._due():
            with ThreadPoolExecutor(SENDERS, "webhooks") as senders:
                list(senders.map(self._send, due))

    def _due(self) -> list[Delivery]:
        if not self.listed():
            return []
        now = self._clock()
        return self._select(
            f"state = 'waiting' AND next_at <= ? ORDER BY next_at, id LIMIT {BATCH_SIZE}", [now]
        )

    def _send(self, message: Delivery) -> None:
        try:
            url, secret = self.find(message.webhook).url, self._secret(message.webhook)
        except NoSuchWebhookError:
            return
        answer, good = _posted(url, secret, message)
        tries = message.tries + 1
        if good:
            self._set(message, DELIVERED, tries, 0, answer)
        elif tries > len(WAITS_SECONDS):
            self._set(message, DEAD, tries, 0, answer)
            log.warning("webhook %s: %s is given up: %s", message.webhook, message.id, answer)
        else:
            wait = WAITS_SECONDS[tries - 1] * 1_000_000
            self._set(message, WAITING, tries, self._clock() + wait, answer)

    def _set(self, message: Delivery, state: str, tries: int, next_at: int, answer: str) -> None:
        row = (state, tries, next_at, answer[:ANSWER_MAX], message.id)
        with self._database.write() as connection:
            self._database.change(connection, DELIVERIES, ("state", "tries", "next_at", "answer"), [row])
            if state == DELIVERED:  # and those from long ago are forgotten
                text = f"DELETE FROM deliveries WHERE state = 'delivered' AND made_at < {self._database.mark}"
                connection.exec_driver_sql(text, (self._clock() - RETENTION_US,))

    def _secret(self, id: str) -> str:
        return str(self._database.fetch("SELECT secret FROM webhooks WHERE id = ?", (id,))[0][0])

    def _select(self, where: str, values: Sequence[Any]) -> list[Delivery]:
        names = ", ".join(Delivery.__dataclass_fields__)
        return [
            Delivery(*row)
            for row in self._database.fetch(f"SELECT {names} FROM deliveries WHERE {where}", values)
        ]


def _posted(url: str, secret: str, message: Delivery) -> tuple[str, bool]:
    """What they answered, and whether they took it. A redirect is not followed: it could lead anywhere."""
    parts, body, now = urlsplit(url), message.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"zhenzan/{__version__}",
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": webhook_signature(secret, message.id, now, body),
    }
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer_text = answer.read(ANSWER_MAX).decode("utf-8", "replace")
        return f"{answer.status} {answer_text}".strip(), 200 <= answer.status < 300
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}", False
    finally:
        connection.close()


def _body(event: str, at: int, data: Any) -> str:
    time_of = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at // 1_000_000))
    message = {"type": event, "timestamp": time_of, "data": data}
    return json.dumps(message, ensure_ascii=False, default=str)
