"""Each settlement reaches each subscriber, in turn, once in effect; what fails for one holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhenzan.settlement import DeliveryStoppedError, Settlement, SettlementDeliveries
from zhenzan.store import Database, open_database

DAY = 86_400_000_000


class Counting:
    """Counts what it is told; fails as often as it is asked to."""

    def __init__(self, name: str, remembers: bool = True) -> None:
        self.name, self.remembers = name, remembers
        self.deliveries: list[tuple[int | None, int, Collection[str] | None]] = []
        self.fails: Callable[[], bool] = lambda: False

    def on_settlement(
        self, previous: Settlement | None, current: Settlement, changed: Collection[str] | None
    ) -> None:
        if self.fails():
            raise ValueError(f"{self.name} fails")
        self.deliveries.append((previous.number if previous else None, current.number, changed))


def settlement(number: int, since: int = 0) -> Settlement:
    return Settlement(Path(f"pass-{number}"), number, 10, since)


def moved(previous: Settlement, current: Settlement) -> set[str]:
    return {f"{previous.number}-{current.number}"}


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = str(tmp_path / "s.sqlite")
    if request.param == "postgres":
        url = request.getfixturevalue("new_postgres")()
    opened = open_database(url)
    yield opened
    opened.close()


def test_each_is_told_once_and_what_changed(database: Database) -> None:
    one, two = Counting("one"), Counting("two", remembers=False)
    deliveries = SettlementDeliveries(database, [one, two], moved)
    for number, since in ((1, 0), (1, 0), (2, 0), (3, DAY), (3, DAY)):
        assert deliveries.deliver(settlement(number, since)) == {}
    expected = [(None, 1, None), (1, 2, {"1-2"}), (2, 3, None)]  # a day settled for good: perhaps all
    assert one.deliveries == two.deliveries == expected


def test_what_fails_for_one_holds_up_no_other_and_is_told_again(database: Database) -> None:
    ill, well = Counting("ill"), Counting("well")
    deliveries = SettlementDeliveries(database, [ill, well], moved)
    ill.fails = lambda: True
    assert set(deliveries.deliver(settlement(1))) == {"ill"}
    assert set(deliveries.deliver(settlement(2))) == {"ill"}
    assert [number for _, number, _ in well.deliveries] == [1, 2]
    ill.fails = lambda: False
    assert deliveries.deliver(settlement(2)) == {}
    assert ill.deliveries == [(None, 2, None)]
    assert [number for _, number, _ in well.deliveries] == [1, 2]


def test_who_remembers_goes_on_where_it_stopped_and_others_begin_anew(database: Database) -> None:
    first = Counting("paid"), Counting("shown", remembers=False)
    SettlementDeliveries(database, first, moved).deliver(settlement(1))
    again = Counting("paid"), Counting("shown", remembers=False)
    deliveries = SettlementDeliveries(database, again, moved)
    deliveries.deliver(settlement(1))
    assert [one.deliveries for one in again] == [[], [(None, 1, None)]]
    deliveries.deliver(settlement(2))
    assert [[number for _, number, _ in one.deliveries] for one in again] == [[2], [1, 2]]


def test_a_stop_is_passed_on_and_the_rest_is_told_at_the_next_start(database: Database) -> None:
    first, stops, last = Counting("first"), Counting("stops"), Counting("last")

    def stop() -> bool:
        raise DeliveryStoppedError

    stops.fails = stop
    with pytest.raises(DeliveryStoppedError):
        SettlementDeliveries(database, [first, stops, last], moved).deliver(settlement(1))
    again = [Counting(name) for name in ("first", "stops", "last")]
    SettlementDeliveries(database, again, moved).deliver(settlement(1))
    assert [len(one.deliveries) for one in again] == [0, 1, 1]


@given(st.lists(st.tuples(st.sampled_from(["settles", "starts"]), st.sets(st.integers(0, 2))), max_size=25))
def test_whatever_fails_all_take_up_the_newest_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, set[int]]]
) -> None:
    """Any order of settlements, starts and failures: nobody is told an old one, or the same twice."""
    database = open_database(tmp_path_factory.mktemp("any") / "s.sqlite")
    heard: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    number = 1

    def begin() -> tuple[list[Counting], SettlementDeliveries]:
        some = [Counting(name) for name in heard]
        return some, SettlementDeliveries(database, some, moved)

    some, deliveries = begin()
    for step, ill in [*steps, ("settles", set[int]())]:
        if step == "starts":
            some, deliveries = begin()
        else:
            number += 1
        for turn, one in enumerate(some):
            one.fails = lambda turn=turn, ill=ill: turn in ill  # type: ignore[misc]
            one.deliveries.clear()
        deliveries.deliver(settlement(number))
        for one in some:
            heard[one.name] += [number for _, number, _ in one.deliveries]
    for numbers in heard.values():
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == number
    database.close()
