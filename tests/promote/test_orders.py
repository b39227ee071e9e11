"""Whatever happens in whatever order: never billed beyond the goal, never refunded more than was paid."""

from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.promote import (
    Actor,
    AddOutcome,
    Approve,
    Cancel,
    Change,
    Close,
    Command,
    EndWindow,
    Expire,
    Extend,
    Fund,
    Judge,
    Line,
    Order,
    Pause,
    Quote,
    Refuse,
    Rejection,
    RejectionCode,
    Resume,
    Role,
    Start,
    State,
    Status,
    Submit,
    TopUp,
    transition,
)  # fmt: skip
from zhenzan.promote.transitions import FROM
from zhenzan.translation import translated

BUYER, STAFF, SYSTEM = Actor("shop"), Actor("staff", Role.operator), Actor("clock", Role.system)
HOUR = 3_600_000_000
OUTCOMES = tuple(f"like-{number}" for number in range(8))
lines = st.builds(Line, st.just("like"), st.integers(1, 5), st.integers(0, 1_000))
commands = st.one_of(
    st.sampled_from([Start(), Pause(), Resume(), EndWindow(), Close(), Submit(), Approve()]),
    st.sampled_from([Cancel(), Refuse("x"), Expire()]),
    st.builds(TopUp, lines, st.sampled_from([0, 1_000])),
    st.builds(Extend, st.integers(1, 60).map(lambda hours: hours * HOUR)),
    st.builds(AddOutcome, st.sampled_from(OUTCOMES), st.just("like")),
    st.builds(AddOutcome, st.sampled_from(OUTCOMES), st.just("like")),
    st.builds(Judge, st.sampled_from(OUTCOMES), st.booleans()),
    st.builds(Judge, st.sampled_from(OUTCOMES), st.booleans()),
)


def done(order: Order, command: Command, actor: Actor = SYSTEM, at_us: int = 1) -> Order:
    change = transition(order, command, actor, at_us)
    assert isinstance(change, Change), change
    return change.order


def funded(goal: int = 3, price: int = 100) -> Order:
    draft = Order("o1", "shop", "clip", "shop")
    quoted = done(draft, Quote((Line("like", goal, price),), 0, 24 * HOUR, HOUR), BUYER)
    return done(quoted, Fund(price), BUYER)


def running(goal: int = 3, price: int = 100) -> Order:
    return done(funded(goal, price), Start())


@given(lines, st.lists(st.tuples(st.integers(0, 30), commands), max_size=60))
@settings(max_examples=150)
def test_money_is_conserved_under_any_order_of_events(line: Line, steps: list[tuple[int, Command]]) -> None:
    order = funded(line.goal, line.price)
    moved: Counter[str] = Counter({"fund": line.price})
    at_us = 1
    for hours, command in steps:
        at_us += hours * HOUR // 10
        before, result = order, transition(order, command, SYSTEM, at_us)
        if isinstance(result, Rejection):
            continue
        assert result == transition(before, command, SYSTEM, at_us)
        order = result.order
        for move in result.moves:
            moved[move.kind] += move.amount
        wallet, revenue = moved["fund"] - moved["refund"], moved["capture"] - moved["reverse"]
        assert (order.paid, order.refunded, order.billed) == (moved["fund"], moved["refund"], revenue)
        assert 0 <= revenue <= wallet
        assert revenue <= order.price
        for line in order.lines:
            statuses = Counter(line.outcomes.values())
            assert (line.reserved, line.captured) == (statuses[Status.reserved], statuses[Status.captured])
            assert line.reserved + line.captured <= line.goal
        assert sum(len(line.outcomes) for line in order.lines) <= len(OUTCOMES)
    for outcome in OUTCOMES:  # whatever has happened, all verdicts and the end leave nothing in between
        verdict = transition(order, Judge(outcome, genuine=False), SYSTEM, 10**15)
        order = verdict.order if isinstance(verdict, Change) else order
    for command in (EndWindow(), Close(), Cancel()):
        change = transition(order, command, SYSTEM, 10**15)
        order = change.order if isinstance(change, Change) else order
    assert (order.billed, order.held, order.refunded) == (0, 0, order.paid)


@given(st.permutations([(outcome, number < 3) for number, outcome in enumerate(OUTCOMES[:5])]))
@settings()
def test_the_bill_does_not_depend_on_the_order_of_verdicts(verdicts: list[tuple[str, bool]]) -> None:
    order = running(goal=3, price=100)
    for outcome in OUTCOMES[:5]:
        order = done(order, AddOutcome(outcome, "like"))
    for outcome, genuine in verdicts:
        order = done(order, Judge(outcome, genuine))
        order = done(order, Judge(outcome, genuine))
    assert (order.state, order.billed) == (State.settled, 100)


def test_an_order_goes_from_draft_to_closed() -> None:
    order = running(goal=2, price=101)
    order = done(done(order, AddOutcome("a", "like")), AddOutcome("b", "like"))
    assert order.state is State.delivered
    order = done(order, Judge("a", genuine=True))
    assert (order.billed, order.held) == (50, 51)
    order = done(order, Judge("b", genuine=False))
    assert order.state is State.running
    order = done(done(order, AddOutcome("c", "like")), Judge("c", genuine=True))
    assert order.state is State.settled
    order = done(order, Close())
    assert (order.billed, order.refunded) == (101, 0)
    late = transition(order, Judge("c", genuine=False), SYSTEM, 9)
    assert isinstance(late, Change)
    assert [(move.kind, move.amount) for move in late.moves] == [("reverse", 51), ("refund", 51)]


def test_a_like_beyond_the_goal_is_not_billed_until_a_unit_is_free() -> None:
    order = running(goal=1)
    order = done(done(order, AddOutcome("first", "like")), AddOutcome("second", "like"))
    assert order.lines[0].outcomes["second"] is Status.waiting
    order = done(order, Judge("second", genuine=True))
    assert order.billed == 0
    order = done(order, Judge("first", genuine=False))
    assert (order.state, order.billed) == (State.settled, 100)


def test_a_cancelled_order_keeps_only_what_is_pending() -> None:
    order = running(goal=4, price=100)
    order = done(done(order, AddOutcome("a", "like")), AddOutcome("b", "like"))
    order = done(order, Cancel("changed my mind"), BUYER)
    assert (order.refunded, order.held) == (50, 50)
    order = done(order, Judge("a", genuine=True))
    order = done(order, Judge("b", genuine=False))
    assert (order.billed, order.refunded, order.held) == (25, 75, 0)


def test_what_is_missing_is_made_good_or_refunded() -> None:
    order = running(goal=2, price=100)
    order = done(done(order, AddOutcome("a", "like")), Judge("a", genuine=True))
    ended = done(order, EndWindow(), at_us=24 * HOUR)
    assert ended.state is State.settled
    assert done(ended, Close()).refunded == 50
    longer = done(ended, Extend(48 * HOUR), BUYER, at_us=25 * HOUR)
    assert (longer.state, longer.end_us) == (State.running, 48 * HOUR)


def test_a_bundle_bills_each_kind_by_itself() -> None:
    draft = Order("o1", "shop", "clip", "shop")
    bundle = (Line("like", 1, 100), Line("share", 1, 300))
    order = done(done(draft, Quote(bundle, 0, HOUR, HOUR), BUYER), Fund(400), BUYER)
    order = done(done(order, Start()), AddOutcome("s", "share"))
    assert done(order, Judge("s", genuine=True)).billed == 300
    rejection = transition(order, AddOutcome("f", "follow"), SYSTEM, 1)
    assert isinstance(rejection, Rejection)
    assert rejection.code is RejectionCode.other_kind


@pytest.mark.parametrize(
    ("order", "command", "actor", "at_us", "code"),
    [
        (Order("o", "shop", "i", "c"), Fund(1), BUYER, 1, RejectionCode.wrong_state),
        (Order("o", "shop", "i", "c"), Cancel(), Actor("other"), 1, RejectionCode.not_yours),
        (running(), AddOutcome("a", "like"), BUYER, 1, RejectionCode.operator_only),
        (Order("o", "shop", "i", "c"), Quote((), 0, HOUR, HOUR), BUYER, 1, RejectionCode.nothing_ordered),
        (
            Order("o", "shop", "i", "c"), Quote((Line("like", 1, 1),), 5, 5, HOUR), BUYER, 1,
            RejectionCode.window_empty,
        ),
        (
            Order("o", "shop", "i", "c"), Quote((Line("like", 1, 1),), 0, 5, HOUR), BUYER, 6,
            RejectionCode.window_past,
        ),
        (running(), Extend(48 * HOUR), SYSTEM, 1, RejectionCode.wrong_state),
        (running(), Judge("none", genuine=True), SYSTEM, 1, RejectionCode.unknown_outcome),
        (running(), TopUp(Line("like", 1, 9), 8), BUYER, 1, RejectionCode.wallet_short),
    ],
)  # fmt: skip
def test_what_is_not_possible_is_rejected_with_a_remedy(
    order: Order, command: Command, actor: Actor, at_us: int, code: RejectionCode
) -> None:
    rejection = transition(order, command, actor, at_us)
    assert isinstance(rejection, Rejection)
    assert rejection.code is code
    assert ";" in rejection.message
    assert re.search("[\u4e00-\u9fff]", translated(rejection.message, "zh")), rejection.message


def test_a_quote_is_paid_in_time_and_in_full_or_not_at_all() -> None:
    quoted = done(Order("o", "shop", "i", "c"), Quote((Line("like", 9, 90),), 0, 9 * HOUR, HOUR), BUYER)
    for at_us, available, code in (
        (HOUR, 90, RejectionCode.quote_expired), (1, 89, RejectionCode.wallet_short),
    ):  # fmt: skip
        rejection = transition(quoted, Fund(available), BUYER, at_us)
        assert isinstance(rejection, Rejection)
        assert rejection.code is code
    assert done(quoted, Expire(), SYSTEM, HOUR).state is State.expired


def test_every_command_is_possible_somewhere() -> None:
    assert set(get_args(Command)) == set(FROM)
    assert all(FROM.values())
