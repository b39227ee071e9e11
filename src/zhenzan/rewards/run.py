"""The whole road of a run: count, cite, settle, write down the levels, let old points lapse."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from zhenzan.ledger import Ledger
from zhenzan.rewards.account_ids import carried_over_at
from zhenzan.rewards.appeals import Appeals
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.clawback import follow, sales_in_bad_faith, washed_cards
from zhenzan.rewards.debts import meet_debts
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.earned_claims import (
    Claim,
    claims,
    pending_claims,
    settled_likes,
    standings_of,
    uncertain_accounts,
    unwritable_accounts,
)
from zhenzan.rewards.holding_period import write_waiting_claims
from zhenzan.rewards.levels import Climbs, Standing
from zhenzan.rewards.lots import expire_points
from zhenzan.rewards.reconcile import reconcile
from zhenzan.rewards.reversal_reasons import ReversalReasons
from zhenzan.rewards.run_totals import RunTotals
from zhenzan.rewards.seats import Seats, granted_seats
from zhenzan.rewards.tables import LEVELS
from zhenzan.rewards.wash_trades import rings_of
from zhenzan.verify import Result

__all__ = ["Run", "run_rewards"]

YOUNG_MAX = 200_000  # new objects before garbage in cycles is looked for

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What a run did: what settled, how many accounts stand on a ladder, how many points lapsed."""

    settled: RunTotals
    standings: int
    lapsed: int


def run_rewards(
    ledger: Ledger,
    catalogue: Catalogue,
    result: Result,
    *,
    decided: Mapping[str, Decision] | None = None,
    among: Collection[str] | None = None,
    wash_sales: Collection[str] = (),
    before_batch: Callable[[], object] = lambda: None,
) -> Run:
    """Bring a ledger to what a verified log says, by a catalogue. Again, it changes nothing.

    `decided`: by account, what people decided; without, upheld appeals alone count.
    `among`: the accounts whose likes count otherwise than at the run before, by a catalogue that is the same;
    what others earned stands, and what a budget could not meet waits for a run of all. `wash_sales`: sales
    that people confirmed to be none; those within a ring of the result are such, too. `before_batch` is
    called before each batch of claims; what it raises ends the run there. Safe to kill anywhere. Raises
    InputError, LedgerError.
    """
    with _few_collections():
        return _run(ledger, catalogue, result, decided, among, wash_sales, before_batch)


def _run(
    ledger: Ledger, catalogue: Catalogue, result: Result, decided: Mapping[str, Decision] | None,
    among: Collection[str] | None, wash_sales: Collection[str], before_batch: Callable[[], object],
) -> Run:  # fmt: skip
    if decided is None:
        decided = Appeals(ledger).pardoned()
    catalogue = catalogue.replaced(punctual_until=carried_over_at(ledger))  # what was granted before stays
    with settled_likes(result, catalogue, decided, among) as likes:
        settled = _settled(ledger, catalogue, result, decided, among, wash_sales, before_batch, likes)
        stand = _write_levels(ledger, standings_of(likes, catalogue), among)
    return Run(settled, stand, expire_points(ledger, catalogue))


def _settled(
    ledger: Ledger, catalogue: Catalogue, result: Result, decided: Mapping[str, Decision],
    among: Collection[str] | None, wash_sales: Collection[str], before_batch: Callable[[], object],
    likes: Climbs,
) -> RunTotals:  # fmt: skip
    """Bring the ledger to what the claims say, and what follows from that."""
    whole = {rule.id for rule in catalogue.rules if rule.needs_all_accounts}

    def is_asked(rule: str, account: str) -> bool:
        return among is None or account in among or rule in whole

    seats = granted_seats(ledger, catalogue)
    was_sold = bool(ledger.database.fetch("SELECT 1 FROM sales LIMIT 1"))
    in_bad_faith = sales_in_bad_faith(ledger, rings_of(result), wash_sales) if was_sold else []
    settled = reconcile(
        ledger, catalogue,
        claims(result, catalogue, decided=decided, among=among, seats=seats, likes=likes),
        _hopes(result, catalogue, decided, among, seats),
        ReversalReasons(result, ledger, decided), before_batch, is_asked, washed_cards(ledger, in_bad_faith),
    )  # fmt: skip
    if left_out := unwritable_accounts(result):
        log.warning(
            "%d accounts earn nothing: their ids hold U+0000, which no database keeps, e.g. %r",
            len(left_out), left_out[0],
        )  # fmt: skip
    settled.points_followed = follow(ledger, catalogue, in_bad_faith)
    write_waiting_claims(ledger, catalogue, result, decided, granted_seats(ledger, catalogue))
    settled.debts_paid += meet_debts(ledger, catalogue)
    return settled


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage in cycles seldom: a run makes objects by the million, and none of them is in one. The
    looking was a sixth of a run's time.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG_MAX, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _hopes(
    result: Result, catalogue: Catalogue, decided: Mapping[str, Decision], among: Collection[str] | None,
    seats: Seats,
) -> dict[str, Claim]:  # fmt: skip
    """Of accounts that may hope for more than has settled."""
    uncertain = uncertain_accounts(result) if catalogue.hold_days else set()
    if not uncertain:
        return {}
    hoping = uncertain if among is None else uncertain & set(among)
    return pending_claims(result, catalogue, decided=decided, among=hoping, seats=seats)


def _write_levels(ledger: Ledger, standings: Iterable[Standing], among: Collection[str] | None) -> int:
    """The levels as they are now, all at once, in place of those before."""
    rows = [(account, ladder, scope, score, at) for ladder, account, scope, score, at in standings]
    with ledger.database.write() as connection:
        if among is None:
            connection.exec_driver_sql('DELETE FROM "levels"')
        else:
            ledger.database.delete(connection, LEVELS, "account", among)
        ledger.database.insert(connection, LEVELS, rows)
    return len(rows)
