"""Webhooks: signed, sent until they are heard, once by their id; the dead are listed and sent again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Api, started
from tests.service.test_rewards import FANS, Caller, likes

from zhenzan.client import ServiceError, verify_webhook
from zhenzan.service import Role
from zhenzan.service.webhooks import use_cases as webhooks
from zhenzan.service.webhooks.use_cases import EVENTS


class Receiver:
    """Somebody's server: keeps what it gets, answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def wait(self, count: int) -> None:
        wait_until(lambda: len(self.got) >= count, lambda: self.got)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    with started(tmp_path / "home", catalogue=CATALOGUE, database=database) as api:
        yield api


def subscribed(api: Api, url: str, *events: str) -> tuple[str, str]:
    answer = Caller(api, Role.operator).post("/v1/webhooks", url=url, events=list(events or EVENTS))
    assert answer.status_code == 201, answer.text
    return answer.json()["webhook"]["id"], answer.json()["secret"]


def decided(api: Api, account: str) -> None:
    case = api.core.cases.open("tester", "account", account, "why", [account])
    api.core.cases.decide("tester", case.id, "unclear", "who knows")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is started looks for deals all the time."""
    monkeypatch.setattr("zhenzan.service.rewards.tasks.DEALS_SECONDS", 0.2)


def test_what_happens_is_told_signed_and_once(often: None, api: Api, receiver: Receiver) -> None:
    _, secret = subscribed(api, receiver.url)
    assert api.post("/v1/interactions", json=likes()).status_code == 200
    api.settle()
    viewer = Caller(api, Role.viewer, FANS[0])
    assert viewer.post("/v1/redemptions", offer="tea-coupon").status_code == 200
    decided(api, FANS[1])
    receiver.wait(3)
    time.sleep(1.2)  # some more looks at what was sold and redeemed: told once
    events = [verify_webhook(secret, headers, body) for headers, body in receiver.got]
    assert sorted(event["type"] for event in events) == [
        "case.decided",
        "redemption.confirmed",
        "settlement.published",
    ]
    by = {event["type"]: event["data"] for event in events}
    assert by["settlement.published"]["likes"] == 200
    assert by["redemption.confirmed"]["account"] == FANS[0]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 3


def test_forged_and_replayed_webhooks_are_refused(api: Api, receiver: Receiver) -> None:
    _, secret = subscribed(api, receiver.url)
    decided(api, "somebody")
    receiver.wait(1)
    headers, body = receiver.got[0]
    assert verify_webhook(secret, headers, body)["data"]["subject"] == "somebody"
    other = subscribed(api, receiver.url)[1]
    for wrong in (
        lambda: verify_webhook(other, headers, body),
        lambda: verify_webhook(secret, headers, body.replace(b"somebody", b"nobody")),
        lambda: verify_webhook(secret, headers | {"webhook-id": "msg_other"}, body),
        lambda: verify_webhook(secret, headers | {"webhook-signature": "v1,AAAA"}, body),
        lambda: verify_webhook(secret, {}, body),
        lambda: verify_webhook(secret, headers, body, now=time.time() + 301),
    ):
        with pytest.raises(ServiceError):
            wrong()


def test_it_is_sent_again_until_it_is_taken(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "WAITS_SECONDS", (0.1, 0.1, 0.1))
    id, secret = subscribed(api, receiver.url)
    receiver.answers = [500, 302]  # a redirect is no answer, and not followed
    decided(api, "a")
    receiver.wait(3)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert verify_webhook(secret, *receiver.got[2])
    operator = Caller(api, Role.operator)
    wait_until(lambda: operator.get("/v1/deliveries", webhook=id, status="delivered").json()["deliveries"])


def test_the_dead_are_listed_and_can_be_sent_again(
    api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "WAITS_SECONDS", (0.05,))
    subscribed(api, receiver.url)
    receiver.answers = [503, 503]
    decided(api, "a")
    operator = Caller(api, Role.operator)
    dead = wait_until(lambda: operator.get("/v1/deliveries", status="dead").json()["deliveries"])
    assert dead[0]["answer"].startswith("503")
    assert dead[0]["tries"] == 2
    assert operator.post(f"/v1/deliveries/{dead[0]['id']}/again").json()["state"] == "waiting"
    receiver.wait(3)
    assert operator.post("/v1/deliveries/msg_none/again").status_code == 404


def test_a_test_is_sent_to_one_alone_whatever_it_subscribed(api: Api) -> None:
    with receiving() as tested, receiving() as other:
        id, secret = subscribed(api, tested.url, "sale.made")
        subscribed(api, other.url)
        operator = Caller(api, Role.operator)
        sent = operator.post(f"/v1/webhooks/{id}/test")
        assert (sent.status_code, sent.json()["state"]) == (201, "waiting"), sent.text
        tested.wait(1)
        assert verify_webhook(secret, *tested.got[0])["type"] == "webhook.tested"
        assert tested.got[0][0]["webhook-id"] == sent.json()["id"]
        wait_until(lambda: api.core.webhooks.counts() == {(id, "delivered"): 1})
        assert other.got == []
        assert operator.post("/v1/webhooks/none/test").status_code == 404


def test_what_waits_is_sent_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WAITS_SECONDS", (3600.0,))
    with started(tmp_path / "home") as api:
        id, _ = subscribed(api, "http://127.0.0.1:9/nobody")
        decided(api, "a")
        wait_until(lambda: api.core.webhooks.deliveries(webhook=id)[0].tries == 1)
        assert api.core.webhooks.deliveries(webhook=id, state="waiting")
    with started(tmp_path / "home") as api:
        assert api.core.webhooks.deliveries(webhook=id)[0].tries >= 1
        api.core.webhooks.remove(id)
        assert api.core.webhooks.deliveries(webhook=id) == []


def test_wrong_subscriptions_are_refused(api: Api) -> None:
    operator = Caller(api, Role.operator)
    for url, events in (
        ("ftp://example.org", ["sale.made"]),
        ("https://user:pass@example.org", ["sale.made"]),
        ("https://example.org", []),
        ("https://example.org", ["sale.maid"]),
    ):
        assert operator.post("/v1/webhooks", url=url, events=events).status_code == 422
    assert Caller(api, Role.analyst).get("/v1/webhooks").status_code == 403
    assert operator.delete("/v1/webhooks/none").status_code == 404
    id, secret = subscribed(api, "https://example.org/x", "sale.made")
    assert secret not in operator.get("/v1/webhooks").text
    assert operator.delete(f"/v1/webhooks/{id}").status_code == 204
    assert operator.get("/v1/webhooks").json() == {"webhooks": []}
