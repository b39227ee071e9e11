"""One pure function from an order and a command to the next order, or a rejection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from zhenzan.promote.accounting import add_outcome, judge_outcome
from zhenzan.promote.commands import (
    AddOutcome,
    Approve,
    Cancel,
    Close,
    Command,
    EndWindow,
    Expire,
    Extend,
    Fund,
    Judge,
    Pause,
    Quote,
    Refuse,
    Resume,
    Start,
    Submit,
    TopUp,
)  # fmt: skip
from zhenzan.promote.orders import ENDED, OPEN, PAID, Actor, Order, Role, State

__all__ = ["FROM", "Change", "Move", "Rejection", "RejectionCode", "transition"]


class RejectionCode(StrEnum):
    """Why a command was not carried out."""

    wrong_state = "wrong_state"
    not_yours = "not_yours"
    operator_only = "operator_only"
    quote_expired = "quote_expired"
    quote_stands = "quote_stands"
    wallet_short = "wallet_short"
    nothing_ordered = "nothing_ordered"
    window_past = "window_past"
    window_empty = "window_empty"
    nothing_missing = "nothing_missing"
    not_judged = "not_judged"
    unknown_outcome = "unknown_outcome"
    other_kind = "other_kind"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Nothing was changed and nothing was charged. The message says what to do, in English."""

    code: RejectionCode
    message: str


@dataclass(frozen=True, slots=True)
class Move:
    """Minor units between the order's accounts.

    fund: wallet → escrow; capture: escrow → revenue; reverse: revenue → escrow; refund: escrow → wallet.
    """

    kind: str
    amount: int

    def __post_init__(self) -> None:
        assert self.amount > 0, "a move moves something"


@dataclass(frozen=True, slots=True)
class Change:
    """A command that was carried out: the order after it, the money it moves, who did it and when."""

    order: Order
    moves: tuple[Move, ...]
    command: Command
    actor: Actor
    at_us: int


FROM: Mapping[type, frozenset[State]] = {
    Quote: frozenset({State.draft, State.quoted}),
    Fund: frozenset({State.quoted}),
    Expire: frozenset({State.quoted}),
    Submit: frozenset({State.funded}),
    Start: frozenset({State.funded}),
    Approve: frozenset({State.in_review}),
    Refuse: frozenset({State.in_review}),
    Pause: frozenset({State.running}),
    Resume: frozenset({State.paused}),
    TopUp: frozenset({State.funded, State.in_review, *OPEN}),
    Extend: frozenset({State.delivered, State.settled}),
    EndWindow: frozenset({State.running, State.paused, State.delivered}),
    Cancel: frozenset({State.draft, State.quoted, *PAID}) - {State.settled},
    Close: frozenset({State.settled}),
    AddOutcome: frozenset({*OPEN, State.settled, State.closed, State.cancelled}),
    Judge: frozenset({*OPEN, State.settled, State.closed, State.cancelled}),
}
"""In which states each command is possible."""

BY_OPERATOR = (Approve, Refuse)
BY_SYSTEM = (Start, EndWindow, Expire, Close, AddOutcome, Judge)


def transition(order: Order, command: Command, actor: Actor, at_us: int) -> Change | Rejection:
    """Carry out a command, or say why not. Pure: the same arguments give the same result."""
    rejection = _refused(order, command, actor)
    if rejection is not None:
        return rejection
    carried_out = _CARRY_OUT[type(command)](order, command, at_us)
    if isinstance(carried_out, Rejection):
        return carried_out
    after = _with_refund(_progressed(carried_out, at_us))
    after = replace(after, version=order.version + 1)
    assert not (after.state in ENDED and after.pending == 0 and after.held), "money stays in an ended order"
    return Change(after, _moves(order, after), command, actor, at_us)


def _refused(order: Order, command: Command, actor: Actor) -> Rejection | None:
    if actor.role is Role.buyer and actor.id != order.buyer:
        return Rejection(
            RejectionCode.not_yours, f"order {order.id} is somebody else's; open one of your own"
        )
    needs = BY_SYSTEM + BY_OPERATOR if actor.role is Role.buyer else ()
    if isinstance(command, needs):
        return Rejection(
            RejectionCode.operator_only, "that is for the platform to do; ask its staff about the order"
        )
    if order.state not in FROM[type(command)]:
        possible = sorted(str(state) for state in FROM[type(command)])
        return Rejection(
            RejectionCode.wrong_state,
            f"order {order.id} is {order.state}; that is possible while it is {' or '.join(possible)}",
        )
    return None


def _progressed(order: Order, at_us: int) -> Order:
    """What follows by itself from how many units are free and pending."""
    if order.state is State.running and not order.free:
        order = replace(order, state=State.delivered)
    refill = order.free and not order.window_over and at_us < order.end_us
    if order.state in (State.delivered, State.settled) and refill:
        return replace(order, state=State.running)
    if order.state is State.delivered and not order.pending and (order.window_over or not order.free):
        order = replace(order, state=State.settled)
    return order


def _with_refund(order: Order) -> Order:
    if order.state not in ENDED:
        return order
    committed = sum(line.committed for line in order.lines) if order.paid else 0
    return replace(order, refunded=order.paid - committed)


def _moves(before: Order, after: Order) -> tuple[Move, ...]:
    differences = (
        ("fund", after.paid - before.paid),
        ("reverse", before.billed - after.billed),
        ("capture", after.billed - before.billed),
        ("refund", after.refunded - before.refunded),
    )
    assert after.refunded >= before.refunded, "a refund is never taken back"
    return tuple(Move(kind, amount) for kind, amount in differences if amount > 0)


def _window_problem(start_us: int, end_us: int, at_us: int) -> Rejection | None:
    if end_us <= start_us:
        return Rejection(RejectionCode.window_empty, "the window ends before it begins; choose a later end")
    if end_us <= at_us:
        return Rejection(RejectionCode.window_past, "the window lies in the past; choose a later end")
    return None


def _quote(order: Order, command: Quote, at_us: int) -> Order | Rejection:
    if not command.lines:
        return Rejection(RejectionCode.nothing_ordered, "the order names no units; choose a package")
    if command.expires_us <= at_us:
        return Rejection(RejectionCode.quote_expired, "the quote has run out; ask for a new one")
    problem = _window_problem(command.start_us, command.end_us, at_us)
    return problem or replace(
        order,
        state=State.quoted,
        lines=command.lines,
        start_us=command.start_us,
        end_us=command.end_us,
        quote_expires_us=command.expires_us,
    )


def _short(price: int, available: int) -> Rejection:
    return Rejection(
        RejectionCode.wallet_short,
        f"this costs {price:,} and {available:,} minor units are in the wallet; pay in {price - available:,}"
        " more",
    )


def _fund(order: Order, command: Fund, at_us: int) -> Order | Rejection:
    if at_us >= order.quote_expires_us:
        return Rejection(RejectionCode.quote_expired, "the quote has run out; ask for a new one")
    if command.available < order.price:
        return _short(order.price, command.available)
    return replace(order, state=State.funded, paid=order.price)


def _top_up(order: Order, command: TopUp, at_us: int) -> Order | Rejection:
    if order.window_over or at_us >= order.end_us:
        return Rejection(RejectionCode.window_past, "the window lies in the past; choose a later end")
    if command.available < command.line.price:
        return _short(command.line.price, command.available)
    return replace(order, lines=(*order.lines, command.line), paid=order.paid + command.line.price)


def _extend(order: Order, command: Extend, at_us: int) -> Order | Rejection:
    if not order.free:
        return Rejection(RejectionCode.nothing_missing, "nothing is missing; there is nothing to make good")
    problem = _window_problem(order.end_us, command.end_us, at_us)
    return problem or replace(order, state=State.running, end_us=command.end_us, window_over=False)


def _end_window(order: Order, command: EndWindow, at_us: int) -> Order | Rejection:
    return replace(order, state=State.delivered, window_over=True)


def _expire(order: Order, command: Expire, at_us: int) -> Order | Rejection:
    if at_us < order.quote_expires_us:
        return Rejection(RejectionCode.quote_stands, "the quote still stands; wait until it runs out")
    return replace(order, state=State.expired)


def _cancel(order: Order, command: Cancel, at_us: int) -> Order | Rejection:
    return replace(order, state=State.cancelled, reason=command.reason)


def _refuse(order: Order, command: Refuse, at_us: int) -> Order | Rejection:
    return replace(order, state=State.refused, reason=command.reason)


def _add_outcome(order: Order, command: AddOutcome, at_us: int) -> Order | Rejection:
    try:
        return replace(order, lines=add_outcome(order.lines, command.kind, command.outcome, order.is_open))
    except KeyError:
        return Rejection(
            RejectionCode.other_kind, f"order {order.id} does not buy a {command.kind}; leave it out"
        )


def _judge(order: Order, command: Judge, at_us: int) -> Order | Rejection:
    try:
        lines = judge_outcome(order.lines, command.outcome, command.genuine, order.is_open)
    except KeyError:
        return Rejection(
            RejectionCode.unknown_outcome, f"order {order.id} has no outcome {command.outcome}; add it first"
        )
    return replace(order, lines=lines)


def _becomes(state: State) -> Callable[[Order, Command, int], Order | Rejection]:
    def changed(order: Order, command: Command, at_us: int) -> Order | Rejection:
        return replace(order, state=state)

    return changed


_CARRY_OUT: Mapping[type, Callable[..., Order | Rejection]] = {
    Quote: _quote,
    Fund: _fund,
    Expire: _expire,
    Submit: _becomes(State.in_review),
    Start: _becomes(State.running),
    Approve: _becomes(State.running),
    Refuse: _refuse,
    Pause: _becomes(State.paused),
    Resume: _becomes(State.running),
    TopUp: _top_up,
    Extend: _extend,
    EndWindow: _end_window,
    Cancel: _cancel,
    Close: _becomes(State.closed),
    AddOutcome: _add_outcome,
    Judge: _judge,
}
