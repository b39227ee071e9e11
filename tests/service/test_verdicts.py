"""What was found is served in pages, explained in two languages, and only to those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import fields
from tests.service.conftest import Api

from zhenzan.rewards import holdings
from zhenzan.service import Principal, Role, results
from zhenzan.service.api_keys import CONFINED
from zhenzan.service.listing import (
    AccountsQuery,
    CasesQuery,
    CreatorsQuery,
    ItemsQuery,
    KeysQuery,
    ListQuery,
    RingsQuery,
)
from zhenzan.service.policies.page import learn

READS = ["summary", "items", "accounts", "rings", "moments", "verdicts", "explanations?ring=0"]


def test_before_the_first_settlement_the_answer_is_409(api: Api) -> None:
    assert api.get("/v1/items").status_code == 409


def test_a_result_stays_for_as_long_as_somebody_reads_it(api: Api) -> None:
    def settle(number: int) -> None:
        like = {"id": str(number), "timestamp": 1_790_000_000 + number, "account": "a", "item": f"v{number}"}
        assert api.post("/v1/interactions", json=like).status_code == 200
        api.settle()

    settle(0)
    reading = api.core.settlements.current
    folder = reading.folder
    for number in range(1, 4):
        settle(number)
    assert [row["id"] for row in results.rows_where(reading, "verdicts", {})] == ["0"]
    del reading
    settle(4)
    assert not folder.exists()


def test_pages_hold_every_row_once(settled: Api) -> None:
    ids, cursor = [], ""
    while cursor is not None:
        page = settled.get(f"/v1/items?limit=97&cursor={cursor}").json()
        ids += [item["item"] for item in page["items"]]
        cursor = page["next"]
    assert len(ids) == len(set(ids)) == settled.get("/v1/summary").json()["counts"]["items"]


def test_a_platform_reads_counts_of_items_one_by_one_and_together(settled: Api) -> None:
    rows = {row["item"]: row for row in settled.get("/v1/items?limit=500").json()["items"]}
    headers = {"Authorization": f"Bearer {settled.key(Role.platform)}"}
    ids = [*list(rows)[:40], "nobody's", "' OR 1=1 --"]
    answer = settled.client.post("/v1/items/counts", json={"items": ids}, headers=headers)
    answered = answer.json()
    assert (answer.status_code, answered["settlement"]) == (200, settled.core.settlements.current.number)
    assert [row["item"] for row in answered["items"]] == sorted(ids[:40])
    for row in answered["items"]:
        whole = rows[row["item"]]
        assert {name: row[name] for name in row if name in whole} == pytest.approx(
            {name: whole[name] for name in row if name in whole}
        )
        assert set(row) == {"item", "verified", "verified_low", "verified_high"}
        assert row["verified_low"] <= row["verified"] <= row["verified_high"] <= whole["claimed"]
    for row in settled.post("/v1/items/counts", json={"items": ids}).json()["items"]:  # for staff
        assert sum(row[part] for part in ("genuine", "uncertain", "fake", "idle")) == row["claimed"]
    one = settled.client.get("/v1/items/count", params={"item": ids[0]}, headers=headers).json()
    assert one == {
        "settlement": answered["settlement"],
        **next(r for r in answered["items"] if r["item"] == ids[0]),
    }
    assert settled.client.get("/v1/items/count?item=nobody", headers=headers).status_code == 404
    for wrong in ([], ["x"] * 501, ["x" * 2_000], [1]):
        assert (
            settled.client.post("/v1/items/counts", json={"items": wrong}, headers=headers).status_code == 422
        )
    assert settled.client.get("/v1/items", headers=headers).status_code == 403


def test_rings_are_found_and_their_members_listed(settled: Api) -> None:
    rings = settled.get("/v1/rings").json()["rings"]
    assert rings
    members = settled.get("/v1/accounts?ring=0&limit=500").json()["accounts"]
    assert {member["ring"] for member in members} == {0}
    assert len(members) == min(rings[0]["accounts"], 500)


def everything(api: Api, table: str, limit: int = 500, **query: Any) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    rows, cursor = [], ""
    while cursor is not None:
        answer = api.get(f"/v1/{table}", params={"limit": limit, "cursor": cursor, **query})
        assert answer.status_code == 200, answer.text
        rows += answer.json()[table]
        cursor = answer.json()["next"]
    return rows


@pytest.mark.parametrize("table", ["items", "accounts", "rings", "creators"])
def test_a_search_gives_those_whose_id_begins_so_or_is_it(settled: Api, table: str) -> None:
    name, rows = table.rstrip("s"), everything(settled, table)
    for row in (rows[0], rows[-1]):
        id = str(row[name])
        for start in {id[:3], id}:
            expected = [row for row in rows if str(row[name]).startswith(start)]
            assert everything(settled, table, limit=313, search=start) == expected
        assert everything(settled, table, search=id, exact=True) == [row]
        if id.swapcase() != id:
            assert everything(settled, table, search=id.swapcase()) == []
    for strange in ("%", "_", "' OR 1=1 --", "真赞"):
        assert everything(settled, table, search=strange) == []


def test_items_are_narrowed_by_creator_and_verdict(settled: Api) -> None:
    rows = everything(settled, "items")
    creator = rows[0]["creator"]
    assert everything(settled, "items", creator=creator) == [r for r in rows if r["creator"] == creator]
    fake = [row for row in rows if row["fake"]]
    assert 0 < len(fake) < len(rows)
    assert everything(settled, "items", verdict="fake") == fake
    assert everything(settled, "items", verdict="uncertain") == [row for row in rows if row["uncertain"]]
    both = everything(settled, "items", verdict="fake", creator=creator, limit=1)
    assert both == [row for row in fake if row["creator"] == creator]


def test_accounts_are_narrowed_by_ring_and_verdict(settled: Api) -> None:
    rows = everything(settled, "accounts")
    assert everything(settled, "accounts", in_ring=True) == [r for r in rows if r["ring"] is not None]
    assert everything(settled, "accounts", verdict="fake") == [row for row in rows if row["fake_likes"]]
    unsure = {row["account"] for row in everything(settled, "verdicts", verdict="uncertain")}
    assert unsure
    assert everything(settled, "accounts", verdict="uncertain") == [r for r in rows if r["account"] in unsure]
    of_one = everything(settled, "accounts", ring=1, verdict="fake")
    assert of_one == [row for row in rows if row["ring"] == 1 and row["fake_likes"]]


def test_rings_are_narrowed_by_kind_and_size(settled: Api) -> None:
    rows = everything(settled, "rings")
    kind, size = rows[0]["kind"], rows[1]["accounts"]
    assert everything(settled, "rings", kind=kind) == [row for row in rows if row["kind"] == kind]
    assert everything(settled, "rings", accounts_min=size) == [r for r in rows if r["accounts"] >= size]


@pytest.mark.parametrize(
    ("table", "sort", "by"),
    [
        ("items", "share", lambda row: row["fake"] / max(row["claimed"], 1)),
        ("items", "claimed", lambda row: row["claimed"]),
        ("items", "verified", lambda row: row["verified"]),
        ("accounts", "share", lambda row: row["fake_likes"] / max(row["likes"], 1)),
        ("accounts", "likes", lambda row: row["likes"]),
        ("accounts", "creators", lambda row: row["creators"]),
        ("rings", "likes", lambda row: row["likes"]),
        ("rings", "items", lambda row: row["items"]),
        ("rings", "newest", lambda row: row["last"]),
        ("creators", "claimed", lambda row: row["claimed"]),
        ("creators", "worst", lambda row: row["fake"]),
        ("creators", "share", lambda row: row["fake"] / max(row["claimed"], 1)),
    ],
)
def test_an_order_holds_over_all_pages_and_loses_no_row(settled: Api, table: str, sort: str, by: Any) -> None:
    usual, sorted_so = everything(settled, table), everything(settled, table, limit=313, sort=sort)
    assert [by(row) for row in sorted_so] == sorted(map(by, usual), reverse=True)
    name = table.rstrip("s")
    assert sorted(str(row[name]) for row in sorted_so) == sorted(str(row[name]) for row in usual)


@pytest.mark.parametrize(
    "wrong",
    [
        "items?sort=best",
        "items?verdict=bad",
        "items?exact=maybe",
        "items?search=%00",
        "items?creator=" + 301 * "x",
        "accounts?ring=-1",
        "accounts?ring=x",
        "accounts?ring=99999999999",
        "accounts?in_ring=maybe",
        "rings?accounts_min=-1",
        "rings?accounts_min=99999999999",
        "rings?kind=band",
        "creators?sort=best",
        "creators?cursor=xx",
        "cases?status=lost",
        "keys?role=boss",
        "cases?search=" + 301 * "x",
    ],
)
def test_what_no_list_knows_is_400(settled: Api, wrong: str) -> None:
    answer = settled.get(f"/v1/{wrong}")
    assert answer.status_code == 400
    assert wrong.partition("?")[2].partition("=")[0] in answer.text or "no id has" in answer.text


def test_the_schema_documents_what_a_list_may_be_asked(settled: Api) -> None:
    paths = settled.get("/v1/openapi.json").json()["paths"]
    lists: dict[str, type[ListQuery]] = {
        "items": ItemsQuery,
        "accounts": AccountsQuery,
        "rings": RingsQuery,
        "creators": CreatorsQuery,
        "cases": CasesQuery,
        "keys": KeysQuery,
    }
    for table, kind in lists.items():
        about = {parameter["name"]: parameter for parameter in paths[f"/v1/{table}"]["get"]["parameters"]}
        assert {field.name for field in fields(kind)} | {"limit", "cursor"} <= set(about)
        assert all(parameter["description"] for parameter in about.values()), table
        assert all(not parameter["required"] for parameter in about.values()), table


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_like_is_explained(settled: Api, language: str) -> None:
    like = settled.get("/v1/verdicts?verdict=fake&limit=1").json()["verdicts"][0]
    explanation = settled.get(f"/v1/explanations?like={like['id']}&language={language}").json()
    assert explanation["evidence"]
    assert ("刷" in explanation["text"]) == (language == "zh")


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
        key = settled.key(role, "x" if role in CONFINED else "")
        answer = settled.client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == (200 if role in (Role.analyst, Role.operator) else 403), role


def test_rewards_are_paid_to_genuine_fans_only(settled: Api) -> None:
    text = "SELECT DISTINCT account FROM grants WHERE cards > 0"
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
    schema = settled.client.get("/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {f"/v1/{path.partition('?')[0]}" for path in READS} | {"/v1/interactions"} <= set(schema["paths"])


def test_a_policy_is_learned_from_decisions(settled: Api) -> None:
    """Of the sample: bots and fans that people decided on make a draft that sets them apart."""
    core: Any = settled.core
    rows = settled.get("/v1/accounts?limit=500").json()["accounts"]
    bots = [row["account"] for row in rows if (row["recruit_probability"] or 0) > 0.9][:60]
    fans = [
        row["account"] for row in settled.get("/v1/accounts?limit=500&cursor=bzIwMDA=").json()["accounts"]
    ]
    for kind, accounts in (("fake", bots), ("genuine", fans)):
        case = core.cases.open("tester", "account", accounts[0], "sample", accounts)
        core.cases.decide("tester", case.id, kind, "known")
    learn(core.policies, core.cases, core.settlements.current, Principal("tester", Role.analyst))
    proposal = core.policies.listed()[0]
    assert proposal.note == f"learned from {len(bots) + len(fans)} decisions"
    assert proposal.policy.weights is not None
