"""Of a partition, an offset is given only where nothing before it must come again."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from zhenzan.service.streams.offsets import Offsets


@dataclass(frozen=True)
class Message:
    position: tuple[int, int]

    def partition(self) -> int:
        return self.position[0]

    def offset(self) -> int:
        return self.position[1]


PARTITIONS = 3
TURNS = st.lists(
    st.tuples(
        st.sampled_from(["next", "next", "again", "forget"]), st.integers(0, PARTITIONS - 1), st.booleans()
    )
)


@given(TURNS)
def test_what_is_told_is_all_that_is_done_from_the_beginning_on(turns: list[tuple[str, int, bool]]) -> None:
    offsets: Offsets[Message] = Offsets()
    done: list[set[int]] = [set() for _ in range(PARTITIONS)]
    come = [0] * PARTITIONS
    committed = [0] * PARTITIONS
    for what, partition, is_done in turns:
        held = [message for message in offsets.held() if message.partition() == partition]
        if what == "forget":
            offsets.forget([partition])
            come[partition] = committed[partition]  # it comes back, and begins where the broker was told
            continue
        if what == "next":
            message = Message((partition, come[partition]))
            come[partition] += 1
        elif held:
            message = held[0]
        else:
            continue
        offsets.note(message, is_done)
        if is_done:
            done[partition].add(message.offset())
        for number, offset in offsets.changed().items():
            committed[number] = offset
        waiting = [message.offset() for message in offsets.held() if message.partition() == partition]
        assert committed[partition] == min(waiting, default=come[partition])
        assert set(range(committed[partition])) <= done[partition]


def test_those_that_must_come_again_are_in_order_and_counted() -> None:
    offsets: Offsets[Message] = Offsets()
    messages = [Message((partition, offset)) for partition in (1, 0) for offset in (7, 3)]
    for message in messages:
        offsets.note(message, is_done=False)
    assert [message.position for message in offsets.held()] == [(0, 3), (0, 7), (1, 3), (1, 7)]
    assert len(offsets) == 4
    assert offsets.changed() == {0: 3, 1: 3}
    offsets.note(Message((0, 3)), is_done=True)
    assert offsets.changed() == {0: 7}
    assert offsets.changed() == {}
    offsets.forget([0])
    assert len(offsets) == 2
