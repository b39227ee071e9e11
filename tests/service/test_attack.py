"""Whatever is thrown at the API: no fault of ours answers, and every route knows whom it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.effort import effort
from tests.service.conftest import CATALOGUE, Api, sent_and_settled
from tests.service.test_rewards import likes

from zhenzan.service import Role
from zhenzan.service.api_keys import CONFINED

ENDLESS = "/v1/live"  # a stream
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
OPEN = {"/health/live", "/health/ready", "/metrics"}
ALL = set(Role)
STAFF = {Role.operator, Role.analyst}
BY_TAG = {  # who may call what, read; what is written is narrower still
    "interactions": {Role.operator, Role.platform},
    "live": STAFF,
    "verdicts": STAFF,
    "webhooks": {Role.operator},
    "people": {Role.operator},
}
BY_ROUTE = {
    "GET /v1/items/count": STAFF | {Role.platform},
    "POST /v1/items/counts": STAFF | {Role.platform},
    "GET /v1/catalogue": ALL,
    "GET /v1/holdings": ALL - {Role.creator, Role.buyer},
    "GET /v1/rights": ALL - {Role.creator, Role.buyer},
    "POST /v1/redemptions": {Role.operator, Role.platform, Role.viewer},
    "GET /v1/redemptions": ALL - {Role.creator, Role.buyer},
    "POST /v1/decorations": {Role.operator, Role.platform, Role.viewer},
    "POST /v1/appeals": {Role.operator, Role.platform, Role.viewer},
    "GET /v1/appeals": ALL - {Role.creator, Role.buyer},
    "GET /v1/market/listings": ALL,
    "GET /v1/market/offers": ALL,
    "GET /v1/market/flags": STAFF,
    "GET /v1/ledger/checkpoint": ALL,
    "GET /v1/ledger/proof": ALL,
    "GET /v1/ledger/consistency": ALL,
    "GET /v1/ledger/accounts/{account}": STAFF,
    "GET /v1/ledger/events": STAFF,
    "GET /v1/creators": ALL,
    "GET /v1/creators/{creator}": STAFF | {Role.creator},
    "GET /v1/creators/{creator}/fans": STAFF | {Role.creator},
    "POST /v1/policies/{number}/publish": {Role.operator},
    "POST /v1/decisions": {Role.operator, Role.platform},
    "POST /v1/exposures": {Role.operator, Role.platform, Role.viewer},
    "POST /v1/exposures/qualified": {Role.operator, Role.platform, Role.viewer},
    "POST /v1/promotion/opt-outs": {Role.operator, Role.platform, Role.viewer},
    "POST /v1/promotion/items": {Role.operator, Role.platform},
    "POST /v1/promotion/orders/{order_id}/review": {Role.operator},
    "POST /v1/promotion/terms": {Role.operator},
    "POST /v1/promotion/terms/{number}/publish": {Role.operator},
}
BUYING = ("orders", "packages", "quotes", "wallet")  # under /v1/promotion


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with sent_and_settled(tmp_path_factory.mktemp("attack") / "home", likes(), catalogue=CATALOGUE) as api:
        yield api


@pytest.mark.also_soak
def test_no_request_makes_a_fault(api: Api) -> None:
    """Every operation of the document, with what it allows and what it does not: no answer is a fault of
    ours, and each is one that the document promises.
    """
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", api.client.app)
    tried = []
    for attempted in schema.exclude(path=ENDLESS).get_all_operations():
        operation = attempted.ok()
        takes_nothing = operation.path in OPEN
        strange_mode = GenerationMode.POSITIVE if takes_nothing else GenerationMode.NEGATIVE

        @settings(max_examples=effort(3, 40), suppress_health_check=list(HealthCheck), derandomize=True)
        @given(operation.as_strategy(), operation.as_strategy(generation_mode=strange_mode))
        def attack(fitting: schemathesis.Case, strange: schemathesis.Case) -> None:
            for case in (fitting, strange):
                answer = case.call(headers=api.headers)
                case.validate_response(answer, checks=CHECKS)

        attack()
        tried.append(operation.label)
    assert len(tried) >= 60, tried


def allowed(method: str, path: str, tag: str) -> set[Role]:
    route = f"{method} {path}"
    if route in BY_ROUTE:
        return BY_ROUTE[route]
    if path.startswith(tuple(f"/v1/promotion/{name}" for name in BUYING)):
        return {Role.operator, Role.platform, Role.buyer} | ({Role.analyst} if method == "GET" else set())
    if path.startswith("/v1/market"):
        return {Role.operator, Role.platform, Role.viewer}
    return BY_TAG.get(tag, STAFF)


def test_every_route_is_for_those_whom_the_table_names(api: Api) -> None:
    """The role matrix, cell by cell: 401 without a key, 403 for every other role, never for the named."""
    keys = {role: api.key(role, "x" if role in CONFINED else "") for role in Role}
    paths = api.get("/v1/openapi.json").json()["paths"]
    cells = 0
    for path, methods in paths.items():
        for method, about in methods.items():
            verb, tag = method.upper(), about["tags"][0]
            url = re.sub(r"\{[^}]*\}", "1", path)
            if path in OPEN or path == ENDLESS:
                continue
            assert api.client.request(verb, url).status_code == 401, path
            assert (
                api.client.request(verb, url, headers={"Authorization": "Bearer zz_a_b"}).status_code == 401
            )
            for role, key in keys.items():
                answer = api.client.request(verb, url, headers={"Authorization": f"Bearer {key}"})
                refused = answer.status_code == 403 and "this is for" in answer.text
                assert refused != (role in allowed(verb, re.sub(r":\w+", "", path), tag)), (verb, path, role)
                cells += 1
    assert cells >= 200


def test_a_key_is_not_in_any_answer_but_the_one_that_makes_it(api: Api) -> None:
    secret = api.headers["Authorization"].split("_", 2)[2]
    for path in ("/v1/keys", "/v1/audit", "/v1/webhooks", "/metrics", "/v1/ledger/events"):
        assert secret not in api.get(path).text
