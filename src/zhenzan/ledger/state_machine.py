"""The state machine: what a transfer may do to accounts, assets, holds and cards.

The book knows nothing of databases or time: it is given the states that a batch touches and the hour, checks
each transfer whole before it changes anything, and tells what changed. The same book applies live batches and
replays history, so what was allowed then is what is checked now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, NoReturn

from zhenzan.errors import did_you_mean
from zhenzan.ledger import rejections as rejections
from zhenzan.ledger.entities import AMOUNT_MAX, CAUSE_BYTES_MAX, ID_BYTES_MAX, Phase, Transfer
from zhenzan.ledger.states import (
    EXPIRED,
    OPEN,
    POSTED,
    VOIDED,
    AccountState,
    AssetState,
    CardState,
    PendingState,
)

__all__ = ["Record", "StateMachine"]

_SINGLE, _PENDING, _POST, _VOID = Phase  # looked up once: a member of an enum is slow to find


class Record(NamedTuple):
    """A transfer as it stands in the ledger: names are numbers, references are sequence numbers, 0 for
    none.
    """

    seq: int
    id: str
    debit: int
    credit: int
    asset: int
    amount: int
    phase: int
    pending: int
    expires_at: int
    group: str
    cause: str
    reverses: int
    serial: int


@dataclass
class StateMachine:
    """The loaded states by id or number, and the rules by which transfers change them."""

    assets: dict[str, AssetState] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    by_number: dict[int, AccountState] = field(default_factory=dict)
    asset_by_number: dict[int, AssetState] = field(default_factory=dict)
    pendings: dict[str, PendingState] = field(default_factory=dict)
    groups: dict[str, list[PendingState]] = field(default_factory=dict)
    cards: dict[tuple[int, int], CardState] = field(default_factory=dict)
    moved: dict[str, list[int]] = field(default_factory=dict)
    """By transfer that may be reversed: sequence number, asset, amount, amount reversed."""
    missing: set[str] = field(default_factory=set)
    """Transfers that later ones of the same batch reverse."""
    erased: set[str] = field(default_factory=set)
    """Accounts whose owners were erased."""

    def add_asset(self, asset: AssetState) -> None:
        self.assets[asset.id] = self.asset_by_number[asset.number] = asset

    def add_account(self, account: AccountState) -> None:
        self.accounts[account.id] = self.by_number[account.number] = account
        if account.salt is None:
            self.erased.add(account.id)

    def add_pending(self, pending: PendingState) -> None:
        self.pendings[pending.id] = pending
        if pending.group:
            self.groups.setdefault(pending.group, []).append(pending)

    def apply(
        self, transfer: Transfer, seq: int, now: int, undo: list[Callable[[], object]] | None
    ) -> Record:
        """Apply a transfer, or raise the RejectionError that says why not and change nothing.

        `undo` collects what the states were, for groups that fail later.
        """
        phase = transfer.phase
        if phase in (_SINGLE, _PENDING):
            return self._move(transfer, seq, now, undo)
        return self._resolve(transfer, seq, now, undo)

    def expire(self, pending: PendingState, seq: int) -> Record:
        """Void an expired hold. The record is the ledger's own, not a caller's."""
        self._release(pending, EXPIRED)
        return Record(
            seq,
            f"expired:{pending.seq}",
            pending.debit,
            pending.credit,
            pending.asset,
            pending.amount,
            _VOID,
            pending.seq,
            0,
            "",
            "",
            0,
            pending.serial,
        )

    def _move(
        self, transfer: Transfer, seq: int, now: int, undo: list[Callable[[], object]] | None
    ) -> Record:
        debit, credit = self._account(transfer.debit, "debit"), self._account(transfer.credit, "credit")
        asset = self._asset(transfer.asset)
        if debit.asset != asset.number or credit.asset != asset.number:
            wrong = debit if debit.asset != asset.number else credit
            holds = self.asset_by_number[wrong.asset].id
            raise rejections.UnknownAccountError(f"account {wrong.id!r} holds {holds!r}, not {asset.id!r}")
        amount, pends = transfer.amount, transfer.phase == _PENDING
        if debit is credit:
            raise rejections.InvalidCommandError(f"debit and credit are the same account, {debit.id!r}")
        if not 0 < amount <= AMOUNT_MAX:
            raise rejections.InvalidCommandError(f"amount {amount} is not between 1 and 2^62")
        if transfer.pending:
            raise rejections.InvalidCommandError("`pending` is for a post or a void; leave it out")
        if transfer.expires_at and (not pends or transfer.expires_at <= now):
            raise rejections.InvalidCommandError(
                "`expires_at` is for a pending transfer, and lies in the future"
            )
        minting = debit.mints
        serial, card = transfer.serial, None
        if asset.is_unique:
            card = self._card(asset, transfer, debit, credit)
        elif serial:
            raise rejections.InvalidCommandError(f"{asset.id!r} has no serial numbers")
        if minting and asset.issued_most() + amount > asset.cap:
            raise rejections.CapReachedError(
                f"{asset.id!r} is capped at {asset.cap}: {asset.issued_most()} are issued or held, "
                f"{amount} more requested"
            )
        if (
            not debit.allows_negative
            and debit.credits - debit.debits - debit.debits_pending - amount < debit.min_balance
        ):
            raise rejections.OverdraftError(
                f"account {debit.id!r} has {debit.available} available, min_balance {debit.min_balance}; "
                f"{amount} requested"
            )
        if (
            credit.credits + credit.credits_pending + amount > AMOUNT_MAX
            or debit.debits + debit.debits_pending + amount > AMOUNT_MAX
        ):
            raise rejections.CapReachedError(
                f"an account of this transfer has reached its limit, 2^62 of {asset.id!r}"
            )
        taken_back = self._reversal(transfer, asset, amount) if transfer.reverses else None

        if undo is not None:
            undo.append(partial(self._forget, transfer.id, taken_back, amount))  # last of these to happen
            for state in (debit, credit, asset, card):
                if state is not None:
                    undo.append(partial(state.restore, state.snapshot()))  # type: ignore[arg-type]
        if pends:
            debit.debits_pending += amount
            credit.credits_pending += amount
            if minting:
                asset.coming += amount
            if card is not None:
                card.pending = seq
            self.add_pending(
                PendingState(
                    seq,
                    transfer.id,
                    debit.number,
                    credit.number,
                    asset.number,
                    amount,
                    transfer.expires_at,
                    transfer.group,
                    serial,
                )
            )
        else:
            debit.debits += amount
            credit.credits += amount
            serial = self._settle(asset, debit, credit, amount, serial)
            if taken_back is not None:
                taken_back[3] += amount
            if transfer.id in self.missing:
                self.moved[transfer.id] = [seq, asset.number, amount, 0]
        return tuple.__new__(
            Record,
            (
                seq,
                transfer.id,
                debit.number,
                credit.number,
                asset.number,
                amount,
                transfer.phase,
                0,
                transfer.expires_at,
                transfer.group,
                transfer.cause,
                taken_back[0] if taken_back else 0,
                serial,
            ),
        )  # half the time that its own constructor takes

    def _resolve(
        self, transfer: Transfer, seq: int, now: int, undo: list[Callable[[], object]] | None
    ) -> Record:
        pending = self.pendings.get(transfer.pending)
        if pending is None:
            raise rejections.UnknownTransferError(f"there is no pending transfer {transfer.pending!r}")
        posts = transfer.phase == _POST
        if pending.resolution in (POSTED, VOIDED):
            how = "posted" if pending.resolution == POSTED else "voided"
            raise rejections.AlreadyResolvedError(f"transfer {pending.id!r} is {how} already")
        if pending.resolution == EXPIRED or 0 < pending.expires_at <= now:
            raise rejections.HoldExpiredError(
                f"transfer {pending.id!r} was held until {pending.expires_at}; it is {now}"
            )
        debit, credit = self.by_number[pending.debit], self.by_number[pending.credit]
        asset = self.asset_by_number[pending.asset]
        for stated, is_, what in (
            (transfer.debit, debit.id, "debit"),
            (transfer.credit, credit.id, "credit"),
            (transfer.asset, asset.id, "asset"),
        ):
            if stated and stated != is_:
                raise rejections.InvalidCommandError(
                    f"{what} {stated!r} is not that of {pending.id!r}, {is_!r}"
                )
        amount = transfer.amount or pending.amount
        if not 0 < amount <= pending.amount or (not posts and amount != pending.amount):
            raise rejections.InvalidCommandError(
                f"amount {transfer.amount} is not that of {pending.id!r}, {pending.amount}"
            )
        if transfer.reverses or transfer.expires_at or transfer.serial not in (0, pending.serial):
            raise rejections.InvalidCommandError(
                "a post or a void has no `reverses`, `expires_at` or `serial` of its own"
            )
        card = self.cards.get((asset.number, pending.serial)) if pending.serial else None
        if undo is not None:
            undo.append(partial(self._forget, transfer.id, None, 0))
            for state in (debit, credit, asset, card, pending):
                if state is not None:
                    undo.append(partial(state.restore, state.snapshot()))  # type: ignore[arg-type]
        self._release(pending, POSTED if posts else VOIDED)
        serial = pending.serial
        if posts:
            debit.debits += amount
            credit.credits += amount
            serial = self._settle(asset, debit, credit, amount, pending.serial)
            if transfer.id in self.missing:
                self.moved[transfer.id] = [seq, asset.number, amount, 0]
        return Record(
            seq,
            transfer.id,
            debit.number,
            credit.number,
            asset.number,
            amount,
            transfer.phase,
            pending.seq,
            0,
            transfer.group,
            transfer.cause,
            0,
            serial,
        )

    def _forget(self, id: str, taken_back: list[int] | None, amount: int) -> None:
        """Undo what a failed transfer of this id added."""
        pending = self.pendings.pop(id, None)
        if pending is not None and pending.group:
            self.groups[pending.group].remove(pending)
        if taken_back is not None:
            taken_back[3] -= amount
        self.moved.pop(id, None)
        for card in [
            card_key
            for card_key, card in self.cards.items()
            if card.serial > self.asset_by_number[card.asset].serials
        ]:
            del self.cards[card]

    def _release(self, pending: PendingState, resolution: int) -> None:
        assert pending.resolution == OPEN
        debit, credit = self.by_number[pending.debit], self.by_number[pending.credit]
        asset = self.asset_by_number[pending.asset]
        pending.resolution = resolution
        debit.debits_pending -= pending.amount
        credit.credits_pending -= pending.amount
        if debit.mints:
            asset.coming -= pending.amount
        if pending.serial:
            self.cards[asset.number, pending.serial].pending = 0
        assert debit.debits_pending >= 0
        assert credit.credits_pending >= 0

    def _settle(
        self, asset: AssetState, debit: AccountState, credit: AccountState, amount: int, serial: int
    ) -> int:
        """What a posted amount does beside the balances: issue, return, hand a card over. The card's
        serial.
        """
        if debit.mints:
            asset.issued += amount
            if asset.is_unique:
                asset.serials += 1
                serial = asset.serials
                assert (asset.number, serial) not in self.cards
                self.cards[asset.number, serial] = CardState(asset.number, serial, credit.number)
        else:
            if credit.mints:
                asset.issued -= amount
            if asset.is_unique:
                card = self.cards[asset.number, serial]
                assert card.holder == debit.number
                card.holder = credit.number
        assert asset.issued + asset.coming <= asset.cap
        return serial

    def _card(
        self, asset: AssetState, transfer: Transfer, debit: AccountState, credit: AccountState
    ) -> CardState | None:
        if transfer.amount != 1:
            raise rejections.InvalidCommandError(
                f"{asset.id!r} is an edition of cards: each card is moved by a transfer of its own, amount 1"
            )
        if credit.mints:
            raise rejections.InvalidCommandError(
                f"a card of {asset.id!r} cannot go back to its mint; burn it"
            )
        if debit.mints:
            if transfer.serial:
                raise rejections.InvalidCommandError(
                    f"{asset.id!r} gives serials itself when a card is posted"
                )
            return None
        card = self.cards.get((asset.number, transfer.serial))
        if card is None or card.holder != debit.number:
            raise rejections.NotHolderError(
                f"account {debit.id!r} does not hold card {asset.id}/{transfer.serial}"
            )
        if card.pending:
            raise rejections.NotHolderError(
                f"card {asset.id}/{transfer.serial} is held by a pending transfer"
            )
        return card

    def _reversal(self, transfer: Transfer, asset: AssetState, amount: int) -> list[int]:
        moved = self.moved.get(transfer.reverses)
        if moved is None:
            raise rejections.UnknownTransferError(
                f"there is no posted transfer {transfer.reverses!r} to reverse"
            )
        if transfer.phase != _SINGLE or moved[1] != asset.number:
            raise rejections.InvalidCommandError("a reversal is a single transfer of the same asset")
        if moved[3] + amount > moved[2]:
            raise rejections.ReversedError(
                f"{transfer.reverses!r} moved {moved[2]}, {moved[3]} are reversed already; {amount} requested"
            )
        return moved

    def _account(self, id: str, side: str) -> AccountState:
        account = self.accounts.get(id)
        if account is None:
            raise rejections.UnknownAccountError(f"there is no account {id!r} to {side}; open it first")
        return account

    def _asset(self, id: str) -> AssetState:
        asset = self.assets.get(id)
        if asset is None:
            raise rejections.UnknownAssetError(f"there is no asset {id!r}{did_you_mean(id, self.assets)}")
        return asset


def check_text(what: str, value: str, most: int = ID_BYTES_MAX, *, empty: bool = False) -> None:
    """Refuse an id or a text that cannot stand in the ledger."""
    if 0 < len(value) <= most and value.isascii() and value.isprintable():
        return  # as nearly all are
    if not value and not empty:
        raise rejections.InvalidCommandError(f"{what} is empty")
    if len(value.encode("utf-8", "surrogatepass")) > most or not value.isprintable():
        refuse_text(what, value, most)


def refuse_text(what: str, value: str, most: int) -> NoReturn:
    raise rejections.InvalidCommandError(
        f"{what} {value[:40]!r} is longer than {most} bytes, or has characters that cannot be printed"
    )


def check_transfer(transfer: Transfer) -> None:
    """Refuse texts that cannot stand in the ledger. States are not looked at."""
    check_text("id", transfer.id)
    if transfer.id.startswith("expired:"):
        raise rejections.InvalidCommandError("ids that begin with 'expired:' are reserved for the ledger")
    if transfer.group:
        check_text("group", transfer.group)
    if transfer.cause:
        check_text("cause", transfer.cause, CAUSE_BYTES_MAX)
