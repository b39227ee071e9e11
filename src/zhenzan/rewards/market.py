"""The market: cards for a fixed price, by auction, for an offer, or for rent; every price in escrow first.

A card that is for sale is held on the ledger and stays its seller's, rights and all, until it is sold. A bid
holds its money until it is outbid or wins. Every deal is one batch: card and money move together or not at
all. A rented card's rights are the renter's until the rental ends, whoever buys the card meanwhile. Who owes
points pays with nothing until the debt is met, and what deals bring them meets it at once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table

from zhenzan.errors import ConflictError, MarketError, NotThereError
from zhenzan.ledger import Command, Ledger, OpenAccount, OverdraftError, Phase, Transfer
from zhenzan.rewards import market_postings
from zhenzan.rewards.account_ids import cards_account, id_of, ids_of, name_of
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_tables import Edition
from zhenzan.rewards.debts import card_waits, meet_debts, owed, paying_off, refusal, spending_lock
from zhenzan.rewards.holdings import holds_card
from zhenzan.rewards.lots import expiry_commands
from zhenzan.rewards.market_records import (
    AUCTION,
    CANCELLED,
    ENDED,
    FIXED,
    KINDS,
    OPEN,
    OUTBID,
    RENT,
    SOLD,
    WITHDRAWN,
    WON,
    Bid,
    Listing,
    Rental,
    Sale,
    load,
    row_of,
    values_of,
)
from zhenzan.rewards.reconcile import opening_commands
from zhenzan.rewards.tables import BIDS, LISTINGS, RENTALS, SALES
from zhenzan.times import DAY_US

__all__ = ["DAYS_MAX", "PRICE_MAX", "Market"]

DAYS_MAX = 365
PRICE_MAX = 2**53  # shares of it are reckoned in floating point; a year's rent still fits 64 bits
CLOSING_DAYS = 7  # an auction that nobody closed within them gives card and money back

Also = Callable[[Connection, object], object]
"""Given the transaction of a deal, and what its caller is answered."""
Row = tuple[Table, tuple[Any, ...], str]
"""A row to write, and the state in which it must still be; "" for one that is new."""


class NoSuchDealError(MarketError, NotThereError):
    """There is no listing, bid or edition with that id."""


class DealChangedError(MarketError, ConflictError):
    """The listing or bid changed in the meantime."""


class Market:
    """The market of a catalogue on a ledger. Threads may share it."""

    def __init__(self, ledger: Ledger, catalogue: Catalogue) -> None:
        self.ledger, self.catalogue = ledger, catalogue
        self._one = spending_lock(ledger)  # from looking at points to holding them
        self._also: Also | None = None
        ledger.submit([*opening_commands(catalogue), *market_postings.market_commands(catalogue)])

    def noting(self, also: Also) -> Market:
        """The same market; `also` writes rows of the caller's in the transaction of each deal."""
        other = copy.copy(self)
        other._also = also
        return other

    def sell(
        self, seller: str, edition: str, serial: int, price: int, *, days: int = 30, asset: str = ""
    ) -> Listing:
        """List a card at a fixed price. Raises MarketError with what stands against it."""
        return self._list(FIXED, seller, edition, serial, price, days, asset)

    def auction(
        self, seller: str, edition: str, serial: int, least: int, *, days: int = 7, asset: str = ""
    ) -> Listing:
        """Auction a card for bids of `least` and more; `close` ends the auction."""
        return self._list(AUCTION, seller, edition, serial, least, days, asset)

    def let(
        self, owner: str, edition: str, serial: int, price: int, *, days: int = 30, asset: str = ""
    ) -> Listing:
        """List a card for rent, for a price a day. It is not held: it may be sold, with its rental."""
        return self._list(RENT, owner, edition, serial, price, days, asset)

    def cancel(self, seller: str, listing: str) -> Listing:
        """Cancel a listing. Raises MarketError where it is not theirs, or somebody has bid."""
        with self._one:
            listed = self.find(listing)
            if listed.seller != seller:
                raise NoSuchDealError(f"there is no listing {listing!r} of {seller!r}")
            if listed.state == SOLD:
                raise MarketError(f"listing {listing} was sold")
            if listed.state != OPEN:
                return listed
            if self._best(listing) is not None:
                raise MarketError(f"somebody has bid in auction {listing}; it runs to its end")
            self._submit(self._off(listed), [_row(LISTINGS, listed, CANCELLED)])
            return self.find(listing)

    def buy(self, buyer: str, listing: str, *, accepts_let: bool = False) -> Sale:
        """Buy at the fixed price; a card that is let only where the buyer `accepts_let`. Raises MarketError;
        the same buyer, again, gets the same sale.
        """
        with self._one:
            listed = self.find(listing)
            id = id_of(self.ledger, "sale", listing)
            if listed.state == SOLD and (sale := self._sale_of(listing)) and sale.buyer == buyer:
                return sale
            self._is_on(listed, FIXED)
            _not_own(buyer, listed.seller)
            self._accepted(listed.edition, listed.serial, accepts_let)
            self._may_pay(buyer, listed.asset, listed.price)
            self._may_be_paid(listed.seller, listed.asset)
            source = self._money_of(buyer, listed.asset)
            commands = [*self._wallet(buyer, listed.asset), *self._card_sold(listed, buyer, id)]
            commands += self._paid(listed, id, source, listed.price)
            sale = self._sold(listed, id, buyer, listed.price)
            return self._deal(
                commands, [_row(LISTINGS, listed, SOLD), _new(SALES, sale)], sale, buyer, listed.price
            )

    def bid(self, bidder: str, listing: str, price: int, *, accepts_let: bool = False) -> Bid:
        """Bid in an auction: the money is held, the bid before it given back; for a card that is let only
        where the bidder `accepts_let`. Raises MarketError.
        """
        with self._one:
            listed = self.find(listing)
            self._is_on(listed, AUCTION)
            _not_own(bidder, listed.seller)
            best = self._best(listing)
            if best is not None and (best.bidder, best.price) == (bidder, price):
                return best
            least = listed.price if best is None else best.price + 1
            _priced(price, 1)
            if price < least:
                raise MarketError(f"bid {least:,} or more; {price:,} is too low")
            self._accepted(listed.edition, listed.serial, accepts_let)
            back = best.price if best is not None and best.bidder == bidder else 0
            self._may_pay(bidder, listed.asset, price - back)
            self._may_be_paid(listed.seller, listed.asset)
            id = id_of(self.ledger, "bid", listing, bidder, str(price))
            until = listed.ends_at + CLOSING_DAYS * DAY_US
            bid = Bid(id, listing, listed.edition, listed.serial, bidder, listed.asset, price, until, OPEN)
            rows: list[Row] = [_new(BIDS, bid)]
            commands: list[Command] = []
            if best is not None:  # first, so that who raises their own bid has the money back
                commands.append(market_postings.voided(f"{best.id}:money"))
                rows.append(_row(BIDS, best, OUTBID))
            commands += [*self._wallet(bidder, listed.asset), self._money_held(bid)]
            return self._deal(commands, rows, bid, bidder, price)

    def close(self) -> list[Sale]:
        """End auctions whose time is over, and whatever lost its card; gives what was sold."""
        with self._one:
            meet_debts(self.ledger, self.catalogue)
            now, sales = self.ledger.clock(), []
            for listing in load(self.ledger.database, Listing, "WHERE state = 'open' ORDER BY ends_at, id"):
                best, stands = self._best(listing.id), self._stands(listing)
                stands = stands and not (
                    listing.asset != self.catalogue.points.id and self._owes(listing.seller)
                )
                if listing.kind == AUCTION and best is not None and stands and listing.ends_at <= now:
                    sales.append(self._close(listing, best))
                elif not stands or listing.ends_at <= now:
                    commands = self._off(listing)
                    ended = [_row(LISTINGS, listing, ENDED)]
                    if best is not None:
                        commands += self._money_back(best)
                        ended.append(_row(BIDS, best, OUTBID))
                    self._submit(commands, ended)
            return sales

    def offer(
        self,
        bidder: str,
        edition: str,
        serial: int,
        price: int,
        *,
        days: int = 7,
        asset: str = "",
        accepts_let: bool = False,
    ) -> Bid:
        """Offer a price for a card that is not for sale, held until its holder accepts or the time is over;
        for one that is let only where the bidder `accepts_let`.
        """
        with self._one:
            self._edition(edition, "tradable")
            _priced(price, days)
            asset = market_postings.money(self.catalogue, asset)
            self.ledger.holder(edition, serial)
            self._accepted(edition, serial, accepts_let)
            self._may_pay(bidder, asset, price)
            before = self._count(BIDS, "bidder = ? AND edition = ? AND serial = ?", bidder, edition, serial)
            id = self.ledger.database.unused_id(
                BIDS,
                lambda number: id_of(self.ledger, "offer", bidder, edition, str(serial), str(number)),
                before,
            )
            until = self.ledger.clock() + days * DAY_US
            bid = Bid(id, "", edition, serial, bidder, asset, price, until, OPEN)
            commands = [*self._wallet(bidder, asset), self._money_held(bid)]
            return self._deal(commands, [_new(BIDS, bid)], bid, bidder, price)

    def accept(self, holder: str, bid: str) -> Sale:
        """Accept an offer: sell the card to the account that made it. Raises MarketError where it is over, or
        the card not theirs or held.
        """
        with self._one:
            offer, id = self._offer_to(holder, bid), id_of(self.ledger, "sale", bid)
            if offer.state == WON and (sale := self._sale_of(bid)):
                return sale
            is_over = offer.state != OPEN or offer.expires_at <= self.ledger.clock()
            if is_over or self._owes(offer.bidder):
                raise MarketError(f"offer {bid} is over")
            _not_own(offer.bidder, holder)
            about = self._edition(offer.edition, "tradable")
            self._free(holder, offer.edition, offer.serial)
            self._may_be_paid(holder, offer.asset)
            self._was_let_before(offer)
            cause = f"sale: {offer.edition}/{offer.serial} to an offer"
            commands: list[Command] = [market_postings.posted(f"{bid}:money")]
            source = market_postings.escrow(offer.asset)
            commands += market_postings.paying(
                self.ledger, self.catalogue, about, id, offer.asset, source, holder, offer.price, cause
            )
            mine = cards_account(self.ledger, offer.edition, holder)
            commands += market_postings.handing_over(
                self.ledger, offer.edition, offer.serial, id, mine, offer.bidder, cause
            )
            sale = Sale(
                id,
                offer.edition,
                offer.serial,
                holder,
                offer.bidder,
                offer.asset,
                offer.price,
                self.ledger.clock(),
            )
            self._submit(commands, [_row(BIDS, offer, WON), _new(SALES, sale)], sale)
            return sale

    def withdraw(self, bidder: str, bid: str) -> Bid:
        """Withdraw an offer. Raises MarketError where it is not theirs, or a bid in an auction."""
        with self._one:
            offer = self._offer(bid)
            if offer is None or offer.bidder != bidder:
                raise _no_offer(bid)
            if offer.state == WON:
                raise MarketError(f"offer {bid} was accepted")
            if offer.state == OPEN:
                self._submit(self._money_back(offer), [_row(BIDS, offer, WITHDRAWN)])
            return self.find_bid(bid)

    def rent(self, renter: str, listing: str, days: int) -> Rental:
        """Rent a card from now on, for so many days. Raises MarketError where it is let already."""
        with self._one:
            listed, now = self.find(listing), self.ledger.clock()
            self._is_on(listed, RENT)
            _not_own(renter, listed.seller)
            _priced(listed.price, days, self.catalogue.market.rent_days_max)
            self._may_be_let(listed)
            self._nobody_bids(listed.edition, listed.serial)
            self._may_be_paid(listed.seller, listed.asset)
            about = self._edition(listed.edition, "rentable")
            before = self._count(RENTALS, "edition = ? AND serial = ?", listed.edition, listed.serial)
            id = id_of(self.ledger, "rental", listed.edition, str(listed.serial), str(before))
            rental = Rental(
                id, listed.edition, listed.serial, listed.seller, renter, now, now + days * DAY_US
            )
            cause = f"rent: {listed.edition}/{listed.serial} until {rental.ends}"
            source, price = self._money_of(renter, listed.asset), listed.price * days
            self._may_pay(renter, listed.asset, price)
            commands = self._wallet(renter, listed.asset)
            commands += market_postings.paying(
                self.ledger,
                self.catalogue,
                about,
                id,
                listed.asset,
                source,
                listed.seller,
                price,
                cause,
                royalty=False,
                pays_off=self._pays_off,
            )
            return self._deal(commands, [_new(RENTALS, rental)], rental, renter, price)

    def listings(self, edition: str = "") -> list[Listing]:
        """Open listings, the cheapest first."""
        candidates = load(
            self.ledger.database,
            Listing,
            "WHERE state = 'open' AND ends_at > ? AND (edition = ? OR ? = '') ORDER BY price, id",
            self.ledger.clock(),
            edition,
            edition,
        )
        let = self._let()
        stand = filter(self._stands, candidates)
        return [
            replace(listing, let_until=let.get((listing.edition, listing.serial), 0)) for listing in stand
        ]

    def offers_seen_by(self, account: str, edition: str, serial: int) -> list[Bid]:
        """Open offers for a card that an account may see: all where it holds the card, else its own."""
        offers = self.offers(edition, serial)
        if holds_card(self.ledger, account, edition, serial):
            return offers
        return [offer for offer in offers if offer.bidder == account]

    def offers(self, edition: str, serial: int) -> list[Bid]:
        """Open offers for a card, the highest first."""
        return load(
            self.ledger.database,
            Bid,
            "WHERE listing = '' AND state = 'open' AND edition = ? AND serial = ? AND expires_at > ? "
            "ORDER BY price DESC, id",
            edition,
            serial,
            self.ledger.clock(),
        )

    def find(self, listing: str) -> Listing:
        """A listing by its id. Raises MarketError where there is none."""
        for record in load(self.ledger.database, Listing, "WHERE id = ?", listing):
            return replace(record, let_until=self._let_until(record.edition, record.serial))
        raise NoSuchDealError(f"there is no listing {listing!r}")

    def _offer(self, bid: str) -> Bid | None:
        """An offer, open or over; None where there is none, or it is a bid in an auction."""
        return next(iter(load(self.ledger.database, Bid, "WHERE id = ? AND listing = ''", bid)), None)

    def _offer_to(self, holder: str, bid: str) -> Bid:
        """An offer that somebody may accept, or did. Raises NoSuchDealError alike where there is none and
        where it is for a card of somebody else.
        """
        offer = self._offer(bid)
        if offer is not None:
            sale = self._sale_of(bid)
            theirs = (
                sale.seller == holder
                if sale
                else holds_card(self.ledger, holder, offer.edition, offer.serial)
            )
            if theirs:
                return offer
        raise _no_offer(bid)

    def find_bid(self, bid: str) -> Bid:
        """A bid or an offer by its id. Raises MarketError where there is none."""
        for record in load(self.ledger.database, Bid, "WHERE id = ?", bid):
            return record
        raise NoSuchDealError(f"there is no bid {bid!r}")

    def _list(
        self, kind: str, seller: str, edition: str, serial: int, price: int, days: int, asset: str
    ) -> Listing:
        with self._one:
            self._edition(edition, "rentable" if kind == RENT else "tradable")
            _priced(price, days)
            asset = market_postings.money(self.catalogue, asset)
            self._free(seller, edition, serial)
            self._may_be_paid(seller, asset)
            before = self._count(LISTINGS, "edition = ? AND serial = ?", edition, serial)
            id = id_of(self.ledger, "listing", edition, str(serial), str(before))
            ends = self.ledger.clock() + days * DAY_US
            let_until = self._let_until(edition, serial)
            listing = Listing(id, kind, edition, serial, seller, asset, price, ends, OPEN, let_until)
            commands: list[Command] = []
            if kind != RENT:
                late = CLOSING_DAYS * DAY_US if kind == AUCTION else 0
                commands.append(
                    Transfer(
                        id=f"{id}:card",
                        debit=cards_account(self.ledger, edition, seller),
                        credit=market_postings.stall(edition),
                        asset=edition,
                        amount=1,
                        serial=serial,
                        phase=Phase.pending,
                        expires_at=ends + late,
                        cause=f"for sale: {edition}/{serial}",
                    )
                )
            self._submit(commands, [_new(LISTINGS, listing)], listing)
            return listing

    def _close(self, listing: Listing, best: Bid) -> Sale:
        id = id_of(self.ledger, "sale", listing.id)
        commands: list[Command] = [market_postings.posted(f"{best.id}:money")]
        commands += self._paid(listing, id, market_postings.escrow(listing.asset), best.price)
        commands += self._card_sold(listing, best.bidder, id)
        sale = self._sold(listing, id, best.bidder, best.price)
        rows = [_row(LISTINGS, listing, SOLD), _row(BIDS, best, WON), _new(SALES, sale)]
        self._submit(commands, rows)
        return sale

    def _card_sold(self, listing: Listing, buyer: str, id: str) -> list[Command]:
        cause = f"sale: {listing.edition}/{listing.serial}"
        return [
            market_postings.posted(f"{listing.id}:card"),
            *market_postings.handing_over(
                self.ledger,
                listing.edition,
                listing.serial,
                id,
                market_postings.stall(listing.edition),
                buyer,
                cause,
            ),
        ]

    def _paid(self, listing: Listing, id: str, source: str, price: int) -> list[Command]:
        about = self._edition(listing.edition, "tradable")
        cause = f"sale: {listing.edition}/{listing.serial}"
        return market_postings.paying(
            self.ledger,
            self.catalogue,
            about,
            id,
            listing.asset,
            source,
            listing.seller,
            price,
            cause,
            pays_off=self._pays_off,
        )

    def _pays_off(self, id: str, account: str, income: int) -> Sequence[Command]:
        return paying_off(self.ledger, id, account, self.catalogue.points.id, income)

    def _owes(self, account: str) -> int:
        return owed(self.ledger, account)

    def _may_pay(self, account: str, asset: str, price: int) -> None:
        """Refuse who owes, and points that have to wait."""
        of_points = price if asset == self.catalogue.points.id else 0
        if reason := refusal(self.ledger, self.catalogue, account, of_points):
            raise MarketError(reason)

    def _may_be_paid(self, account: str, asset: str) -> None:
        """Points meet a debt before they are spent; cash would not."""
        if asset != self.catalogue.points.id and (debt := self._owes(account)):
            raise MarketError(
                f"{account!r} owes {debt:,} {self.catalogue.points.id}: until that is paid it sells and rents"
                f" out for {self.catalogue.points.id} only"
            )

    def _let(self) -> dict[tuple[str, int], int]:
        """Until when each card is let that is."""
        text = "SELECT edition, serial, MAX(ends) FROM rentals WHERE ends > ? GROUP BY edition, serial"
        rows = self.ledger.database.fetch(text, (self.ledger.clock(),))
        return {(edition, serial): int(ends) for edition, serial, ends in rows}

    def _let_until(self, edition: str, serial: int) -> int:
        rows = self.ledger.database.fetch(
            "SELECT COALESCE(MAX(ends), 0) FROM rentals WHERE edition = ? AND serial = ? AND ends > ?",
            (edition, serial, self.ledger.clock()),
        )
        return int(rows[0][0])

    def _accepted(self, edition: str, serial: int, accepts_let: bool) -> None:
        """Refuse a card that is let, unless that is accepted: its rights are the renter's until then."""
        until = self._let_until(edition, serial)
        if until and not accepts_let:
            raise MarketError(
                f"{edition}/{serial} is rented out until {_time(until)}: until then its rights are "
                "the renter's,"
                " whoever buys it; ask again with `accepts_let` to have it all the same"
            )

    def _was_let_before(self, bid: Bid) -> None:
        """Refuse to accept an offer for a card that was let since the offer was made."""
        began = self.ledger.database.fetch(
            "SELECT MAX(begins) FROM rentals WHERE edition = ? AND serial = ? AND ends > ?",
            (bid.edition, bid.serial, self.ledger.clock()),
        )[0][0]
        if began is not None and began >= self._made_at(bid):
            raise MarketError(
                f"{bid.edition}/{bid.serial} was rented out after the offer was made; wait until the "
                "rental ends"
            )

    def _made_at(self, bid: Bid) -> int:
        """When the money of a bid was held."""
        return self.ledger.posted_at(f"{bid.id}:money")

    def _nobody_bids(self, edition: str, serial: int) -> None:
        """Who bid for a card bid for its rights too: it is let no more until the auction ends."""
        if self._count(
            BIDS,
            "state = 'open' AND edition = ? AND serial = ? AND "
            "listing IN (SELECT id FROM listings WHERE state = 'open')",
            edition,
            serial,
        ):
            raise MarketError(f"somebody has bid for {edition}/{serial}; wait until the auction ends")

    def _sold(self, listing: Listing, id: str, buyer: str, price: int) -> Sale:
        return Sale(
            id,
            listing.edition,
            listing.serial,
            listing.seller,
            buyer,
            listing.asset,
            price,
            self.ledger.clock(),
        )

    def _wallet(self, account: str, asset: str) -> list[Command]:
        """What an account pays with, open, and without what has lapsed."""
        commands: list[Command] = [
            OpenAccount(
                id=self._money_of(account, asset),
                asset=asset,
                owner=name_of(self.ledger, account),
            )
        ]
        return commands + (
            expiry_commands(self.ledger, self.catalogue, account) if asset == self.catalogue.points.id else []
        )

    def _money_of(self, account: str, asset: str) -> str:
        return market_postings.money_account(self.ledger, self.catalogue, asset, account)

    def _money_held(self, bid: Bid) -> Transfer:
        return Transfer(
            id=f"{bid.id}:money",
            debit=self._money_of(bid.bidder, bid.asset),
            credit=market_postings.escrow(bid.asset),
            asset=bid.asset,
            amount=bid.price,
            phase=Phase.pending,
            expires_at=bid.expires_at,
            cause=f"bid: {bid.edition}/{bid.serial}",
        )

    def _money_back(self, bid: Bid) -> list[Command]:
        return [market_postings.voided(f"{bid.id}:money")] if self.ledger.is_held(f"{bid.id}:money") else []

    def _off(self, listing: Listing) -> list[Command]:
        hold = f"{listing.id}:card"
        return [market_postings.voided(hold)] if listing.kind != RENT and self.ledger.is_held(hold) else []

    def _stands(self, listing: Listing) -> bool:
        """Whether the card can still be had: a rental's owner holds it, a sale's hold was not seized."""
        if listing.kind != RENT:
            return self.ledger.is_held(f"{listing.id}:card")
        mine = cards_account(self.ledger, listing.edition, listing.seller)
        return self.ledger.holder(listing.edition, listing.serial) == mine

    def _is_on(self, listing: Listing, kind: str) -> None:
        if listing.kind != kind:
            raise MarketError(f"listing {listing.id} is {KINDS[listing.kind]}, not {KINDS[kind]}")
        if listing.state != OPEN or listing.ends_at <= self.ledger.clock() or not self._stands(listing):
            raise MarketError(
                f"listing {listing.id} is over: {listing.edition}/{listing.serial} is not on the market"
            )

    def _best(self, listing: str) -> Bid | None:
        rest = "WHERE listing = ? AND state = 'open' ORDER BY price DESC LIMIT 1"
        return next(iter(load(self.ledger.database, Bid, rest, listing)), None)

    def _free(self, holder: str, edition: str, serial: int) -> None:
        """Refuse where a card is not theirs, or held."""
        if not holds_card(self.ledger, holder, edition, serial):
            raise MarketError(f"{holder!r} does not hold {edition}/{serial}")
        if card_waits(self.ledger, self.catalogue, holder, edition, serial):
            hours = self.catalogue.spendable_after_hours
            raise MarketError(
                f"{edition}/{serial} waits: cards are passed on {hours:,} hours after they were earned"
            )
        if hold := self.ledger.card_hold(edition, serial):
            why = "is for sale already" if hold.endswith(":card") else "is frozen, or being handed in"
            raise MarketError(f"{edition}/{serial} {why}")

    def _may_be_let(self, listing: Listing) -> None:
        """Refuse a card that is let, or not to be had; why its owner cannot is nobody's business."""
        card = f"{listing.edition}/{listing.serial}"
        if self._let_until(listing.edition, listing.serial):
            raise MarketError(f"{card} is rented out; wait until the rental ends")
        hold = self.ledger.card_hold(listing.edition, listing.serial)
        waits = card_waits(self.ledger, self.catalogue, listing.seller, listing.edition, listing.serial)
        if waits or (hold and not hold.endswith(":card")):
            raise MarketError(f"listing {listing.id} is over: {card} is not on the market")

    def _edition(self, edition: str, needs: str) -> Edition:
        about = self.catalogue.edition(edition)
        if about is None:
            raise NoSuchDealError(f"there is no edition {edition!r}")
        if about.bound == "soul-bound" or (needs == "tradable" and about.bound != "tradable"):
            can = "rented, not sold" if about.bound == "rentable" else "neither sold nor rented"
            raise MarketError(f"cards of {edition!r} are {about.bound}: {can}")
        return about

    def _sale_of(self, deal: str) -> Sale | None:
        """What came of a listing, a bid or an offer."""
        ids = ids_of(self.ledger, "sale", deal)
        marks = ", ".join("?" * len(ids))
        return next(iter(load(self.ledger.database, Sale, f"WHERE id IN ({marks})", *ids)), None)

    def _count(self, table: Table, where: str, *values: object) -> int:
        text = f"SELECT COUNT(*) FROM {table.name} WHERE {where}"
        return int(self.ledger.database.fetch(text, values)[0][0])

    def _deal(
        self, commands: Sequence[Command], rows: Sequence[Row], deal: Any, payer: str, price: int
    ) -> Any:
        """Submit; where the money is not there, say so."""
        try:
            self._submit(commands, rows, deal)
        except OverdraftError:
            raise MarketError(f"{payer!r} has too little: the price is {price:,}") from None
        return deal

    def _submit(self, commands: Sequence[Command], rows: Sequence[Row], deal: object = None) -> None:
        """Do a deal: `deal` is what its caller is answered."""

        def note(connection: Connection) -> None:
            database = self.ledger.database
            for table, row, before in rows:
                if not before:
                    database.insert(connection, table, [row])
                elif not database.replace_if(connection, table, row, state=before):
                    raise DealChangedError(f"{row[0]} has changed in the meantime; look again")
            if self._also is not None and deal is not None:
                self._also(connection, deal)

        if commands:
            self.ledger.submit(commands, also=note)
        else:
            with self.ledger.database.write() as connection:
                note(connection)


def _row(table: Table, deal: Listing | Bid, state: str) -> Row:
    """Its row in another state, written where it is still in the one that was seen."""
    return table, row_of(deal, state), deal.state


def _new(table: Table, deal: Listing | Bid | Sale | Rental) -> Row:
    return table, values_of(deal), ""


def _no_offer(bid: str) -> NoSuchDealError:
    """Said alike of an offer that does not exist and of one that is none of the caller's business."""
    return NoSuchDealError(f"there is no offer {bid!r} that is open to you")


def _not_own(buyer: str, seller: str) -> None:
    if buyer == seller:
        raise MarketError(f"{buyer!r} cannot buy from themselves")


def _priced(price: int, days: int, days_max: int = DAYS_MAX) -> None:
    if price < 1:
        raise MarketError(f"a price must be 1 or more, not {price:,}")
    if price > PRICE_MAX:
        raise MarketError(f"a price must be {PRICE_MAX:,} or less, not {price:,}")
    if not 1 <= days <= days_max:
        raise MarketError(f"from 1 to {days_max} days, not {days:,}")


def _time(time: int) -> str:
    return f"{datetime.fromtimestamp(time // 1_000_000, UTC):%Y-%m-%d %H:%M} UTC"
