"""Rights: by a held, a pending, a rented card, or a level; not by a frozen or an old one."""

from __future__ import annotations

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.ledger.machines import Clock
from tests.rewards.test_reconcile import result

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger
from zhenzan.rewards import Rights, read_catalogue, run_rewards

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
LOG_START = 19_000 * DAY_US
NOW = LOG_START + DAY_US
CATALOGUE = """
format = 1
spendable_after_hours = 0
appeal_days = 7
[points]
id = "points"
cap = 1_000
[[edition]]
id = "badge"
kind = "fan-club badge"
cap = 50
[[rule]]
id = "fan"
per = "creator"
every = 2
edition = "badge"
[[ladder]]
id = "fan-level"
per = "creator"
half_life_days = 10
level = [{ at = 1 }, { at = 3 }]
[[right]]
id = "comment"
kind = "priority comment"
per = "creator"
by = [{ ladder = "fan-level", level = 2, tier = 2 }, { edition = "badge", tier = 1 }]
[[right]]
id = "ticket"
kind = "early ticket"
until = 2022-02-01T00:00:00Z
by = [{ edition = "badge", days = 5 }]
"""
Likes = list[tuple[int, int, int, str]]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


def likes(count: int, verdict: str = "genuine") -> Likes:
    """Of account 0, of items of creator 0 and one of creator 1."""
    return [(0, 4 * i, 5, verdict) for i in range(count)] + [(0, 1, 5, verdict)]


def test_the_highest_tier_counts_and_a_level_is_lost_without_new_likes(ledger: Ledger, clock: Clock) -> None:
    catalogue = read_catalogue(CATALOGUE)
    run_rewards(ledger, catalogue, result(likes(3)))
    rights = Rights(ledger, catalogue)
    at_first = rights.check("a0", "comment", "0", now=LOG_START + 5 * HOUR_US)
    assert at_first is not None
    assert (at_first.tier, at_first.by) == (2, "fan-level Lv.2")
    assert at_first.until == LOG_START + 5 * HOUR_US
    later = rights.check("a0", "comment", "0", now=LOG_START + DAY_US)
    assert later is not None
    assert (later.tier, later.by, later.until) == (1, "badge/1", 0)
    assert rights.check("a0", "comment", "1") is None  # one like of them is no badge
    assert rights.check("a0", "comment") is None  # of whom?
    assert rights.check("nobody", "comment", "0") is None


def test_a_card_that_is_pending_is_usable_at_once_and_a_frozen_one_is_not(
    ledger: Ledger, clock: Clock
) -> None:
    catalogue = read_catalogue(CATALOGUE)
    rights = Rights(ledger, catalogue)
    run_rewards(ledger, catalogue, result(likes(2, "uncertain")))
    pending = rights.check("a0", "comment", "0")
    assert pending is not None
    assert pending.by == "badge pending"
    run_rewards(ledger, catalogue, result(likes(2)))
    assert [right.by for right in rights.of("a0", "0")] == ["badge/1", "badge/1"]
    run_rewards(ledger, catalogue, result(likes(2, "fake")))
    assert rights.of("a0", "0") == []
    run_rewards(ledger, catalogue, result(likes(2)))
    assert [right.by for right in rights.of("a0", "0")] == ["badge/1", "badge/1"]


def test_a_right_ends_so_many_days_after_the_card_was_minted(ledger: Ledger, clock: Clock) -> None:
    catalogue = read_catalogue(CATALOGUE)
    rights = Rights(ledger, catalogue)
    run_rewards(ledger, catalogue, result(likes(2)))
    ticket = rights.check("a0", "ticket")
    assert ticket is not None
    assert ticket.until == clock.now + 5 * DAY_US
    assert rights.check("a0", "ticket", now=clock.now + 5 * DAY_US - 1) is not None
    assert rights.check("a0", "ticket", now=clock.now + 5 * DAY_US) is None


def test_a_right_that_is_not_there_is_an_error_with_a_hint(ledger: Ledger) -> None:
    catalogue = read_catalogue(CATALOGUE)
    run_rewards(ledger, catalogue, result([]))
    with pytest.raises(LedgerError, match="did you mean 'ticket'"):
        Rights(ledger, catalogue).check("a0", "tiket")
