"""Views are timed by the service, and outcomes belong to who was shown what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhenzan.promote import Attribution, NotAttributed
from zhenzan.promote.exposures import BeaconProblem, View, close_view, open_view
from zhenzan.promote.receipts import RECORD, Receipts

RECEIPTS = Receipts(bytes(32))
SECOND = 1_000_000


def receipt(flight: int = 3, time_us: int = 100 * SECOND) -> tuple[bytes, bytes]:
    record = np.zeros(1, RECORD)
    record["decision"], record["flight"], record["viewer"], record["time_us"] = 17, flight, 9, time_us
    return record.tobytes(), RECEIPTS.tags(record)[0]


def view(at_us: int = 101 * SECOND) -> View:
    opened = open_view(RECEIPTS, *receipt(), 0.5, at_us)
    assert isinstance(opened, View)
    return opened


def test_two_seconds_with_half_of_the_pixels_are_qualified() -> None:
    assert close_view(RECEIPTS, view(), 0.5, 103 * SECOND) == 17


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((*receipt(), 0.49, 101 * SECOND), BeaconProblem.hidden),
        ((*receipt(), float("nan"), 101 * SECOND), BeaconProblem.hidden),
        ((*receipt(), 1.0, 99 * SECOND), BeaconProblem.too_late),
        ((*receipt(), 1.0, 999 * SECOND), BeaconProblem.too_late),
        ((*receipt(-1), 1.0, 101 * SECOND), BeaconProblem.not_shown),
        ((receipt(4)[0], receipt(5)[1], 1.0, 101 * SECOND), BeaconProblem.forged),
        ((b"", b"", 1.0, 101 * SECOND), BeaconProblem.forged),
    ],
)
def test_a_beacon_that_cannot_be_opens_no_view(
    arguments: tuple[bytes, bytes, float, int], problem: BeaconProblem
) -> None:
    assert open_view(RECEIPTS, *arguments) is problem


@given(st.integers(0, 10 * SECOND), st.integers(-5 * SECOND, 5 * SECOND))
@settings()
def test_a_client_cannot_lengthen_a_view(lasted_us: int, moved_us: int) -> None:
    opened = view()
    honest = close_view(RECEIPTS, opened, 1.0, opened.opened_us + lasted_us)
    assert (honest == 17) == (lasted_us >= 2 * SECOND)
    moved = replace(opened, opened_us=opened.opened_us + moved_us)
    answer = close_view(RECEIPTS, moved, 1.0, opened.opened_us + lasted_us)
    assert moved_us == 0 or answer is BeaconProblem.forged


def test_neither_a_receipt_nor_another_view_passes_for_a_view() -> None:
    opened = view()
    record, tag = receipt()
    assert open_view(RECEIPTS, opened.signed, opened.tag, 1.0, 102 * SECOND) is BeaconProblem.not_shown
    others = (receipt(4)[0], record[:-1], b"")
    forged = (View(record, 101 * SECOND, tag), *(replace(opened, record=other) for other in others))
    assert {close_view(RECEIPTS, view, 1.0, 110 * SECOND) for view in forged} == {BeaconProblem.forged}
    assert close_view(RECEIPTS, opened, 0.2, 110 * SECOND) is BeaconProblem.hidden
    assert close_view(RECEIPTS, opened, 1.0, 9_999 * SECOND) is BeaconProblem.too_late


def test_the_last_exposure_within_the_window_is_the_cause() -> None:
    attribution = Attribution({1: frozenset({50})}, frozenset({60}), window_us=100)
    for viewer, order, at_us in ((10, 1, 0), (10, 2, 40), (50, 1, 0), (60, 1, 0)):
        attribution.expose(viewer, 7, order, at_us)
    assert attribution.attribute(10, 7, "like", 39) == 1
    assert attribution.attribute(10, 7, "like", 41) == 2
    assert attribution.attribute(10, 7, "share", 42) == 2
    assert attribution.attribute(10, 7, "like", 43) is NotAttributed.repeated
    assert attribution.attribute(10, 7, "follow", 141) is NotAttributed.too_late
    assert attribution.attribute(10, 8, "like", 41) is NotAttributed.not_shown
    assert attribution.attribute(11, 7, "like", 41) is NotAttributed.not_shown
    assert attribution.attribute(50, 7, "like", 41) is NotAttributed.own_account
    assert attribution.attribute(60, 7, "like", 41) is NotAttributed.ring_member
    attribution.forget(141)
    assert attribution.attribute(10, 7, "comment", 41) is NotAttributed.not_shown
