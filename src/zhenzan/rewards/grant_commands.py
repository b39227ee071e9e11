"""Grant commands: the transfers of a batch that bring grants to what their claims are worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache, partial

from zhenzan.ledger import AccountKind, Command, Ledger, OpenAccount, Phase, Transfer
from zhenzan.rewards.account_ids import cards_account, name_of, owed_account, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.earned_claims import Claim
from zhenzan.rewards.grants import (
    BURNT,
    CARD,
    DEBT,
    FROZEN,
    GIVEN,
    HELD,
    POINTS,
    RETURNED,
    SPARED,
    VOID,
    Entry,
    Grant,
)
from zhenzan.rewards.rules import Rule
from zhenzan.rewards.run_totals import RunTotals
from zhenzan.times import DAY_US

__all__ = ["GrantCommands"]

CAUSE_LENGTH_MAX = 600
CAUSES_KEPT_MAX = 10_000


class GrantCommands:
    """A collector of the `commands` of a batch. `left` of purses and caps goes down as it is promised, in
    place, and `settled` counts.
    """

    def __init__(
        self,
        ledger: Ledger,
        catalogue: Catalogue,
        left: dict[str, int],
        settled: RunTotals,
        now: int,
        why: Callable[[Claim], str],
        washed: Collection[tuple[str, int]] = (),
    ) -> None:
        self.washed = washed
        self.ledger, self.catalogue, self.left, self.settled = ledger, catalogue, left, settled
        self.now, self.why = now, why
        self.commands: list[Command] = []
        self.short: list[Claim] = []  # those for which a purse or a cap did not reach
        self.unfunded: set[str] = set()  # and of these the keys of those that are earned, not hoped for
        self._minted: list[tuple[str, Entry]] = []  # editions of new cards, which have no serials yet
        self._opened: set[str] = set()
        self._available: dict[str, int] = {}
        self._owes: dict[str, int] = {}
        self._points_account = cache(partial(points_account, ledger))
        self._owed_account = cache(partial(owed_account, ledger))
        self._purses = {id: catalogue.budget_account(rule) for id, rule in catalogue.granting.items()}
        self._cause = lru_cache(CAUSES_KEPT_MAX)(partial(_cause_of, suffix=f"; catalogue {catalogue.digest}"))

    def look_up(self, claims: Sequence[Claim]) -> None:
        """Load balances and debts of the accounts of these claims, and which accounts there are."""
        rules, names = self.catalogue.granting, set[str]()
        for account in {claim.account for claim in claims}:
            names |= {self._points_account(account), self._owed_account(account)}
        names |= {
            cards_account(self.ledger, edition, claim.account)
            for claim in claims
            if (edition := rules[claim.rule].edition)
        }
        for name, standing in self.ledger.open_accounts(names).items():
            self._opened.add(name)
            self._available[name] = max(standing.available, 0)
            if standing.posted < 0:
                self._owes[name] = -standing.posted

    def reconcile(self, grant: Grant, hoped: int) -> None:
        """Bring a grant to what its claim is worth now; hold what `hoped` grants, settled and uncertain,
        would add.
        """
        rule = self.catalogue.granting[grant.claim.rule]
        if rule.edition:
            self._cards(grant, rule, max(hoped - grant.claim.grants, 0))
        else:
            worth = rule.worth(grant.claim.grants)
            more = rule.worth(hoped) - worth if hoped > grant.claim.grants else 0
            self._points(grant, rule, worth - grant.granted, more)

    def burn(self, grant: Grant) -> None:
        """Burn cards that were frozen long enough."""
        for entry in grant.of_state(FROZEN, CARD):
            self._resolve(grant, entry, Phase.post, "burnt", BURNT)
            self.settled.cards_burnt += 1

    def number_cards(self) -> None:
        """Write down the serials that the new cards will have: this run is the ledger's only writer."""
        serials: dict[str, int] = {}
        for edition, entry in self._minted:
            if edition not in serials:
                serials[edition] = self.ledger.issued(edition)[0]
            serials[edition] += 1
            entry.serial = serials[edition]
        self._minted.clear()

    def _points(self, grant: Grant, rule: Rule, difference: int, more: int) -> None:
        purse = self._purses[rule.id]
        held, more = self._held(grant, POINTS, more)
        amount = held[0].amount if held else 0
        wish = min(more, self.left[purse] + amount)
        if wish < more:
            self.short.append(grant.claim)
        if difference == 0 and wish == amount:
            return
        mine, asset = self._points_account(grant.claim.account), self.catalogue.points.id
        self._open(mine, asset, grant.claim.account, AccountKind.user)
        if held:
            difference = self._let_go(grant, purse, held[0], difference)
        if difference > 0:
            self._pay(grant, purse, difference)
        elif difference < 0:
            self._take_back(grant, -difference)
        wish = min(more, self.left[purse])
        if wish < more:
            self.short.append(grant.claim)
        if wish > 0:
            self._hold(grant, POINTS, purse, mine, asset, wish)
            self.left[purse] -= wish
            self.settled.points_held += wish

    def _held(self, grant: Grant, kind: str, more: int) -> tuple[list[Entry], int]:
        """What is held for a grant, and how much should be: what ran out is held again only for more."""
        held = grant.of_state(HELD, kind)
        if not held:
            return held, more
        live = [entry for entry in held if entry.at > self.now]
        if len(live) == len(held):
            return held, more
        if more <= sum(entry.amount for entry in held):
            return live, min(more, sum(entry.amount for entry in live))
        for entry in held:
            if entry.at <= self.now:
                entry.state = VOID
        return live, more

    def _let_go(self, grant: Grant, purse: str, held: Entry, difference: int) -> int:
        """Post of what is held what has settled, release the rest; gives what is still to be paid."""
        posted, amount = min(max(difference, 0), held.amount), held.amount
        if posted:
            self._resolve(grant, held, Phase.post, "post", GIVEN, posted)
            grant.granted += posted
            self.settled.points_granted += posted
            account = grant.claim.account
            mine, owed = self._points_account(account), self._owed_account(account)
            pays = self._pays(owed, posted)
            self._note(mine, posted - pays)
            if pays:
                self._move(grant, "settles", mine, owed, self.catalogue.points.id, pays)
        else:
            self._resolve(grant, held, Phase.void, "void", VOID)
        self.left[purse] += amount - posted
        return difference - posted

    def _pay(self, grant: Grant, purse: str, difference: int) -> None:
        account, asset = grant.claim.account, self.catalogue.points.id
        amount = min(difference, self.left[purse])
        if amount < difference:
            self.unfunded.add(grant.claim.key)
            self.short.append(grant.claim)
        if amount == 0:
            return
        self.left[purse] -= amount
        owed, mine = self._owed_account(account), self._points_account(account)
        pays = self._pays(owed, amount)
        if pays:
            id = self._move(grant, "pays", purse, owed, asset, pays)
            grant.entries.append(Entry(DEBT, id, 0, pays, 0, GIVEN))
        if amount > pays:
            id = self._move(grant, "earns", purse, mine, asset, amount - pays)
            grant.entries.append(Entry(POINTS, id, 0, amount - pays, 0, GIVEN))
            self._note(mine, amount - pays)
        self.settled.points_granted += amount
        grant.granted += amount
        grant.attempt += 1

    def _pays(self, owed: str, income: int) -> int:
        """What an income pays of the debt in the account `owed`."""
        pays = min(self._owes.get(owed, 0), income) if self._owes else 0
        if pays:
            self._owes[owed] -= pays
            self.settled.debts_paid += pays
        return pays

    def _note(self, mine: str, points: int) -> None:
        """Points that this batch moved to an account: it may take them back again."""
        self._available[mine] = self._available.get(mine, 0) + points

    def _take_back(self, grant: Grant, amount: int) -> None:
        """Reverse, the newest first: from what the account has, and where it has spent it, as a debt."""
        account, asset = grant.claim.account, self.catalogue.points.id
        mine, owed = self._points_account(account), self._owed_account(account)
        why = self.why(grant.claim)
        grant.granted -= amount
        for number, (entry, remainder, source) in enumerate(self._remainders(grant)):
            part = min(remainder, amount)
            back = min(part, self._available.get(mine, 0))
            if back:
                self._available[mine] -= back
                self._move(
                    grant, f"back.{number}", mine, source, asset, back, reverses=entry.transfer, why=why
                )
            if part > back:
                owes = part - back
                self._open(owed, asset, account, AccountKind.receivable)
                self._move(
                    grant, f"owes.{number}", owed, source, asset, owes, reverses=entry.transfer, why=why
                )
                self._owes[owed] = self._owes.get(owed, 0) + owes
            if part == remainder:
                entry.state = RETURNED
            self.left[source] = self.left.get(source, 0) + part
            self.settled.points_taken_back += back
            self.settled.points_owed += part - back
            amount -= part
            if amount == 0:
                break
        assert amount == 0, "more would be taken back than was given"
        grant.attempt += 1

    def _remainders(self, grant: Grant) -> list[tuple[Entry, int, str]]:
        """What gave points for this claim, the newest first, with what is not reversed yet, and who paid."""
        entries = {entry.transfer: entry for entry in grant.of_state(GIVEN, POINTS, DEBT)}
        remainders = self.ledger.remainders(list(entries))
        return [
            (entries[remainder.id], remainder.amount, remainder.debit)
            for remainder in reversed(remainders)
            if remainder.amount
        ]

    def _cards(self, grant: Grant, rule: Rule, more: int) -> None:
        held, more = self._held(grant, CARD, more)
        count = len(grant.of_state(GIVEN, CARD))
        difference = grant.claim.grants - count - grant.kept_by_third_party
        if difference > 0:
            difference -= self._thaw(grant, difference)
        while difference > 0 and held:
            entry = held.pop(0)
            self._minted.append((rule.edition, entry))
            self._resolve(grant, entry, Phase.post, "post", GIVEN, asset=rule.edition)
            self.settled.cards_granted += 1
            difference -= 1
        if difference > 0:
            self._mint(grant, rule.edition, difference)
        if difference < 0:
            self._take_cards(grant, rule.edition, -difference)
        self._hold_cards(grant, rule.edition, held, more)

    def _thaw(self, grant: Grant, most: int) -> int:
        """Give back so many cards at most that are frozen; gives how many."""
        frozen = grant.of_state(FROZEN, CARD)[:most]
        for entry in frozen:
            self._resolve(grant, entry, Phase.void, "thaw", GIVEN)
            entry.at = 0
            self.settled.cards_restored += 1
        return len(frozen)

    def _mint(self, grant: Grant, edition: str, count: int) -> None:
        allowed = min(count, self.left[edition])
        if allowed < count:
            self.unfunded.add(grant.claim.key)
            self.short.append(grant.claim)
        mine = cards_account(self.ledger, edition, grant.claim.account)
        for _ in range(allowed):
            self._open(mine, edition, grant.claim.account, AccountKind.user)
            entry = Entry(CARD, "", 0, 1, 0, GIVEN)
            entry.transfer = self._move(grant, "card", f"press:{edition}", mine, edition, 1)
            grant.entries.append(entry)
            self._minted.append((edition, entry))
            grant.attempt += 1
        self.left[edition] -= allowed
        self.settled.cards_granted += allowed

    def _hold_cards(self, grant: Grant, edition: str, held: list[Entry], more: int) -> None:
        """Hold as many cards as `more`, where there are so many; `held` are already."""
        wish = min(more, self.left[edition] + len(held))
        if wish < more:
            self.short.append(grant.claim)
        for entry in reversed(held[wish:]):
            self._resolve(grant, entry, Phase.void, "void", VOID)
            self.left[edition] += 1
        mine = cards_account(self.ledger, edition, grant.claim.account)
        for _ in range(wish - len(held)):
            self._open(mine, edition, grant.claim.account, AccountKind.user)
            self._hold(grant, CARD, f"press:{edition}", mine, edition, 1)
            self.left[edition] -= 1
            self.settled.cards_held += 1

    def _take_cards(self, grant: Grant, edition: str, number: int) -> None:
        """The newest first; what is for sale is taken off the market. What others hold in good faith is
        theirs, and counts as what the claim is still worth.
        """
        mine, why = cards_account(self.ledger, edition, grant.claim.account), self.why(grant.claim)
        for entry in reversed(grant.of_state(GIVEN, CARD)):
            if number == 0:
                return
            holder = self.ledger.holder(edition, entry.serial)
            if holder != mine and (edition, entry.serial) not in self.washed:
                grant.kept_by_third_party += 1
                entry.state = SPARED
                self.settled.cards_spared += 1
                continue
            if not self._take_card(grant, edition, holder, entry, why):
                self.settled.waiting += 1
                return
            grant.attempt += 1
            number -= 1

    def _take_card(self, grant: Grant, edition: str, holder: str, entry: Entry, why: str) -> bool:
        hold = self.ledger.card_hold(edition, entry.serial)
        if hold and not hold.endswith(":card"):
            return False  # a redemption has it in hand: it is handed in, or comes back
        if hold:
            self.commands.append(
                Transfer(id=f"{hold}:seized:{grant.name}:{grant.attempt}", phase=Phase.void, pending=hold)
            )
        if self.catalogue.appeal_days:
            what, phase, state = "freeze", Phase.pending, FROZEN
            entry.at = next((frozen.at for frozen in grant.of_state(FROZEN, CARD)), self.now)
            self.settled.cards_frozen += 1
        else:
            what, phase, state = "burn", Phase.single, BURNT
            self.settled.cards_burnt += 1
        entry.state = state
        entry.transfer = self._move(
            grant, what, holder, f"burnt:{edition}", edition, 1, serial=entry.serial, phase=phase, why=why
        )
        return True

    def _hold(self, grant: Grant, kind: str, debit: str, credit: str, asset: str, amount: int) -> None:
        until = self.now + self.catalogue.hold_days * DAY_US
        id = self._move(grant, "hold", debit, credit, asset, amount, phase=Phase.pending, expires_at=until)
        grant.entries.append(Entry(kind, id, 0, amount, until, HELD))
        grant.attempt += 1

    def _resolve(
        self,
        grant: Grant,
        entry: Entry,
        phase: Phase,
        what: str,
        state: str,
        amount: int = 0,
        asset: str = "",
    ) -> None:
        """Post or void the pending transfer that an entry stands for, which then stands for that."""
        pending = entry.transfer
        entry.transfer, entry.state = f"{pending.rpartition(':')[0]}:{what}", state
        if state == GIVEN:
            entry.at, entry.amount = 0, amount or entry.amount
        self.commands.append(
            Transfer(
                id=entry.transfer,
                phase=phase,
                pending=pending,
                amount=amount,
                asset=asset,
                cause=self._cause(what, *_subject(grant.claim)),
            )
        )

    def _move(
        self,
        grant: Grant,
        what: str,
        debit: str,
        credit: str,
        asset: str,
        amount: int,
        *,
        serial: int = 0,
        phase: Phase = Phase.single,
        expires_at: int = 0,
        reverses: str = "",
        why: str = "",
    ) -> str:
        """Add a transfer; gives its id."""
        id = f"{grant.name}:{grant.attempt}:{what}"
        self.commands.append(
            Transfer(
                id=id,
                debit=debit,
                credit=credit,
                asset=asset,
                amount=amount,
                phase=phase,
                expires_at=expires_at,
                serial=serial,
                reverses=reverses,
                cause=self._cause(what, *_subject(grant.claim), why),
            )
        )
        return id

    def _open(self, id: str, asset: str, owner: str, kind: AccountKind) -> None:
        if id not in self._opened:
            self._opened.add(id)
            self.commands.append(
                OpenAccount(id=id, asset=asset, owner=name_of(self.ledger, owner), kind=kind)
            )


def _subject(claim: Claim) -> tuple[str, str, str]:
    return claim.rule, claim.scope, claim.window


def _cause_of(what: str, rule: str, scope: str, window: str, why: str = "", *, suffix: str) -> str:
    """Why a transfer happens, for people: what it does for which claim, and what else a reversal cites."""
    of = " ".join(filter(None, (rule, scope, window)))
    reason = f"; {why}" if why else ""
    text = f"{what.partition('.')[0]}: {of}{reason}{suffix}"[:CAUSE_LENGTH_MAX]
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "?" for letter in text)
