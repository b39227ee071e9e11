"""The whole road of a run: count, cite, settle, write down the levels, let old points lapse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from zhenzan.ledger import Ledger
from zhenzan.rewards.appeals import Appeals
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.citing import Cited
from zhenzan.rewards.earning import claims, hopes, standings
from zhenzan.rewards.levels import Standing
from zhenzan.rewards.lots import lapse
from zhenzan.rewards.settling import Settled, settle
from zhenzan.store import LEVELS
from zhenzan.verify import Result

__all__ = ["Run", "run_rewards"]


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
    before_batch: Callable[[], object] = lambda: None,
) -> Run:
    """Bring a ledger to what a verified log says, by a catalogue. Again, it changes nothing.

    `decided`: by account, whether people decided that it is fake; without, upheld appeals alone count.
    `before_batch` is called before each batch of claims; what it raises ends the run there. Safe to kill
    anywhere. Raises InputError, LedgerError.
    """
    if decided is None:
        decided = dict.fromkeys(Appeals(ledger).pardoned(), False)
    settled = settle(
        ledger, catalogue,
        claims(result, catalogue, decided=decided),
        hopes(result, catalogue, decided=decided) if catalogue.hold_days else {},
        Cited(result, ledger), before_batch,
    )  # fmt: skip
    stand = _write_levels(ledger, standings(result, catalogue, decided=decided))
    return Run(settled, stand, lapse(ledger, catalogue))


def _write_levels(ledger: Ledger, found: Iterable[Standing]) -> int:
    """The levels as they are now, all at once, in place of those before."""
    rows = [
        (each.account, each.ladder, each.scope, each.score, each.at) for each in found
    ]  # fmt: skip
    with ledger.database.write() as connection:
        connection.exec_driver_sql('DELETE FROM "levels"')
        ledger.database.insert(connection, LEVELS, rows)
    return len(rows)
