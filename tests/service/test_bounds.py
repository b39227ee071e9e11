"""Numbers of any size, in every body, path and query: refused where they are too large, never a fault."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Response
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.effort import effort
from tests.service.concurrent_calls import World, played
from tests.service.conftest import Api

Slot = tuple[str, str, dict[str, Any], dict[str, Any], str, str]
"""Method, path, query, body, and where in them a number stands: in which part, by which name."""
PLAIN = {"string": "x", "integer": 1, "boolean": True, "array": []}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    with played(tmp_path_factory.mktemp("bounds") / "home", 1, 1, database=database) as world:
        yield world


def kinds(schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What a value may be, alternatives apart."""
    if "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    alternatives = [
        alternative for word in ("oneOf", "anyOf", "allOf") for alternative in schema.get(word, [])
    ]
    for alternative in alternatives:
        yield from kinds(alternative, whole)
    if not alternatives:
        yield schema


def plain(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    kind = next(kinds(schema, whole))
    return kind["enum"][0] if "enum" in kind else PLAIN.get(kind.get("type", "string"), "x")


def is_number(schema: dict[str, Any], whole: dict[str, Any]) -> bool:
    return any(kind.get("type") in ("integer", "number") for kind in kinds(schema, whole))


def slots(whole: dict[str, Any]) -> Iterator[Slot]:
    """Every place of the described API where a number goes, with all else filled in plainly."""
    for path, item in whole["paths"].items():
        for method, about in item.items():
            parameters = {
                parameter["name"]: parameter
                for parameter in about.get("parameters", [])
                if parameter["in"] != "header"
            }
            needed = {name: parameter for name, parameter in parameters.items() if parameter.get("required")}
            values = {name: plain(parameter["schema"], whole) for name, parameter in needed.items()}
            query = {name: value for name, value in values.items() if parameters[name]["in"] == "query"}
            filled = path
            for name, value in values.items():
                filled = filled.replace("{" + name + "}", str(value))
            content = about.get("requestBody", {}).get("content", {}).get("application/json")
            fields = next(kinds(content["schema"], whole)).get("properties", {}) if content else {}
            body = {name: plain(schema, whole) for name, schema in fields.items()}
            for name, parameter in parameters.items():
                if is_number(parameter["schema"], whole):
                    at = path if parameter["in"] == "path" else filled
                    yield method, at, query, body, parameter["in"], name
            for name, schema in fields.items():
                if is_number(schema, whole):
                    yield method, filled, query, body, "body", name


def status_of(world: World | Api, slot: Slot, number: int) -> Response:
    method, path, query, body, part, name = slot
    path = path.replace("{" + name + "}", quote(str(number)))
    query = query | ({name: str(number)} if part == "query" else {})
    body = body | ({name: number} if part == "body" else {})
    content = json.dumps(body).encode() if body else None
    headers = world.headers | {"Content-Type": "application/json"}
    return world.client.request(method, path, params=query, content=content, headers=headers)


BITS = (31, 32, 53, 62, 63, 64, 70)
EDGES = [sign * (2**bits + more) for sign in (1, -1) for bits in BITS for more in (-1, 0, 1)]


def check_numbers(
    world: World | Api, methods: Collection[str], always: Mapping[str, int], lacks: str
) -> None:
    """No number is a fault, and none of over 64 bits is taken; 409 only for want of what the world `lacks`.
    `always`: by name, a number that is tried whatever is drawn.
    """
    whole: dict[str, Any] = world.client.app.openapi_schema.to_schema()
    places = [slot for slot in slots(whole) if slot[0] in methods]
    numbers = st.sampled_from(EDGES) | st.integers() | st.integers(-(10**30), 10**30)

    @settings(max_examples=effort(60, 5_000))
    @given(st.sampled_from(places), numbers)
    def holds(slot: Slot, number: int) -> None:
        answer = status_of(world, slot, number)
        assert answer.status_code < 500
        if not -(2**63) <= number < 2**63 and not (answer.status_code == 409 and lacks in answer.text):
            assert answer.status_code in (400, 404, 422)

    for name, number in always.items():
        holds = example(next(slot for slot in places if slot[-1] == name), number)(holds)
    holds()


@pytest.mark.also_soak
def test_no_number_is_a_fault(world: World) -> None:
    numbers = {"price": 2**63, "serial": 2**70, "days": 2**31, "number": 2**64}
    check_numbers(world, ("get", "post", "put", "patch", "delete"), numbers, "nothing is settled yet")


@pytest.mark.also_soak
def test_no_number_is_a_fault_where_likes_have_settled(settled: Api) -> None:
    check_numbers(settled, ("get",), {"ring": 2**63, "limit": 2**64}, "this service has no catalogue")


def test_a_number_that_no_database_keeps_leaves_its_key_free(world: World) -> None:
    body = {"kind": "fixed", "edition": "card", "serial": world.card(), "account": "seller"}
    assert world.post("/v1/market/listings", "big", price=2**63, **body).status_code == 422
    assert world.post("/v1/market/listings", "big", price=5, **body).status_code == 201
