"""An order as it stands: who buys what, in which state, and where its money is.

    draft → quoted → funded → (in_review) → running ⇄ paused → delivered → settled → closed
    and, for good: refused, cancelled, expired

Money is a function of what the order holds. While it is open nothing is given back; afterwards
refunded = paid − committed, so that a void frees money whenever it comes: billed + held + refunded = paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zhenzan.promote.accounting import Line

__all__ = ["ENDED", "MEANINGS", "OPEN", "PAID", "Actor", "Order", "Role", "State"]


class State(StrEnum):
    """Where an order is in its life."""

    draft = "draft"
    quoted = "quoted"
    funded = "funded"
    in_review = "in_review"
    running = "running"
    paused = "paused"
    delivered = "delivered"
    settled = "settled"
    closed = "closed"
    refused = "refused"
    cancelled = "cancelled"
    expired = "expired"


MEANINGS: Mapping[State, str] = {
    State.draft: "A buyer writes it.",
    State.quoted: "It has a price and has not been paid.",
    State.funded: "It is paid and waits for its window.",
    State.in_review: "It is paid and a person looks at it before it runs.",
    State.running: "It is shown.",
    State.paused: "Nothing is shown; outcomes of what was shown still count.",
    State.delivered: "No unit is free, or the window is over; verdicts are still to come.",
    State.settled: "Every outcome is judged. Where units are missing, the buyer goes on or closes it.",
    State.closed: "The rest was given back; a like found fake later is still refunded.",
    State.refused: "A person refused it, and everything was given back.",
    State.cancelled: "It was stopped for good; what is pending keeps its unit until it is judged.",
    State.expired: "Nobody paid before the quote expired.",
}
"""What each state means to people."""

OPEN = frozenset({State.running, State.paused, State.delivered})
"""States in which an outcome may take a unit."""
ENDED = frozenset({State.closed, State.refused, State.cancelled, State.expired})
PAID = frozenset({State.funded, State.in_review, *OPEN, State.settled})


class Role(StrEnum):
    """Who gives a command."""

    buyer = "buyer"
    operator = "operator"
    system = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody by id, or the system itself."""

    id: str
    role: Role = Role.buyer


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. Times are µs since 1970, money is minor units."""

    id: str
    buyer: str
    item: str
    creator: str
    state: State = State.draft
    lines: tuple[Line, ...] = ()
    start_us: int = 0
    end_us: int = 0
    quote_expires_us: int = 0
    window_over: bool = False
    paid: int = 0
    refunded: int = 0
    version: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        assert 0 <= self.refunded <= self.paid, "refunded more than was paid"
        assert self.held >= 0, "billed and refunded more than was paid"

    @property
    def price(self) -> int:
        return sum(line.price for line in self.lines)

    @property
    def billed(self) -> int:
        return sum(line.billed for line in self.lines)

    @property
    def held(self) -> int:
        """Paid, neither billed nor given back."""
        return self.paid - self.billed - self.refunded

    @property
    def free(self) -> int:
        return sum(line.free for line in self.lines)

    @property
    def pending(self) -> int:
        return sum(line.reserved for line in self.lines)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
