"""From claims to transfers: what has been earned is granted, what is no longer earned is taken back.

A run compares what each claim is worth now with what was granted for it, and moves the difference. So a run
that is repeated moves nothing, a like that arrives late or is judged anew moves just its difference, and an
appeal that succeeds restores. What a claim was granted is kept in the ledger's own transaction.

Points that cannot be taken back, because they were spent, become a debt that future earnings pay first. A
card is burnt if its earner still holds it; whoever got it in good faith keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhenzan.ledger import AccountKind, AssetKind, Command, CreateAsset, Ledger, OpenAccount, Transfer
from zhenzan.rewards.catalogue import Catalogue, Rule
from zhenzan.rewards.earning import Claim
from zhenzan.rewards.naming import cards_account, name_of, owed_account, points_account
from zhenzan.store import GRANTS

__all__ = ["Settled", "funding", "opening_commands", "settle"]

CLAIMS_AT_ONCE = 2_000


@dataclass
class Settled:
    """What a run moved. Points in the smallest unit; `unfunded`: claims that a budget or a cap could not
    meet.
    """

    points_granted: int = 0
    points_taken_back: int = 0
    points_owed: int = 0
    debts_paid: int = 0
    cards_granted: int = 0
    cards_burnt: int = 0
    cards_spared: int = 0
    unfunded: int = 0


@dataclass
class _Grant:
    """What was granted for a claim: points, or cards by serial; `spared` cards that others hold in good
    faith.
    """

    claim: Claim
    granted: int = 0
    turns: int = 0
    spared: int = 0
    serials: list[int] = field(default_factory=list)

    def row(self) -> tuple[Any, ...]:
        serials = ",".join(map(str, self.serials))
        claim = self.claim
        return (
            claim.key, claim.rule, claim.account, claim.scope, claim.window, self.granted, self.turns,
            self.spared,
            serials,
        )  # fmt: skip


def settle(ledger: Ledger, catalogue: Catalogue, claims: Iterable[Claim]) -> Settled:
    """Grant and take back until the ledger says what the claims say. `claims` are all there are.

    Safe to kill anywhere and to run again. Raises LedgerError. Cost: some 100 µs a claim that changed.
    """
    run = _Run(ledger, catalogue)
    run.prepare()
    seen: set[str] = set()
    for some in _parts(claims):
        seen.update(claim.key for claim in some)
        run.step(some)
    for some in _parts(run.gone(seen)):
        run.step(some)
    return run.settled


def opening_commands(catalogue: Catalogue) -> list[Command]:
    """Assets and the platform's own accounts; the same again is free."""
    points = catalogue.points
    commands: list[Command] = [
        CreateAsset(id=points.id, scale=points.scale, cap=points.cap),
        OpenAccount(id="mint", asset=points.id, kind=AccountKind.mint),
        OpenAccount(id="fee", asset=points.id, kind=AccountKind.fee),
    ]
    for edition in catalogue.editions:
        commands += [
            CreateAsset(id=edition.id, kind=AssetKind.unique, cap=edition.cap),
            OpenAccount(id=f"press:{edition.id}", asset=edition.id, kind=AccountKind.mint),
            OpenAccount(id=f"burnt:{edition.id}", asset=edition.id, kind=AccountKind.burn),
        ]
    return commands


def funding(ledger: Ledger, asset: str, mint: str, budget: str, amount: int, digest: str) -> list[Command]:
    """What opens a budget account and brings all that it was ever given up to `amount`; never less than
    before.
    """
    rows = ledger.database.fetch(
        "SELECT COUNT(*), COALESCE(SUM(t.amount), 0) FROM transfers t JOIN accounts a ON a.number = t.credit "
        "JOIN accounts m ON m.number = t.debit WHERE a.id = ? AND m.id = ? AND t.id LIKE ?",
        (budget, mint, f"fund:{budget}:%"),
    )
    times, given = int(rows[0][0]), int(rows[0][1])
    commands: list[Command] = [OpenAccount(id=budget, asset=asset, kind=AccountKind.budget)]
    if amount > given:
        commands.append(
            Transfer(
                id=f"fund:{budget}:{times}", debit=mint, credit=budget, asset=asset, amount=amount - given,
                cause=f"catalogue {digest}",
            )
        )  # fmt: skip
    return commands


class _Run:
    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        self.ledger, self.catalogue = ledger, catalogue
        self.rules = {rule.id: rule for rule in catalogue.rules}
        self.settled = Settled()
        self.left: dict[str, int] = {}  # of each budget, and of each edition's cap
        self._available: dict[str, int] = {}  # of accounts that the present batch takes from

    def prepare(self) -> None:
        """Assets, mints and budgets; a rule that has no budget pays out of the mint."""
        points = self.catalogue.points
        commands = opening_commands(self.catalogue)
        for rule in self.catalogue.rules:
            if rule.budget:
                commands += funding(
                    self.ledger, points.id, "mint", f"budget:{rule.id}", rule.budget, self.catalogue.digest
                )
        self.ledger.submit(commands)
        for rule in self.catalogue.rules:
            if rule.budget:
                self.left[rule.id] = self.ledger.balance(f"budget:{rule.id}").available
        for asset in (points.id, *(edition.id for edition in self.catalogue.editions)):
            out, coming, cap = self.ledger.issued(asset)
            self.left[f"asset:{asset}"] = cap - out - coming

    def step(self, claims: Sequence[Claim]) -> None:
        """Move the differences of some claims, in one batch."""
        grants = self._granted(claims)
        owes = self._owed({claim.account for claim in claims})
        commands: list[Command] = []
        changed: list[_Grant] = []
        mints: list[tuple[int, _Grant]] = []
        opened: set[str] = set()
        for claim in claims:
            grant = grants.get(claim.key) or _Grant(claim)
            rule = self.rules.get(claim.rule)
            before = (grant.granted, grant.spared, len(grant.serials))
            start = len(commands)
            if rule is None or not rule.edition:
                self._points(claim, grant, rule, owes, commands, opened)
            else:
                mints += [(place, grant) for place in self._cards(claim, grant, rule, commands, opened)]
            if len(commands) > start or before != (grant.granted, grant.spared, len(grant.serials)):
                changed.append(grant)
        if not changed:
            return
        self._submit(commands, changed, mints)

    def gone(self, seen: set[str]) -> Iterator[Claim]:
        """Claims that were granted and are none any more: all their likes were voided, or their rule is
        gone.
        """
        text = (
            "SELECT key, rule, account, scope, span FROM grants WHERE granted > 0 OR serials <> '' "
            "ORDER BY key"
        )
        for key, rule, account, scope, span in self.ledger.database.fetch(text):
            if key not in seen and rule in self.rules:
                yield Claim(key, rule, account, scope, span, 0, 0)

    def _granted(self, claims: Sequence[Claim]) -> dict[str, _Grant]:
        marks = ", ".join("?" * len(claims))
        text = f"SELECT key, granted, turns, spared, serials FROM grants WHERE key IN ({marks})"
        by_key = {claim.key: claim for claim in claims}
        return {
            key: _Grant(
                by_key[key], granted, turns, spared, [int(each) for each in serials.split(",") if each]
            )
            for key, granted, turns, spared, serials in self.ledger.database.fetch(text, list(by_key))
        }

    def _owed(self, accounts: set[str]) -> dict[str, int]:
        """What accounts owe, those that owe anything."""
        names = {owed_account(account): account for account in accounts}
        marks = ", ".join("?" * len(names))
        text = f"SELECT id, debits - credits FROM accounts WHERE debits > credits AND id IN ({marks})"
        return {names[id]: owed for id, owed in self.ledger.database.fetch(text, list(names))}

    def _points(
        self, claim: Claim, grant: _Grant, rule: Rule | None, owes: dict[str, int], commands: list[Command],
        opened: set[str],
    ) -> None:  # fmt: skip
        wanted = 0 if rule is None else claim.grants * rule.points
        difference = wanted - grant.granted
        if difference == 0:
            return
        source = f"budget:{claim.rule}" if rule is not None and rule.budget else "mint"
        mine, asset = points_account(claim.account), self.catalogue.points.id
        self._open(mine, asset, claim.account, AccountKind.user, commands, opened)
        if difference > 0:
            purse = claim.rule if source != "mint" else f"asset:{asset}"
            difference = min(difference, self.left[purse])
            if grant.granted + difference < wanted:
                self.settled.unfunded += 1
            if difference == 0:
                return
            self.left[purse] -= difference
            pays = min(owes.get(claim.account, 0), difference)
            if pays:
                owes[claim.account] -= pays
                self._move(grant, "pays", source, owed_account(claim.account), asset, pays, commands)
                self.settled.debts_paid += pays
            if difference > pays:
                self._move(grant, "earns", source, mine, asset, difference - pays, commands)
            self.settled.points_granted += difference
        else:
            has = self._available.setdefault(mine, self._balance(mine))
            back, rest = min(has, -difference), max(-difference - has, 0)
            self._available[mine] = has - back
            if back:
                self._move(grant, "back", mine, source, asset, back, commands)
            if rest:
                owed = owed_account(claim.account)
                self._open(owed, asset, claim.account, AccountKind.receivable, commands, opened)
                self._move(grant, "owes", owed, source, asset, rest, commands)
            self.left[claim.rule if source != "mint" else f"asset:{asset}"] += -difference
            self.settled.points_taken_back += back
            self.settled.points_owed += rest
        grant.granted += difference
        grant.turns += 1

    def _cards(
        self, claim: Claim, grant: _Grant, rule: Rule, commands: list[Command], opened: set[str]
    ) -> list[int]:
        """Commands that mint or burn; places of the mints among them."""
        edition, mine = rule.edition, cards_account(rule.edition, claim.account)
        difference = claim.grants - len(grant.serials) - grant.spared
        if difference > 0:
            allowed = min(difference, self.left[f"asset:{edition}"])
            self.settled.unfunded += allowed < difference
            if allowed:
                self._open(mine, edition, claim.account, AccountKind.user, commands, opened)
            places = []
            for _ in range(allowed):
                places.append(len(commands))
                self._move(grant, "card", f"press:{edition}", mine, edition, 1, commands)
                grant.turns += 1
            self.left[f"asset:{edition}"] -= allowed
            self.settled.cards_granted += allowed
            return places
        for _ in range(min(-difference, len(grant.serials))):
            serial = grant.serials.pop()
            if self.ledger.holder(edition, serial) == mine:
                self._move(grant, "burn", mine, f"burnt:{edition}", edition, 1, commands, serial)
                self.settled.cards_burnt += 1
            else:
                grant.spared += 1
                self.settled.cards_spared += 1
            grant.turns += 1
        return []

    def _move(
        self, grant: _Grant, what: str, debit: str, credit: str, asset: str, amount: int, commands:
        list[Command],
        serial: int = 0,
    ) -> None:  # fmt: skip
        claim = grant.claim
        of = " ".join(each for each in (claim.rule, claim.scope, claim.window) if each)
        commands.append(
            Transfer(
                id=f"{claim.key}:{grant.turns}:{what}", debit=debit, credit=credit, asset=asset,
                amount=amount, cause=f"{what}: {of}; catalogue {self.catalogue.digest}"[:500], serial=serial,
            )
        )  # fmt: skip

    def _open(
        self, id: str, asset: str, owner: str, kind: AccountKind, commands: list[Command], opened: set[str]
    ) -> None:
        if id not in opened:
            opened.add(id)
            commands.append(OpenAccount(id=id, asset=asset, owner=name_of(owner), kind=kind))

    def _balance(self, account: str) -> int:
        return self.ledger.balance(account).available if self.ledger.is_open(account) else 0

    def _submit(
        self, commands: list[Command], changed: list[_Grant], mints: list[tuple[int, _Grant]]
    ) -> None:
        """One batch; what it granted is written in its own transaction."""
        first = self._next_serials(commands)
        for place, grant in mints:
            command = commands[place]
            assert isinstance(command, Transfer)
            grant.serials.append(first[command.asset])
            first[command.asset] += 1
        rows = [grant.row() for grant in changed]
        self.ledger.submit(
            commands, also=lambda connection: self.ledger.database.put(connection, GRANTS, rows)
        )
        self._available.clear()

    def _next_serials(self, commands: Sequence[Command]) -> dict[str, int]:
        """The serial that each edition gives next: this run is the ledger's only writer."""
        editions = {each.asset for each in commands if isinstance(each, Transfer)}
        return {
            edition.id: self.ledger.issued(edition.id)[0] + 1
            for edition in self.catalogue.editions
            if edition.id in editions
        }


def _parts(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    some: list[Claim] = []
    for claim in claims:
        some.append(claim)
        if len(some) == CLAIMS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
