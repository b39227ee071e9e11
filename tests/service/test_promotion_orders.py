"""Orders of promotion over the API: priced, paid, changed and ended, every unit of money accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service.conftest import Api, started
from tests.service.promotion_helpers import FAR_HOUR, TERMS, Buyer, selling

from zhenzan.ledger import check
from zhenzan.service import Role


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service that sells promotion; at the end its ledger is whole."""
    with started(tmp_path_factory.mktemp("shop") / "home") as api:
        yield selling(api)
        check(api.core.ledger)


def test_ten_likes_are_quoted_paid_and_run(shop: Api) -> None:
    buyer = Buyer(shop, "ten", "video-ten")
    quote = buyer.post("/quotes", **buyer.wish()).json()
    assert (quote["state"], quote["price"], quote["paid"]) == ("quoted", 1_000, 0)
    assert quote["done_chance"] >= 0.99
    assert 0 < quote["exposures"]["low"] < quote["exposures"]["high"]
    assert buyer.balance == 100_000
    order = buyer.post("/orders", quote=quote["id"]).json()
    assert (order["state"], order["paid"], order["held"]) == ("running", 1_000, 1_000)
    assert buyer.balance == 99_000
    assert shop.core.promotion.wallets.escrow(order["id"]).posted == 1_000
    commands = [event["command"] for event in buyer.get(f"/orders/{order['id']}/events")["events"]]
    assert commands == ["Quote", "Fund", "Start"]


def test_a_buyer_pauses_resumes_tops_up_and_cancels(shop: Api) -> None:
    buyer = Buyer(shop, "stirs", "video-stirs")
    order = buyer.order(10)["id"]
    assert buyer.post(f"/orders/{order}/pause").json()["state"] == "paused"
    assert buyer.post(f"/orders/{order}/resume").json()["state"] == "running"
    topped = buyer.post(f"/orders/{order}/top-up", units=5).json()
    assert [line["units"] for line in topped["lines"]] == [10, 5]
    assert topped["paid"] == 1_500
    ended = buyer.post(f"/orders/{order}/cancel", reason="no longer needed").json()
    assert (ended["state"], ended["refunded"], ended["held"]) == ("cancelled", 1_500, 0)
    assert buyer.balance == 100_000
    assert buyer.post(f"/orders/{order}/pause").json()["code"] == "wrong_state"


def test_the_same_key_is_one_order_and_one_payment(shop: Api) -> None:
    buyer = Buyer(shop, "twice", "video-twice", money=0)
    for _ in range(3):
        assert buyer.post("/wallet/payments", "pay", amount=5_000).json()["balance"] == 5_000
    quotes = {buyer.post("/quotes", "quote", **buyer.wish()).json()["id"] for _ in range(3)}
    (quote,) = quotes
    answers = {buyer.post("/orders", "order", quote=quote).text for _ in range(3)}
    assert len(answers) == 1
    assert buyer.balance == 4_000
    assert buyer.post("/orders", "other tab", quote=quote).json()["code"] == "wrong_state"
    repeated = {buyer.post(f"/orders/{quote}/repeat", "again").json()["id"] for _ in range(3)}
    assert len(repeated) == 1
    assert buyer.balance == 3_000


def test_forty_items_are_ordered_at_once(shop: Api) -> None:
    agency = Buyer(shop, "agency", "video-a0", money=39_500)
    for number in range(40):
        shop.post("/v1/promotion/items", json={"item": f"video-a{number}", "creator": "agency"})
    wishes = [agency.wish(10) | {"item": f"video-a{number}"} for number in range(40)]
    refused = agency.post("/orders/bulk", "all", orders=wishes)
    assert refused.status_code == 409
    assert refused.json()["code"] == "wallet_short"
    assert agency.balance == 39_500
    body = agency.post("/orders/bulk", "some", orders=wishes, all_or_none=False)
    results = body.json()["results"]
    placed = [row["order"]["id"] for row in results if row["order"]]
    assert len(placed) == 39
    assert [row["problem"]["code"] for row in results if row["problem"]] == ["wallet_short"]
    assert agency.post("/orders/bulk", "some", orders=wishes, all_or_none=False).text == body.text
    assert agency.balance == 500
    assert len(agency.get("/orders", id=placed)["orders"]) == 39


@pytest.mark.parametrize(
    ("change", "status", "says", "chinese"),
    [
        ({"package": "liks"}, 422, "did you mean 'likes'", "没有"),
        ({"item": "video-of-others"}, 422, "somebody else's", "他人"),
        ({"start": 1_700_000_000_000_000}, 422, "lies in the past", "过去"),
        ({"regions": ["cn"]}, 422, "there is no region 'cn'", "没有"),
        ({"zone": "Mars/Base"}, 422, "no time zone", "时区"),
        ({"lines": [{"kind": "like", "units": 1_001}]}, 422, "1 to 1,000 units", "1,000"),
        ({"lines": [{"kind": "share", "units": 5}]}, 422, "does not sell 'share'", "不"),
        ({"hours": 1, "local_hours": [FAR_HOUR], "regions": ["CN"]}, 409, "can be done", "可行"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy_and_nothing_charged(
    shop: Api, change: dict[str, object], status: int, says: str, chinese: str
) -> None:
    buyer = Buyer(shop, "wrong", "video-wrong", money=0)
    shop.post("/v1/promotion/items", json={"item": "video-of-others", "creator": "c-9"})
    answer = buyer.post("/quotes", **buyer.wish() | change)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    translated = buyer.post("/quotes", language="zh", **buyer.wish() | change).json()["detail"]
    assert chinese in translated, translated
    assert buyer.get("/orders")["orders"] == []


def test_an_empty_wallet_and_an_expired_quote_charge_nothing(shop: Api) -> None:
    buyer = Buyer(shop, "poor", "video-poor", money=0)
    quote = buyer.post("/quotes", **buyer.wish()).json()["id"]
    short = buyer.post("/orders", quote=quote).json()
    assert short["code"] == "wallet_short"
    assert "pay in 1,000 more" in short["detail"]
    record = shop.core.promotion.book.find(quote)
    clock, ledger = shop.core.ledger.clock, shop.core.ledger
    try:
        ledger.clock = lambda: record.order.quote_expires_us + 1
        assert buyer.post("/orders", quote=quote).json()["code"] == "quote_expired"
    finally:
        ledger.clock = clock
    assert buyer.balance == 0


def test_nobody_sees_or_touches_the_order_of_another(shop: Api) -> None:
    buyer, other = Buyer(shop, "mine", "video-mine"), Buyer(shop, "theirs", "video-theirs")
    order = buyer.order()["id"]
    assert other.post(f"/orders/{order}/cancel").status_code == 404
    assert other.get("/orders", id=[order])["orders"] == []
    named = other.post("/wallet/payments", amount=5, buyer="mine")
    assert named.status_code == 403


def test_an_order_that_is_reviewed_waits_for_a_person(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        selling(api, TERMS + "[review]\nprice_from = 2000\n")
        buyer = Buyer(api)
        assert buyer.order(10)["state"] == "running"
        dear = [buyer.order(20) for _ in range(2)]
        assert {order["state"] for order in dear} == {"in_review"}
        waiting = api.get("/v1/promotion/reviews").json()["orders"]
        assert [order["id"] for order in waiting] == [order["id"] for order in dear]
        path = "/v1/promotion/orders/{}/review"
        assert api.post(path.format(dear[0]["id"]), json={"approve": True}).json()["state"] == "running"
        refused = api.post(path.format(dear[1]["id"]), json={"approve": False, "reason": "not allowed here"})
        assert (refused.json()["state"], refused.json()["refunded"]) == ("refused", 2_000)
        assert buyer.post(f"/orders/{dear[0]['id']}/review", approve=True).status_code == 403
        check(api.core.ledger)


def test_orders_stand_after_a_restart(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        selling(api)
        buyer = Buyer(api)
        order = buyer.order(
            10, hours=48, interests=["music"], local_hours=[*range(8, 24)], on_shortfall="extend"
        )
        record = api.core.promotion.book.find(order["id"])
    with started(tmp_path / "home") as api:
        assert api.core.promotion.book.find(order["id"]) == record
        key = {"Authorization": f"Bearer {api.key(Role.buyer, 'c-1')}"}
        answer = api.client.get(f"/v1/promotion/orders/{order['id']}", headers=key)
        assert answer.json() == order
