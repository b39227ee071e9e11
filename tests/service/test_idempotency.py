"""A key that is sent again: answered with what was done, or done now, however the first time ended."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from tests.service.concurrent_calls import SELLER, Promoting, World, played
from tests.service.test_callers import at_once

from zhenzan.ledger import check
from zhenzan.rewards.market import Market
from zhenzan.service import idempotency as idempotency

Asked = tuple[str, dict[str, Any], str]
"""Where to, with which body, and a query that counts what it does."""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    home = tmp_path_factory.mktemp("keys") / "home"
    with played(home, callers=2, rounds=20, database=database) as world:
        yield world


def redemption(world: World) -> Asked:
    fan = next(world.fans)
    count = f"SELECT COUNT(*) FROM redemptions WHERE account = '{fan}' AND state = 'confirmed'"
    return "/v1/redemptions", {"offer": "tea", "account": fan}, count


def appeal(world: World) -> Asked:
    fan = next(world.fans)
    count = f"SELECT COUNT(*) FROM appeals WHERE account = '{fan}'"
    return "/v1/appeals", {"text": "please", "account": fan}, count


def listing(world: World) -> Asked:
    serial = world.card()
    body = {"kind": "fixed", "edition": "card", "serial": serial, "price": 3, "account": SELLER}
    return "/v1/market/listings", body, f"SELECT COUNT(*) FROM listings WHERE serial = {serial}"


def purchase(world: World) -> Asked:
    id, serial = world.listed()
    body = {"listing": id, "account": world.buyers[0]}
    return "/v1/market/purchases", body, f"SELECT COUNT(*) FROM sales WHERE serial = {serial}"


def bid(world: World) -> Asked:
    id, serial = world.listed("auction")
    body = {"listing": id, "price": 7, "account": world.buyers[0]}
    return "/v1/market/bids", body, f"SELECT COUNT(*) FROM bids WHERE serial = {serial}"


def rental(world: World) -> Asked:
    id, serial = world.listed("rent")
    body = {"listing": id, "days": 2, "account": world.buyers[0]}
    return "/v1/market/rentals", body, f"SELECT COUNT(*) FROM rentals WHERE serial = {serial}"


def offer(world: World) -> Asked:
    serial = world.card()
    body = {"edition": "card", "serial": serial, "price": 9, "account": world.buyers[0]}
    return "/v1/market/offers", body, f"SELECT COUNT(*) FROM bids WHERE serial = {serial}"


def promotion(world: World) -> Promoting:
    return Promoting(world)  # it begins by itself


def promotion_order(world: World) -> Asked:
    buying = promotion(world)
    quote = buying.quoted()
    count = f"SELECT COUNT(*) FROM orders WHERE id = '{quote}' AND paid = {buying.price}"
    return "/v1/promotion/orders", {"quote": quote, "buyer": buying.buyer}, count


def promotion_payment(world: World) -> Asked:
    buying = promotion(world)
    prefix = f"payment:{buying.buyer}:"
    count = f"SELECT COUNT(*) FROM transfers WHERE amount = 77 AND substr(id, 1, {len(prefix)}) = '{prefix}'"
    return "/v1/promotion/wallet/payments", {"amount": 77, "buyer": buying.buyer}, count


DEEDS = (redemption, appeal, listing, purchase, bid, rental, offer, promotion_order, promotion_payment)


@contextmanager
def cut(world: World, monkeypatch: pytest.MonkeyPatch, number: int, *, before: bool) -> Iterator[None]:
    """The connection of the commit of this number, from 0, is cut before it, or after it and unheard."""
    database = world.core.ledger.database
    dialect = database.engine.dialect
    real, left, counting = dialect.do_commit, [number], threading.Lock()
    names = {thread.name for thread in threading.enumerate()}
    own = {name for name in names if name in ("lease", "rewards", "webhooks") or name.startswith("promotion")}

    def commit(connection: Any) -> None:
        is_cut = False
        if threading.current_thread().name not in own:
            with counting:
                is_cut, left[0] = left[0] == 0, left[0] - 1
        if not (is_cut and before):
            real(connection)
        if is_cut and database.is_sqlite:
            if before:
                connection.rollback()
            raise sqlite3.OperationalError("disk I/O error")
        if is_cut:
            connection.dbapi_connection.close()
            raise dialect.loaded_dbapi.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dialect, "do_commit", commit)
    yield
    monkeypatch.setattr(dialect, "do_commit", real)


@pytest.mark.parametrize("before", [True, False], ids=["not committed", "committed unheard"])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_a_cut_connection_is_answered_by_the_same_key(
    world: World, monkeypatch: pytest.MonkeyPatch, deed: Callable[[World], Asked], before: bool
) -> None:
    """Whichever commit of the request is cut, until one request ends with none cut."""
    for number in range(10):
        (path, body, count), key = deed(world), f"cut-{world.number()}"
        with cut(world, monkeypatch, number, before=before):
            first = world.post(path, key, **body)
        assert first.is_success or first.status_code == 503, first.text
        again = world.post(path, key, **body)
        assert again.is_success, again.text
        assert world.rows(count) == [(1,)]
        assert world.post(path, key, **body).text == again.text
        if first.is_success:
            assert again.text == first.text
            assert number >= 2
            return
    raise AssertionError("a request has fewer commits")


def test_what_fails_before_it_is_done_frees_its_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (path, body, count), key = listing(world), f"fault-{world.number()}"
    real = Market._free

    def fails(*arguments: Any, **named: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Market, "_free", fails)
    assert world.post(path, key, **body).status_code == 500
    monkeypatch.setattr(Market, "_free", real)
    assert world.post(path, key, **body | {"price": 4}).status_code == 201
    assert world.rows(count) == [(1,)]


def test_a_key_that_a_crash_left_open_is_done_now(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process leaves it that was killed after it noted the key."""
    (path, body, count), key = listing(world), f"crash-{world.number()}"

    def dies(*arguments: Any, **named: Any) -> None:
        raise KeyError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Market, "_free", dies)
        patched.setattr(idempotency._Request, "free", lambda request: None)
        assert world.post(path, key, **body).status_code == 500
    assert world.post(path, key, **body | {"price": 8}).status_code == 422
    assert world.post(path, key, **body).status_code == 201
    assert world.rows(count) == [(1,)]


@pytest.mark.soak
def test_connections_that_are_cut_under_load_lose_and_double_nothing(
    new_postgres: Callable[[], str], tmp_path: Path
) -> None:
    """Every caller sends each request with its key until it is answered, while the server cuts everybody."""
    callers, turns, url = 16, 100, new_postgres()
    done, statuses = threading.Event(), Counter[int]()
    with played(tmp_path / "home", callers, 2 * turns, database=url) as world:
        killer = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        others = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        def cut_all() -> None:
            with killer.connect() as connection:
                while not done.wait(0.05):
                    connection.execute(others)

        def call(caller: int) -> None:
            for turn in range(turns):
                body = {"edition": "card", "serial": turn + 1, "price": caller + 1}
                whose = {"account": world.buyers[caller]}
                while True:
                    answer = world.post("/v1/market/offers", f"{caller}/{turn}", **body, **whose)
                    statuses[answer.status_code] += 1
                    if answer.is_success:
                        break
                    assert answer.status_code in (409, 503), answer.text

        cutting = threading.Thread(target=cut_all)
        cutting.start()
        try:
            at_once(callers, call)
        finally:
            done.set()
            cutting.join()
            killer.dispose()
        assert statuses[503]
        counts = world.rows("SELECT serial, bidder, COUNT(*) FROM bids GROUP BY serial, bidder")
        assert len(counts) == callers * turns
        assert {count for *_, count in counts} == {1}
        check(world.core.ledger)
