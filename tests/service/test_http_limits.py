"""The doors of the service: what a body may be, what every answer carries, how long anyone may take."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from tests.polling import PATIENCE_SECONDS
from tests.service.conftest import CATALOGUE, Api, Process, started

from zhenzan.errors import ZhenzanError
from zhenzan.service import Role, Settings, make_app
from zhenzan.service.limits import ENTRIES_MAX, BoundedStore, LogInAttempts

JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with started(tmp_path_factory.mktemp("doors") / "home", catalogue=CATALOGUE) as api:
        yield api


@contextmanager
def facing(api: Api, **changed: Any) -> Iterator[TestClient[Any]]:
    """The same service by other settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.core, "settings", replace(api.core.settings, **changed))
        with TestClient(make_app(api.core)) as client:
            yield client


def posts(api: Api) -> list[str]:
    """Every path of the API that takes JSON."""
    paths = api.client.app.openapi_schema.to_schema()["paths"]
    taken = [path for path, about in paths.items() if "requestBody" in about.get("post", {})]
    assert len(taken) >= 15, taken
    return [re.sub(r"\{[^}]*\}", "1", path) for path in taken]


@pytest.mark.parametrize(
    "shape", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"text": ' + b"[" * 40]
)
def test_a_body_that_nests_deep_is_400_at_every_door(api: Api, shape: bytes) -> None:
    for path in posts(api):
        answer = api.post(path, content=shape, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), (path, answer.text)


def test_brackets_in_a_text_are_no_nesting(api: Api) -> None:
    text = '\\"' + "[" * 500 + "{" * 500 + '"'
    answer = api.post("/v1/cases", json={"kind": "account", "subject": "deep", "why": text})
    assert answer.status_code == 201, answer.text
    assert answer.json()["why"] == text


def test_a_key_that_an_object_names_twice_is_400(api: Api) -> None:
    body = b'{"kind": "account", "subject": "a", "why": "odd", "sub\\u006aect": "b"}'
    answer = api.post("/v1/cases", content=body, headers=JSON)
    assert answer.status_code == 400
    assert "'subject' twice" in answer.json()["detail"]


def test_every_answer_names_its_request_and_stays_out_of_caches(api: Api) -> None:
    requests = [
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/nothing"),
        ("GET", "/nothing"),
        ("GET", "/health/live"),
    ]
    seen = set()
    for verb, path in requests:
        for headers in ({}, api.headers):
            answer = api.client.request(verb, path, headers=headers)
            seen.add(answer.headers["X-Request-ID"])
            if path.startswith("/v1/"):
                assert answer.headers["Cache-Control"] == "no-store"
    assert len(seen) == 2 * len(requests)
    issued = api.post("/v1/keys", json={"role": "platform"})
    assert (issued.status_code, issued.headers["Cache-Control"]) == (201, "no-store")


@settings(max_examples=50)
@given(st.text(st.characters(codec="latin-1"), max_size=140))
def test_a_request_id_is_the_callers_where_it_is_plain(api: Api, id: str) -> None:
    answer = api.client.get("/health/live", headers={"X-Request-ID": id.encode("latin-1")})
    sent = id.strip(" \t")  # what HTTP takes off a field's value, no more
    plain = re.fullmatch(r"[A-Za-z0-9._:/+=@-]{1,128}", sent)
    assert (answer.headers["X-Request-ID"] == sent) == bool(plain)


def test_a_fault_is_logged_with_the_id_of_its_request(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(api.core.audit, "latest", broken)
    answer = api.client.get("/v1/audit", headers=api.headers | {"X-Request-ID": "order-4711"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "order-4711")
    assert "secret" not in answer.text
    assert [record.__dict__["request_id"] for record in caplog.records] == ["order-4711"]


def test_requests_are_logged_with_their_ids_where_that_is_asked_for(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.client.get("/health/live", headers={"X-Request-ID": "quiet"})
    with caplog.at_level(logging.INFO, "zhenzan.requests"):
        api.client.get("/v1/keys?search=a-secret", headers={"X-Request-ID": "told"})
    assert [record.getMessage() for record in caplog.records] == ["GET /v1/keys 401 (request told)"]


def test_pages_name_their_charset_once(api: Api) -> None:
    for path in ("/login", "/static/console.css", "/nothing"):
        content_type = api.client.get(path, headers={"Accept": "text/html"}).headers["content-type"]
        assert re.fullmatch(r"text/\w+; charset=utf-8", content_type), content_type


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/cases", {"kind": "account", "subject": "x" * 1_000_000, "why": "odd"}),
        ("/v1/cases", {"kind": "account", "subject": "x" * 1_025, "why": "odd"}),
        ("/v1/cases", {"kind": "account", "subject": "a", "why": "odd", "accounts": ["x"] * 10_001}),
        ("/v1/cases", {"kind": "account", "subject": "a", "why": "x" * 100_000}),
        ("/v1/cases/case-1/decision", {"decision": "fake", "text": "x" * 100_000}),
        ("/v1/keys", {"role": "platform", "name": "x" * 300}),
        ("/v1/policies", {"text": "format = 1", "note": "x" * 10_000}),
        ("/v1/webhooks", {"url": "https://example.org/" + "x" * 10_000, "events": ["sale.made"]}),
        ("/v1/webhooks", {"url": "https://example.org/", "events": ["sale.made"] * 1_000}),
        ("/v1/appeals", {"account": "a", "text": "x" * 100_000}),
        ("/v1/redemptions", {"account": "x" * 10_000, "offer": "tea-coupon"}),
        ("/v1/market/purchases", {"account": "a", "listing": "x" * 10_000}),
        ("/v1/decorations", {"account": "a", "edition": "summer-card", "serial": 1, "motto": "x" * 10_000}),
    ],
)  # fmt: skip
def test_texts_have_a_greatest_length(api: Api, path: str, body: dict[str, Any]) -> None:
    answer = api.post(path, json=body)
    assert answer.status_code == 422, answer.text[:300]
    assert answer.json()["extra"][0]["source"] == "body"


def test_a_body_beyond_any_length_is_413(api: Api) -> None:
    assert api.post("/v1/cases", content=b" " * 2_000_000, headers=JSON).status_code == 413


def test_a_log_in_that_fails_often_has_to_wait_and_a_right_key_forgets_it() -> None:
    now = [0.0]
    attempts = LogInAttempts(lambda: now[0])
    waited = []
    for _ in range(15):
        now[0] += (wait := attempts.wait("203.0.113.7", "zz_ab_guess"))
        waited.append(wait)
        assert attempts.wait("203.0.113.7", "zz_ab_guess") == 0
        attempts.fail("203.0.113.7", "zz_ab_guess")
    assert waited[:5] == [0] * 5
    assert waited[5:] == sorted(waited[5:])
    assert (waited[5], waited[-1]) == (2, 60)
    assert 0 < attempts.wait("198.51.100.1", "zz_ab_other") <= 30  # another address, the same key
    assert attempts.wait("198.51.100.1", "zz_cd_other") == 0
    attempts.succeed("203.0.113.7", "zz_ab_right")
    assert attempts.wait("203.0.113.7", "zz_ab_guess") == 0


def test_log_ins_that_fail_take_no_more_memory_however_many_there_are() -> None:
    attempts = LogInAttempts()
    for number in range(ENTRIES_MAX + 500):
        attempts.fail(f"address {number}", f"zz_{number}_x")
    assert len(attempts._failed) == ENTRIES_MAX


def test_the_log_in_page_says_how_long_to_wait(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.core, "attempts", LogInAttempts())
    tried = [api.client.post("/login", data={"key": "zz_a_b"}) for _ in range(6)]
    assert [answer.status_code for answer in tried] == [401] * 5 + [429]
    assert int(tried[-1].headers["Retry-After"]) in (1, 2)
    assert "Try again in" in tried[-1].text
    chinese = api.client.post("/login?language=zh", data={"key": "zz_a_b"})
    assert "秒后再试" in chinese.text


@pytest.mark.parametrize("public_url", ["", "http://likes.example", "https://likes.example"])
def test_a_sessions_cookie_is_secure_where_people_come_by_https(api: Api, public_url: str) -> None:
    key = api.headers["Authorization"].partition(" ")[2]
    headers = {"Origin": public_url or "http://testserver.local"}
    headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}  # of nobody we trust
    with facing(api, public_url=public_url) as client:
        answer = client.post("/login", data={"key": key}, headers=headers, follow_redirects=False)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert ("secure" in cookie) == public_url.startswith("https")


def test_a_trusted_proxy_is_believed_and_a_body_that_never_comes_whole_is_408(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    process = serve(tmp_path, "--no-worker", "--trusted-proxy", "127.0.0.1", "--body-timeout", "0.3")
    with process.client(**{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}) as client:
        answer = client.post("/login", data={"key": process.key})
        assert "secure" in answer.headers["set-cookie"].lower()
    host, port = process.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/interactions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {process.key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as slow:
        slow.sendall(head.encode())
        assert slow.recv(4_096).startswith(b"HTTP/1.1 408")


def test_requests_of_browsers_have_a_limit_and_those_of_a_backend_none(api: Api) -> None:
    sent = [{"account": "a", "item": "v", "timestamp": 1_790_000_000}]
    with facing(api, requests_per_minute=3) as client:
        for role, limited in ((Role.viewer, True), (Role.platform, False)):
            headers = {"Authorization": f"Bearer {api.key(role, 'a' if limited else '')}"}
            answers = [client.get("/v1/holdings?account=a", headers=headers) for _ in range(5)]
            assert (answers[-1].status_code == 429) == limited
            if limited:
                assert answers[-1].headers["content-type"] == PROBLEM
                assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        for _ in range(10):
            assert client.post("/v1/interactions", json=sent, headers=headers).status_code == 200
        assert [client.get("/health/live").status_code for _ in range(5)] == [200] * 5
        assert [client.get("/login").status_code for _ in range(4)] == [200] * 3 + [429]


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    async def flood() -> int:
        store = BoundedStore()
        for number in range(ENTRIES_MAX + 10):
            await store.set(str(number), b"[]", 60)
        return len(store._store)

    assert asyncio.run(flood()) <= ENTRIES_MAX


def test_pages_of_an_allowed_origin_may_call_and_no_others(api: Api) -> None:
    with facing(api, allowed_origins=("https://shop.example",)) as client:
        for origin, allowed in (("https://shop.example", True), ("https://evil.example", False)):
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            headers["Access-Control-Request-Headers"] = "authorization"
            before = client.options("/v1/rights", headers=headers)
            answer = client.get("/v1/catalogue", headers=api.headers | {"Origin": origin})
            for reply in (before, answer):
                assert (reply.headers.get("access-control-allow-origin") == origin) == allowed


@pytest.mark.parametrize("wrong", ["likes.example", "https://", "https://a/b", "javascript:x"])
def test_a_wrong_address_of_the_console_is_said(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ZhenzanError, match="--public-url"):
        Settings(tmp_path, public_url=wrong)
