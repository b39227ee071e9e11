"""The whole road of a run: count, cite, settle, write down the levels, let old points lapse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from zhenzan.ledger import Ledger
from zhenzan.rewards.appeals import Appeals
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.citing import Cited
from zhenzan.rewards.earning import claims, counted_whole, hopes, standings, unwritable_accounts
from zhenzan.rewards.levels import Standing
from zhenzan.rewards.lots import lapse
from zhenzan.rewards.settled import Settled
from zhenzan.rewards.settling import settle
from zhenzan.store import LEVELS
from zhenzan.verify import Result

__all__ = ["Run", "run_rewards"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What a run did: what settled, how many accounts stand on a ladder, how many points lapsed."""

    settled: Settled
    standings: int
    lapsed: int


def run_rewards(
    ledger: Ledger,
    catalogue: Catalogue,
    result: Result,
    *,
    decided: Mapping[str, bool] | None = None,
    among: Collection[str] | None = None,
    before_batch: Callable[[], object] = lambda: None,
) -> Run:
    """Bring a ledger to what a verified log says, by a catalogue. Again, it changes nothing.

    `decided`: by account, whether people decided that it is fake; without, upheld appeals alone count.
    `among`: the accounts whose likes count otherwise than at the run before, by a catalogue that is the same;
    what others earned stands, and what a budget could not meet waits for a run of all. `before_batch` is
    called before each batch of claims; what it raises ends the run there. Safe to kill anywhere. Raises
    InputError, LedgerError.
    """
    if decided is None:
        decided = dict.fromkeys(Appeals(ledger).pardoned(), False)
    whole = {rule.id for rule in catalogue.rules if counted_whole(rule)}

    def is_asked(rule: str, account: str) -> bool:
        return among is None or account in among or rule in whole

    settled = settle(
        ledger, catalogue,
        claims(result, catalogue, decided=decided, among=among),
        hopes(result, catalogue, decided=decided, among=among) if catalogue.hold_days else {},
        Cited(result, ledger), before_batch, is_asked,
    )  # fmt: skip
    if left_out := unwritable_accounts(result):
        log.warning(
            "%d accounts earn nothing: their ids hold U+0000, which no database keeps, e.g. %r",
            len(left_out), left_out[0],
        )  # fmt: skip
    stand = _write_levels(ledger, standings(result, catalogue, decided=decided, among=among), among)
    return Run(settled, stand, lapse(ledger, catalogue))


def _write_levels(ledger: Ledger, found: Iterable[Standing], among: Collection[str] | None) -> int:
    """The levels as they are now, all at once, in place of those before."""
    rows = [
        (each.account, each.ladder, each.scope, each.score, each.at) for each in found
    ]  # fmt: skip
    with ledger.database.write() as connection:
        if among is None:
            connection.exec_driver_sql('DELETE FROM "levels"')
        else:
            ledger.database.delete(connection, LEVELS, "account", among)
        ledger.database.insert(connection, LEVELS, rows)
    return len(rows)
