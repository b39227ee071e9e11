"""Cases, appeals, policies, keys: what people decide holds, is written down, and can be proven."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from tests.polling import wait_until
from tests.service.conftest import CATALOGUE, Api, started
from tests.service.test_rewards import FANS, Caller, likes

from zhenzan.errors import LedgerError
from zhenzan.ledger import Proof, VerifyingKey, check, verify
from zhenzan.policy import Policy, Rule
from zhenzan.service import Role, new_signing_key
from zhenzan.service.listing import KeysQuery
from zhenzan.settlement import RULING, SHADOW, run_settlement

DRAFT = """
format = 1
name = "draft"
[[screen]]
name = "many"
when = "account_likes_day > 20"
weight = 30
[[screen]]
name = "few"
when = "account_likes_day < 1.5 AND item LIKE 'v%'"
weight = -2.5
"""


@pytest.fixture(params=["sqlite", "postgres"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    with started(tmp_path / "home", catalogue=CATALOGUE, database=database) as api:
        assert api.post("/v1/interactions", json=likes()).status_code == 200
        api.settle()
        yield api


def paid(api: Api, account: str, points: int) -> None:
    """Wait until an account has so many points."""
    viewer = Caller(api, Role.viewer, account)
    wait_until(lambda: viewer.get("/v1/holdings").json()["points"] == points)


def test_a_decision_holds_against_the_model_and_is_paid_by(api: Api) -> None:
    analyst = Caller(api, Role.analyst)
    before = Caller(api, Role.viewer, FANS[0]).get("/v1/holdings").json()["points"]
    case = analyst.post("/v1/cases", kind="account", subject=FANS[0], why="too regular")
    assert case.status_code == 201, case.text
    assert analyst.post("/v1/cases", kind="account", subject=FANS[0], why="again").status_code == 409
    id = case.json()["id"]
    assert [case["id"] for case in analyst.get("/v1/cases").json()["cases"]] == [id]
    decided = analyst.post(f"/v1/cases/{id}/decision", decision="fake", text="a bot")
    assert decided.json()["state"] == "fake"
    assert decided.json()["until"] == decided.json()["decided_at"] > 0
    paid(api, FANS[0], 0)
    assert Caller(api, Role.viewer, FANS[0]).get("/v1/rights", right="cover").json()["rights"] == []
    assert analyst.post(f"/v1/cases/{id}/decision", decision="genuine", text="no").status_code == 409
    again = analyst.post("/v1/cases", kind="account", subject=FANS[0], why="they came by").json()["id"]
    reaching = analyst.post(f"/v1/cases/{again}/decision", decision="genuine", text="a person", days=3).json()
    assert reaching["until"] == reaching["decided_at"] + 3 * 86_400_000_000
    assert analyst.get("/v1/cases", decided=True).json()["cases"][0]["until"] == reaching["until"]
    paid(api, FANS[0], before)
    check(api.core.ledger)


def test_an_upheld_appeal_counts_at_once_and_labels_follow(api: Api) -> None:
    analyst, viewer = Caller(api, Role.analyst), Caller(api, Role.viewer, FANS[1])
    assert viewer.post("/v1/appeals", text="I am real", account=FANS[0]).status_code == 403
    appeal = viewer.post("/v1/appeals", once="a", text="I am real")
    assert appeal.status_code == 201, appeal.text
    id = appeal.json()["id"]
    assert [appeal["id"] for appeal in analyst.get("/v1/appeals").json()["appeals"]] == [id]
    assert viewer.post(f"/v1/appeals/{id}/decision", upheld=True, text="mine").status_code == 403
    assert analyst.post("/v1/appeals/none/decision", upheld=True, text="x").status_code == 404
    assert analyst.post(f"/v1/appeals/{id}/decision", upheld=True, text="so it is").status_code == 200
    deeds = analyst.get("/v1/audit").json()["events"]
    assert analyst.post(f"/v1/appeals/{id}/decision", upheld=False, text="or not").status_code == 409
    assert analyst.get("/v1/audit").json()["events"] == deeds  # what did not happen is no deed
    case = analyst.post("/v1/cases", kind="account", subject='odd,"name"', why="w", accounts=['odd,"name"'])
    analyst.post(f"/v1/cases/{case.json()['id']}/decision", decision="fake", text="bot")
    rows = list(csv.DictReader(io.StringIO(analyst.get("/v1/cases/labels").text)))
    assert {row["account"]: row["label"] for row in rows} == {FANS[1]: "genuine", 'odd,"name"': "fake"}


def test_cases_are_searched_narrowed_and_paged(api: Api) -> None:
    analyst = Caller(api, Role.analyst)

    def ids(**query: object) -> list[str]:
        return [case["subject"] for case in analyst.get("/v1/cases", **query).json()["cases"]]

    for kind, subject in (("account", "Ann"), ("account", "anna"), ("account", "赞_1"), ("sale", "ann's")):
        api.core.cases.open("tester", kind, subject, "why", [subject])
    for id, decision in (("case-2", "fake"), ("case-3", "unclear")):
        api.core.cases.decide("tester", id, decision, "known")
    assert ids() == ["Ann", "ann's"]
    assert ids(decided=True) == ids(status="decided") == ["赞_1", "anna"]
    assert ids(status="fake") == ["anna"]
    assert ids(kind="sale") == ["ann's"]
    assert ids(search="ann") == ["ann's"]
    assert ids(search="ann", status="decided") == ["anna"]
    assert ids(search="Ann", exact=True) == ["Ann"]
    assert ids(search="赞", status="unclear") == ["赞_1"]
    assert ids(search="赞%", status="unclear") == []
    page = analyst.get("/v1/cases", status="decided", limit=1).json()
    assert [case["subject"] for case in page["cases"]] == ["赞_1"]
    assert ids(status="decided", limit=1, cursor=page["next"]) == ["anna"]
    assert analyst.get("/v1/cases", search="\0").status_code == 400


def test_every_deed_is_in_the_ledger_and_proven(api: Api) -> None:
    operator, analyst = Caller(api, Role.operator), Caller(api, Role.analyst)
    issued = operator.post("/v1/keys", role="viewer", subject=FANS[2], name="a\nline")
    assert issued.status_code == 201, issued.text
    id = issued.json()["key"].split("_")[1]
    assert operator.delete(f"/v1/keys/{id}").status_code == 204
    assert operator.delete("/v1/keys/nobody").status_code == 404
    assert operator.post("/v1/keys", role="viewer").status_code == 400
    assert analyst.post("/v1/keys", role="operator").status_code == 403
    analyst.post("/v1/policies", text=DRAFT)
    deeds = analyst.get("/v1/audit").json()["events"]
    assert [deed["what"].split()[0] for deed in deeds] == ["proposes", "revokes", "makes"]
    assert deeds[0]["who"] == analyst.headers["Authorization"].split("_")[1]
    keys = [VerifyingKey.parse(key) for key in analyst.get("/v1/ledger/checkpoint").json()["keys"]]
    shown = verify(Proof.from_json(analyst.get("/v1/ledger/proof", of=deeds[1]["id"]).text), keys)
    assert shown["credit"] == f"deeds:{operator.headers['Authorization'].split('_')[1]}"
    listed = operator.get("/v1/keys").json()["keys"]
    assert next(key for key in listed if key["id"] == id)["revoked_at"] > 0
    assert issued.json()["key"].split("_", 2)[2] not in operator.get("/v1/keys").text


def test_a_key_stands_or_falls_with_its_deed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Caller(api, Role.operator)
    id = operator.post("/v1/keys", role="platform").json()["key"].split("_")[1]
    hook = {"url": "https://example.org/hook", "events": ["case.decided"]}
    webhook = operator.post("/v1/webhooks", **hook).json()["webhook"]["id"]

    def held() -> tuple[Any, Any]:
        return operator.get("/v1/keys").json(), operator.get("/v1/webhooks").json()

    def unwritten(*_: Any, **__: Any) -> None:
        raise LedgerError("the disk is full")

    before = held()
    with monkeypatch.context() as patch:
        patch.setattr(api.core.ledger, "submit", unwritten)
        assert operator.post("/v1/keys", role="operator").status_code == 409
        assert operator.delete(f"/v1/keys/{id}").status_code == 409
        assert operator.post("/v1/webhooks", **hook).status_code == 409
        assert operator.delete(f"/v1/webhooks/{webhook}").status_code == 409
    assert held() == before
    assert operator.delete(f"/v1/keys/{id}").status_code == 204
    after, deeds = held(), operator.get("/v1/audit").json()
    assert operator.delete(f"/v1/keys/{id}").status_code == 204  # once is enough: its time stays
    assert (held(), operator.get("/v1/audit").json()) == (after, deeds)


def test_keys_are_searched_narrowed_and_paged(api: Api) -> None:
    operator = Caller(api, Role.operator)
    key_ids = [
        api.core.api_keys.create(name, role, subject).split("_")[1]
        for name, role, subject in (
            ("shop", Role.creator, "c-1"), ("Shop", Role.platform, ""), ("", Role.viewer, "shopper"),
        )
    ]  # fmt: skip
    api.core.api_keys.revoke(key_ids[0])

    def ids(**query: object) -> list[str]:
        return [key["id"] for key in operator.get("/v1/keys", **query).json()["keys"]]

    assert ids()[-1] == key_ids[0]  # what was revoked comes last
    assert ids(search="shop") == [key_ids[2], key_ids[0]]
    assert ids(search="shop", exact=True) == [key_ids[0]]
    assert ids(search="shop", status="standing") == [key_ids[2]]
    assert ids(search=key_ids[1]) == [key_ids[1]]
    assert ids(role="platform") == [key_ids[1]]
    assert ids(status="revoked") == [key_ids[0]]
    signing = {"public": new_signing_key()[1], "origins": ["https://shop.example"]}
    signer = operator.post(f"/v1/keys/{key_ids[1]}/signing-keys", **signing).json()["id"]
    assert operator.delete(f"/v1/signing-keys/{signer}").status_code == 204
    kept = operator.get("/v1/signing-keys").json()["signing_keys"]
    assert [(row["id"], row["key"], row["public"]) for row in kept] == [
        (signer, key_ids[1], signing["public"])
    ]
    assert kept[0]["revoked_at"] > 0
    first = operator.get("/v1/keys", limit=2).json()
    assert [key["id"] for key in first["keys"]] + ids(cursor=first["next"]) == ids()
    assert {role for role in get_args(get_type_hints(KeysQuery)["role"]) if role} == set(Role)


def test_a_policy_is_proposed_shadowed_compared_and_published(api: Api) -> None:
    operator, analyst = Caller(api, Role.operator), Caller(api, Role.analyst)
    number = analyst.post("/v1/policies", text=DRAFT, note="try").json()["number"]
    wrong = analyst.post("/v1/policies", text=DRAFT.replace("account_likes_day >", "account_like_day >"))
    assert wrong.status_code == 422
    assert "did you mean 'account_likes_day'" in wrong.json()["detail"]
    assert analyst.post("/v1/policies", text="nonsense [").status_code == 422
    assert analyst.post(f"/v1/policies/{number}/publish").status_code == 403
    assert operator.post("/v1/policies/99/publish").status_code == 404
    strict = "format = 1\n[verdict]\nfake_threshold = 0.002\ngenuine_threshold = 0.001\n"
    other = analyst.post("/v1/policies", text=strict).json()["number"]
    assert analyst.get("/v1/policies/comparison").json() == {"comparison": None}
    assert analyst.post(f"/v1/policies/{other}/shadow").json()["state"] == "shadow"
    assert (api.home / SHADOW).read_text() == strict
    shadow = api.core.policies.in_shadow().policy
    run_settlement(api.home, Policy.default(), shadow=shadow)
    comparison = analyst.get("/v1/policies/comparison").json()["comparison"]
    assert comparison["shadow"] == shadow.version
    assert comparison["likes"] == 200
    moved = sum(row["likes"] for row in comparison["moved"])
    assert moved
    assert sum(row["moved"] for row in comparison["accounts"]) == moved
    assert all(row["before"] != row["after"] for row in comparison["examples"])
    assert operator.post(f"/v1/policies/{number}/publish").json()["state"] == "ruling"
    assert (api.home / RULING).read_text() == DRAFT
    assert operator.post(f"/v1/policies/{number}/shadow").status_code == 409
    assert operator.delete("/v1/policies/shadow").status_code == 204
    assert not (api.home / SHADOW).exists()
    states = {listed["number"]: listed["state"] for listed in analyst.get("/v1/policies").json()["policies"]}
    assert states == {number: "ruling", other: "draft"}


def test_published_rules_speak_at_once_and_those_in_shadow_only_count(api: Api) -> None:
    operator = Caller(api, Role.operator)
    fresh = [{"account": "new", "item": f"v{i}", "timestamp": f"2026-03-20T10:{i:02}:00Z"} for i in range(30)]
    number = operator.post("/v1/policies", text=DRAFT).json()["number"]
    operator.post(f"/v1/policies/{number}/shadow")
    until_taken(api, shadow=number)
    plain = operator.client.post("/v1/interactions?verdicts=true", json=fresh[:25], headers=operator.headers)
    chances = plain.json()["provisional"]
    assert max(chances) < 0.2
    report = operator.get("/v1/policies").json()["screen"]
    assert report["shadow"] == {"many": 5, "few": 1}
    assert report["moved"] == [{"before": "genuine", "after": "fake", "likes": 5}]
    assert report["examples"][0]["account"] == "new"
    operator.post(f"/v1/policies/{number}/publish")
    until_taken(api, ruling=number)
    ruled = operator.client.post("/v1/interactions?verdicts=true", json=fresh[25:], headers=operator.headers)
    assert min(ruled.json()["provisional"]) > 0.9
    assert operator.get("/v1/policies").json()["screen"]["ruling"] == {"many": 5, "few": 0}


def until_taken(api: Api, ruling: int | None = None, shadow: int | None = None) -> None:
    wait_until(lambda: api.core.policy_follower.taken_up == (ruling, shadow))


def test_a_backtest_counts_the_lake_as_the_screen_did(api: Api) -> None:
    analyst = Caller(api, Role.analyst)
    number = analyst.post("/v1/policies", text=DRAFT).json()["number"]
    report = analyst.post(f"/v1/policies/{number}/backtest").json()
    assert report["likes"] == 200
    by = {row["rule"]: row for row in report["rules"]}
    assert by["many"]["likes"] == sum(by["many"][word] for word in ("fake", "uncertain", "genuine"))
    assert by["few"]["likes"] == 4  # the first like of each
    assert set(by["few"]["examples"]) == {f"{fan}-0" for fan in FANS}


def test_a_policy_published_before_a_crash_rules_after_it(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        operator = Caller(api, Role.operator)
        number = operator.post("/v1/policies", text=DRAFT).json()["number"]
        operator.post(f"/v1/policies/{number}/publish")
    (tmp_path / "home" / RULING).unlink()  # as if killed between the database and the file
    with started(tmp_path / "home") as api:
        assert (tmp_path / "home" / RULING).read_text() == DRAFT
        assert api.core.screening.screen.rules.rules == (
            Rule("many", "account_likes_day > 20", 30.0),
            Rule("few", "account_likes_day < 1.5 AND item LIKE 'v%'", -2.5),
        )
