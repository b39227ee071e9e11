"""Reconciliation of grants with claims: what was earned is granted, what is no longer earned is reversed.

A run compares what each claim is worth now with what was granted for it, and moves the difference. So a run
that is repeated moves nothing, a like that arrives late or is judged anew moves just its difference, and an
appeal that succeeds restores. What a claim was granted is kept in the ledger's own transaction.

What likes that are still uncertain would earn is *held*: pending on the ledger, a card usable at once but
not transferable, for it has no serial yet; posted when they settle, voided when they do not.

Points that cannot be reversed, because they were spent, become a debt that future earnings pay first. A
card is frozen while an appeal may be made, then burnt, if its earner still holds it, or who got it by wash
sales; whoever got it in good faith keeps it. Every reversal names the transfers that it reverses, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

from zhenzan.ledger import AccountKind, AssetKind, Command, CreateAsset, Ledger, OpenAccount, Transfer
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.earned_claims import Claim
from zhenzan.rewards.grant_commands import GrantCommands
from zhenzan.rewards.grants import Grant, Summary, load_grants, summaries, write_grants
from zhenzan.rewards.run_totals import RunTotals
from zhenzan.times import DAY_US

__all__ = ["funding", "opening_commands", "reconcile"]

BATCH_CLAIMS = 25_000
COMMANDS_AT_ONCE = 25_000  # others wait for about a second while a batch is applied

Why = Callable[[Claim], str]


def reconcile(
    ledger: Ledger,
    catalogue: Catalogue,
    claims: Iterable[Claim],
    hopes: Mapping[str, Claim] | None = None,
    why: Why = lambda claim: "",
    before_batch: Callable[[], object] = lambda: None,
    is_asked: Callable[[str, str], bool] = lambda rule, account: True,
    washed: Collection[tuple[str, int]] = (),
) -> RunTotals:
    """Grant and reverse until the ledger agrees with the claims. `claims` are all there are of those
    that, by rule and account, are asked about.

    `hopes`: pending claims: what claims will be if what is uncertain turns out genuine; it is held. `why`:
    what a reversal cites. `washed`: cards that nobody got in good faith. `before_batch` is called before each
    batch. Safe to kill anywhere and to run again. Raises LedgerError. Cost: some 80 µs a claim that changed.
    """
    run = _Run(ledger, catalogue, hopes or {}, why, washed)
    run.prepare()
    seen: set[str] = set()

    def batches(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
        for some in _parts(claims):
            before_batch()
            yield some

    for some in batches(chain(_noted(claims, seen), run.only_pending(seen))):
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
    """The transfers that open a budget account and bring all that it was ever given up to `amount`; never
    less than before.
    """
    times, funded = ledger.given_by(mint, budget, f"fund:{budget}:")
    commands: list[Command] = [OpenAccount(id=budget, asset=asset, kind=AccountKind.budget)]
    if amount > funded:
        commands.append(
            Transfer(
                id=f"fund:{budget}:{times}",
                debit=mint,
                credit=budget,
                asset=asset,
                amount=amount - funded,
                cause=f"catalogue {digest}",
            )
        )
    return commands


class _Run:
    """One run: batch by batch, what each claim should have beside what it has."""

    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        hopes: Mapping[str, Claim],
        why: Why,
        washed: Collection[tuple[str, int]],
    ) -> None:
        self.washed = washed
        self.ledger, self.catalogue, self.pending_claims, self.why = ledger, catalogue, hopes, why
        self.settled = RunTotals()
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
        """Move the differences of some claims, in one batch or a few."""
        self.unfunded -= {claim.key for claim in claims}
        known = summaries(self.ledger.database, [claim.key for claim in claims])
        changing = claims
        if known and not burn:
            changing = [claim for claim in claims if not self._stands(claim, known)]
        batch = GrantCommands(
            self.ledger, self.catalogue, self.left, self.settled, self.now, self.why, self.washed
        )
        batch.look_up(changing)
        brought: list[Grant] = []
        for grant in load_grants(self.ledger, changing, known):
            if burn:
                batch.burn(grant)
            else:
                batch.reconcile(grant, self._hoped(grant.claim))
            brought.append(grant)
            if len(batch.commands) >= COMMANDS_AT_ONCE:
                self._submit(batch, brought)
                brought = []
        self._submit(batch, brought)
        self.short.update((claim.key, claim) for claim in batch.short)
        self.unfunded |= batch.unfunded

    def _stands(self, claim: Claim, known: Mapping[str, Summary]) -> bool:
        """Whether a claim has just what it is worth, and nothing is held for it or to be held."""
        summary = known.get(claim.key)
        if summary is None or summary.held or self._hoped(claim) > claim.grants:
            return False
        rule = self.catalogue.granting[claim.rule]
        if rule.edition:
            return summary.cards + summary.kept_by_third_party == claim.grants
        return summary.granted == rule.worth(claim.grants)

    def _hoped(self, claim: Claim) -> int:
        """What a claim will grant if what is uncertain is genuine; 0 where nothing is held for that."""
        hope = self.pending_claims.get(claim.key) if self.catalogue.hold_days else None
        return hope.grants if hope is not None else 0

    def only_pending(self, seen: set[str]) -> Iterator[Claim]:
        """Claims that have nothing settled yet: asked for once all others are seen."""
        if self.catalogue.hold_days:
            for claim in self.pending_claims.values():
                if claim.key not in seen:
                    seen.add(claim.key)
                    yield claim._replace(grants=0, earned_at=0)

    def gone(self, seen: set[str], is_asked: Callable[[str, str], bool]) -> Iterator[Claim]:
        """Claims that were granted or held and are none any more: all their likes were voided, or their rule
        is gone. Those of a person who was forgotten stay as they are.
        """
        text = (
            "SELECT key, rule, account, scope, span FROM grants "
            "WHERE (granted > 0 OR cards > 0 OR held > 0) AND account <> ''"
        )
        for key, rule, account, scope, span in sorted(
            row for row in self.ledger.database.fetch(text) if row[0] not in seen
        ):
            if rule in self.catalogue.granting and is_asked(rule, account):
                yield Claim(key, rule, account, scope, span, 0, 0)

    def due(self) -> Iterator[Claim]:
        """Claims whose cards were frozen long enough, and nobody's appeal is open."""
        text = (
            "SELECT DISTINCT g.key, rule, account, scope, span FROM grant_entries e "
            "JOIN grants g ON g.number = e.grant_number WHERE e.state = 'frozen' AND e.at <= ? "
            "AND NOT EXISTS (SELECT 1 FROM appeals a WHERE a.account = g.account AND a.state = 'open') "
            "ORDER BY g.key"
        )
        until = self.now - self.catalogue.appeal_days * DAY_US
        for key, rule, account, scope, span in self.ledger.database.fetch(text, (until,)):
            if rule in self.catalogue.granting:
                yield Claim(key, rule, account, scope, span, 0, 0)

    def short_no_longer(self) -> list[Claim]:
        """Claims that a purse or a cap did not reach, and for which a later one gave something back."""
        waiting = []
        for claim in self.short.values():
            rule = self.catalogue.granting[claim.rule]
            if self.left[rule.edition or self.catalogue.budget_account(rule)] > 0:
                waiting.append(claim)
        return waiting

    def _submit(self, batch: GrantCommands, brought: Sequence[Grant]) -> None:
        """One batch; what it granted is written in its own transaction."""
        if not brought:
            return
        database = self.ledger.database
        batch.number_cards()
        self.ledger.submit(
            batch.commands, also=lambda connection: write_grants(database, connection, brought)
        )
        batch.commands.clear()


def _noted(claims: Iterable[Claim], seen: set[str]) -> Iterator[Claim]:
    for some in _parts(claims):
        seen.update(claim.key for claim in some)
        yield from some


def _parts(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    left = iter(claims)
    while some := list(islice(left, BATCH_CLAIMS)):
        yield some
