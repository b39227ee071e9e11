"""Promotion that is delivered and settled under load, and what must be true however it was broken off."""

from __future__ import annotations

import base64
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.polling import wait_until
from tests.service.conftest import Process
from tests.service.promotion_helpers import TERMS

from zhenzan.ledger import Ledger, check
from zhenzan.promote import OrderBook, Wallets, statuses, viewer_number
from zhenzan.promote.receipts import RECORD

__all__ = ["UNPACED", "Load", "broken_rules", "drive", "prepare"]

ORDERS, UNITS = 12, 60
OPTIONS = ("--settle-every", "0.5", "--settle-share", "2")
UNPACED = """
from zhenzan.promote import dispatch
real = dispatch.Dispatcher.decide
def decide(self, slots, now_us):
    if self._decider is not None:
        flights = self._decider.flights
        flights.burst_seconds[0] = 1e6
        flights.tokens[:], flights.rate[:], flights.block_most[:] = 1e6, flights.live, 10**6
    return real(self, slots, now_us)
dispatch.Dispatcher.decide = decide
"""
"""Code for a process that shows as fast as it is asked: tests have no hours."""


@dataclass
class Load:
    """What was acknowledged: decisions of exposures, likes of viewers who were shown the item before."""

    exposures: set[int] = field(default_factory=set)
    likes: set[tuple[str, str]] = field(default_factory=set)  # order, outcome
    orders: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def prepare(process: Process, load: Load) -> None:
    """Terms, items, money and orders."""
    number = process.ask("POST", "/v1/promotion/terms", json={"text": TERMS}).json()["number"]
    process.ask("POST", f"/v1/promotion/terms/{number}/publish")
    for index in range(ORDERS):
        buyer, item = f"buyer-{index}", f"video-{index}"
        process.ask("POST", "/v1/promotion/items", json={"item": item, "creator": buyer})
        process.ask("POST", "/v1/promotion/wallet/payments", json={"amount": 50_000, "buyer": buyer})
        wish = {"item": item, "package": "likes", "lines": [{"kind": "like", "units": UNITS}], "hours": 24}
        body = {"orders": [wish], "buyer": buyer}
        answer = process.ask("POST", "/v1/promotion/orders/bulk", json=body)
        assert answer.status_code == 201, answer.text
        load.orders.append(answer.json()["results"][0]["order"]["id"])


def drive(
    process: Process, turn: int, seed: int, load: Load, stops: Callable[[], bool] = lambda: False
) -> None:
    """Show, report, like, and change orders, until the service is gone or `stops`. Only what is answered with
    200 counts.
    """
    rng = random.Random(f"{seed}/{turn}")
    number = 0
    with process.client() as client:
        while not stops():
            try:
                _round(client, rng, f"{turn}-{number}", load)
            except httpx.TransportError:
                if stops() or process.child.poll() is not None:
                    return
            number += 1
            time.sleep(0.02)


def _round(client: httpx.Client, rng: random.Random, name: str, load: Load) -> None:
    viewers = [f"fan-{name}-{index}" for index in range(30)]
    slots = [{"account": viewer, "region": "CN", "interest": "music"} for viewer in viewers]
    answer = client.post("/v1/decisions", json={"slots": slots})
    load.statuses[answer.status_code] += 1
    if answer.status_code != 200:
        return
    shown = [
        (viewer, one)
        for viewer, one in zip(viewers, answer.json()["decisions"], strict=True)
        if one is not None
    ]
    if shown:
        reported = client.post(
            "/v1/exposures", json={"exposures": [{"receipt": one["receipt"]} for _, one in shown]}
        )
        load.statuses[reported.status_code] += 1
        if reported.status_code == 200:
            load.exposures.update(_decision(one["receipt"]) for _, one in shown)
            _like(client, rng, shown, load)
    organic = [_row(viewer, "organic", f"o-{viewer}", "organic") for viewer in viewers[:2]]
    client.post("/v1/interactions", json=organic)
    if rng.random() < 0.2:
        order = rng.choice(load.orders)
        index = load.orders.index(order)
        action = rng.choice(("pause", "resume", "resume", "top-up"))
        body: dict[str, Any] = {"buyer": f"buyer-{index}"} | ({"units": 5} if action == "top-up" else {})
        key = {"Idempotency-Key": name}
        client.post(f"/v1/promotion/orders/{order}/{action}", json=body, headers=key)


def _like(client: httpx.Client, rng: random.Random, shown: list[tuple[str, Any]], load: Load) -> None:
    liked = [(viewer, one) for viewer, one in shown if rng.random() < 0.5]
    if not liked:
        return
    rows = [_row(viewer, one["item"], f"l-{viewer}", one["origin"]) for viewer, one in liked]
    answer = client.post("/v1/interactions", json=rows)
    load.statuses[answer.status_code] += 1
    if answer.status_code == 200:
        load.likes.update((one["order"], f"like:{viewer_number(viewer):016x}") for viewer, one in liked)


def _row(viewer: str, item: str, id: str, origin: str) -> dict[str, Any]:
    return {"id": id, "account": viewer, "item": item, "timestamp": time.time(), "origin": origin}


def _decision(receipt: str) -> int:
    raw = base64.urlsafe_b64decode(receipt + "==")[: RECORD.itemsize]
    return int(np.frombuffer(raw, RECORD)[0]["decision"])


def outcomes_of(database: Any) -> set[tuple[str, str]]:
    rows = database.fetch("SELECT order_id, outcome FROM order_outcomes")
    return set(map(tuple, rows))


def settled_down(home: Path, load: Load) -> Callable[[], bool]:
    """Whether every acknowledged like is an outcome by now."""
    from zhenzan.store import open_database

    def look() -> bool:
        database = open_database(str(home / "zhenzan.sqlite"))
        try:
            return load.likes <= outcomes_of(database)
        finally:
            database.close()

    return look


def broken_rules(home: Path, load: Load, database: str = "") -> list[str]:
    """What is not as it must be, once everything has stopped."""
    broken: list[str] = []
    url = database or str(home / "zhenzan.sqlite")
    with Ledger.open(url, key=home / "ledger.key") as ledger:
        check(ledger)
        stored = {int(decision) for (decision,) in ledger.database.fetch("SELECT decision FROM exposures")}
        if lost := load.exposures - stored:
            broken.append(f"{len(lost)} acknowledged exposures are lost")
        if lost_likes := load.likes - outcomes_of(ledger.database):
            broken.append(f"{len(lost_likes)} acknowledged likes are no outcomes")
        wallets = Wallets(ledger)
        book = OrderBook(ledger, wallets)
        records = book.several(load.orders)
        if len(records) != len(load.orders):
            broken.append("an order is lost")
        for record in records:
            broken += _broken_of(book, wallets, record)
        billed = sum(record.order.billed for record in records)
        if wallets.revenue().posted != billed:
            broken.append(f"revenue is {wallets.revenue().posted}, orders are billed {billed}")
    return broken


def _broken_of(book: OrderBook, wallets: Wallets, record: Any) -> list[str]:
    order, broken = record.order, []
    events = book.events(order.id)
    if [event.version for event in events] != list(range(1, order.version + 1)):
        broken.append(f"{order.id}: its events are not one after the other")
    if events[-1].state != str(order.state) or events[-1].billed != order.billed:
        broken.append(f"{order.id} is {order.state}, its last event says {events[-1].state}")
    if wallets.escrow(order.id).posted != order.held:
        broken.append(f"{order.id}: escrow {wallets.escrow(order.id).posted}, held {order.held}")
    for line in order.lines:
        taken = Counter(map(str, line.outcomes.values()))
        if taken["captured"] != line.captured or taken["captured"] + taken["reserved"] > line.goal:
            broken.append(f"{order.id}: units do not add up")
    if len(statuses(order.lines)) != sum(len(line.outcomes) for line in order.lines):
        broken.append(f"{order.id}: an outcome stands in two lines")
    spent = 50_000 - wallets.available(order.buyer)
    if spent != order.paid - order.refunded:
        broken.append(f"{order.id}: the wallet is short of {spent}, the order took {order.paid}")
    return broken


def killed_while_promoting(
    start: Callable[..., Process], home: Path, kills: int, seed: int, life_seconds: float = 2.5
) -> Load:
    """Kill the service so many times at random moments while it delivers, bills and takes orders."""
    rng, load = random.Random(seed), Load()
    for turn in range(kills):
        process = start(home, *OPTIONS, before=UNPACED)
        if not load.orders:
            prepare(process, load)
        driving = threading.Thread(target=drive, args=(process, turn, seed, load))
        driving.start()
        time.sleep(rng.uniform(0.1, life_seconds))
        process.kill()
        driving.join()
    process = start(home, *OPTIONS, before=UNPACED)
    wait_until(settled_down(home, load))
    assert process.stop() == 0
    return load
