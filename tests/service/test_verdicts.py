"""What was found is served in pages, explained in two languages, and only to those whom it concerns."""

from __future__ import annotations

import pytest
from tests.service.conftest import Api

from zhenzan.rewards import holdings
from zhenzan.service import Role

READS = ["summary", "items", "accounts", "rings", "moments", "verdicts", "explanations?ring=0"]


def test_before_the_first_settlement_the_answer_is_409(api: Api) -> None:
    assert api.get("/v1/items").status_code == 409


def test_pages_hold_every_row_once(settled: Api) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = settled.get(f"/v1/items?limit=97&cursor={cursor}").json()
        found += [item["item"] for item in page["items"]]
        cursor = page["next"]
    assert len(found) == len(set(found)) == settled.get("/v1/summary").json()["counts"]["items"]


def test_rings_are_found_and_their_members_listed(settled: Api) -> None:
    rings = settled.get("/v1/rings").json()["rings"]
    assert rings
    members = settled.get("/v1/accounts?ring=0&limit=500").json()["accounts"]
    assert {member["ring"] for member in members} == {0}
    assert len(members) == min(rings[0]["accounts"], 500)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_like_is_explained(settled: Api, language: str) -> None:
    like = settled.get("/v1/verdicts?verdict=fake&limit=1").json()["verdicts"][0]
    told = settled.get(f"/v1/explanations?like={like['id']}&language={language}").json()
    assert told["evidence"]
    assert ("刷" in told["text"]) == (language == "zh")


def test_an_unknown_like_is_404_and_a_strange_question_400(settled: Api) -> None:
    assert settled.get("/v1/explanations?like=nobody").status_code == 404
    assert settled.get("/v1/explanations").status_code == 400
    assert settled.get("/v1/explanations?like=a&item=b").status_code == 400
    assert settled.get("/v1/items?cursor=xx").status_code == 400
    assert settled.get("/v1/items?limit=0").status_code == 400


def test_ids_are_values_and_never_sql(settled: Api) -> None:
    for text in ("' OR 1=1 --", '"; DROP TABLE', "%", "\u0000", "../../etc/passwd"):
        page = settled.get("/v1/verdicts", params={"account": text}).json()
        assert page["verdicts"] == []


@pytest.mark.parametrize("path", READS)
def test_only_analysts_and_operators_read_everything(settled: Api, path: str) -> None:
    for role in Role:
        key = settled.key(role, "x" if role in (Role.creator, Role.viewer) else "")
        answer = settled.client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == (200 if role in (Role.analyst, Role.operator) else 403), role


def test_rewards_are_paid_to_genuine_fans_only(settled: Api) -> None:
    text = "SELECT DISTINCT account FROM grants WHERE serials <> ''"
    grants = {account for (account,) in settled.core.ledger.database.fetch(text)}
    members = settled.get("/v1/accounts?ring=0&limit=500").json()["accounts"]
    bots = {member["account"] for member in members if (member["paid_share"] or 0) >= 0.5}
    assert grants
    assert bots
    assert not bots & grants
    some = next(iter(grants))
    assert holdings(settled.core.ledger, some).cards


def test_metrics_and_health_need_no_key(settled: Api) -> None:
    assert settled.client.get("/health/live").status_code == 200
    assert settled.client.get("/health/ready").json()["status"] == "ready"
    text = settled.client.get("/metrics").text
    assert 'zhenzan_interactions_total{kind="like"}' in text


def test_the_schema_names_every_route(settled: Api) -> None:
    schema = settled.client.get("/v1/schema/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {f"/v1/{path.partition('?')[0]}" for path in READS} | {"/v1/interactions"} <= set(schema["paths"])
