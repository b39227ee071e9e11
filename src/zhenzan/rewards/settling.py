"""From claims to transfers: what has been earned is granted, what is no longer earned is taken back.

A run compares what each claim is worth now with what was granted for it, and moves the difference. So a run
that is repeated moves nothing, a like that arrives late or is judged anew moves just its difference, and an
appeal that succeeds restores. What a claim was granted is kept in the ledger's own transaction.

What likes that are still uncertain would earn is *held*: pending on the ledger, a card usable at once but
not transferable, for it has no serial yet; posted when they settle, voided when they do not.

Points that cannot be taken back, because they were spent, become a debt that future earnings pay first. A
card is frozen while an appeal may be made, then burnt, if its earner still holds it, or who got it by wash
sales; whoever got it in good faith keeps it. Every reversal names the transfers that it takes back, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sqlalchemy import Connection

from zhenzan.ledger import AccountKind, AssetKind, Command, CreateAsset, Ledger, OpenAccount, Transfer
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.earning import Claim
from zhenzan.rewards.granting import Grant, Granting, load_grants
from zhenzan.rewards.settled import Settled
from zhenzan.rewards.tables import GRANTS, HOLDS

__all__ = ["funding", "opening_commands", "settle"]

CLAIMS_AT_ONCE = 2_000
DAY_US = 86_400_000_000

Why = Callable[[Claim], str]


def settle(
    ledger: Ledger, catalogue: Catalogue, claims: Iterable[Claim], hopes: Mapping[str, Claim] | None = None,
    why: Why = lambda claim: "", before_batch: Callable[[], object] = lambda: None,
    is_asked: Callable[[str, str], bool] = lambda rule, account: True,
    washed: Collection[tuple[str, int]] = (),
) -> Settled:  # fmt: skip
    """Grant and take back until the ledger says what the claims say. `claims` are all there are of those
    that, by rule and account, are asked about.

    `hopes`: what claims will be if what is uncertain turns out genuine; it is held. `why`: what a reversal
    cites. `washed`: cards that nobody got in good faith. `before_batch` is called before each batch. Safe
    to kill anywhere and to run again. Raises LedgerError. Cost: some 100 µs a claim that changed.
    """
    run = _Run(ledger, catalogue, hopes or {}, why, washed)
    run.prepare()
    seen: set[str] = set()

    def batches(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
        for some in _parts(claims):
            before_batch()
            yield some

    for some in batches(chain(_noted(claims, seen), run.only_hoped(seen))):
        run.step(some)
    for some in batches(list(run.gone(seen, is_asked))):
        run.step(some)
    for some in batches(list(run.due())):
        run.step(some, burn=True)
    for some in batches(run.short_no_longer()):
        run.step(some)
    run.settled.unfunded = len(run.unfunded)
    return run.settled


def opening_commands(catalogue: Catalogue) -> list[Command]:
    """The assets of a catalogue, and where they come from and go to."""
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
    """One run: batch by batch, what each claim should have beside what it has."""

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue, hopes: Mapping[str, Claim], why: Why,
        washed: Collection[tuple[str, int]],
    ) -> None:  # fmt: skip
        self.washed = washed
        self.ledger, self.catalogue, self.hopes, self.why = ledger, catalogue, hopes, why
        self.settled = Settled()
        self.left: dict[str, int] = {}  # of each purse, and of each asset's cap
        self.now = ledger.clock()
        self.short: dict[str, Claim] = {}
        self.unfunded: set[str] = set()

    def prepare(self) -> None:
        """Assets, mints and budgets; a rule that has no budget pays out of the mint."""
        points, digest = self.catalogue.points, self.catalogue.digest
        commands = opening_commands(self.catalogue)
        for purse, budget in self.catalogue.budgets().items():
            commands += funding(self.ledger, points.id, "mint", purse, budget, digest)
        self.ledger.submit(commands)
        for purse in self.catalogue.budgets():
            self.left[purse] = self.ledger.balance(purse).available
        for asset in (points.id, *(edition.id for edition in self.catalogue.editions)):
            out, coming, cap = self.ledger.issued(asset)
            self.left["mint" if asset == points.id else asset] = cap - out - coming

    def step(self, claims: Sequence[Claim], burn: bool = False) -> None:
        """Move the differences of some claims, in one batch."""
        batch = Granting(
            self.ledger, self.catalogue, self.left, self.settled, self.now, self.why, self.washed
        )
        grants = load_grants(self.ledger, claims)
        batch.look_up(claims, grants)
        changed: list[Grant] = []
        for claim in claims:
            grant = grants[claim.key]
            before = (grant.row(), grant.hold_row())
            if burn:
                batch.burn(grant)
            else:
                hope = self.hopes.get(claim.key)
                batch.bring(grant, hope.grants if hope is not None and self.catalogue.hold_days else 0)
            if (grant.row(), grant.hold_row()) != before:
                changed.append(grant)
        self.short.update((claim.key, claim) for claim in batch.short)
        self.unfunded -= {claim.key for claim in claims}
        self.unfunded |= batch.unfunded
        if changed:
            batch.number_cards()
            self._submit(batch.commands, changed)

    def only_hoped(self, seen: set[str]) -> Iterator[Claim]:
        """Claims that have nothing settled yet: asked for once all others are seen."""
        if self.catalogue.hold_days:
            for claim in self.hopes.values():
                if claim.key not in seen:
                    seen.add(claim.key)
                    yield claim._replace(grants=0, earned_at=0)

    def gone(self, seen: set[str], is_asked: Callable[[str, str], bool]) -> Iterator[Claim]:
        """Claims that were granted or held and are none any more: all their likes were voided, or their rule
        is gone. Those of a person who was forgotten stay as they are.
        """
        text = (
            "SELECT g.key, rule, account, scope, span FROM grants g LEFT JOIN holds h ON h.key = g.key "
            "WHERE (granted > 0 OR serials <> '' OR h.turns <> '') AND account <> '' ORDER BY g.key"
        )
        for key, rule, account, scope, span in self.ledger.database.fetch(text):
            if key not in seen and rule in self.catalogue.granting and is_asked(rule, account):
                yield Claim(key, rule, account, scope, span, 0, 0)

    def due(self) -> Iterator[Claim]:
        """Claims whose cards were frozen long enough, and nobody's appeal is open."""
        text = (
            "SELECT g.key, rule, account, scope, span FROM holds h JOIN grants g ON g.key = h.key "
            "WHERE h.frozen_at BETWEEN 1 AND ? AND NOT EXISTS (SELECT 1 FROM appeals a "
            "WHERE a.account = g.account AND a.state = 'open') ORDER BY g.key"
        )
        until = self.now - self.catalogue.appeal_days * DAY_US
        for key, rule, account, scope, span in self.ledger.database.fetch(text, (until,)):
            if rule in self.catalogue.granting:
                yield Claim(key, rule, account, scope, span, 0, 0)

    def short_no_longer(self) -> list[Claim]:
        """Claims that a purse or a cap did not reach, and for which a later one gave something back."""
        found = []
        for claim in self.short.values():
            rule = self.catalogue.granting[claim.rule]
            if self.left[rule.edition or self.catalogue.purse(rule)] > 0:
                found.append(claim)
        return found

    def _submit(self, commands: Sequence[Command], changed: Sequence[Grant]) -> None:
        """One batch; what it granted is written in its own transaction."""
        database = self.ledger.database

        def note(connection: Connection) -> None:
            database.upsert(connection, GRANTS, [grant.row() for grant in changed])
            database.upsert(connection, HOLDS, [row for grant in changed if (row := grant.hold_row())])

        self.ledger.submit(commands, also=note)


def _noted(claims: Iterable[Claim], seen: set[str]) -> Iterator[Claim]:
    for claim in claims:
        seen.add(claim.key)
        yield claim


def _parts(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    some: list[Claim] = []
    for claim in claims:
        some.append(claim)
        if len(some) == CLAIMS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
