"""Many callers of one route at the same moment: every route that writes has its contest here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.effort import effort
from tests.service.concurrent_calls import CONTESTS, Contest, World, played
from tests.service.test_callers import at_once

from zhenzan.ledger import check
from zhenzan.service import Resources, Settings, make_app

READS = {"GET", "HEAD", "OPTIONS"}
CALLERS, ROUNDS = effort(16, 64), {"sqlite": effort(5, 200), "postgres": effort(1, 200)}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service that all contests of a module share; at the end its ledger is whole."""
    database = request.getfixturevalue("new_postgres")() if request.param == "postgres" else ""
    home = tmp_path_factory.mktemp("contests") / "home"
    with played(home, CALLERS, ROUNDS[request.param], database=database) as world:
        yield world
        check(world.core.ledger)


def test_every_route_that_writes_has_a_contest(tmp_path: Path) -> None:
    with Resources(Settings(tmp_path)) as core:
        routes: Any = make_app(core).routes
        written = {
            (method, route.path_format)
            for route in routes
            for handler in getattr(route, "route_handlers", [])
            for method in set(handler.http_methods) - READS
        }
    assert set(CONTESTS) == written


@pytest.mark.also_soak
@pytest.mark.parametrize("route", list(dict.fromkeys(CONTESTS.values())), ids=lambda kind: kind.__name__)
def test_nothing_is_lost_or_done_twice(world: World, route: type[Contest]) -> None:
    for _ in range(world.rounds if route.writes else 1):
        round = route(world)
        answers: dict[int, httpx.Response] = {}

        def ask(caller: int, round: Any = round, answers: Any = answers) -> None:
            answers[caller] = round.ask(caller)

        at_once(world.callers, ask)
        in_order = [answers[caller] for caller in range(world.callers)]
        assert max(answer.status_code for answer in in_order) < 500, [answer.text for answer in in_order]
        round.holds(in_order)
