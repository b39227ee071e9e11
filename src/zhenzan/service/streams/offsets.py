"""Kafka offsets: how far each partition is done; an offset counts once nothing before it must be retried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

__all__ = ["Offsets"]


class Placed(Protocol):
    """A message: in a partition, at an offset."""

    def partition(self) -> int | None: ...

    def offset(self) -> int | None: ...


Message = TypeVar("Message", bound=Placed)


class Offsets(Generic[Message]):
    """Offsets of the partitions that are ours. `len`: messages that must come again."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}  # after the last message that was looked at
        self._held: dict[tuple[int, int], Message] = {}
        self._changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._held)

    def note(self, message: Message, is_done: bool) -> None:
        """Say of a message that it is done, or that it must come again."""
        partition, offset = message.partition(), message.offset()
        assert partition is not None
        assert offset is not None
        self._next[partition] = max(self._next.get(partition, 0), offset + 1)
        if is_done:
            self._held.pop((partition, offset), None)
        else:
            self._held[partition, offset] = message
        self._changed.add(partition)

    def held(self) -> list[Message]:
        """The messages that must come again, in order."""
        return [message for _, message in sorted(self._held.items(), key=lambda item: item[0])]

    def changed(self) -> dict[int, int]:
        """By partition, the offset up to which all is done; where it may have changed since the last call."""
        first: dict[int, int] = {}
        for partition, offset in self._held:
            first[partition] = min(offset, first.get(partition, offset))
        offsets = {partition: first.get(partition, self._next[partition]) for partition in self._changed}
        self._changed.clear()
        return offsets

    def forget(self, partitions: Iterable[int]) -> None:
        """These are no longer ours: who has them now begins where we told the broker last."""
        gone = set(partitions)
        self._next = {partition: offset for partition, offset in self._next.items() if partition not in gone}
        self._held = {
            position: message for position, message in self._held.items() if position[0] not in gone
        }
        self._changed -= gone
