"""The document of the API: whole, true, and enough to make a client from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from tests.service.conftest import CATALOGUE, Api, sent_and_settled
from tests.service.promotion_helpers import FAR_HOUR, TERMS, Buyer, selling
from tests.service.test_rewards import FANS, likes

from zhenzan.console.call_names import CALLS
from zhenzan.service import Role, new_signing_key

VERBS = ("get", "post", "delete")
DOCS = Path(__file__).parents[2] / "docs"


class Document:
    """A document, against which answers are held."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole
        self._validators: dict[str, Any] = {}

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, methods in self.whole["paths"].items():
            yield from ((method, path, about) for method, about in methods.items() if method in VERBS)

    def faults(self, schema: dict[str, Any], value: Any) -> list[str]:
        """What of a value does not fit a schema."""
        whole = {**schema, "components": self.whole["components"]}
        validator = self._validators.setdefault(str(schema), jsonschema_rs.Draft202012Validator(whole))
        return [str(error) for error in validator.iter_errors(value)]

    def check(self, answer: httpx.Response, path: str) -> None:
        """That an answer is one that the document promises."""
        responses = self.whole["paths"][path][answer.request.method.lower()]["responses"]
        about = responses.get(str(answer.status_code), responses["default"])
        assert "X-Request-ID" in answer.headers
        if not about.get("content"):
            assert answer.content == b""
            return
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in about["content"], (path, answer.status_code, media_type)
        if media_type.endswith("json"):
            schema = about["content"][media_type]["schema"]
            assert not self.faults(schema, answer.json()), (path, answer.text[:500])


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with sent_and_settled(tmp_path_factory.mktemp("document") / "home", likes(), catalogue=CATALOGUE) as api:
        yield api


@pytest.fixture(scope="module")
def document(api: Api) -> Document:
    answer = api.client.get("/v1/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return Document(answer.json())


def test_every_call_is_described_with_schemas_and_examples_that_fit(document: Document) -> None:
    ids = []
    for method, path, about in document.operations():
        ids.append(about["operationId"])
        assert about["summary"] in CALLS, path
        assert about["description"], path
        assert all(parameter["description"] for parameter in about.get("parameters", [])), path
        successes = {
            status: answer for status, answer in about["responses"].items() if status.startswith("2")
        }
        assert len(successes) == 1, path
        assert about["responses"]["default"]["content"].keys() == {"application/problem+json"}
        if method == "post" and "{" not in path:
            assert about["requestBody"]["content"], path
        for body in (about.get("requestBody"), *about["responses"].values()):
            for media_type, content in ((body or {}).get("content") or {}).items():
                assert content["schema"] not in ({}, {"type": "object"}), (method, path)
                if media_type.endswith("json"):
                    assert not document.faults(content["schema"], content["example"]), (method, path)
    assert len(ids) == len(set(ids)) >= 60
    schemas = document.whole["components"]["schemas"]
    assert [
        name for name, about in schemas.items() if not about.get("description") and "enum" not in about
    ] == []


def test_the_document_says_who_may_call(document: Document) -> None:
    public = {path for _, path, about in document.operations() if about.get("security") == []}
    assert public == {"/health/live", "/health/ready", "/metrics"}
    roles = {(method, path): about.get("x-roles") for method, path, about in document.operations()}
    assert roles["post", "/v1/interactions"] == ["operator", "platform"]
    assert roles["get", "/v1/rights"] == ["operator", "analyst", "platform", "viewer"]


def test_the_reference_says_what_is_public_and_what_each_role_sees(document: Document) -> None:
    """Its table, row by row, is the document's."""
    page = (DOCS / "reference" / "public.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+) (/\S*)` \|(.*)\|$", page, re.MULTILINE)
    listed = {(verb.lower(), path): [cell.strip() for cell in cells.split("|")] for verb, path, cells in rows}
    documented = {}
    for method, path, about in document.operations():
        roles = about.get("x-roles", [*Role, "nobody"])
        documented[method, path] = ["yes" if role in roles else "" for role in ("nobody", *reversed(Role))]
    assert listed == documented


def test_answers_of_every_reading_call_are_as_promised(api: Api, document: Document) -> None:
    """With what is there, with what is not, without a key, and with one for something else."""
    verdict_row = api.get("/v1/verdicts?limit=1").json()["verdicts"][0]
    queries = {
        "/v1/items/days": {"item": verdict_row["item"]}, "/v1/items/count": {"item": verdict_row["item"]},
        "/v1/explanations": {"item": verdict_row["item"]}, "/v1/holdings": {"account": FANS[0]},
        "/v1/rights": {"account": FANS[0]}, "/v1/redemptions": {"account": FANS[0]},
        "/v1/appeals": {"account": FANS[0]}, "/v1/market/offers": {"edition": "summer-card", "serial": 1},
        "/v1/ledger/proof": {"of": "summer-card/1"},
        "/v1/ledger/consistency": {"old": api.get("/v1/ledger/checkpoint").json()["checkpoint"]},
    }  # fmt: skip
    selling(api)
    buyer = Buyer(api, "c1", "v1")
    order = buyer.order()["id"]
    queries |= {path: {"buyer": "c1"} for path in ("/v1/promotion/orders", "/v1/promotion/wallet")}
    named = {"{creator}": "c1", "{account}": "points:fan-0", "{order_id}": order, "{number}": "1"}
    viewer = {"Authorization": f"Bearer {api.key(Role.viewer, FANS[0])}"}
    for method, path, _ in document.operations():
        if method != "get" or path == "/v1/live":
            continue
        url = path
        for hole, name in named.items():
            url = url.replace(hole, name)
        answer = api.get(url, params=queries.get(path, {}))
        assert answer.status_code == 200, (path, answer.text[:300])
        for answer_of in (
            answer, api.get(url), api.get(url, params={"limit": "none", "cursor": "?"}),
            api.client.get(url), api.client.get(url, headers=viewer),
        ):  # fmt: skip
            document.check(answer_of, path)
    for like in ("fake", "genuine"):
        document.check(api.get(f"/v1/verdicts?verdict={like}"), "/v1/verdicts")
    document.check(api.get("/v1/explanations?account=" + FANS[0]), "/v1/explanations")


def test_answers_of_what_is_done_are_as_promised(api: Api, document: Document) -> None:
    def post(path: str, status: int, template: str = "", **body: Any) -> Any:
        answer = api.post(path, json=body)
        assert answer.status_code == status, answer.text
        document.check(answer, template or path)
        return answer.json()

    def delete(path: str, template: str) -> None:
        answer = api.client.delete(path, headers=api.headers)
        assert answer.status_code in (200, 204), answer.text
        document.check(answer, template)

    holder, buyer = FANS[0], FANS[1]
    cards = api.get("/v1/holdings", params={"account": holder}).json()["cards"]
    serial = next(card["serial"] for card in cards if card["edition"] == "summer-card")
    card = {"edition": "summer-card", "serial": serial}
    post("/v1/interactions", 200, account="a", item="v", timestamp=1_790_000_000, colour="red")
    post("/v1/interactions", 422, account="a")
    post("/v1/items/counts", 200, items=["v1", "v2"])
    post("/v1/items/counts", 422, items=[])
    post("/v1/redemptions", 200, account=buyer, offer="tea-coupon")
    post("/v1/redemptions", 404, account=buyer, offer="none")
    post("/v1/decorations", 200, account=holder, **card, frame="gold")
    listing = post("/v1/market/listings", 201, kind="fixed", **card, price=1, account=holder)
    delete(f"/v1/market/listings/{listing['id']}?account={holder}", "/v1/market/listings/{listing}")
    listing = post("/v1/market/listings", 201, kind="fixed", **card, price=2, account=holder)
    document.check(api.get("/v1/market/listings"), "/v1/market/listings")
    post("/v1/market/purchases", 201, listing=listing["id"], account=buyer)
    post("/v1/market/purchases", 409, listing=listing["id"], account=FANS[2])
    document.check(api.get("/v1/market/flags"), "/v1/market/flags")
    appeal = post("/v1/appeals", 201, account=holder, text="I am real")
    post(f"/v1/appeals/{appeal['id']}/decision", 200, "/v1/appeals/{appeal}/decision", upheld=True, text="so")
    case = post("/v1/cases", 201, kind="account", subject="fan-3", why="odd")
    post(f"/v1/cases/{case['id']}/decision", 200, "/v1/cases/{case}/decision", decision="fake", text="so")
    document.check(api.get("/v1/cases?decided=true"), "/v1/cases")
    policy = post("/v1/policies", 201, text="format = 1\nname = 'd'\n")
    post("/v1/policies", 422, text="[")
    for verb in ("backtest", "shadow", "publish"):
        post(f"/v1/policies/{policy['number']}/{verb}", 200, "/v1/policies/{number}/" + verb)
    delete("/v1/policies/shadow", "/v1/policies/shadow")
    document.check(api.get("/v1/policies"), "/v1/policies")
    promote(api, document, post)
    key = post("/v1/keys", 201, role="platform")["key"].split("_")[1]
    signing = {"public": new_signing_key()[1], "origins": ["https://shop.example"]}
    signer = post(f"/v1/keys/{key}/signing-keys", 201, "/v1/keys/{key}/signing-keys", **signing)
    document.check(api.get("/v1/signing-keys"), "/v1/signing-keys")
    delete(f"/v1/signing-keys/{signer['id']}", "/v1/signing-keys/{id}")
    delete(f"/v1/keys/{key}", "/v1/keys/{key}")
    hook = {"url": "http://127.0.0.1:9/", "events": ["case.decided"]}
    webhook = post("/v1/webhooks", 201, **hook)["webhook"]["id"]
    sent = post(f"/v1/webhooks/{webhook}/test", 201, "/v1/webhooks/{webhook}/test")
    post(f"/v1/deliveries/{sent['id']}/again", 200, "/v1/deliveries/{delivery}/again")
    document.check(api.get("/v1/deliveries"), "/v1/deliveries")
    document.check(api.get("/v1/audit"), "/v1/audit")
    delete(f"/v1/webhooks/{webhook}", "/v1/webhooks/{webhook}")


def promote(api: Api, document: Document, post: Any) -> None:
    """Every call of promotion that does something, as promised."""
    base = "/v1/promotion"
    post(f"{base}/terms", 422, text="format = 1")
    number = post(f"{base}/terms", 201, text=TERMS.replace("test", "other"))["number"]
    post(f"{base}/terms/{number}/publish", 200, base + "/terms/{number}/publish")
    document.check(api.get(f"{base}/terms/{number}/changes"), base + "/terms/{number}/changes")
    post(f"{base}/items", 200, item="v9", creator="c9")
    post(f"{base}/wallet/payments", 201, amount=10_000, buyer="c9")
    wish = {"item": "v9", "package": "likes", "lines": [{"kind": "like", "units": 10}], "hours": 24}
    quote = post(f"{base}/quotes", 201, buyer="c9", **wish)["id"]
    impossible = {"hours": 1, "local_hours": [FAR_HOUR], "regions": ["CN"]}
    post(f"{base}/quotes", 409, buyer="c9", **wish | impossible)
    order = post(f"{base}/orders", 201, quote=quote, buyer="c9")["id"]
    post(f"{base}/orders/bulk", 201, orders=[wish, wish | {"item": "v8"}], all_or_none=False, buyer="c9")
    for action, body in (
        ("pause", {}), ("resume", {}), ("top-up", {"units": 5}), ("shortfall", {"on_shortfall": "extend"}),
        ("cancel", {"reason": "so"}),
    ):  # fmt: skip
        post(
            f"{base}/orders/{order}/{action}", 200, base + "/orders/{order_id}/" + action, buyer="c9", **body
        )
    post(f"{base}/orders/{order}/repeat", 201, base + "/orders/{order_id}/repeat", buyer="c9")
    post(f"{base}/orders/{order}/review", 409, base + "/orders/{order_id}/review", approve=True)
    post(f"{base}/opt-outs", 200, account="fan-9")
    slots = [{"account": "fan-1", "region": "CN", "interest": "music"}] * 2
    post("/v1/decisions", 200, slots=slots)
    post("/v1/exposures", 200, exposures=[{"receipt": "x"}])
    post("/v1/exposures/qualified", 200, views=[{"view": "x"}])


def test_the_page_of_the_api_is_made_of_our_own_files(api: Api, document: Document) -> None:
    for language, heading in (("en", "Interactions"), ("zh", "互动")):
        answer = api.client.get(f"/v1/docs?language={language}")
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
        assert f"<h2>{heading}</h2>" in answer.text
        for method, path, _ in document.operations():
            assert f"<code>{method.upper()} {path}</code>" in answer.text
    assert api.client.get("/v1/schema").status_code == 404
