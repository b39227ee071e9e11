"""Cards, points, rights, offers and the market over HTTP: for whom, once, and never for somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.service.conftest import CATALOGUE, Api, started

from zhenzan.ledger import Proof, VerifyingKey, verify
from zhenzan.service import Role

FANS = [f"fan-{i}" for i in range(4)]


def likes() -> list[dict[str, Any]]:
    """Four fans who like fifty items of five creators each, over a fortnight."""
    return [
        {
            "id": f"{fan}-{i}",
            "account": fan,
            "item": f"v{i}",
            "creator": f"c{i % 5}",
            "timestamp": f"2026-03-{1 + i // 4:02}T{8 + number:02}:{i % 60:02}:00Z",
        }
        for number, fan in enumerate(FANS)
        for i in range(50)
    ]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service whose four fans have earned points, badges and a card each."""
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    home = tmp_path_factory.mktemp("shop") / "home"
    with started(home, catalogue=CATALOGUE, database=database) as api:
        assert api.post("/v1/interactions", json=likes()).status_code == 200
        api.settle()
        yield api


class Caller:
    """One key."""

    def __init__(self, api: Api, role: Role, subject: str = "") -> None:
        self.client, self.headers = api.client, {"Authorization": f"Bearer {api.key(role, subject)}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query, headers=self.headers)

    def post(self, path: str, once: str = "", **body: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": once} if once else {})
        return self.client.post(path, json=body, headers=headers)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        return self.client.delete(path, params=query, headers=self.headers)


def card_of(caller: Caller) -> int:
    cards = caller.get("/v1/holdings").json()["cards"]
    return next(card["serial"] for card in cards if card["edition"] == "summer-card" and card["serial"])


def test_a_viewer_sees_what_they_earned_and_nobody_else(shop: Api) -> None:
    viewer = Caller(shop, Role.viewer, FANS[0])
    mine = viewer.get("/v1/holdings").json()
    assert mine["account"] == FANS[0]
    assert mine["points"] > 0
    assert viewer.get("/v1/holdings", account=FANS[0]).status_code == 200
    assert viewer.get("/v1/holdings", account=FANS[1]).status_code == 403
    assert Caller(shop, Role.platform).get("/v1/holdings", account=FANS[1]).status_code == 200
    assert Caller(shop, Role.platform).get("/v1/holdings").status_code == 400
    assert Caller(shop, Role.analyst).get("/v1/holdings", account="nobody").status_code == 404


def test_rights_are_checked_in_one_call(shop: Api) -> None:
    viewer = Caller(shop, Role.viewer, FANS[0])
    assert [
        entitlement["right"] for entitlement in viewer.get("/v1/rights", right="cover").json()["rights"]
    ] == ["cover"]
    entitlements = viewer.get("/v1/rights", right="comment", creator="c1").json()["rights"]
    assert entitlements[0]["by"].startswith("fan-badge/")
    assert viewer.get("/v1/rights", right="comment", creator="nobody").json() == {"rights": []}
    assert viewer.get("/v1/rights", right="coment").status_code == 404


def test_an_offer_is_redeemed_once_however_often_it_is_asked_for(shop: Api) -> None:
    viewer = Caller(shop, Role.viewer, FANS[0])
    before = viewer.get("/v1/holdings").json()["points"]
    first = viewer.post("/v1/redemptions", once="tea", offer="tea-coupon")
    assert first.status_code == 200, first.text
    assert first.json()["state"] == "confirmed"
    again = viewer.post("/v1/redemptions", once="tea", offer="tea-coupon")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert viewer.get("/v1/holdings").json()["points"] == before - 50
    assert viewer.post("/v1/redemptions", once="tea", offer="other").status_code == 422
    assert viewer.post("/v1/redemptions", once="tea2", offer="tea-coupon").status_code == 409
    assert viewer.post("/v1/redemptions", offer="tee-coupon").status_code == 404
    assert Caller(shop, Role.analyst).post("/v1/redemptions", offer="tea-coupon").status_code == 403
    assert len(viewer.get("/v1/redemptions").json()["redemptions"]) == 1


def test_a_card_is_sold_and_its_way_is_proven(shop: Api) -> None:
    seller, buyer = Caller(shop, Role.viewer, FANS[0]), Caller(shop, Role.viewer, FANS[1])
    serial = card_of(seller)
    put_up = seller.post(
        "/v1/market/listings", once="sell", kind="fixed", edition="summer-card", serial=serial, price=20
    )
    assert put_up.status_code == 201, put_up.text
    listing = put_up.json()["id"]
    assert listing in {
        shown_listing["id"] for shown_listing in buyer.get("/v1/market/listings").json()["listings"]
    }
    assert seller.post("/v1/market/purchases", listing=listing).status_code == 409
    assert buyer.post("/v1/market/purchases", listing="nothing").status_code == 404
    points = buyer.get("/v1/holdings").json()["points"]
    assert buyer.post("/v1/market/purchases", once="b", listing=listing).status_code == 201
    assert buyer.post("/v1/market/purchases", once="b", listing=listing).status_code == 201
    assert buyer.get("/v1/holdings").json()["points"] == points - 20
    name = f"summer-card/{serial}"
    proof = Proof.from_json(buyer.get("/v1/ledger/proof", of=name).text)
    keys = [VerifyingKey.parse(key) for key in buyer.get("/v1/ledger/checkpoint").json()["keys"]]
    shown = verify(proof, keys)
    assert shown["serial"] == serial
    assert str(shown["credit"]).endswith(FANS[1])
    handed = str(Caller(shop, Role.analyst).get("/v1/ledger/events", of=name).json()["events"][0]["id"])
    assert buyer.get("/v1/ledger/proof", of=handed).status_code == 200
    for_others = Caller(shop, Role.viewer, FANS[2]), Caller(shop, Role.creator, "c1"), seller
    for other in for_others:
        assert other.get("/v1/ledger/proof", of=name).status_code == 404
        assert other.get("/v1/ledger/proof", of=handed).status_code == 404
    platform = Caller(shop, Role.platform)
    assert platform.get("/v1/ledger/proof", of=name, account=FANS[1]).status_code == 200
    assert platform.get("/v1/ledger/proof", of=name, account=FANS[0]).status_code == 404
    assert platform.get("/v1/ledger/proof", of=name).status_code == 400


def test_what_is_not_theirs_is_answered_as_what_is_not_there(shop: Api) -> None:
    outsider, analyst = Caller(shop, Role.viewer, "somebody"), Caller(shop, Role.analyst)
    ids = [event["id"] for event in analyst.get("/v1/ledger/events", limit=200).json()["events"]]
    assert len(ids) > 20
    for id in [*ids, "summer-card/1", "summer-card/999"]:
        there = outsider.get("/v1/ledger/proof", of=id)
        made_up = outsider.get("/v1/ledger/proof", of="x" * 8)
        assert there.status_code == made_up.status_code == 404
        assert there.text.replace(id, "x" * 8) == made_up.text


def test_an_account_that_looks_like_a_hash_shares_no_wallet(tmp_path: Path) -> None:
    long = "did:example:" + "q" * 70
    rows = [row | {"account": long, "id": f"long-{row['id']}"} for row in likes()[:50]]
    with started(tmp_path / "home", catalogue=CATALOGUE) as api:
        assert api.post("/v1/interactions", json=[*likes()[50:], *rows]).status_code == 200
        api.settle()
        assert Caller(api, Role.viewer, long).get("/v1/holdings").json()["points"] > 0
        name = sha256(long.encode()).hexdigest()[:40]
        thief = Caller(api, Role.viewer, name)
        assert thief.get("/v1/holdings").status_code == 404
        assert thief.post("/v1/redemptions", offer="tea-coupon").status_code == 409


def test_how_many_likes_were_bought_is_for_staff_and_the_creator(shop: Api) -> None:
    for role, subject in ((Role.viewer, FANS[0]), (Role.platform, ""), (Role.creator, "c9")):
        caller = Caller(shop, role, subject)
        rows = caller.get("/v1/creators").json()["creators"]
        assert {name for row in rows for name in row} == {"creator", "items", "verified"}
        for order in ("worst", "share", "claimed"):
            assert caller.get("/v1/creators", sort=order).status_code == 403
    rows = Caller(shop, Role.creator, "c1").get("/v1/creators").json()["creators"]
    assert [row["creator"] for row in rows if "fake" in row] == ["c1"]
    assert all("fake" in row for row in Caller(shop, Role.analyst).get("/v1/creators").json()["creators"])


def test_a_card_is_let_bid_for_and_offered_for(shop: Api) -> None:
    owner, other, third = (Caller(shop, Role.viewer, FANS[i]) for i in (2, 3, 1))
    serial = card_of(owner)
    let = owner.post("/v1/market/listings", kind="rent", edition="summer-card", serial=serial, price=2)
    rental = other.post("/v1/market/rentals", once="r", listing=let.json()["id"], days=3)
    assert rental.status_code == 201, rental.text
    assert rental.json()["renter"] == FANS[3]
    assert third.post("/v1/market/rentals", listing=let.json()["id"], days=3).status_code == 409
    shown = [
        shown_listing["let_until"] for shown_listing in third.get("/v1/market/listings").json()["listings"]
    ]
    assert rental.json()["ends"] in shown
    assert owner.get("/v1/rights", right="cover").json() == {"rights": []}
    card = {"edition": "summer-card", "serial": serial}
    refused = third.post("/v1/market/offers", **card, price=5)
    assert refused.status_code == 409
    assert "is rented out until" in refused.json()["detail"]
    offer = third.post("/v1/market/offers", **card, price=5, accepts_let=True).json()["id"]
    assert third.delete(f"/v1/market/offers/{offer}").json()["state"] == "withdrawn"
    offer = third.post("/v1/market/offers", **card, price=7, accepts_let=True).json()["id"]
    offers = owner.get("/v1/market/offers", edition="summer-card", serial=serial).json()["offers"]
    assert [shown_offer["price"] for shown_offer in offers] == [7]
    refused = other.post(f"/v1/market/offers/{offer}/accept")
    unknown = other.post("/v1/market/offers/nothing/accept")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.text.replace(offer, "nothing") == unknown.text
    assert other.delete(f"/v1/market/offers/{offer}").status_code == 404
    assert other.get("/v1/market/offers", edition="summer-card", serial=serial).json() == {"offers": []}
    mine = third.get("/v1/market/offers", edition="summer-card", serial=serial).json()["offers"]
    assert [shown_offer["id"] for shown_offer in mine] == [offer]
    sellers = {
        shown_listing["seller"] for shown_listing in third.get("/v1/market/listings").json()["listings"]
    }
    assert sellers <= {"", FANS[1]}
    mine = card_of(other)
    auction = other.post("/v1/market/listings", kind="auction", edition="summer-card", serial=mine, price=3)
    listing = auction.json()["id"]
    assert owner.post("/v1/market/bids", listing=listing, price=2).status_code == 409
    assert owner.post("/v1/market/bids", listing=listing, price=3).status_code == 201
    assert other.delete(f"/v1/market/listings/{listing}").status_code == 409
    assert owner.delete(f"/v1/market/listings/{let.json()['id']}").json()["state"] == "cancelled"


def test_a_creator_sees_their_own_fans_alone(shop: Api) -> None:
    creator = Caller(shop, Role.creator, "c1")
    fans = creator.get("/v1/creators/c1/fans").json()["fans"]
    assert {fan["account"] for fan in fans} == set(FANS)
    assert fans[0]["likes"] == 10
    assert any(card["rule"] == "fan" for card in fans[0]["cards"])
    assert creator.get("/v1/creators/c2/fans").status_code == 403
    assert creator.get("/v1/creators/c2").status_code == 403
    assert creator.get("/v1/creators/c1").json()["claimed"] == 40
    assert Caller(shop, Role.viewer, FANS[0]).get("/v1/creators/c1/fans").status_code == 403
    assert len(creator.get("/v1/creators").json()["creators"]) == 5


def test_the_ledger_is_searched_by_transfer_account_and_card(shop: Api) -> None:
    analyst = Caller(shop, Role.analyst)
    newest = analyst.get("/v1/ledger/events", limit=5).json()
    assert len(newest["events"]) == 5
    older = analyst.get("/v1/ledger/events", limit=5, before=newest["next"]).json()["events"]
    assert max(event["seq"] for event in older) < newest["next"]
    one = newest["events"][0]
    assert analyst.get("/v1/ledger/events", of=one["id"]).json()["events"] == [one]
    account = f"points:{FANS[0]}"
    events = analyst.get("/v1/ledger/events", of=account).json()["events"]
    assert events
    assert all(account in (event["debit"], event["credit"]) for event in events)
    cards = analyst.get("/v1/ledger/events", of="summer-card/1").json()["events"]
    assert {card["serial"] for card in cards} == {1}
    assert analyst.get("/v1/ledger/events", of="no/thing").json()["events"] == []
    assert analyst.get(f"/v1/ledger/accounts/{account}").json()["entries"]
    assert Caller(shop, Role.viewer, FANS[0]).get("/v1/ledger/events").status_code == 403


def test_without_a_catalogue_it_is_said(tmp_path: Path) -> None:
    with started(tmp_path / "home") as api:
        answer = api.get("/v1/catalogue")
        assert answer.status_code == 409
        assert "--catalogue" in answer.json()["detail"]


def test_the_catalogue_tells_what_is_out_and_left(shop: Api) -> None:
    catalogue = Caller(shop, Role.viewer, FANS[0]).get("/v1/catalogue").json()
    assert next(edition for edition in catalogue["editions"] if edition["id"] == "summer-card")["out"] == 4
    assert catalogue["offers"][0]["left"] <= 1_000
