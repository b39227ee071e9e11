"""Points that expire: every credit is a lot, spent first in, first out; what is left of it lapses in time.

Lots need no table: with the same lifetime for all, what has lapsed of an account is what it was ever given up
to the deadline, less what was taken back of that, less all that it ever spent or holds. A hold that is
voided later gives its points back to their old lots, which lapse at the next run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from zhenzan.ledger import AccountKind, Command, Ledger, OpenAccount, Phase, Transfer
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.naming import id_of, points_account

__all__ = ["LAPSED", "Lot", "lapse", "lapsing", "lots"]

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
EARNED_FROM = (AccountKind.mint, AccountKind.budget)  # accounts that pay what likes earn
LAPSED = "lapsed"
ACCOUNTS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Lot:
    """`amount` points that are left of what came in at `earned_at`, to be spent from `spendable_at` until
    before `expires_at`. What likes earned waits; what a deal brought does not.

    Times in µs; 0: at once, for ever.
    """

    amount: int
    earned_at: int
    expires_at: int
    spendable_at: int = 0


def lots(ledger: Ledger, catalogue: Catalogue, account: str) -> list[Lot]:
    """What is left of each lot of an account, the oldest first, its holds taken off. Cost: its history."""
    name = points_account(ledger, account)
    if not ledger.is_open(name):
        return []
    rows = ledger.database.fetch(
        "SELECT t.seq, t.phase, t.debit = a.number, t.amount, t.reverses, (SELECT b.time FROM batches b "
        "WHERE b.size > t.seq ORDER BY b.size LIMIT 1), d.kind FROM accounts a "
        "JOIN entries e ON e.account = a.number JOIN transfers t ON t.seq = e.seq "
        "JOIN accounts d ON d.number = t.debit "
        "WHERE a.id = ? ORDER BY t.seq",
        (name,),
    )
    given: dict[int, list[int]] = {}
    spent, wait = ledger.balance(name).held, catalogue.spendable_after_hours * HOUR_US
    for seq, phase, is_debit, amount, reverses, time, source in rows:
        if phase not in (Phase.single, Phase.post):
            continue
        if not is_debit:
            given[seq] = [amount, time, time + wait if wait and source in EARNED_FROM else 0]
        elif reverses in given:
            given[reverses][0] -= amount
        else:
            spent += amount
    left = []
    span = catalogue.points.expire_days * DAY_US
    for amount, time, spendable_at in given.values():
        used = min(amount, spent)
        spent -= used
        if amount > used:
            left.append(Lot(amount - used, time, time + span if span else 0, spendable_at))
    return left


def lapsing(ledger: Ledger, catalogue: Catalogue, account: str) -> list[Command]:
    """What makes an account's points lapse that should have by now; nothing mostly."""
    if not catalogue.points.expire_days:
        return []
    now = ledger.clock()
    gone = sum(lot.amount for lot in lots(ledger, catalogue, account) if lot.expires_at <= now)
    return _lapse(ledger, catalogue, points_account(ledger, account), gone) if gone else []


def lapse(ledger: Ledger, catalogue: Catalogue) -> int:
    """Let all points lapse whose time is over; gives how many. Again, it moves nothing.

    Cost: three passes over the transfers, in the database.
    """
    if not catalogue.points.expire_days:
        return 0
    total, commands = 0, list[Command]()
    for account, amount in _due(ledger, catalogue):
        total += amount
        commands += _lapse(ledger, catalogue, account, amount)
        if len(commands) >= ACCOUNTS_AT_ONCE:
            ledger.submit(commands)
            commands = []
    if commands:
        ledger.submit(commands)
    return total


def _due(ledger: Ledger, catalogue: Catalogue) -> Iterator[tuple[str, int]]:
    deadline = ledger.clock() - catalogue.points.expire_days * DAY_US
    rows = ledger.database.fetch(
        "SELECT size FROM batches WHERE time <= ? ORDER BY time DESC, number DESC LIMIT 1", (deadline,)
    )
    if not rows:
        return
    size, asset = int(rows[0][0]), catalogue.points.id
    text = """
        WITH points AS (SELECT number FROM assets WHERE id = ?),
        moves AS (SELECT * FROM transfers WHERE asset = (SELECT number FROM points) AND phase IN (0, 2)),
        given AS (SELECT credit AS account, SUM(amount) AS amount FROM moves WHERE seq < ? GROUP BY credit),
        taken AS (SELECT r.debit AS account,
            SUM(CASE WHEN t.seq < ? THEN r.amount ELSE 0 END) AS old, SUM(r.amount) AS amount
            FROM moves r JOIN moves t ON t.seq = r.reverses AND t.credit = r.debit GROUP BY r.debit)
        SELECT a.id, given.amount - COALESCE(taken.old, 0) - (a.debits - COALESCE(taken.amount, 0)) - a.held
        FROM given JOIN accounts a ON a.number = given.account LEFT JOIN taken ON taken.account = a.number
        WHERE a.kind = ? ORDER BY a.id"""
    for account, amount in ledger.database.fetch(text, (asset, size, size, int(AccountKind.user))):
        if amount > 0 and not account.startswith("erased:"):
            yield account, int(amount)


def _lapse(ledger: Ledger, catalogue: Catalogue, account: str, amount: int) -> list[Command]:
    asset, debits = catalogue.points.id, ledger.database.fetch(
        "SELECT debits FROM accounts WHERE id = ?", (account,)
    )  # fmt: skip
    id = id_of(ledger, "lapse", account, str(debits[0][0]))
    return [
        OpenAccount(id=LAPSED, asset=asset, kind=AccountKind.burn),
        Transfer(
            id=f"{id}:lapse", debit=account, credit=LAPSED, asset=asset, amount=amount,
            cause=f"lapse: after {catalogue.points.expire_days} days",
        ),
    ]  # fmt: skip
