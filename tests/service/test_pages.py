"""The console's pages by role, and what their forms do: who sees which, and never a secret twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Api, sent_and_settled, started
from tests.service.test_rewards import FANS, likes

from zhenzan.rooms import parts
from zhenzan.service import Role
from zhenzan.service.api_keys import CONFINED
from zhenzan.service.sessions import COOKIE
from zhenzan.service.webhooks import use_cases as webhooks

ALL, STAFF, OPERATOR = set(Role), {Role.operator, Role.analyst}, {Role.operator}
HOLDERS = STAFF | {Role.viewer}
READERS = HOLDERS | {Role.creator}
MATRIX = {
    "GET /": STAFF,
    "GET /items": STAFF,
    "GET /item": STAFF,
    "GET /accounts": STAFF,
    "GET /account": STAFF,
    "GET /rings": STAFF,
    "GET /ring": STAFF,
    "GET /like": STAFF,
    "GET /cards": READERS,
    "POST /cards": {Role.viewer},
    "GET /market": HOLDERS,
    "POST /market": {Role.viewer},
    "GET /creators": READERS,
    "GET /creator": STAFF | {Role.creator},
    "GET /ledger": READERS,
    "GET /ledger/proof": READERS,
    "GET /ledger/consistency": READERS,
    "GET /case": STAFF,
    "GET /cases": STAFF,
    "POST /cases": STAFF,
    "GET /cases/labels.csv": STAFF,
    "GET /policy": STAFF,
    "POST /policy": STAFF,
    "GET /keys": OPERATOR,
    "POST /keys": OPERATOR,
    "GET /webhooks": OPERATOR,
    "POST /webhooks": OPERATOR,
}
OPEN = {"GET /v1/docs", "GET /login", "POST /login", "POST /logout", "GET /static/{name:str}"}
ENDLESS = "GET /live"  # a stream


class Visitor:
    """Somebody who is logged in with a key of a role."""

    def __init__(self, api: Api, role: Role) -> None:
        self.key = api.key(role, "x" if role in CONFINED else "")
        self.client, self.id = api.client, self.key.split("_")[1]
        self.headers = {"Cookie": f"{COOKIE}={api.core.sessions.begin(self.key)}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query, headers=self.headers, follow_redirects=False)

    def post(self, path: str, site: str = "same-origin", **form: Any) -> httpx.Response:
        headers = self.headers | {"Sec-Fetch-Site": site}
        return self.client.post(path, data=form, headers=headers, follow_redirects=False)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with sent_and_settled(tmp_path_factory.mktemp("pages") / "home", likes(), catalogue=CATALOGUE) as api:
        yield api


def routes() -> set[str]:
    found_routes = {
        f"{method} {path}"
        for pages in parts("pages")
        for page in pages
        for path in page.paths
        for method in page.http_methods
    }
    return {name for name in found_routes if name.split()[0] in ("GET", "POST")}


def test_every_page_is_for_those_whom_the_table_names(api: Api) -> None:
    """The role matrix, cell by cell: to the log-in without a session, 403 for every other role."""
    assert routes() == set(MATRIX) | OPEN | {ENDLESS}
    visitors = {role: Visitor(api, role) for role in Role}
    for route, roles in MATRIX.items():
        method, path = route.split()
        stranger = api.client.request(method, path, data={}, follow_redirects=False)
        assert (stranger.status_code, stranger.headers["location"]) == (303, "/login"), route
        for role, visitor in visitors.items():
            answer = visitor.get(path) if method == "GET" else visitor.post(path)
            assert (answer.status_code == 403) != (role in roles), (route, role, answer.text)
            assert answer.status_code < 500, (route, role)
            if method == "POST":
                assert visitor.post(path, site="cross-site").status_code == 403, (route, role)


def test_an_address_that_leads_nowhere_is_a_page_for_people_and_a_problem_for_programs(api: Api) -> None:
    people = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "zh-CN"}
    for path in ("/itmes", "/static/nothing.js", "/item/<script>"):
        answer = api.client.get(path, headers=people)
        assert (answer.status_code, "没有这个页面。" in answer.text) == (404, True), path
        assert "<script>" not in answer.text.replace("<script src", "")
    visitor = Visitor(api, Role.operator)
    page = api.client.get("/itmes", headers=visitor.headers | {"Accept": "text/html"}).text
    assert "There is no such page." in page
    assert 'href="/items"' in page
    for path, headers in (("/itmes", {}), ("/v1/itmes", people)):
        problem = api.client.get(path, headers=headers)
        assert problem.status_code == problem.json()["status"] == 404
        assert problem.headers["content-type"] == "application/problem+json"


def test_a_key_is_made_shown_once_and_revoked(api: Api) -> None:
    operator = Visitor(api, Role.operator)
    issued = operator.post("/keys", do="make", role="viewer", name="<b>shop</b>", subject=FANS[0])
    assert issued.status_code == 200, issued.text
    assert issued.headers["cache-control"] == "no-store"
    (key,) = re.findall(r'value="(zz_[^"]+)"', issued.text)
    id, secret = key.split("_", 2)[1:]
    assert api.core.api_keys.check(key).subject == FANS[0]
    listed = operator.get("/keys").text
    assert id in listed
    assert "&lt;b&gt;shop" in listed
    assert secret not in listed + operator.get("/cases").text + operator.get("/ledger").text
    question = operator.get("/keys", revoke=id)
    assert question.status_code == 200
    assert api.core.api_keys.check(key)  # asking is not doing
    assert operator.post("/keys", do="revoke", key=id).headers["location"] == "/keys"
    with pytest.raises(Exception, match="was revoked"):
        api.core.api_keys.check(key)
    assert operator.get("/keys", revoke=id).status_code == 404
    deeds = [deed for deed in api.core.audit.latest(5) if id in deed.cause]
    assert [deed.cause for deed in deeds] == [f"revokes key {id}", f"makes key {id} for viewer of {FANS[0]}"]
    assert {deed.credit for deed in deeds} == {f"deeds:{operator.id}"}


def test_a_wrong_key_form_is_said_and_makes_nothing(api: Api) -> None:
    operator, count = Visitor(api, Role.operator), len(api.core.api_keys.listed())
    for form, message in (
        ({"role": "viewer", "name": "kept"}, "needs a subject"),
        ({"role": "operator", "subject": "x", "name": "kept"}, "takes no subject"),
        ({"role": "boss", "name": "kept"}, "there is no role"),
        ({"role": "analyst", "name": "kept" * 60}, "at most 200 letters"),
    ):
        answer = operator.post("/keys", do="make", **form)
        assert answer.status_code == 400
        assert message in answer.text
        assert 'value="kept' in answer.text
    assert "said=there+is+no+key" in operator.post("/keys", do="revoke", key="none").headers["location"]
    assert len(api.core.api_keys.listed()) == count


def test_whoever_revokes_their_own_key_is_warned_and_logged_out(api: Api) -> None:
    operator = Visitor(api, Role.operator)
    assert "you will be logged out" in operator.get("/keys", revoke=operator.id).text
    operator.post("/keys", do="revoke", key=operator.id)
    assert operator.get("/keys").headers["location"] == "/login"


def test_a_webhook_is_added_tested_and_removed(api: Api) -> None:
    operator = Visitor(api, Role.operator)
    added = operator.post("/webhooks", do="add", url="http://127.0.0.1:9/<b>", **{"sale.made": "on"})
    assert added.status_code == 200, added.text
    (secret,) = re.findall(r'value="(whsec_[^"]+)"', added.text)
    (webhook,) = api.core.webhooks.listed()
    assert webhook.events == ("sale.made",)
    assert operator.post("/webhooks", do="test", webhook=webhook.id).status_code == 303
    listed = operator.get("/webhooks").text
    assert "http://127.0.0.1:9/&lt;b&gt;" in listed
    assert "webhook.tested" in listed
    assert secret not in listed
    assert operator.get("/webhooks", remove=webhook.id).status_code == 200
    assert api.core.webhooks.listed() == [webhook]  # asking is not doing
    operator.post("/webhooks", do="remove", webhook=webhook.id)
    assert api.core.webhooks.listed() == []
    assert operator.get("/webhooks", remove=webhook.id).status_code == 404
    deeds = [deed.cause for deed in api.core.audit.latest(2)]
    assert deeds == [
        f"removes webhook {webhook.id}",
        f"makes webhook {webhook.id} to {webhook.url} for sale.made",
    ]


def test_a_wrong_webhook_form_is_said_and_adds_nothing(api: Api) -> None:
    operator = Visitor(api, Role.operator)
    no_event = operator.post("/webhooks", do="add", url="https://kept.example/x")
    assert no_event.status_code == 422
    assert 'value="https://kept.example/x"' in no_event.text
    assert operator.post("/webhooks", do="add", url="ftp://x", **{"sale.made": "on"}).status_code == 422
    for what in ("test", "remove", "again"):
        assert "said=there+is+no" in operator.post("/webhooks", do=what).headers["location"]
    assert api.core.webhooks.listed() == []


def test_a_dead_letter_is_listed_and_sent_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WAITS_SECONDS", ())
    operator = Visitor(api, Role.operator)
    operator.post("/webhooks", do="add", url="http://127.0.0.1:9/", **{"sale.made": "on"})
    operator.post("/webhooks", do="test", webhook=api.core.webhooks.listed()[0].id)
    dead = wait_until(lambda: api.core.webhooks.deliveries(state="dead"))
    assert "ConnectionRefusedError" in operator.get("/webhooks").text
    monkeypatch.setattr(webhooks, "WAITS_SECONDS", (60,))
    operator.post("/webhooks", do="again", delivery=dead[0].id)
    assert api.core.webhooks.deliveries()[0].state == "waiting"


def ids(text: str, kind: str) -> list[str]:
    """Links to things of a kind, in the order of the page."""
    return re.findall(rf'href="/{kind}\?id=([^"]+)"', text)


def test_a_page_is_searched_and_narrowed_as_the_api_is(api: Api) -> None:
    analyst = Visitor(api, Role.analyst)
    assert sorted(ids(analyst.get("/items", search="v4").text, "item")) == [
        "v4",
        *(f"v4{i}" for i in range(10)),
    ]
    page = analyst.get("/items", search="v4", exact="true", creator="", verdict="", sort="claimed").text
    assert ids(page, "item") == ["v4"]
    assert 'value="v4"' in page
    assert '<option value="claimed" selected>' in page
    assert len(ids(analyst.get("/items", creator="c3").text, "item")) == 10
    assert ids(analyst.get("/accounts", search=FANS[2]).text, "account") == [FANS[2]]
    assert ids(analyst.get("/creators", search="c1").text, "creator") == ["c1"]


def test_an_empty_list_says_why(api: Api, tmp_path: Path) -> None:
    operator = Visitor(api, Role.operator)
    for path in ("/items", "/accounts", "/creators", "/rings", "/cases", "/keys"):
        nothing = operator.get(path, search="nobody")
        assert nothing.status_code == 200
        assert "Nothing matches." in nothing.text, path
        assert f'<a href="{path}">Show all</a>' in nothing.text
    assert "No rings were found." in operator.get("/rings").text
    assert "There are no open cases." in operator.get("/cases").text
    with started(tmp_path / "home") as fresh:
        early = Visitor(fresh, Role.analyst)
        for path in ("/items", "/accounts", "/creators", "/rings"):
            assert "Nothing is settled yet." in early.get(path).text, path


def test_what_a_page_cannot_be_asked_is_said_on_it(api: Api) -> None:
    analyst = Visitor(api, Role.analyst)
    for path, query, message in (
        ("/items", {"sort": "best"}, "sort: Invalid enum value"),
        ("/accounts", {"ring": "x"}, "ring: Expected `int"),
        ("/rings", {"accounts_min": "-1"}, "&gt;= 0"),
        ("/creators", {"cursor": "xx"}, "not one that a page gave"),
        ("/cases", {"search": "x" * 301}, "length &lt;= 300"),
        ("/cases", {"search": "\0"}, "no id has"),
    ):
        answer = analyst.get(path, **query)
        assert answer.status_code == 400, path
        assert 'role="alert"' in answer.text
        assert message in answer.text, answer.text
        assert "Nothing matches" not in answer.text


def test_cases_on_the_page_are_those_that_are_asked_for_and_paged(api: Api) -> None:
    analyst, cases = Visitor(api, Role.analyst), api.core.cases
    for i in range(45):
        case = cases.open("tester", "account", f"n{i:02}", "why", [f"n{i:02}"])
        if i < 22:
            cases.decide("tester", case.id, "unclear", "who knows")

    def shown(**query: Any) -> tuple[int, int, list[str]]:
        text = analyst.get("/cases", **query).text
        more = re.findall(r'href="\?([^"]*(?:cursor|status)=[^"]*)"', text)
        return (
            text.count("data-case="),
            text.count("</th><td>Account "),
            [unescape(link) for link in more if "language" not in link],
        )

    waiting, decided, more = shown()
    assert (waiting, decided) == (20, 20)
    assert more[0] == "status=open"
    assert shown(**dict(parse_qsl(more[1])))[:2] == (0, 2)
    waiting, decided, more = shown(status="open", search="n")
    assert (waiting, decided) == (20, 0)
    assert more[0].startswith("search=n&status=open&cursor=")
    assert shown(**dict(parse_qsl(more[0])))[:2] == (3, 0)
    assert shown(search="n2")[:2] == (8, 2)
    assert shown(status="fake") == (0, 0, [])
