"""What an order owes: a pending outcome reserves one unit, a settled one captures it, a void one frees it.

A line sells `goal` units for `price` minor units. Captured units are billed `price · captured // goal`: the
parts add up to the price, whatever the division leaves. An outcome that comes when no unit is free waits:
it is delivered and never billed, unless a unit becomes free while the order is open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import chain
from types import MappingProxyType

__all__ = ["Line", "Status", "add_outcome", "judge_outcome"]


class Status(StrEnum):
    """What an outcome is to its line."""

    reserved = "reserved"  # pending, with a unit
    captured = "captured"  # settled, with a unit
    waiting = "waiting"  # pending, beyond the goal: not billed
    bonus = "bonus"  # settled, beyond the goal: not billed
    void = "void"


WITHOUT_UNIT = (Status.waiting, Status.bonus)
TAKES_UNIT = {Status.waiting: Status.reserved, Status.bonus: Status.captured}


@dataclass(frozen=True, slots=True)
class Line:
    """Units of one kind at one price, and the outcomes that fill them (by id, in the order they came)."""

    kind: str
    goal: int
    price: int
    reserved: int = 0
    captured: int = 0
    unbilled: int = 0
    outcomes: Mapping[str, Status] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        assert self.goal > 0, "a line sells at least one unit"
        assert self.price >= 0, "a price is not negative"
        assert min(self.reserved, self.captured, self.unbilled) >= 0, "counts are not negative"
        assert self.reserved + self.captured <= self.goal, "more units in use than were sold"

    @property
    def free(self) -> int:
        return self.goal - self.reserved - self.captured

    @property
    def billed(self) -> int:
        """Minor units for what has settled."""
        return self.price * self.captured // self.goal

    @property
    def committed(self) -> int:
        """Minor units for what has settled or still may."""
        return self.price * (self.captured + self.reserved) // self.goal


def add_outcome(lines: tuple[Line, ...], kind: str, outcome: str, is_open: bool) -> tuple[Line, ...]:
    """The lines with one pending outcome more: in the first free unit of its kind, else waiting.

    An outcome that is there already changes nothing. Raises KeyError where no line is of that kind.
    """
    indices = [index for index, line in enumerate(lines) if line.kind == kind]
    if not indices:
        raise KeyError(kind)
    if any(outcome in lines[index].outcomes for index in indices):
        return lines
    free = [index for index in indices if lines[index].free] if is_open else []
    index = free[0] if free else indices[-1]
    return _replaced(lines, index, outcome, Status.reserved if free else Status.waiting)


def judge_outcome(lines: tuple[Line, ...], outcome: str, genuine: bool, is_open: bool) -> tuple[Line, ...]:
    """The lines after a verdict, in whatever order verdicts come, each any number of times.

    While the order is open, a unit that becomes free goes to the earliest outcome that waits in the line.
    Raises KeyError where the outcome is in no line.
    """
    index = next((index for index, line in enumerate(lines) if outcome in line.outcomes), None)
    if index is None:
        raise KeyError(outcome)
    line = lines[index]
    before = line.outcomes[outcome]
    after = _judged(before, genuine, is_open and line.free > 0)
    if after == before:
        return lines
    lines = _replaced(lines, index, outcome, after)
    return _fill(lines, index) if is_open else lines


def _judged(before: Status, genuine: bool, unit_free: bool) -> Status:
    if not genuine:
        return Status.void
    if before in (Status.reserved, Status.captured):
        return Status.captured
    return Status.captured if unit_free else Status.bonus


def _fill(lines: tuple[Line, ...], index: int) -> tuple[Line, ...]:
    """Give a free unit of the line to the earliest outcome of its kind that waits."""
    if not lines[index].free:
        return lines
    for other, line in enumerate(lines):
        if line.kind != lines[index].kind or not line.unbilled:
            continue
        name, status = next((n, s) for n, s in line.outcomes.items() if s in WITHOUT_UNIT)
        if other != index:  # it moves to the line whose unit it takes
            lines = _removed(lines, other, name)
        return _replaced(lines, index, name, TAKES_UNIT[status])
    return lines


def _removed(lines: tuple[Line, ...], index: int, outcome: str) -> tuple[Line, ...]:
    line = lines[index]
    kept = {name: status for name, status in line.outcomes.items() if name != outcome}
    changed = replace(line, unbilled=line.unbilled - 1, outcomes=MappingProxyType(kept))
    return (*lines[:index], changed, *lines[index + 1 :])


def _replaced(lines: tuple[Line, ...], index: int, outcome: str, status: Status) -> tuple[Line, ...]:
    line = lines[index]
    before = line.outcomes.get(outcome)

    def counted(count: int, *statuses: Status) -> int:
        return count + (status in statuses) - (before in statuses)

    changed = replace(
        line,
        reserved=counted(line.reserved, Status.reserved),
        captured=counted(line.captured, Status.captured),
        unbilled=counted(line.unbilled, *WITHOUT_UNIT),
        outcomes=MappingProxyType({**line.outcomes, outcome: status}),
    )
    return (*lines[:index], changed, *lines[index + 1 :])


def statuses(lines: tuple[Line, ...]) -> Mapping[str, Status]:
    """All outcomes of an order."""
    return dict(chain.from_iterable(line.outcomes.items() for line in lines))
