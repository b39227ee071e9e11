"""One number, one name: what a settlement counted is the same wherever it is shown, and its parts add up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.service.conftest import Api
from tests.service.counts import Visitor, everything, of_command, of_page, of_report, total, whole

from zhenzan.service.live.use_cases import Live
from zhenzan.verify import PARTS


def test_every_surface_says_the_same_and_the_parts_add_up(settled: Api, tmp_path: Path, capsys: Any) -> None:
    assert settled.core.settlements.current is not None
    result = settled.core.settlements.current.load()
    summary = json.loads((settled.core.settlements.current.folder / "summary.json").read_text("utf-8"))
    visitor = Visitor(settled)
    items, creators = visitor.rows("/items"), visitor.rows("/creators")
    api_items = everything(settled, "/v1/items", "items")
    api_creators = everything(settled, "/v1/creators", "creators")
    document = settled.get("/v1/summary").json()
    surfaces = {
        "summary.json": whole(summary["counts"]),
        "Python": total(result.items.to_pylist()),
        "report": of_report(result, tmp_path, "en"),
        "report, Chinese": of_report(result, tmp_path, "zh"),
        "command": of_command(result, capsys),
        "API, summary": whole(document["counts"]),
        "API, total": whole(document["total"]),
        "API, items": total(api_items),
        "API, creators": total(api_creators),
        "live": whole(settled.core.live.state),
    }
    first = surfaces["summary.json"]
    assert {name: counts for name, counts in surfaces.items() if counts != first} == {}
    assert first["claimed"] == sum(first[part] for part in PARTS)
    assert first["idle"] > 0
    assert first["uncertain"] > 0
    assert {row["item"]: whole(row) for row in api_items} == items
    assert {row["creator"]: whole(row) for row in api_creators} == creators
    for row in (*items.values(), *creators.values()):
        assert row["claimed"] == sum(row[part] for part in PARTS)
    for row in sorted(api_items, key=lambda row: -row["idle"])[:3]:
        check_item(settled, visitor, row)


def check_item(settled: Api, visitor: Visitor, item: dict[str, Any]) -> None:
    """Its days add up to it, on its page as over the API; its text has the same numbers."""
    days = settled.get("/v1/items/days", params={"item": item["item"]}).json()["days"]
    assert total(days) == whole(item)
    page = visitor.get("/item", id=item["item"]).text
    assert of_page(page.partition("<tbody>")[2].partition("</tbody>")[0]) == [whole(day) for day in days]
    assert f"{item['fake']:,} called fake and {item['idle']:,} by hired accounts" in page
    creator = visitor.get("/creator", id=item["creator"]).text
    (totals,) = of_page(creator.partition("<table>")[0])
    assert totals == whole(settled.get(f"/v1/creators/{item['creator']}").json())


def test_what_is_final_and_what_may_change_add_up_to_the_total(settled: Api) -> None:
    document = settled.get("/v1/summary").json()
    for name in ("claimed", "verified", *PARTS):
        assert document["counts"][name] + document["final"][name] == pytest.approx(document["total"][name])


def test_every_page_draws_each_part_and_names_it_in_both_languages(settled: Api) -> None:
    visitor = Visitor(settled)
    for language, words in (("en", "By hired accounts"), ("zh", "受雇账号所点")):
        for path in ("/items", "/creators"):
            page = visitor.get(path, language=language).text
            assert words in page
        assert '<rect class="idle"' in visitor.get("/items", language=language).text


def test_live_calls_a_like_as_settlement_would_and_finds_nothing_at_the_prior(settled: Api) -> None:
    live = Live()
    live.limits = (0.3, 0.9)
    for fake, verdict, chance in (
        (0.0195, "nothing", ""),
        (0.025, "genuine", "2.5 %"),
        (0.4, "uncertain", "40.0 %"),
        (0.9, "fake", "90.0 %"),
        (0.99999, "fake", "> 99.9 %"),
    ):
        assert live.called(fake) == {"chance": chance, "verdict": verdict}
    assert live.called(None) == {"chance": "", "verdict": ""}


def test_a_ring_that_was_merged_leads_to_the_one_in_which_it_goes_on(settled: Api) -> None:
    passed = settled.core.settlements.current
    assert passed is not None
    ring = int(settled.get("/v1/rings").json()["rings"][0]["ring"])
    (passed.folder / "merged.json").write_text(json.dumps({"77": ring}))
    settled.core.settlements.current = replace(passed)
    visitor = Visitor(settled)
    explanation = settled.get("/v1/explanations", params={"ring": 77}).json()
    assert (explanation["asked_for"], explanation["merged_into"]) == ("77", str(ring))
    assert explanation["text"] == settled.get("/v1/explanations", params={"ring": ring}).json()["text"]
    assert f"Ring 77 was merged into ring {ring}" in visitor.get("/ring", id=77).text
    assert "was merged" not in visitor.get("/ring", id=ring).text
    members = settled.get("/v1/accounts", params={"ring": ring}).json()["accounts"]
    assert settled.get("/v1/accounts", params={"ring": 77}).json()["accounts"] == members != []
    assert (
        settled.get("/v1/moments", params={"ring": 77}).json()
        == settled.get("/v1/moments", params={"ring": ring}).json()
    )


def test_a_case_keeps_the_ring_as_it_was(settled: Api) -> None:
    row = settled.get("/v1/rings").json()["rings"][-1]
    case = settled.post("/v1/cases", json={"kind": "ring", "subject": str(row["ring"]), "why": "odd"}).json()
    members = settled.get("/v1/accounts", params={"ring": row["ring"], "limit": 500}).json()["accounts"]
    assert case["accounts"] == sorted(account["account"] for account in members)
    assert {name: case["ring"][name] for name in row} == row
    assert len(case["ring"]["item_ids"]) == row["items"]
    settled.settle()
    kept = next(listed for listed in settled.get("/v1/cases").json()["cases"] if listed["id"] == case["id"])
    assert kept == case
    page = Visitor(settled).get("/case", id=case["id"]).text
    assert f"<dd>{row['accounts']:,}</dd>" in page
    for account in case["accounts"]:
        assert f">{account}</a>" in page
    for item in case["ring"]["item_ids"]:
        assert f">{item}</a>" in page
