"""Redemption of points and cards for offers, in three steps that may fail or be killed anywhere.

*Reserve* holds the points, the card and one piece of the stock on the ledger, in one linked group, and takes
a code where the offer has codes. *Fulfil* is the outside world's part, through a port. *Confirm* posts the
holds; *release* voids them and gives the code back. Nobody loses anything to a fulfilment that failed, and
nothing is handed out twice: the redemption's id is the port's idempotency key, and `recover` asks the port
again about everything that a killed program left between the steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from zhenzan.errors import ConflictError, NotThereError, RedemptionError, did_you_mean
from zhenzan.ledger import (
    AccountKind,
    Command,
    CreateAsset,
    Ledger,
    OpenAccount,
    OverdraftError,
    Phase,
    Transfer,
)
from zhenzan.rewards.account_ids import cards_account, id_of, ids_of, name_of, points_account
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_tables import Offer
from zhenzan.rewards.debts import card_waits, refusal, spending_lock
from zhenzan.rewards.holdings import cards_held
from zhenzan.rewards.lots import expiry_commands
from zhenzan.rewards.reconcile import funding, opening_commands
from zhenzan.rewards.tables import CODES, REDEMPTIONS

__all__ = ["FulfilmentFailedError", "Port", "Redemption", "Redemptions", "Sandbox", "confirmed_since"]

RESERVED, CONFIRMED, RELEASED = "reserved", "confirmed", "released"
CODE_LENGTH_MAX = 200


class FulfilmentFailedError(RedemptionError):
    """The port certainly did not and will not fulfil this redemption."""


class RedemptionChangedError(RedemptionError, ConflictError):
    """The redemption changed in the meantime."""


class NoSuchOfferError(RedemptionError, NotThereError):
    """There is no offer or redemption of that id."""


@dataclass(frozen=True)
class Redemption:
    """One redemption. `state`: reserved, confirmed or released; `code` "" where the offer has none."""

    id: str
    offer: str
    account: str
    state: str
    reserved_at: int
    receipt: str
    code: str


class Port(Protocol):
    """A fulfilment port: a warehouse, a payment service, a coupon system."""

    def fulfil(self, redemption: Redemption, offer: Offer) -> str:
        """Hand it out, once for each `redemption.id` however often this is called; give a receipt.

        Raises FulfilmentFailedError if it is certain that nothing was and will be handed out; anything else
        that is raised leaves the redemption reserved, to be asked about again.
        """


class Sandbox:
    """A port that fulfils nothing and says so in its receipts; `paid` keeps what it was asked for."""

    def __init__(self) -> None:
        self.paid: dict[str, str] = {}

    def fulfil(self, redemption: Redemption, offer: Offer) -> str:
        return self.paid.setdefault(redemption.id, f"sandbox:{offer.kind}:{redemption.id[:12]}")


class Redemptions:
    """The offers of a catalogue on a ledger. Opening it puts the stock on the shelves; more `stock` adds."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue, port: Port | None = None) -> None:
        self.ledger, self.catalogue, self.port = ledger, catalogue, port or Sandbox()
        self.offers = {offer.id: offer for offer in catalogue.offers}
        commands = opening_commands(catalogue)
        for offer in catalogue.offers:
            asset = _goods(offer.id)
            commands += [
                CreateAsset(id=asset),
                OpenAccount(id=f"supplier:{offer.id}", asset=asset, kind=AccountKind.mint),
                *funding(
                    ledger, asset, f"supplier:{offer.id}", f"shelf:{offer.id}", offer.stock, catalogue.digest
                ),
            ]
            if offer.edition:
                commands.append(
                    OpenAccount(id=f"handed-in:{offer.edition}", asset=offer.edition, kind=AccountKind.burn)
                )
        ledger.submit(commands)
        self._one = spending_lock(ledger)  # what somebody has, and had, is looked at, then held

    def left(self, offer: str) -> int:
        """How many there are still to be had."""
        return self.ledger.balance(f"shelf:{self._offer(offer).id}").available

    def add_codes(self, offer: str, codes: Iterable[str]) -> int:
        """Add codes to an offer; those that are there already stay as they are. Gives how many are new."""
        self._offer(offer)
        new_codes = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
        for line, code in enumerate(new_codes, 1):
            if len(code) > CODE_LENGTH_MAX or not code.isprintable():
                raise RedemptionError(
                    f"code {line} is longer than {CODE_LENGTH_MAX} characters, or cannot be printed"
                )
        rows = [(offer, code, "") for code in new_codes]
        with self.ledger.database.write() as connection:
            return self.ledger.database.insert_missing(connection, CODES, rows)

    def redeem(self, account: str, offer: str, request: str = "") -> Redemption:
        """Reserve, fulfil, confirm. `request`: the caller's key; the same one gives the first outcome again.

        Raises RedemptionError where there is nothing to be had or to pay with, FulfilmentFailedError where
        the port refused (all is released); what else the port raises leaves it reserved: `recover` later.
        """
        return self._go_on(self.reserve(account, offer, request))

    def reserve(self, account: str, offer: str, request: str = "") -> Redemption:
        """Hold the price and one piece of the stock. Raises RedemptionError with what is missing, or owed."""
        with self._one:
            return self._reserve(self._offer(offer), account, request)

    def _reserve(self, terms: Offer, account: str, request: str) -> Redemption:
        offer, database = terms.id, self.ledger.database
        rows = database.fetch(
            "SELECT id, state FROM redemptions WHERE account = ? AND offer = ?", (account, offer)
        )
        if request:
            ids = ids_of(self.ledger, offer, account, f"r{request}")
            for known, _ in rows:
                if known in ids:
                    return self.find(known)
            id = ids[0]
        else:
            id = database.unused_id(
                REDEMPTIONS, lambda number: id_of(self.ledger, offer, account, f"n{number}"), len(rows)
            )
        if terms.most and sum(state != RELEASED for _, state in rows) >= terms.most:
            raise RedemptionError(
                f"{account!r} has redeemed {offer!r} already; the limit per account is {terms.most}"
            )
        if reason := refusal(self.ledger, self.catalogue, account, terms.price):
            raise RedemptionError(reason)
        code = self._code(offer)
        commands = [*expiry_commands(self.ledger, self.catalogue, account), *self._holds(terms, account, id)]
        row = (id, offer, account, RESERVED, self.ledger.clock(), "")

        def note(connection: Connection) -> None:
            database.insert(connection, REDEMPTIONS, [row])
            if code and not database.replace_if(connection, CODES, (offer, code, id), redemption=""):
                raise RedemptionChangedError(f"a code of {offer!r} was given to somebody else; ask again")

        try:
            self.ledger.submit(commands, also=note)
        except OverdraftError as error:
            short = commands[error.index]
            assert isinstance(short, Transfer)
            if short.debit.startswith("shelf:"):
                raise RedemptionError(f"{offer!r} is sold out: none of {terms.stock:,} are left") from None
            raise RedemptionError(
                f"{account!r} has too few points: {offer!r} costs {terms.price:,}"
            ) from None
        return self.find(id)

    def confirm(self, id: str, receipt: str) -> Redemption:
        """Confirm a fulfilled redemption: the price is paid and the piece gone. Safe to repeat."""
        return self._resolve(id, Phase.post, CONFIRMED, receipt)

    def release(self, id: str) -> Redemption:
        """Release a redemption that was not fulfilled: everything goes back, the code too. Safe to repeat."""
        return self._resolve(id, Phase.void, RELEASED, "")

    def recover(self) -> list[Redemption]:
        """Recover every reserved redemption: ask the port (again), then confirm or release."""
        done = []
        for redemption in _redemptions(self.ledger, "r.state = ? ORDER BY r.id", RESERVED):
            try:
                done.append(self._go_on(redemption))
            except FulfilmentFailedError:
                done.append(self.find(redemption.id))
        return done

    def find(self, id: str) -> Redemption:
        """A redemption by its id. Raises RedemptionError where there is none."""
        for redemption in _redemptions(self.ledger, "r.id = ?", id):
            return redemption
        raise NoSuchOfferError(f"there is no redemption {id!r}")

    def of(self, account: str) -> list[Redemption]:
        """The redemptions of an account, the oldest first."""
        return _redemptions(self.ledger, "r.account = ? ORDER BY r.reserved_at, r.id", account)

    def _go_on(self, redemption: Redemption) -> Redemption:
        if redemption.state == CONFIRMED:
            return redemption
        if redemption.state == RELEASED:
            raise FulfilmentFailedError(
                f"redemption {redemption.id} was released: it could not be handed out"
            )
        try:
            receipt = self.port.fulfil(redemption, self._offer(redemption.offer))
        except FulfilmentFailedError:
            self.release(redemption.id)
            raise
        return self.confirm(redemption.id, receipt)

    def _offer(self, id: str) -> Offer:
        if id not in self.offers:
            raise NoSuchOfferError(f"there is no offer {id!r}{did_you_mean(id, self.offers)}")
        return self.offers[id]

    def _code(self, offer: str) -> str:
        """A code nobody has, "" where the offer has no codes."""
        rows = self.ledger.database.fetch(
            "SELECT COUNT(*), MIN(CASE WHEN redemption = '' THEN code END) FROM codes WHERE offer = ?",
            (offer,),
        )
        if rows[0][0] and rows[0][1] is None:
            raise RedemptionError(f"{offer!r} has no code left; add some, or wait for one to come back")
        return rows[0][1] or ""

    def _holds(self, offer: Offer, account: str, id: str) -> list[Command]:
        goods, theirs = _goods(offer.id), f"goods:{offer.id}:{name_of(self.ledger, account)}"
        commands: list[Command] = [OpenAccount(id=theirs, asset=goods, owner=name_of(self.ledger, account))]
        legs: list[dict[str, Any]] = [
            {"debit": f"shelf:{offer.id}", "credit": theirs, "asset": goods, "amount": 1}
        ]
        if offer.price:
            asset, mine = self.catalogue.points.id, points_account(self.ledger, account)
            commands.append(OpenAccount(id=mine, asset=asset, owner=name_of(self.ledger, account)))
            legs.append({"debit": mine, "credit": "fee", "asset": asset, "amount": offer.price})
        if offer.edition:
            serial = self._card(offer.edition, account)
            legs.append(
                {
                    "debit": cards_account(self.ledger, offer.edition, account),
                    "credit": f"handed-in:{offer.edition}",
                    "asset": offer.edition,
                    "amount": 1,
                    "serial": serial,
                }
            )
        for number, leg in enumerate(legs):
            commands.append(
                Transfer(
                    id=f"{id}:{number}",
                    phase=Phase.pending,
                    group=f"{id}:hold",
                    cause=f"redeem: {offer.id}",
                    **leg,
                )
            )
        return commands

    def _card(self, edition: str, account: str) -> int:
        """A card of theirs to hand in, the highest serial: low ones are dearer to people."""
        free = [card.serial for card in cards_held(self.ledger, edition, account) if not card.is_held]
        ready = [
            serial for serial in free if not card_waits(self.ledger, self.catalogue, account, edition, serial)
        ]
        if ready:
            return max(ready)
        if free:
            raise RedemptionError(
                f"{account!r} earned their card of {edition!r} lately: cards wait "
                f"{self.catalogue.spendable_after_hours:,} hours before they are handed in"
            )
        raise RedemptionError(f"{account!r} holds no card of {edition!r} to hand in")

    def _resolve(self, id: str, phase: Phase, state: str, receipt: str) -> Redemption:
        redemption = self.find(id)
        if redemption.state == state:
            return redemption
        if redemption.state != RESERVED:
            raise RedemptionError(f"redemption {id} is {redemption.state} already")
        database = self.ledger.database
        commands = [
            Transfer(id=f"{hold}:{state}", phase=phase, pending=hold, group=f"{id}:{state}")
            for hold in self.ledger.holds_of(f"{id}:hold")
        ]

        row = (id, redemption.offer, redemption.account, state, redemption.reserved_at, receipt[:500])

        def note(connection: Connection) -> None:
            if not database.replace_if(connection, REDEMPTIONS, row, state=RESERVED):
                raise RedemptionChangedError(f"redemption {id} is {self.find(id).state} already")
            if phase == Phase.void and redemption.code:
                database.replace_if(connection, CODES, (redemption.offer, redemption.code, ""), redemption=id)

        try:
            self.ledger.submit(commands, also=note)
        except RedemptionChangedError:
            if self.find(id).state != state:
                raise
        return self.find(id)


def _goods(offer: str) -> str:
    return f"goods:{offer}"


def confirmed_since(ledger: Ledger, time: int) -> list[Redemption]:
    """Redemptions that were reserved after a time (µs), and confirmed."""
    return _redemptions(ledger, "r.reserved_at > ? AND r.state = 'confirmed'", time)


def _redemptions(ledger: Ledger, where: str, value: object) -> list[Redemption]:
    rows = ledger.database.fetch(
        "SELECT r.id, r.offer, r.account, r.state, r.reserved_at, r.receipt, COALESCE(c.code, '') "
        f"FROM redemptions r LEFT JOIN codes c ON c.redemption = r.id WHERE {where}",
        (value,),
    )
    return [Redemption(*row) for row in rows]
