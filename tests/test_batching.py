"""Many callers, one writer: everything is carried out once and in order, and nobody is left waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial

import pytest
from tests.polling import PATIENCE_SECONDS

from zhenzan.batching import MicroBatcher


class Slow:
    """Carries out numbers, as soon as it may; remembers each batch."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.batches: list[list[int]] = []

    def begin(self, requests: Sequence[int]) -> Callable[[], list[int | BaseException]]:
        return partial(self.carry_out, requests)

    def carry_out(self, requests: Sequence[int]) -> list[int | BaseException]:
        self.may.wait(PATIENCE_SECONDS)
        self.batches.append(list(requests))
        return [ValueError(str(request)) if request < 0 else request * 10 for request in requests]


@pytest.fixture
def slow() -> Iterator[Slow]:
    work = Slow()
    yield work
    work.may.set()


def test_callers_beyond_the_bound_wait_and_all_are_answered_in_order(slow: Slow) -> None:
    gathering: MicroBatcher[int, int] = MicroBatcher("test", slow.begin, lambda _: 1, 4, waiting_max=3)
    futures: list[Future[int]] = [Future() for _ in range(12)]

    def offer() -> None:
        for number, future in enumerate(futures):
            gathering.offer(number, future)

    offering = threading.Thread(target=offer)
    offering.start()
    offering.join(0.3)
    assert offering.is_alive()  # one is being carried out, three wait, and so does the caller
    slow.may.set()
    assert [future.result(PATIENCE_SECONDS) for future in futures] == [number * 10 for number in range(12)]
    offering.join(PATIENCE_SECONDS)
    assert [number for batch in slow.batches for number in batch] == list(range(12))
    assert max(map(len, slow.batches)) <= 4
    gathering.close()


def test_what_was_offered_is_carried_out_before_it_closes(slow: Slow) -> None:
    gathering: MicroBatcher[int, int] = MicroBatcher("test", slow.begin, lambda _: 1, 100)
    futures: list[Future[int]] = [Future() for _ in range(5)]
    for number, future in zip((1, -2, 3, 4, 5), futures, strict=True):
        gathering.offer(number, future)
    slow.may.set()
    gathering.close()
    assert [future.result(0) for future in futures if future is not futures[1]] == [10, 30, 40, 50]
    with pytest.raises(ValueError, match="-2"):
        futures[1].result(0)


def test_a_batch_wakes_its_event_loop_once_and_who_gave_up_harms_nobody(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering: MicroBatcher[int, int] = MicroBatcher("test", slow.begin, lambda _: 1, 100)
    woken: list[object] = []

    async def ask() -> list[int]:
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *a: (woken.append(a), wake(*a)))
        futures: list[asyncio.Future[int]] = [loop.create_future() for _ in range(20)]
        for number, future in enumerate(futures):
            gathering.offer(number, future)
        futures[7].cancel()
        slow.may.set()
        return await asyncio.gather(*(future for future in futures if not future.cancelled()))

    assert asyncio.run(ask()) == [number * 10 for number in range(20) if number != 7]
    gathering.close()
    assert 1 <= len(woken) == len(slow.batches) < 20


def test_two_threads_begin_in_order_and_end_side_by_side() -> None:
    """The second batch begins before the first has ended; what cannot begin, or end, is answered with why."""
    begun: list[int] = []
    second = threading.Event()

    def begin(requests: Sequence[int]) -> Callable[[], list[int | BaseException]]:
        begun.extend(requests)
        if 5 in requests:
            raise ValueError("5")
        if len(begun) > 1:
            second.set()

        def end() -> list[int | BaseException]:
            assert second.wait(PATIENCE_SECONDS)
            if 7 in requests:
                raise KeyError("7")
            return [request * 10 for request in requests]

        return end

    gathering: MicroBatcher[int, int] = MicroBatcher("test", begin, lambda _: 1, 1, threads=2)
    futures: list[Future[int]] = [Future() for _ in range(40)]
    for number, future in enumerate(futures):
        gathering.offer(number, future)
    gathering.close()
    assert begun == list(range(40))
    for number, future in enumerate(futures):
        error = {5: ValueError, 7: KeyError}.get(number)
        if error is None:
            assert future.result(0) == number * 10
        else:
            with pytest.raises(error):
                future.result(0)
