"""From a decision to the bill: exposures are durable, likes become outcomes, verdicts capture and refund."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.polling import wait_until
from tests.service.conftest import Api, started
from tests.service.promotion_helpers import Buyer, selling

from zhenzan.cli import main
from zhenzan.ledger import check
from zhenzan.promote import Judge, Step, forget_viewer
from zhenzan.promote.order_book import SYSTEM

SECOND = 1_000_000
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_receipts.py"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Api]:
    """A service that sells promotion; at the end its ledger is whole."""
    with started(tmp_path / "home") as api:
        yield selling(api)
        check(api.core.ledger)


def shown(api: Api, order: str, viewers: int, first: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """Viewers who were shown the order, each with the decision; pacing lets some by."""
    decisions: list[tuple[str, dict[str, Any]]] = []

    def all_shown() -> bool:
        number = first + len(seen)
        names = [f"fan-{number + index}" for index in range(50)]
        seen.extend(names)
        slots = [{"account": name, "region": "CN", "interest": "music"} for name in names]
        answer = api.post("/v1/decisions", json={"slots": slots}).json()["decisions"]
        decisions.extend(
            (name, decision)
            for name, decision in zip(names, answer, strict=True)
            if decision and decision["order"] == order
        )
        return len(decisions) >= viewers

    seen: list[str] = []
    flights = api.core.promotion_delivery.delivery._decider.flights
    flights.burst_seconds[0] = 1e6

    def turn() -> bool:
        flights.tokens[:] = 1e6
        flights.rate[:] = flights.live
        flights.block_most[:] = 10**6
        return all_shown()

    wait_until(turn)
    return decisions[:viewers]


def exposed(api: Api, decisions: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """The views that begin."""
    body = {"exposures": [{"receipt": decision["receipt"]} for _, decision in decisions]}
    views = api.post("/v1/exposures", json=body).json()["views"]
    assert [view["problem"] for view in views] == [None] * len(decisions)
    return [view["view"] for view in views]


def liked(api: Api, names: list[str], item: str, order: str, kind: str = "like") -> None:
    now = time.time()
    rows = [
        {
            "id": f"{kind}-{name}-{item}", "account": name, "item": item, "creator": "c-1", "kind": kind,
            "timestamp": now, "origin": f"promoted:{order}",
        }
        for name in names
    ]  # fmt: skip
    answer = api.post("/v1/interactions", json=rows)
    assert answer.status_code == 200, answer.text


def outcome(name: str, kind: str = "like") -> str:
    from zhenzan.promote import viewer_number

    return f"{kind}:{viewer_number(name):016x}"


def line(buyer: Buyer, order: str) -> dict[str, Any]:
    (only,) = buyer.get(f"/orders/{order}")["lines"]
    return dict(only)


def test_a_like_is_pending_at_once_and_billed_by_its_verdict(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 6)
    names = [name for name, _ in decisions]
    assert {decision["item"] for _, decision in decisions} == {"video-1"}
    assert {decision["origin"] for _, decision in decisions} == {f"promoted:{order}"}
    exposed(shop, decisions[:5])
    liked(shop, names, "video-1", order)  # the sixth was shown, and never reported as such
    liked(shop, ["fan-of-nobody", "c-1"], "video-1", order)
    wait_until(lambda: line(buyer, order)["pending"] == 5)
    book = shop.core.promotion.book
    book.carry_out([Step(order, Judge(outcome(name), genuine=True)) for name in names[:4]], SYSTEM)
    book.carry_out([Step(order, Judge(outcome(names[4]), genuine=False))], SYSTEM)
    answer = buyer.get(f"/orders/{order}")
    assert (answer["billed"], answer["held"]) == (400, 600)
    assert answer["lines"][0] | {"pending": 0, "captured": 4, "void": 1} == answer["lines"][0]
    wallets = shop.core.promotion.wallets
    assert (wallets.revenue().posted, wallets.escrow(order).posted) == (400, 600)
    ended = buyer.post(f"/orders/{order}/cancel").json()
    assert (ended["billed"], ended["refunded"]) == (400, 600)
    book.carry_out([Step(order, Judge(outcome(names[0]), genuine=False))], SYSTEM)  # found fake later
    answer = buyer.get(f"/orders/{order}")
    assert (answer["billed"], answer["refunded"]) == (300, 700)
    assert buyer.balance == 100_000 - 300


def test_settlements_bill_what_they_judge(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 10)
    exposed(shop, decisions)
    liked(shop, [name for name, _ in decisions], "video-1", order)
    shop.post("/v1/interactions", json={"account": "z", "item": "other", "timestamp": time.time()})
    wait_until(lambda: line(buyer, order)["pending"] == 10)
    assert buyer.get(f"/orders/{order}")["state"] == "delivered"
    shop.settle()
    claimed = shop.get("/v1/items").json()["items"]
    assert [(item["item"], item["claimed"]) for item in claimed] == [("other", 1)]
    wait_until(lambda: line(buyer, order)["pending"] < 10)
    answer = buyer.get(f"/orders/{order}")
    captured = answer["lines"][0]["captured"]
    assert answer["billed"] == 100 * captured
    assert answer["held"] + answer["billed"] + answer["refunded"] == 1_000
    if captured == 10:
        wait_until(lambda: buyer.get(f"/orders/{order}")["state"] == "closed")


def test_exposures_stand_after_a_restart_and_count_once(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        selling(api)
        buyer = Buyer(api)
        order = buyer.order(10)["id"]
        decisions = shown(api, order, 5)
        for _ in range(2):
            exposed(api, decisions)
        liked(api, [decisions[0][0]], "video-1", order)
        wait_until(lambda: line(buyer, order)["pending"] == 1)
        numbers = api.core.ledger.database.fetch("SELECT decision FROM exposures")
        assert len(numbers) == 5
    with started(tmp_path / "home") as api:
        buyer.api = api
        buyer.headers = Buyer(api, money=0).headers
        liked(api, [name for name, _ in decisions], "video-1", order)
        liked(api, [name for name, _ in decisions], "video-1", order, "comment")  # not sold
        wait_until(lambda: line(buyer, order)["pending"] == 5)
        flights = api.core.promotion_delivery.delivery
        assert flights.shown_of(api.core.promotion.book.find(order).number) >= 5
        assert not {name for name, _ in decisions} & {name for name, _ in shown(api, order, 3)}
        check(api.core.ledger)


def test_likes_that_came_while_nobody_looked_are_found_in_the_lake(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        selling(api)
        buyer = Buyer(api)
        order = buyer.order(10)["id"]
        decisions = shown(api, order, 4)
        exposed(api, decisions)
        api.core.promotion_delivery.interactions.observe = lambda batch: None  # as if it was killed just now
        liked(api, [name for name, _ in decisions], "video-1", order)
        assert line(buyer, order)["pending"] == 0
    with started(tmp_path / "home") as api:
        buyer.api = api
        buyer.headers = Buyer(api, money=0).headers
        wait_until(lambda: line(buyer, order)["pending"] == 4)


def test_views_are_timed_by_the_service_and_forged_ones_gain_nothing(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 2)
    views = exposed(shop, decisions)
    problems = shop.post("/v1/exposures/qualified", json={"views": [{"view": view} for view in views]})
    assert problems.json()["problems"] == ["too_short", "too_short"]
    time.sleep(2.1)
    forged = views[1][:-4] + "AAAA"
    body = {"views": [{"view": views[0]}, {"view": forged}, {"view": "x"}, {"view": views[1], "pixels": 0.4}]}
    answer = shop.post("/v1/exposures/qualified", json=body)
    assert answer.json()["problems"] == [None, "forged", "forged", "hidden"]
    counts = buyer.get(f"/orders/{order}/exposures")
    assert (counts["reported"], counts["qualified"]) == (2, 1)
    assert counts["decided"] >= 2
    rows = shop.core.ledger.database.fetch("SELECT qualified_us FROM exposures")
    assert sorted(time_us > 0 for (time_us,) in rows) == [False, True]
    receipt = decisions[0][1]["receipt"]
    for wrong in (receipt[:-4] + "AAAA", "x", "_" * 86):
        (beacon,) = shop.post("/v1/exposures", json={"exposures": [{"receipt": wrong}]}).json()["views"]
        assert beacon == {"view": None, "problem": "forged"}


def test_decisions_are_logged_with_their_propensity(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 5)
    shop.core.promotion_delivery.delivery.write_log()
    log = shop.core.promotion_delivery.delivery._log.shown_since(0)
    assert len(log) >= 5
    assert ((log["propensity"] > 0) & (log["propensity"] <= 1)).all()
    assert len(np.unique(log["decision"])) == len(log)
    assert len(decisions) == 5


def test_who_opted_out_is_shown_nothing(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    for number in range(500):
        shop.core.promotion.permissions.opt_out(f"fan-{number}", True)
    answer = shop.post("/v1/promotion/opt-outs", json={"account": "fan-500", "opted_out": True})
    assert answer.json()["opted_out"] is True
    names = {name for name, _ in shown(shop, order, 3)}
    assert not names & {f"fan-{number}" for number in range(501)}


def test_a_viewer_is_forgotten(shop: Api) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 2)
    exposed(shop, decisions)
    liked(shop, [name for name, _ in decisions], "video-1", order)
    wait_until(lambda: line(buyer, order)["pending"] == 2)
    database = shop.core.ledger.database
    assert forget_viewer(database, decisions[0][0]) == 1
    accounts = {account for (account,) in database.fetch("SELECT account FROM order_outcomes")}
    assert accounts == {"", decisions[1][0]}


def test_an_order_ends_by_itself_and_what_is_missing_is_given_back(shop: Api) -> None:
    buyer = Buyer(shop)
    short, extended = buyer.order(10)["id"], buyer.order(10, on_shortfall="extend")["id"]
    ledger, delivery = shop.core.ledger, shop.core.promotion_delivery
    later = ledger.clock() + 25 * 3_600 * SECOND
    clock = ledger.clock
    try:
        ledger.clock = lambda: later
        delivery.advance()
    finally:
        ledger.clock = clock
    assert buyer.get(f"/orders/{short}")["state"] == "closed"
    assert buyer.get(f"/orders/{short}")["refunded"] == 1_000
    goes_on = buyer.get(f"/orders/{extended}")
    assert goes_on["state"] == "running"
    assert goes_on["ends_at"] > later
    events = [event["command"] for event in buyer.get(f"/orders/{extended}/events")["events"]]
    assert events == ["Quote", "Fund", "Start", "EndWindow", "Extend"]


def test_webhooks_are_told_once(shop: Api) -> None:
    body = {"url": "http://127.0.0.1:9/hook", "events": ["order.running", "order.refunded"]}
    webhook = shop.post("/v1/webhooks", json=body).json()["webhook"]["id"]
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    buyer.post(f"/orders/{order}/cancel")
    events = [delivery.event for delivery in shop.core.webhooks.deliveries(webhook=webhook)]
    assert sorted(events) == ["order.refunded", "order.running"]


def test_receipts_of_a_running_service_hold_before_the_script_that_stands_alone(
    shop: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    buyer = Buyer(shop)
    order = buyer.order(10)["id"]
    decisions = shown(shop, order, 6)
    names = [name for name, _ in decisions]
    exposed(shop, decisions)
    liked(shop, names[:4], "video-1", order)
    wait_until(lambda: line(buyer, order)["pending"] == 4)
    book = shop.core.promotion.book
    book.carry_out([Step(order, Judge(outcome(name), genuine=True)) for name in names[:3]], SYSTEM)
    buyer.post(f"/orders/{order}/cancel")
    book.carry_out([Step(order, Judge(outcome(names[0]), genuine=False))], SYSTEM)
    file = tmp_path / "receipts.json"
    options = ["--home", str(tmp_path / "home"), "--out", str(file)]
    assert main(["promote", "receipts", order, *options]) == 0
    command = [sys.executable, "-I", str(SCRIPT), str(file), str(shop.core.ledger.keys()[-1])]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout) == {
        "order": order, "state": "cancelled", "exposures": 6, "outcomes": 4, "captured": 2, "paid": 1_000,
        "billed": 200, "held": 100, "refunded": 700,
    }  # fmt: skip
    capsys.readouterr()
    assert main(["promote", "receipts", "no-such-order", *options]) == 1
    assert "there is no order 'no-such-order'" in capsys.readouterr().err
