"""What can be done to an order."""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.promote.accounting import Line

__all__ = [
    "AddOutcome",
    "Approve",
    "Cancel",
    "Close",
    "Command",
    "EndWindow",
    "Expire",
    "Extend",
    "Fund",
    "Judge",
    "Pause",
    "Quote",
    "Refuse",
    "Resume",
    "Start",
    "Submit",
    "TopUp",
]


@dataclass(frozen=True, slots=True)
class Quote:
    """Give the draft its lines, window and price, good until `expires_us`."""

    lines: tuple[Line, ...]
    start_us: int
    end_us: int
    expires_us: int


@dataclass(frozen=True, slots=True)
class Fund:
    """Pay the whole price out of a wallet in which `available` lies."""

    available: int


@dataclass(frozen=True, slots=True)
class Submit:
    """Let a person look at the order first."""


@dataclass(frozen=True, slots=True)
class Approve:
    """A person has looked, and the order may run."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A person has looked, and the order may not run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Start:
    """Begin to deliver."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Show nothing for now; outcomes of what was shown still count."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class TopUp:
    """More units, at their own price, paid out of a wallet in which `available` lies."""

    line: Line
    available: int


@dataclass(frozen=True, slots=True)
class Extend:
    """Make good what is missing until a later end, instead of a refund."""

    end_us: int


@dataclass(frozen=True, slots=True)
class EndWindow:
    """The window, and the time in which outcomes are attributed, are over."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop for good. What is pending keeps its unit until it is judged."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Expire:
    """The quote was not paid in time."""


@dataclass(frozen=True, slots=True)
class Close:
    """All outcomes are judged: give the rest back."""


@dataclass(frozen=True, slots=True)
class AddOutcome:
    """A pending interaction that was attributed to the order."""

    outcome: str
    kind: str


@dataclass(frozen=True, slots=True)
class Judge:
    """A verdict about an outcome, or a later one that corrects it."""

    outcome: str
    genuine: bool


Command = (
    Quote | Fund | Submit | Approve | Refuse | Start | Pause | Resume | TopUp | Extend | EndWindow | Cancel
    | Expire | Close | AddOutcome | Judge
)  # fmt: skip
