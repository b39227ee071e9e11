"""The holding period: points and cards earned by recent likes may not be spent or passed on yet.

A grant may be older than the likes that it stands on, for a new like may take the place of one that was
judged fake. So each run writes down which claims would be less without the likes of the last
`spendable_after_hours`, and what is left of them then.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby, islice

from zhenzan.ledger import Ledger
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.decisions import Decision
from zhenzan.rewards.earned_claims import claims, last_received
from zhenzan.rewards.seats import Seats
from zhenzan.rewards.tables import WAITING_CLAIMS
from zhenzan.times import HOUR_US
from zhenzan.verify import Result

__all__ = ["points_waiting", "serials_waiting", "write_waiting_claims"]


def write_waiting_claims(
    ledger: Ledger, catalogue: Catalogue, result: Result, decided: Mapping[str, Decision], seats: Seats
) -> None:
    """In place of those of the run before. Cost: a run of the rules, for accounts that liked lately."""
    wait, rows = catalogue.spendable_after_hours * HOUR_US, []
    before = ledger.clock() - wait
    lately = {account: at for account, at in last_received(result).items() if at > before} if wait else {}
    if lately:
        older = {
            claim.key: claim.grants
            for claim in claims(
                result, catalogue, decided=decided, among=lately, seats=seats, received_by=before
            )
        }
        for claim in claims(result, catalogue, decided=decided, among=lately, seats=seats):
            rest = older.get(claim.key, 0)
            if claim.account in lately and rest < claim.grants:
                rows.append((claim.key, claim.account, claim.rule, rest, lately[claim.account] + wait))
    with ledger.database.write() as connection:
        connection.exec_driver_sql('DELETE FROM "waiting_claims"')
        ledger.database.insert(connection, WAITING_CLAIMS, rows)


def points_waiting(ledger: Ledger, catalogue: Catalogue, account: str) -> int:
    """Points that an account was granted and that stand on likes which came in lately."""
    rows = ledger.database.fetch(
        "SELECT w.rule, w.grants, g.granted FROM waiting_claims w JOIN grants g ON g.key = w.key "
        "WHERE w.account = ? AND w.until > ?",
        (account, ledger.clock()),
    )
    rules = catalogue.granting
    return sum(max(granted - rules[rule].worth(grants), 0) for rule, grants, granted in rows if rule in rules)


def serials_waiting(ledger: Ledger, catalogue: Catalogue, account: str, edition: str) -> set[int]:
    """Cards of an edition that an account was granted and that stand on likes which came in lately."""
    rows = ledger.database.fetch(
        "SELECT w.rule, w.key, w.grants - g.spared, e.serial FROM waiting_claims w "
        "JOIN grants g ON g.key = w.key JOIN grant_entries e ON e.grant_number = g.number "
        "WHERE w.account = ? AND w.until > ? AND e.kind = 'card' AND e.state = 'given' ORDER BY w.key, e.seq",
        (account, ledger.clock()),
    )
    waiting: set[int] = set()
    for (rule, _, rest), cards in groupby(rows, key=lambda row: tuple(row[:3])):
        if rule in catalogue.granting and catalogue.granting[rule].edition == edition:
            waiting.update(serial for *_, serial in islice(cards, max(rest, 0), None))
    return waiting
