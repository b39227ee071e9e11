"""What many callers want of one route at once, and what must be true afterwards: a contest for each route.

Each class makes what its callers contend for, sends the request of one of them, and says what must hold of
all their answers. Nothing is lost, nothing is done twice, and what contradicts is never both granted.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient
from tests.service.conftest import started
from tests.service.promotion_helpers import TERMS

from zhenzan.rewards import Claim, reconcile
from zhenzan.service import Role, new_signing_key
from zhenzan.settlement import RULING, SHADOW

__all__ = ["CONTESTS", "Contest", "World", "played"]

CATALOGUE = """
format = 1
late_hours = 0
spendable_after_hours = 0
[points]
id = "points"
cap = 100_000_000_000
[[edition]]
id = "card"
bound = "tradable"
art = "3-D"
cap = 100_000
[[rule]]
id = "like"
points = 1
[[rule]]
id = "cards"
edition = "card"
[[offer]]
id = "tea"
name = { en = "Tea", zh = "奶茶" }
kind = "coupon"
price = 5
stock = 1_000_000
most = 1
"""
POINTS = 1_000_000
SELLER = "seller"
PLACED = 201


class World:
    """A service in which everybody has points, and a seller has cards, one for every contest on one."""

    def __init__(self, client: TestClient[Any], callers: int, rounds: int) -> None:
        self.client, self.core = client, client.app.state.resources
        self.callers, self.rounds = callers, rounds
        self._numbers, self._cards = itertools.count(1), itertools.count(1)
        operator = self.core.api_keys.create("test", Role.operator)
        self.headers = {"Authorization": f"Bearer {operator}"}
        self.operator = self.session(operator)
        self.buyers = [f"buyer-{caller}" for caller in range(callers)]
        self.fans = iter([f"fan-{number}" for number in range(4 * rounds)])
        fans = [f"fan-{number}" for number in range(4 * rounds)]
        grants = [("like", who, POINTS) for who in (SELLER, *self.buyers, *fans)]
        grants.append(("cards", SELLER, 16 * rounds))
        reconcile(
            self.core.ledger,
            self.core.rewards_desk.catalogue,
            [Claim(f"{rule}/{who}", rule, who, "", "", count, 0) for rule, who, count in grants],
        )
        self.viewers = [
            self.session(self.core.api_keys.create("test", Role.viewer, who)) for who in self.buyers
        ]

    def number(self) -> int:
        return next(self._numbers)

    def card(self) -> int:
        return next(self._cards)

    def session(self, key: str) -> dict[str, str]:
        """The headers of who is logged in to the console."""
        return {"Cookie": f"zhenzan_session={self.core.sessions.begin(key)}"}

    def post(self, path: str, once: str = "", **body: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": once} if once else {})
        return self.client.post(path, json=body, headers=headers)

    def delete(self, path: str, **query: str) -> httpx.Response:
        return self.client.delete(path, params=query, headers=self.headers)

    def form(self, path: str, session: dict[str, str], **fields: str) -> httpx.Response:
        return self.client.post(path, data=fields, headers=session, follow_redirects=False)

    def rows(self, text: str, *values: object) -> list[Any]:
        return list(self.core.ledger.database.fetch(text, values))

    def deeds(self, part: str) -> int:
        """How many deeds of the audit say this."""
        return len(self.rows("SELECT 1 FROM transfers WHERE cause LIKE ?", f"%{part}%"))

    def listed(self, kind: str = "fixed") -> tuple[str, int]:
        serial = self.card()
        body = {"kind": kind, "edition": "card", "serial": serial, "price": 3, "account": SELLER}
        answer = self.post("/v1/market/listings", **body)
        assert answer.status_code == PLACED, answer.text
        return str(answer.json()["id"]), serial

    def owner_of(self, serial: int) -> str:
        return str(self.core.ledger.holder("card", serial)).rpartition(":")[2]


class Contest:
    """One round on one route. `writes`: not, where a POST reads alone: then one round is enough."""

    writes = True

    def __init__(self, world: World) -> None:
        self.world, self.name = world, f"n{world.number()}"
        self.begin()

    def begin(self) -> None:
        """Make what is contended for."""

    def ask(self, caller: int) -> httpx.Response:
        raise NotImplementedError

    def holds(self, answers: list[httpx.Response]) -> None:
        """Assert what must be true afterwards; `answers` by caller."""
        raise NotImplementedError


CONTESTS: dict[tuple[str, str], type[Contest]] = {}


def contest(*routes: str) -> Callable[[type[Contest]], type[Contest]]:
    """The contest of routes, each written `METHOD /path`."""

    def note(kind: type[Contest]) -> type[Contest]:
        for route in routes:
            method, _, path = route.partition(" ")
            CONTESTS[method, path] = kind
        return kind

    return note


def granted(answers: list[httpx.Response]) -> list[httpx.Response]:
    return [answer for answer in answers if answer.is_success]


def one_of(answers: list[httpx.Response]) -> httpx.Response:
    """The only one that was granted; the others were told what stands."""
    good = granted(answers)
    statuses = Counter(answer.status_code for answer in answers)
    assert len(good) == 1, statuses
    assert statuses[409] == len(answers) - 1, statuses
    return good[0]


def unsaid(answers: list[httpx.Response]) -> list[int]:
    """Callers of a form whose page says nothing against it."""
    assert all(answer.status_code == 303 for answer in answers), [answer.text for answer in answers]
    return [caller for caller, answer in enumerate(answers) if "said=" not in answer.headers["location"]]


@contest("POST /v1/interactions")
class Sending(Contest):
    def ask(self, caller: int) -> httpx.Response:
        body = {"account": f"a-{caller}", "item": "v", "timestamp": 1_790_000_000 + caller}
        rows = [body | {"id": f"{self.name}-{caller}"}, body | {"id": f"{self.name}-all"}]
        answer = self.world.client.post("/v1/interactions", json=rows, headers=self.world.headers)
        return answer if answer.status_code != 429 else self.ask(caller)

    def holds(self, answers: list[httpx.Response]) -> None:
        kept = sum(answer.json()["accepted"] for answer in answers)
        assert kept == len(answers) + 1


@contest("POST /v1/redemptions")
class Redeeming(Contest):
    """One piece a person, asked for with a key each."""

    def begin(self) -> None:
        self.fan = next(self.world.fans)

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/redemptions", f"{self.name}-{caller}", offer="tea", account=self.fan)

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        rows = self.world.rows("SELECT id, state FROM redemptions WHERE account = ?", self.fan)
        assert rows == [(answer["id"], "confirmed")]


@contest("POST /v1/decorations")
class Decorating(Contest):
    def begin(self) -> None:
        self.serial = self.world.card()

    def ask(self, caller: int) -> httpx.Response:
        body = {"edition": "card", "serial": self.serial, "motto": f"m{caller}", "account": SELLER}
        return self.world.post("/v1/decorations", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(granted(answers)) == len(answers)
        rows = self.world.rows("SELECT motto FROM decorations WHERE serial = ?", self.serial)
        assert len(rows) == 1
        assert rows[0][0] in {answer.json()["motto"] for answer in answers}


@contest("POST /v1/appeals")
class Appealing(Contest):
    """Each in other words; odd callers share a key and their words."""

    def begin(self) -> None:
        self.fan = next(self.world.fans)

    def ask(self, caller: int) -> httpx.Response:
        words = "shared" if caller % 2 else str(caller)
        return self.world.post("/v1/appeals", f"{self.name}-{words}", text=words, account=self.fan)

    def holds(self, answers: list[httpx.Response]) -> None:
        rows = self.world.rows("SELECT id, text FROM appeals WHERE account = ?", self.fan)
        assert {(answer.json()["id"], answer.json()["text"]) for answer in granted(answers)} == set(rows)
        assert len(rows) == 1
        assert sum("Idempotency-Replayed" not in answer.headers for answer in granted(answers)) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}


@contest("POST /v1/market/listings")
class Listing(Contest):
    def begin(self) -> None:
        self.serial = self.world.card()

    def ask(self, caller: int) -> httpx.Response:
        body = {"edition": "card", "serial": self.serial, "price": caller + 1, "account": SELLER}
        return self.world.post("/v1/market/listings", f"{self.name}-{caller}", kind="fixed", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        rows = self.world.rows("SELECT id, price FROM listings WHERE serial = ?", self.serial)
        assert rows == [(answer["id"], answer["price"])]


@contest("DELETE /v1/market/listings/{listing}", "POST /v1/market/purchases")
class Buying(Contest):
    """Even callers buy, each for themselves; odd ones take it off."""

    def begin(self) -> None:
        self.listing, self.serial = self.world.listed()

    def ask(self, caller: int) -> httpx.Response:
        if caller % 2:
            return self.world.delete(f"/v1/market/listings/{self.listing}", account=SELLER)
        body = {"listing": self.listing, "account": self.world.buyers[caller]}
        return self.world.post("/v1/market/purchases", f"{self.name}-{caller}", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        bought, taken = granted(answers[::2]), granted(answers[1::2])
        assert {answer.status_code for answer in answers} <= {200, 201, 409}
        assert len(bought) <= 1
        assert bool(bought) != bool(taken)
        sales = self.world.rows("SELECT buyer FROM sales WHERE serial = ?", self.serial)
        assert sales == [(answer.json()["buyer"],) for answer in bought]
        assert self.world.owner_of(self.serial) == (sales[0][0] if sales else SELLER)


@contest("POST /v1/market/bids")
class Bidding(Contest):
    def begin(self) -> None:
        self.listing, self.serial = self.world.listed("auction")

    def ask(self, caller: int) -> httpx.Response:
        body = {"listing": self.listing, "price": 10 + caller, "account": self.world.buyers[caller]}
        return self.world.post("/v1/market/bids", f"{self.name}-{caller}", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {201, 409}
        best = 10 + len(answers) - 1
        text = "SELECT price, state FROM bids WHERE listing = ? ORDER BY price"
        assert [price for price, _ in self.world.rows(text, self.listing)] == sorted(
            answer.json()["price"] for answer in granted(answers)
        )
        standing = [price for price, state in self.world.rows(text, self.listing) if state == "open"]
        assert standing == [best]


@contest("POST /v1/market/rentals")
class Renting(Contest):
    def begin(self) -> None:
        self.listing, self.serial = self.world.listed("rent")

    def ask(self, caller: int) -> httpx.Response:
        body = {"listing": self.listing, "days": 2, "account": self.world.buyers[caller]}
        return self.world.post("/v1/market/rentals", f"{self.name}-{caller}", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        rows = self.world.rows("SELECT id, renter FROM rentals WHERE serial = ?", self.serial)
        assert rows == [(answer["id"], answer["renter"])]


@contest("POST /v1/market/offers")
class Offering(Contest):
    """All of one bidder, for one card."""

    def begin(self) -> None:
        self.serial, self.buyer = self.world.card(), self.world.buyers[0]

    def ask(self, caller: int) -> httpx.Response:
        body = {"edition": "card", "serial": self.serial, "price": caller + 1, "account": self.buyer}
        return self.world.post("/v1/market/offers", f"{self.name}-{caller}", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(granted(answers)) == len(answers)
        rows = self.world.rows("SELECT id, price FROM bids WHERE serial = ?", self.serial)
        assert set(rows) == {(answer.json()["id"], answer.json()["price"]) for answer in answers}
        for id, _ in rows:
            assert self.world.core.ledger.is_held(f"{id}:money")


@contest("POST /v1/market/offers/{offer_id}/accept", "DELETE /v1/market/offers/{offer_id}")
class Accepting(Contest):
    """Even callers accept, odd ones take it back."""

    def begin(self) -> None:
        self.serial, self.buyer = self.world.card(), self.world.buyers[0]
        body = {"edition": "card", "serial": self.serial, "price": 4, "account": self.buyer}
        self.offer = self.world.post("/v1/market/offers", **body).json()["id"]

    def ask(self, caller: int) -> httpx.Response:
        if caller % 2:
            return self.world.delete(f"/v1/market/offers/{self.offer}", account=self.buyer)
        return self.world.post(f"/v1/market/offers/{self.offer}/accept", account=SELLER)

    def holds(self, answers: list[httpx.Response]) -> None:
        sold, back = granted(answers[::2]), granted(answers[1::2])
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert bool(sold) != bool(back)
        assert len({answer.text for answer in sold}) <= 1
        assert self.world.owner_of(self.serial) == (self.buyer if sold else SELLER)
        assert len(self.world.rows("SELECT 1 FROM sales WHERE serial = ?", self.serial)) == bool(sold)


@contest("POST /v1/cases")
class Opening(Contest):
    """Even callers on one account, odd ones each on another."""

    def ask(self, caller: int) -> httpx.Response:
        subject = f"{self.name}-{caller if caller % 2 else 'all'}"
        return self.world.post("/v1/cases", kind="account", subject=subject, why=f"odd {caller}")

    def holds(self, answers: list[httpx.Response]) -> None:
        one_of(answers[::2])
        assert len(granted(answers[1::2])) == len(answers[1::2])
        opened = [answer.json() for answer in granted(answers)]
        text = "SELECT id, subject, why FROM cases WHERE subject LIKE ?"
        assert {(case["id"], case["subject"], case["why"]) for case in opened} == set(
            self.world.rows(text, f"{self.name}-%")
        )
        for case in opened:
            assert self.world.deeds(f"opens {case['id']} on") == 1


class Deciding(Contest):
    """Two decisions that contradict each other, of a case."""

    def begin(self) -> None:
        body = {"kind": "account", "subject": f"{self.name}-case", "why": "odd"}
        self.case = self.world.post("/v1/cases", **body).json()["id"]

    def stands(self, decision: str, text: str) -> None:
        rows = self.world.rows("SELECT state, decision FROM cases WHERE id = ?", self.case)
        assert rows == [(decision, text)]
        assert self.world.deeds(f"decides {self.case} on") == 1


@contest("POST /v1/cases/{case}/decision")
class DecidingOver(Deciding):
    def ask(self, caller: int) -> httpx.Response:
        decision = ("fake", "genuine")[caller % 2]
        return self.world.post(f"/v1/cases/{self.case}/decision", decision=decision, text=str(caller))

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        self.stands(answer["state"], answer["decision"])
        refused = next(answer for answer in answers if answer.status_code == 409).json()["detail"]
        assert answer["state"] in refused
        assert answer["decided_by"] in refused


@contest("POST /cases")
class DecidingOnThePage(Deciding):
    def ask(self, caller: int) -> httpx.Response:
        fields = {"do": "decide", "decision": ("fake", "genuine")[caller % 2], "text": str(caller)}
        return self.world.form("/cases", self.world.operator, subject=self.case, **fields)

    def holds(self, answers: list[httpx.Response]) -> None:
        (winner,) = unsaid(answers)
        self.stands(("fake", "genuine")[winner % 2], str(winner))


@contest("POST /v1/appeals/{appeal}/decision")
class DecidingAppeals(Contest):
    def begin(self) -> None:
        fan = next(self.world.fans)
        self.appeal = self.world.post("/v1/appeals", text="please", account=fan).json()["id"]

    def ask(self, caller: int) -> httpx.Response:
        body = {"upheld": caller % 2 == 0, "text": str(caller)}
        return self.world.post(f"/v1/appeals/{self.appeal}/decision", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        rows = self.world.rows("SELECT state, decision FROM appeals WHERE id = ?", self.appeal)
        assert rows == [(answer["state"], answer["decision"])]
        assert self.world.deeds(f"appeal {self.appeal} of") == 1


def draft(world: World) -> int:
    text = f'format = 1\nname = "d{world.number()}"\n'
    return int(world.post("/v1/policies", text=text).json()["number"])


class Ruling(Contest):
    """A draft for each caller, all published at once."""

    def begin(self) -> None:
        self.drafts = [draft(self.world) for _ in range(min(self.world.callers, 6))]

    def draft_of(self, caller: int) -> int:
        return self.drafts[caller % len(self.drafts)]

    def one_rules(self, published: set[int]) -> None:
        rows = self.world.rows("SELECT number, text FROM policies WHERE state = 'ruling'")
        assert len(rows) == 1
        assert rows[0][0] in published
        assert (self.world.core.settings.home / RULING).read_text() == rows[0][1]
        assert [proposal.number for proposal in [self.world.core.policies.ruling()]] == [rows[0][0]]


@contest("POST /v1/policies/{number}/publish")
class Publishing(Ruling):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post(f"/v1/policies/{self.draft_of(caller)}/publish")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {200, 409}
        done = Counter(answer.json()["number"] for answer in granted(answers))
        self.one_rules(set(done))
        for number in self.drafts:
            assert self.world.deeds(f"publishes policy {number},") == done[number]


@contest("POST /policy")
class PublishingOnThePage(Ruling):
    def ask(self, caller: int) -> httpx.Response:
        number = str(self.draft_of(caller))
        return self.world.form("/policy", self.world.operator, do="publish", number=number)

    def holds(self, answers: list[httpx.Response]) -> None:
        done = Counter(self.draft_of(caller) for caller in unsaid(answers))
        self.one_rules(set(done))
        for number in self.drafts:
            assert self.world.deeds(f"publishes policy {number},") == done[number]


@contest("POST /v1/policies/{number}/shadow", "DELETE /v1/policies/shadow")
class Shadowing(Ruling):
    """Drafts are put into shadow; every fifth caller ends the shadow."""

    def ask(self, caller: int) -> httpx.Response:
        if caller % 5 == 4:
            return self.world.delete("/v1/policies/shadow")
        return self.world.post(f"/v1/policies/{self.draft_of(caller)}/shadow")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {200, 204, 409}
        rows = self.world.rows("SELECT number, text FROM policies WHERE state = 'shadow'")
        path = self.world.core.settings.home / SHADOW
        assert len(rows) <= 1
        assert [text for _, text in rows] == ([path.read_text()] if path.exists() else [])
        put = [answer.json()["number"] for answer in granted(answers) if answer.status_code == 200]
        assert {number for number, _ in rows} <= set(put)
        for number in self.drafts:
            assert self.world.deeds(f"runs policy {number} in shadow") == put.count(number)


@contest("POST /v1/policies")
class Proposing(Contest):
    def ask(self, caller: int) -> httpx.Response:
        text = f'format = 1\nname = "{self.name}-{caller}"\n'
        return self.world.post("/v1/policies", text=text)

    def holds(self, answers: list[httpx.Response]) -> None:
        texts = {answer.json()["number"]: answer.json()["text"] for answer in answers}
        assert len(texts) == len(answers)
        for number, text in texts.items():
            assert self.world.rows("SELECT text FROM policies WHERE number = ?", number) == [(text,)]
            assert self.world.deeds(f"proposes policy {number},") == 1


@contest("POST /v1/policies/{number}/backtest")
class Backtesting(Contest):
    """All are told the same."""

    writes = False

    def begin(self) -> None:
        self.number = draft(self.world)

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post(f"/v1/policies/{self.number}/backtest")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1


@contest("POST /v1/items/counts")
class CountingItems(Contest):
    """All are told the same."""

    writes = False

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/items/counts", items=["v1", "v2"])

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len({(answer.status_code, answer.text) for answer in answers}) == 1


@contest("POST /v1/keys")
class Making(Contest):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/keys", role="platform", name=f"{self.name}-{caller}")

    def holds(self, answers: list[httpx.Response]) -> None:
        keys = {answer.json()["key"] for answer in answers}
        assert len(keys) == len(answers)
        for key in keys:
            assert self.world.core.api_keys.check(key).role is Role.platform


class Revoking(Contest):
    def begin(self) -> None:
        self.secret = self.world.core.api_keys.create(self.name, Role.platform)
        self.key = self.secret.split("_")[1]

    def is_revoked_once(self) -> None:
        assert self.world.deeds(f"revokes key {self.key}") == 1
        answer = self.world.client.post(
            "/v1/interactions", json=[], headers={"Authorization": f"Bearer {self.secret}"}
        )
        assert answer.status_code == 401


@contest("DELETE /v1/keys/{key}")
class RevokingKeys(Revoking):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.delete(f"/v1/keys/{self.key}")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {204}
        self.is_revoked_once()


@contest("POST /keys")
class RevokingOnThePage(Revoking):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/keys", self.world.operator, do="revoke", key=self.key)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(unsaid(answers)) == len(answers)
        self.is_revoked_once()


class Signing(Contest):
    """A platform's key, and a key pair that signs for its viewers."""

    def begin(self) -> None:
        self.key = self.world.core.api_keys.create(self.name, Role.platform).split("_")[1]
        self.public = new_signing_key()[1]

    def register(self) -> httpx.Response:
        path = f"/v1/keys/{self.key}/signing-keys"
        return self.world.post(path, public=self.public, origins=["https://example.org"])

    def standing(self) -> set[str]:
        keys = self.world.core.viewer_tokens.listed()
        return {key.id for key in keys if key.key == self.key and not key.revoked_at}


@contest("POST /v1/keys/{key}/signing-keys")
class RegisteringSigningKeys(Signing):
    def ask(self, caller: int) -> httpx.Response:
        return self.register()

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {201}
        ids = {answer.json()["id"] for answer in answers}
        assert len(ids) == len(answers)
        assert ids == self.standing()


@contest("DELETE /v1/signing-keys/{id}")
class RevokingSigningKeys(Signing):
    def begin(self) -> None:
        super().begin()
        self.id = self.register().json()["id"]

    def ask(self, caller: int) -> httpx.Response:
        return self.world.delete(f"/v1/signing-keys/{self.id}")

    def holds(self, answers: list[httpx.Response]) -> None:
        codes = [answer.status_code for answer in answers]
        assert set(codes) <= {204, 409}
        assert 204 in codes
        assert self.standing() == set()
        assert self.world.deeds(f"revokes signing key {self.id}") == 1


URL, EVENTS = "http://127.0.0.1:9/hook", ["case.decided"]  # nobody listens there


def subscribed(world: World) -> str:
    """A webhook; those of the rounds before go, so that nobody is told twice."""
    for webhook in world.core.webhooks.listed():
        world.core.webhooks.remove(webhook.id)
    return str(world.post("/v1/webhooks", url=URL, events=EVENTS).json()["webhook"]["id"])


@contest("POST /v1/webhooks")
class Subscribing(Contest):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/webhooks", url=f"{URL}/{self.name}/{caller}", events=EVENTS)

    def holds(self, answers: list[httpx.Response]) -> None:
        ids = {answer.json()["webhook"]["id"] for answer in answers}
        assert len(ids) == len(answers)
        assert ids <= {webhook.id for webhook in self.world.core.webhooks.listed()}
        subscribed(self.world)


class Unsubscribing(Contest):
    def begin(self) -> None:
        self.webhook = subscribed(self.world)

    def is_removed_once(self) -> None:
        assert self.world.deeds(f"removes webhook {self.webhook}") == 1
        assert self.webhook not in {webhook.id for webhook in self.world.core.webhooks.listed()}


@contest("DELETE /v1/webhooks/{webhook}")
class RemovingWebhooks(Unsubscribing):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.delete(f"/v1/webhooks/{self.webhook}")

    def holds(self, answers: list[httpx.Response]) -> None:
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses == {204: 1, 404: len(answers) - 1}
        self.is_removed_once()


@contest("POST /webhooks")
class RemovingOnThePage(Unsubscribing):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/webhooks", self.world.operator, do="remove", webhook=self.webhook)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(unsaid(answers)) == 1
        self.is_removed_once()


@contest("POST /v1/webhooks/{webhook}/test")
class Testing(Contest):
    def begin(self) -> None:
        self.webhook = subscribed(self.world)

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post(f"/v1/webhooks/{self.webhook}/test")

    def holds(self, answers: list[httpx.Response]) -> None:
        ids = {answer.json()["id"] for answer in answers}
        rows = self.world.rows("SELECT id FROM deliveries WHERE webhook = ?", self.webhook)
        assert {id for (id,) in rows} == ids
        assert len(ids) == len(answers)


@contest("POST /v1/deliveries/{delivery}/again")
class SendingAgain(Contest):
    def begin(self) -> None:
        self.webhook = subscribed(self.world)
        self.delivery = self.world.post(f"/v1/webhooks/{self.webhook}/test").json()["id"]

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post(f"/v1/deliveries/{self.delivery}/again")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {200}
        rows = self.world.rows("SELECT id FROM deliveries WHERE webhook = ?", self.webhook)
        assert rows == [(self.delivery,)]


@contest("POST /market")
class BuyingOnThePage(Contest):
    def begin(self) -> None:
        self.listing, self.serial = self.world.listed()

    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/market", self.world.viewers[caller], do="buy", listing=self.listing)

    def holds(self, answers: list[httpx.Response]) -> None:
        (winner,) = unsaid(answers)
        buyer = self.world.buyers[winner]
        assert self.world.rows("SELECT buyer FROM sales WHERE serial = ?", self.serial) == [(buyer,)]
        assert self.world.owner_of(self.serial) == buyer


@contest("POST /cards")
class RedeemingOnThePage(Contest):
    """One form, sent several times."""

    def begin(self) -> None:
        self.fan = next(self.world.fans)
        self.session = self.world.session(self.world.core.api_keys.create(self.name, Role.viewer, self.fan))

    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/cards", self.session, do="redeem", offer="tea", once=self.name)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(unsaid(answers)) == len(answers)
        rows = self.world.rows("SELECT state FROM redemptions WHERE account = ?", self.fan)
        assert rows == [("confirmed",)]


@contest("POST /login")
class LoggingIn(Contest):
    def begin(self) -> None:
        self.key = self.world.core.api_keys.create(self.name, Role.analyst)

    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/login", {}, key=self.key)

    def holds(self, answers: list[httpx.Response]) -> None:
        tokens = {answer.cookies["zhenzan_session"] for answer in answers}
        self.world.client.cookies.clear()
        assert len(tokens) == len(answers)
        for token in tokens:
            assert self.world.core.sessions.principal(token).role is Role.analyst


@contest("POST /logout")
class LoggingOut(Contest):
    def begin(self) -> None:
        key = self.world.core.api_keys.create(self.name, Role.analyst)
        self.token = self.world.core.sessions.begin(key)

    def ask(self, caller: int) -> httpx.Response:
        return self.world.form("/logout", {"Cookie": f"zhenzan_session={self.token}"})

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {303}
        assert self.world.core.sessions.principal(self.token) is None


@contextmanager
def played(home: Path, callers: int, rounds: int, **options: Any) -> Iterator[World]:
    """A service with a world in which so many callers play so many rounds of every contest."""
    home.mkdir(parents=True)
    path = home / "catalogue.toml"
    path.write_text(CATALOGUE)

    with started(home, catalogue=path, requests_per_minute=0, **options) as api:
        yield World(api.client, callers, rounds)


def promoting(world: World) -> None:
    """Terms of sale that are published, once for a world."""
    if world.core.promotion.terms.current_or_none() is None:
        number = world.post("/v1/promotion/terms", text=TERMS).json()["number"]
        world.post(f"/v1/promotion/terms/{number}/publish")


class Promoting(Contest):
    """A buyer with money for eight orders, and an item of their own."""

    price = 1_000

    def begin(self) -> None:
        promoting(self.world)
        self.buyer, self.item = f"{self.name}-buyer", f"{self.name}-video"
        self.world.post("/v1/promotion/items", item=self.item, creator=self.buyer)
        self.pay_in(8 * self.price)

    def pay_in(self, amount: int) -> None:
        answer = self.world.post("/v1/promotion/wallet/payments", amount=amount, buyer=self.buyer)
        assert answer.is_success, answer.text

    def wish(self) -> dict[str, Any]:
        lines = [{"kind": "like", "units": 10}]
        return {"item": self.item, "package": "likes", "lines": lines, "hours": 24}

    def quoted(self) -> str:
        answer = self.world.post("/v1/promotion/quotes", buyer=self.buyer, **self.wish())
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def ordered(self) -> str:
        quote = self.quoted()
        answer = self.world.post("/v1/promotion/orders", quote=quote, buyer=self.buyer)
        assert answer.is_success, answer.text
        return quote

    def to(self, order: str, action: str, once: str = "", **body: Any) -> httpx.Response:
        return self.world.post(f"/v1/promotion/orders/{order}/{action}", once, buyer=self.buyer, **body)

    def spent(self) -> int:
        """What left the wallet and did not come back."""
        return 8 * self.price - int(self.world.core.promotion.wallets.available(self.buyer))

    def paid(self) -> int:
        """What the buyer's orders were paid, less what was given back."""
        rows = self.world.rows("SELECT paid, refunded FROM orders WHERE buyer = ?", self.buyer)
        return sum(paid - refunded for paid, refunded in rows)

    def events(self, order: str, command: str) -> int:
        text = "SELECT 1 FROM order_events WHERE order_id = ? AND command = ?"
        return len(self.world.rows(text, order, command))


@contest("POST /v1/promotion/quotes")
class QuotingPromotion(Promoting):
    """Odd callers share a key: they are given one quote."""

    def ask(self, caller: int) -> httpx.Response:
        key = f"{self.name}-{'shared' if caller % 2 else caller}"
        return self.world.post("/v1/promotion/quotes", key, buyer=self.buyer, **self.wish())

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {201, 409}
        ids = {answer.json()["id"] for answer in granted(answers)}
        rows = self.world.rows("SELECT id FROM orders WHERE buyer = ?", self.buyer)
        assert ids == {id for (id,) in rows}
        assert len({answer.json()["id"] for answer in granted(answers[1::2])}) == 1
        assert self.spent() == 0


@contest("POST /v1/promotion/orders")
class PayingPromotion(Promoting):
    """One quote in many tabs."""

    def begin(self) -> None:
        super().begin()
        self.quote = self.quoted()

    def ask(self, caller: int) -> httpx.Response:
        key = f"{self.name}-{caller}"
        return self.world.post("/v1/promotion/orders", key, quote=self.quote, buyer=self.buyer)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert one_of(answers).json()["id"] == self.quote
        assert self.spent() == self.paid() == self.price
        assert self.events(self.quote, "Fund") == 1


@contest("POST /v1/promotion/orders/bulk")
class BulkPromotion(Promoting):
    """Each wants three orders; the wallet is good for two callers."""

    def ask(self, caller: int) -> httpx.Response:
        body = {"orders": [self.wish()] * 3, "buyer": self.buyer}
        return self.world.post("/v1/promotion/orders/bulk", f"{self.name}-{caller}", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert Counter(answer.status_code for answer in answers) == {201: 2, 409: len(answers) - 2}
        assert self.spent() == self.paid() == 6 * self.price


@contest("POST /v1/promotion/orders/{order_id}/pause", "POST /v1/promotion/orders/{order_id}/resume")
class PausingPromotion(Promoting):
    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()

    def ask(self, caller: int) -> httpx.Response:
        return self.to(self.order, ("pause", "resume")[caller % 2])

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {200, 409}
        pauses, resumes = len(granted(answers[::2])), len(granted(answers[1::2]))
        assert pauses - resumes in (0, 1)
        (state,) = self.world.rows("SELECT state FROM orders WHERE id = ?", self.order)[0]
        assert state == ("paused" if pauses > resumes else "running")
        assert self.events(self.order, "Pause") == pauses


@contest("POST /v1/promotion/orders/{order_id}/cancel")
class CancellingPromotion(Promoting):
    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()

    def ask(self, caller: int) -> httpx.Response:
        return self.to(self.order, "cancel", f"{self.name}-{caller}")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert one_of(answers).json()["refunded"] == self.price
        assert self.spent() == self.paid() == 0


@contest("POST /v1/promotion/orders/{order_id}/top-up")
class ToppingUpPromotion(Promoting):
    """The wallet is good for seven more."""

    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()

    def ask(self, caller: int) -> httpx.Response:
        return self.to(self.order, "top-up", f"{self.name}-{caller}", units=10)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {200, 409}
        added = len(granted(answers))
        assert added == min(len(answers), 7)
        assert self.spent() == self.paid() == self.price * (1 + added)
        rows = self.world.rows("SELECT SUM(goal) FROM order_lines WHERE order_id = ?", self.order)
        assert rows == [(10 * (1 + added),)]


@contest("POST /v1/promotion/orders/{order_id}/shortfall")
class ChoosingPromotion(Promoting):
    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()

    def ask(self, caller: int) -> httpx.Response:
        return self.to(self.order, "shortfall", on_shortfall=("refund", "extend")[caller % 2])

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {200}
        rows = self.world.rows("SELECT on_shortfall, state FROM orders WHERE id = ?", self.order)
        assert rows[0][0] in ("refund", "extend")
        assert rows[0][1] == "running"


@contest("POST /v1/promotion/orders/{order_id}/repeat")
class RepeatingPromotion(Promoting):
    """A double click: all with one key."""

    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()

    def ask(self, caller: int) -> httpx.Response:
        return self.to(self.order, "repeat", self.name)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert len({answer.json()["id"] for answer in granted(answers)}) == 1
        assert self.spent() == self.paid() == 2 * self.price


@contest("POST /v1/promotion/orders/{order_id}/review")
class ReviewingPromotion(Promoting):
    """Even callers approve, odd ones refuse."""

    def begin(self) -> None:
        super().begin()
        self.order = self.quoted()
        self.world.core.promotion.book.set_beside(self.order, needs_review=True)
        body = {"quote": self.order, "buyer": self.buyer}
        assert self.world.post("/v1/promotion/orders", **body).json()["state"] == "in_review"

    def ask(self, caller: int) -> httpx.Response:
        path = f"/v1/promotion/orders/{self.order}/review"
        return self.world.post(path, approve=caller % 2 == 0, reason=str(caller))

    def holds(self, answers: list[httpx.Response]) -> None:
        answer = one_of(answers).json()
        assert answer["state"] in ("running", "refused")
        assert self.spent() == self.paid() == (self.price if answer["state"] == "running" else 0)


@contest("POST /v1/promotion/wallet/payments")
class PayingIn(Promoting):
    """Odd callers share a reference."""

    def ask(self, caller: int) -> httpx.Response:
        reference = f"{self.name}-{'shared' if caller % 2 else caller}"
        body = {"amount": 10, "reference": reference, "buyer": self.buyer}
        return self.world.post("/v1/promotion/wallet/payments", **body)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert len(granted(answers)) == len(answers)
        payments = len(answers[::2]) + bool(answers[1::2])
        assert self.spent() == -10 * payments


@contest("POST /v1/promotion/terms")
class DraftingTerms(Contest):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/promotion/terms", text=TERMS.replace('"test"', f'"{self.name}-{caller}"'))

    def holds(self, answers: list[httpx.Response]) -> None:
        versions = {answer.json()["number"]: answer.json()["text"] for answer in answers}
        assert len(versions) == len(answers)
        for number, text in versions.items():
            rows = self.world.rows("SELECT text FROM terms_versions WHERE number = ?", number)
            assert rows == [(text,)]
            assert self.world.deeds(f"drafts terms {number}") >= 1


@contest("POST /v1/promotion/terms/{number}/publish")
class PublishingTerms(Contest):
    def begin(self) -> None:
        promoting(self.world)
        texts = [TERMS.replace('"test"', f'"{self.name}-{index}"') for index in range(4)]
        self.drafts = [self.world.post("/v1/promotion/terms", text=text).json()["number"] for text in texts]

    def ask(self, caller: int) -> httpx.Response:
        number = self.drafts[caller % len(self.drafts)]
        return self.world.post(f"/v1/promotion/terms/{number}/publish")

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} <= {200, 409}
        rows = self.world.rows("SELECT number FROM terms_versions WHERE state = 'published'")
        assert len(rows) == 1
        assert rows[0][0] in {answer.json()["number"] for answer in granted(answers)}
        current = self.world.core.promotion.terms.current()
        assert current.version in {answer.json()["version"] for answer in granted(answers)}


@contest("POST /v1/promotion/items")
class RegisteringItems(Contest):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/promotion/items", item=self.name, creator=f"c-{caller}")

    def holds(self, answers: list[httpx.Response]) -> None:
        rows = self.world.rows("SELECT creator FROM promotable_items WHERE item = ?", self.name)
        assert len(rows) == 1
        assert rows[0][0] in {answer.json()["creator"] for answer in granted(answers)}
        assert len(granted(answers)) == len(answers)


@contest("POST /v1/promotion/opt-outs")
class OptingOut(Contest):
    """Even callers opt out, odd ones in again."""

    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/promotion/opt-outs", account=self.name, opted_out=caller % 2 == 0)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.status_code for answer in answers} == {200}
        rows = self.world.rows("SELECT 1 FROM promotion_opt_outs WHERE account = ?", self.name)
        assert len(rows) <= 1


@contest("POST /v1/decisions")
class DecidingSlots(Promoting):
    """All ask for slots of one viewer, who is shown an order once a day."""

    def begin(self) -> None:
        super().begin()
        self.order = self.ordered()
        flights = self.world.core.promotion_delivery.delivery._decider.flights
        flights.burst_seconds[0], flights.tokens[:] = 1e6, 1e6
        flights.rate[:], flights.block_most[:] = flights.live, 10**6

    def ask(self, caller: int) -> httpx.Response:
        slots = [{"account": self.name, "region": "CN", "interest": "music"}] * 8
        return self.world.post("/v1/decisions", slots=slots)

    def holds(self, answers: list[httpx.Response]) -> None:
        decisions = [row for answer in answers for row in answer.json()["decisions"] if row]
        orders = Counter(row["order"] for row in decisions)
        assert max(orders.values(), default=1) == 1
        assert len(decisions) <= self.world.core.promotion.terms.current().caps.viewer_day
        assert len({row["receipt"] for row in decisions}) == len(decisions)
        self.to(self.order, "cancel")


class Exposing(DecidingSlots):
    """One exposure, reported by all."""

    def begin(self) -> None:
        super().begin()
        decider = self.world.core.promotion_delivery.delivery._decider
        row = decider.row(self.world.core.promotion.book.find(self.order).number)
        self.decision: dict[str, Any] = {}
        for viewer in range(2_000):
            decider.flights.rate[:] = 0.0
            decider.flights.rate[row] = 1.0
            decider.flights.tokens[row] = 1e6
            slots = [{"account": f"{self.name}-{viewer}", "region": "CN", "interest": "music"}]
            (decision,) = self.world.post("/v1/decisions", slots=slots).json()["decisions"]
            if decision and decision["order"] == self.order:
                self.decision = decision
                break
        assert self.decision

    def rows_of_order(self) -> list[Any]:
        text = (
            "SELECT e.qualified_us FROM exposures e JOIN orders o ON o.number = e.order_number WHERE o.id = ?"
        )
        return self.world.rows(text, self.order)


@contest("POST /v1/exposures")
class ReportingExposures(Exposing):
    def ask(self, caller: int) -> httpx.Response:
        return self.world.post("/v1/exposures", exposures=[{"receipt": self.decision["receipt"]}] * 2)

    def holds(self, answers: list[httpx.Response]) -> None:
        assert all(view["problem"] is None for answer in answers for view in answer.json()["views"])
        assert len(self.rows_of_order()) == 1
        self.to(self.order, "cancel")


@contest("POST /v1/exposures/qualified")
class QualifyingExposures(Exposing):
    """Too soon: none is qualified."""

    def ask(self, caller: int) -> httpx.Response:
        report = self.world.post("/v1/exposures", exposures=[{"receipt": self.decision["receipt"]}])
        return self.world.post("/v1/exposures/qualified", views=[{"view": report.json()["views"][0]["view"]}])

    def holds(self, answers: list[httpx.Response]) -> None:
        assert {answer.json()["problems"][0] for answer in answers} <= {"too_short", None}
        assert len(self.rows_of_order()) == 1
        self.to(self.order, "cancel")
