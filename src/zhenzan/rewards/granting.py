"""One batch of grants: the commands that bring claims from what they were granted to what they are worth."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhenzan.ledger import AccountKind, Command, Ledger, OpenAccount, Phase, Transfer
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.earning import Claim
from zhenzan.rewards.naming import cards_account, name_of, names_of, owed_account, points_account
from zhenzan.rewards.rules import Rule
from zhenzan.rewards.settled import Settled

__all__ = ["Grant", "Granting", "load_grants"]

DAY_US = 86_400_000_000
CAUSE_LENGTH_MAX = 600
GIVES = ("earns", "pays", "post", "card")  # transfers of a claim that a reversal may take back
IDS_AT_ONCE = 500


@dataclass
class Grant:
    """What a claim was granted: points, or cards by serial; `spared` cards that others hold in good faith.

    `amount` points are pending, or as many cards as there are `held`: numbers of the turns that hold them,
    `until` (µs). `frozen`: serial and turn of cards that wait to be burnt, since `frozen_at`.
    """

    claim: Claim
    granted: int = 0
    turns: int = 0
    spared: int = 0
    serials: list[int] = field(default_factory=list)
    amount: int = 0
    held: list[int] = field(default_factory=list)
    until: int = 0
    frozen: list[tuple[int, int]] = field(default_factory=list)
    frozen_at: int = 0
    had_holds: bool = False
    name: str = ""
    """What the ids of its transfers begin with."""

    def row(self) -> tuple[Any, ...]:
        claim = self.claim
        return (
            claim.key, claim.rule, claim.account, claim.scope, claim.window, self.granted, self.turns,
            self.spared, ",".join(map(str, self.serials)),
        )  # fmt: skip

    def hold_row(self) -> tuple[Any, ...]:
        """Empty where nothing was ever held or frozen."""
        if not (self.had_holds or self.held or self.frozen):
            return ()
        frozen = ",".join(f"{serial}:{turn}" for serial, turn in self.frozen)
        return (
            self.claim.key,
            self.amount,
            ",".join(map(str, self.held)),
            self.until,
            frozen,
            self.frozen_at,
        )


def load_grants(ledger: Ledger, claims: Sequence[Claim]) -> dict[str, Grant]:
    """By key, what was granted for claims; those that were granted nothing yet are as new."""
    names = names_of(ledger)
    marks = ", ".join("?" * len(claims))
    text = (
        "SELECT g.key, granted, g.turns, spared, serials, n.number, h.amount, h.turns, h.until, h.frozen, "
        "h.frozen_at FROM grants g LEFT JOIN holds h ON h.key = g.key "
        f"LEFT JOIN grant_names n ON n.key = g.key WHERE g.key IN ({marks})"
    )
    grants = {claim.key: Grant(claim) for claim in claims}
    for key, granted, turns, spared, serials, number, *hold in ledger.database.fetch(text, list(grants)):
        grant = grants[key] = Grant(grants[key].claim, granted, turns, spared, _numbers(serials))
        if number is not None:
            grant.name = names.of_grant(key, number)
        if hold[0] is not None:
            grant.had_holds = True
            grant.amount, grant.held, grant.until, grant.frozen_at = (
                hold[0], _numbers(hold[1]), hold[2], hold[4],
            )  # fmt: skip
            pairs = (each.split(":") for each in hold[3].split(",") if each)
            grant.frozen = [(int(serial), int(turn)) for serial, turn in pairs]
    for key, grant in grants.items():
        grant.name = grant.name or names.of_grant(key, names.newest)
    return grants


class Granting:
    """Collects `commands`. `left` of purses and caps goes down as it is promised, in place, and `settled`
    counts.
    """

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue, left: dict[str, int], settled: Settled, now: int,
        why: Callable[[Claim], str], washed: Collection[tuple[str, int]] = (),
    ) -> None:  # fmt: skip
        self.washed = washed
        self.ledger, self.catalogue, self.left, self.settled = ledger, catalogue, left, settled
        self.now, self.why = now, why
        self.commands: list[Command] = []
        self.short: list[Claim] = []  # those for which a purse or a cap did not reach
        self.unfunded: set[str] = set()  # and of these the keys of those that are earned, not hoped for
        self._mints: list[tuple[int, Grant]] = []  # places of commands that give a card its serial
        self._opened: set[str] = set()
        self._available: dict[str, int] = {}  # of accounts that this batch takes from
        self._earned: dict[str, int] = {}  # by accounts in this batch, before it takes from them
        self._owes: dict[str, int] = {}

    def look_up(self, claims: Sequence[Claim], grants: Mapping[str, Grant]) -> None:
        """What the accounts of these claims owe."""
        names = {owed_account(self.ledger, claim.account): claim.account for claim in claims}
        marks = ", ".join("?" * len(names))
        text = f"SELECT id, debits - credits FROM accounts WHERE debits > credits AND id IN ({marks})"
        self._owes = {names[id]: owed for id, owed in self.ledger.database.fetch(text, list(names))}

    def bring(self, grant: Grant, hoped: int) -> None:
        """To what its claim is worth now; hold what `hoped` grants, settled and uncertain, would add."""
        rule = self.catalogue.granting[grant.claim.rule]
        if rule.edition:
            self._cards(grant, rule, max(hoped - grant.claim.grants, 0))
        else:
            worth = rule.worth(grant.claim.grants)
            more = rule.worth(max(hoped, grant.claim.grants)) - worth
            self._points(grant, rule, worth - grant.granted, more)

    def burn(self, grant: Grant) -> None:
        """Burn what was frozen long enough."""
        for _, turn in grant.frozen:
            self._resolve(grant, turn, "freeze", Phase.post, "burnt")
            self.settled.cards_burnt += 1
        grant.frozen, grant.frozen_at = [], 0

    def number_cards(self) -> None:
        """Write down the serials that the new cards will have: this run is the ledger's only writer."""
        serials: dict[str, int] = {}
        for place, grant in self._mints:
            command = self.commands[place]
            assert isinstance(command, Transfer)
            edition = command.asset
            if edition not in serials:
                serials[edition] = self.ledger.issued(edition)[0]
            serials[edition] += 1
            grant.serials.append(serials[edition])

    def _points(self, grant: Grant, rule: Rule, difference: int, more: int) -> None:
        purse, asset, mine = (
            self.catalogue.purse(rule),
            self.catalogue.points.id,
            points_account(self.ledger, grant.claim.account),
        )
        held = grant.amount if self._still_holds(grant) else 0
        if grant.held and not held:  # its time ran out: held again only for more than that
            if more <= grant.amount:
                more = 0
            else:
                grant.held, grant.amount, grant.until = [], 0, 0
        wish = min(more, self.left[purse] + held)
        if wish < more:
            self.short.append(grant.claim)
        if difference == 0 and wish == held:
            return
        self._open(mine, asset, grant.claim.account, AccountKind.user)
        if held:
            difference = self._let_go(grant, purse, held, difference)
        if difference > 0:
            self._pay(grant, purse, difference)
        elif difference < 0:
            self._take_back(grant, -difference)
        wish = min(more, self.left[purse])
        if wish < more:
            self.short.append(grant.claim)
        if wish > 0:
            self._hold(grant, purse, mine, asset, wish)
            grant.amount = wish
            self.left[purse] -= wish
            self.settled.points_held += wish

    def _let_go(self, grant: Grant, purse: str, held: int, difference: int) -> int:
        """Post of what is held what has settled, release the rest; gives what is still to be paid."""
        posted = min(max(difference, 0), held)
        (turn,) = grant.held
        if posted:
            self._resolve(grant, turn, "hold", Phase.post, "post", posted)
            grant.granted += posted
            self.settled.points_granted += posted
            mine = points_account(self.ledger, grant.claim.account)
            self._note(mine, posted)
            pays = min(self._owes.get(grant.claim.account, 0), posted)
            if pays:
                self._owes[grant.claim.account] -= pays
                self._note(mine, -pays)
                self.settled.debts_paid += pays
                owed = owed_account(self.ledger, grant.claim.account)
                self._move(grant, "settles", mine, owed, self.catalogue.points.id, pays)
        else:
            self._resolve(grant, turn, "hold", Phase.void, "void")
        self.left[purse] += held - posted
        grant.held, grant.amount, grant.until = [], 0, 0
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
        pays = min(self._owes.get(account, 0), amount)
        if pays:
            self._owes[account] -= pays
            self.settled.debts_paid += pays
            self._move(grant, "pays", purse, owed_account(self.ledger, account), asset, pays)
        if amount > pays:
            self._move(grant, "earns", purse, points_account(self.ledger, account), asset, amount - pays)
            self._note(points_account(self.ledger, account), amount - pays)
        self.settled.points_granted += amount
        grant.granted += amount
        grant.turns += 1

    def _note(self, mine: str, points: int) -> None:
        """Points that this batch moved to an account: it may take them back again."""
        into = self._available if mine in self._available else self._earned
        into[mine] = into.get(mine, 0) + points

    def _take_back(self, grant: Grant, amount: int) -> None:
        """Reverse, the newest first: from what the account has, and where it has spent it, as a debt."""
        account, asset = grant.claim.account, self.catalogue.points.id
        mine, owed = points_account(self.ledger, account), owed_account(self.ledger, account)
        if mine not in self._available:
            is_open = self.ledger.is_open(mine)
            there = max(self.ledger.balance(mine).available, 0) if is_open else 0
            self._available[mine] = there + self._earned.get(mine, 0)
        why = self.why(grant.claim)
        grant.granted -= amount
        for number, (given, rest, source) in enumerate(self._given(grant)):
            part = min(rest, amount)
            back = min(part, self._available[mine])
            self._available[mine] -= back
            if back:
                self._move(grant, f"back.{number}", mine, source, asset, back, reverses=given, why=why)
            if part > back:
                self._open(owed, asset, account, AccountKind.receivable)
                self._move(grant, f"owes.{number}", owed, source, asset, part - back, reverses=given, why=why)
                self._owes[account] = self._owes.get(account, 0) + part - back
            self.left[source] = self.left.get(source, 0) + part
            self.settled.points_taken_back += back
            self.settled.points_owed += part - back
            amount -= part
            if amount == 0:
                break
        assert amount == 0, "more would be taken back than was given"
        grant.turns += 1

    def _given(self, grant: Grant) -> list[tuple[str, int, str]]:
        """Transfers that gave something for this claim, the newest first: id, what is not taken back yet, and
        who paid.
        """
        ids = [f"{grant.name}:{turn}:{what}" for turn in range(grant.turns) for what in GIVES]
        found: list[tuple[int, str, int, str]] = []
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            text = (
                "SELECT t.seq, t.id, t.amount - COALESCE(r.amount, 0), a.id FROM transfers t "
                "JOIN accounts a ON a.number = t.debit LEFT JOIN reversals r ON r.seq = t.seq "
                f"WHERE t.id IN ({', '.join('?' * len(some))})"
            )
            found += self.ledger.database.fetch(text, some)
        return [(id, rest, source) for _, id, rest, source in sorted(found, reverse=True) if rest]

    def _cards(self, grant: Grant, rule: Rule, more: int) -> None:
        edition = rule.edition
        press, mine = f"press:{edition}", cards_account(self.ledger, edition, grant.claim.account)
        if grant.held and not self._still_holds(grant):
            if more <= len(grant.held):
                more = 0
            else:
                grant.held, grant.until = [], 0
        difference = grant.claim.grants - len(grant.serials) - grant.spared
        while difference > 0 and grant.frozen:
            serial, turn = grant.frozen.pop()
            self._resolve(grant, turn, "freeze", Phase.void, "thaw")
            grant.serials.append(serial)
            grant.frozen_at = grant.frozen_at if grant.frozen else 0
            self.settled.cards_restored += 1
            difference -= 1
        still = self._still_holds(grant)
        while difference > 0 and still and grant.held:
            self._mints.append((len(self.commands), grant))
            self._resolve(grant, grant.held.pop(0), "hold", Phase.post, "post", asset=edition)
            self.settled.cards_granted += 1
            difference -= 1
        if difference > 0:
            allowed = min(difference, self.left[edition])
            if allowed < difference:
                self.unfunded.add(grant.claim.key)
                self.short.append(grant.claim)
            for _ in range(allowed):
                self._open(mine, edition, grant.claim.account, AccountKind.user)
                self._mints.append((len(self.commands), grant))
                self._move(grant, "card", press, mine, edition, 1)
                grant.turns += 1
            self.left[edition] -= allowed
            self.settled.cards_granted += allowed
        if difference < 0:
            self._take_cards(grant, edition, mine)
        if grant.held and not still:
            return
        wish = min(more, self.left[edition] + len(grant.held))
        if wish < more:
            self.short.append(grant.claim)
        while len(grant.held) > wish:
            self._resolve(grant, grant.held.pop(), "hold", Phase.void, "void")
            self.left[edition] += 1
        while len(grant.held) < wish:
            self._open(mine, edition, grant.claim.account, AccountKind.user)
            self._hold(grant, press, mine, edition, 1)
            self.left[edition] -= 1
            self.settled.cards_held += 1

    def _take_cards(self, grant: Grant, edition: str, mine: str) -> None:
        """The newest first; what is for sale is taken off the market. What others hold in good faith is
        theirs, and counts as what the claim is still worth.
        """
        why = self.why(grant.claim)
        while grant.serials and len(grant.serials) + grant.spared > grant.claim.grants:
            serial = grant.serials[-1]
            holder = self.ledger.holder(edition, serial)
            if holder != mine and (edition, serial) not in self.washed:
                grant.spared += 1
                self.settled.cards_spared += 1
            elif self._take_card(grant, edition, holder, serial, why):
                grant.turns += 1
            else:
                self.settled.waiting += 1
                return
            grant.serials.pop()

    def _take_card(self, grant: Grant, edition: str, holder: str, serial: int, why: str) -> bool:
        hold = self.ledger.card_hold(edition, serial)
        if hold and not hold.endswith(":card"):
            return False  # a redemption has it in hand: it is handed in, or comes back
        if hold:
            self.commands.append(
                Transfer(id=f"{hold}:seized:{grant.name}:{grant.turns}", phase=Phase.void, pending=hold)
            )
        burnt = f"burnt:{edition}"
        if self.catalogue.appeal_days:
            what, phase = "freeze", Phase.pending
            grant.frozen.append((serial, grant.turns))
            grant.frozen_at = grant.frozen_at or self.now
            self.settled.cards_frozen += 1
        else:
            what, phase = "burn", Phase.single
            self.settled.cards_burnt += 1
        self._move(grant, what, holder, burnt, edition, 1, serial=serial, phase=phase, why=why)
        return True

    def _still_holds(self, grant: Grant) -> bool:
        return bool(grant.held) and grant.until > self.now

    def _hold(self, grant: Grant, debit: str, credit: str, asset: str, amount: int) -> None:
        grant.until = max(grant.until, self.now + self.catalogue.hold_days * DAY_US)
        if not grant.held:
            grant.until = self.now + self.catalogue.hold_days * DAY_US
        grant.held.append(grant.turns)
        self._move(grant, "hold", debit, credit, asset, amount, phase=Phase.pending, expires_at=grant.until)
        grant.turns += 1

    def _resolve(
        self, grant: Grant, turn: int, hold: str, phase: Phase, what: str, amount: int = 0, asset: str = ""
    ) -> None:
        name = grant.name
        self.commands.append(
            Transfer(
                id=f"{name}:{turn}:{what}", phase=phase, pending=f"{name}:{turn}:{hold}", amount=amount,
                asset=asset, cause=self._cause(what, grant.claim, ""),
            )
        )  # fmt: skip

    def _move(
        self, grant: Grant, what: str, debit: str, credit: str, asset: str, amount: int, *, serial: int = 0,
        phase: Phase = Phase.single, expires_at: int = 0, reverses: str = "", why: str = "",
    ) -> None:  # fmt: skip
        self.commands.append(
            Transfer(
                id=f"{grant.name}:{grant.turns}:{what}", debit=debit, credit=credit, asset=asset,
                amount=amount, phase=phase, expires_at=expires_at, serial=serial, reverses=reverses,
                cause=self._cause(what, grant.claim, why),
            )
        )  # fmt: skip

    def _cause(self, what: str, claim: Claim, why: str) -> str:
        of = " ".join(each for each in (claim.rule, claim.scope, claim.window) if each)
        reason = f"; {why}" if why else ""
        text = f"{what.partition('.')[0]}: {of}{reason}; catalogue {self.catalogue.digest}"[:CAUSE_LENGTH_MAX]
        if text.isprintable():
            return text
        return "".join(each if each.isprintable() else "?" for each in text)

    def _open(self, id: str, asset: str, owner: str, kind: AccountKind) -> None:
        if id not in self._opened:
            self._opened.add(id)
            self.commands.append(
                OpenAccount(id=id, asset=asset, owner=name_of(self.ledger, owner), kind=kind)
            )


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",") if each]
