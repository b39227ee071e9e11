"""The ledger's rules as plainly as they can be said: lists, and sums over all of history. Slow on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zhenzan.ledger import AccountKind, AssetKind, Command, CreateAsset, OpenAccount, Phase, Transfer

BOTTOMLESS = (AccountKind.mint, AccountKind.receivable)


class NoError(Exception):
    """Refused; the argument is the name of the error that the ledger should raise."""


@dataclass
class Move:
    """A transfer that happened. `state`: posted, open, voided, expired, posted-by (a post's own line)."""

    id: str
    debit: str
    credit: str
    asset: str
    amount: int
    state: str
    expires_at: int = 0
    group: str = ""
    serial: int = 0
    reverses: str = ""
    body: Transfer | None = None


@dataclass
class ReferenceLedger:
    assets: dict[str, CreateAsset] = field(default_factory=dict)
    accounts: dict[str, OpenAccount] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    resolutions: dict[str, Transfer] = field(default_factory=dict)
    serials: dict[str, int] = field(default_factory=dict)
    erased: dict[str, OpenAccount] = field(default_factory=dict)

    def copy(self) -> ReferenceLedger:
        moves = [Move(**vars(move)) for move in self.moves]
        return ReferenceLedger(
            dict(self.assets),
            dict(self.accounts),
            moves,
            dict(self.resolutions),
            dict(self.serials),
            dict(self.erased),
        )

    # What history says.

    def posted(self, account: str) -> int:
        return sum(
            (move.credit == account) * move.amount - (move.debit == account) * move.amount
            for move in self.moves
            if move.state == "posted"
        )

    def held(self, account: str, now: int) -> int:
        return sum(
            move.amount
            for move in self.moves
            if move.debit == account and move.state == "open" and not 0 < move.expires_at <= now
        )

    def out(self, asset: str, now: int) -> int:
        """What counts against the cap: cards ever minted, or amounts out; with what is held to be minted."""
        mints = {
            id
            for id, account in self.accounts.items()
            if account.kind == AccountKind.mint and account.asset == asset
        }
        held = sum(self.held(mint, now) for mint in mints)
        if self.assets[asset].kind == AssetKind.unique:
            return self.serials.get(asset, 0) + held
        return -sum(self.posted(mint) for mint in mints) + held

    def holder(self, asset: str, serial: int) -> str | None:
        last = None
        for move in self.moves:
            if move.asset == asset and move.serial == serial and move.state == "posted":
                last = move.credit
        return last

    def find(self, id: str) -> Move | None:
        return next((move for move in self.moves if move.id == id), None)

    def expire(self, now: int) -> None:
        for move in self.moves:
            if move.state == "open" and 0 < move.expires_at <= now:
                move.state = "expired"

    # What may happen.

    def after(self, batch: Sequence[Command], now: int, on_error: str) -> tuple[ReferenceLedger, list[str]]:
        """How a batch leaves everything, and of each command the error that it should raise, "" for none.

        The list ends with the first error where that takes the whole batch back.
        """
        trial, expected, first = self.copy(), list[str](), 0
        while first < len(batch):
            last, group = first + 1, getattr(batch[first], "group", "")
            while group and last < len(batch) and getattr(batch[last], "group", "") == group:
                last += 1
            before = trial.copy()
            try:
                trial.unit(batch[first:last], now)
                expected += [""] * (last - first)
            except NoError as refusal:
                trial = before
                expected += [str(refusal)] * (last - first)
                if on_error == "rollback":
                    return self, expected
            first = last
        return trial, expected

    def unit(self, unit: Sequence[Command], now: int) -> None:
        """One group: all of it, and of pending groups that it resolves all members in one way."""
        resolved = set()
        for command in unit:
            if not isinstance(command, Transfer):
                self.make(command)
                continue
            self.transfer(command, now)
            held = self.find(command.pending) if command.pending else None
            if held is not None and held.group:
                resolved.add(held.group)
        for group in resolved:
            ways = {
                move.state
                for move in self.moves
                if move.group == group and move.state in ("open", "resolved", "voided", "expired")
            }
            if len(ways) > 1:
                raise NoError("GroupIncompleteError")

    def make(self, command: CreateAsset | OpenAccount) -> None:
        """An asset or an account."""
        if isinstance(command, OpenAccount) and command.asset not in self.assets:
            raise NoError("UnknownAssetError")
        known = self.assets if isinstance(command, CreateAsset) else self.accounts
        if known.setdefault(command.id, command) != command:  # type: ignore[attr-defined]
            raise NoError("IdReusedError")

    def erase(self, owner: str) -> None:
        """Their accounts have no names any more; what moved there stays."""
        if not owner or all(account.owner != owner for account in self.accounts.values()):
            raise NoError("UnknownAccountError")
        for id, account in list(self.accounts.items()):
            if account.owner == owner:
                name = f"erased {len(self.erased)}"
                self.erased[name] = self.accounts.pop(id)
                for move in self.moves:
                    move.debit = name if move.debit == id else move.debit
                    move.credit = name if move.credit == id else move.credit

    def transfer(self, transfer: Transfer, now: int) -> None:
        """Carry it out, or raise NoError."""
        before = self.find(transfer.id) or self.resolutions.get(transfer.id)
        if before is not None:
            body = before.body if isinstance(before, Move) else before
            if body != transfer:
                raise NoError("IdReusedError")
            return
        if transfer.phase in (Phase.post, Phase.void):
            self.resolve(transfer, now)
            return
        for account in (transfer.debit, transfer.credit):
            if account not in self.accounts:
                raise NoError("UnknownAccountError")
        if transfer.asset not in self.assets:
            raise NoError("UnknownAssetError")
        if any(self.accounts[name].asset != transfer.asset for name in (transfer.debit, transfer.credit)):
            raise NoError("UnknownAccountError")
        if transfer.debit == transfer.credit or transfer.amount < 1:
            raise NoError("InvalidCommandError")
        if transfer.expires_at and (transfer.phase == Phase.single or transfer.expires_at <= now):
            raise NoError("InvalidCommandError")
        debit, credit = self.accounts[transfer.debit], self.accounts[transfer.credit]
        unique, serial = self.assets[transfer.asset].kind == AssetKind.unique, transfer.serial
        minting = debit.kind == AccountKind.mint
        if unique:
            if transfer.amount != 1 or credit.kind == AccountKind.mint or (minting and serial):
                raise NoError("InvalidCommandError")
            if not minting:
                busy = any(
                    move.state == "open" and move.asset == transfer.asset and move.serial == serial
                    for move in self.moves
                )
                if self.holder(transfer.asset, serial) != transfer.debit or busy:
                    raise NoError("NotHolderError")
        elif serial:
            raise NoError("InvalidCommandError")
        if minting and self.out(transfer.asset, now) + transfer.amount > self.assets[transfer.asset].cap:
            raise NoError("CapReachedError")
        available = self.posted(transfer.debit) - self.held(transfer.debit, now)
        if debit.kind not in BOTTOMLESS and available - transfer.amount < debit.min_balance:
            raise NoError("OverdraftError")
        if transfer.reverses:
            original = self.find(transfer.reverses) or self.posting(transfer.reverses)
            if original is None or original.state != "posted":
                raise NoError("UnknownTransferError")
            if transfer.phase != Phase.single or original.asset != transfer.asset:
                raise NoError("InvalidCommandError")
            back = sum(move.amount for move in self.moves if move.reverses == transfer.reverses)
            if back + transfer.amount > original.amount:
                raise NoError("ReversedError")
        state = "open" if transfer.phase == Phase.pending else "posted"
        if minting and unique and state == "posted":
            serial = self.serials[transfer.asset] = self.serials.get(transfer.asset, 0) + 1
        self.moves.append(
            Move(
                transfer.id,
                transfer.debit,
                transfer.credit,
                transfer.asset,
                transfer.amount,
                state,
                transfer.expires_at,
                transfer.group,
                serial,
                transfer.reverses,
                transfer,
            )
        )

    def posting(self, id: str) -> Move | None:
        """What a post moved, under the post's own id."""
        return next((move for move in self.moves if move.id == id and move.state == "posted"), None)

    def resolve(self, transfer: Transfer, now: int) -> None:
        held = self.find(transfer.pending)
        if held is None or held.state == "posted":
            raise NoError("UnknownTransferError")
        if held.debit in self.erased or held.credit in self.erased:
            raise NoError("UnknownAccountError")
        if held.state in ("resolved", "voided"):
            raise NoError("AlreadyResolvedError")
        if held.state == "expired" or 0 < held.expires_at <= now:
            raise NoError("HoldExpiredError")
        amount = transfer.amount or held.amount
        if amount > held.amount or (transfer.phase == Phase.void and amount != held.amount):
            raise NoError("InvalidCommandError")
        self.resolutions[transfer.id] = transfer
        if transfer.phase == Phase.void:
            held.state = "voided"
            return
        held.state = "resolved"
        serial = held.serial
        if (
            self.assets[held.asset].kind == AssetKind.unique
            and self.accounts[held.debit].kind == AccountKind.mint
        ):
            serial = self.serials[held.asset] = self.serials.get(held.asset, 0) + 1
        self.moves.append(
            Move(
                transfer.id,
                held.debit,
                held.credit,
                held.asset,
                amount,
                "posted",
                0,
                transfer.group,
                serial,
                "",
                transfer,
            )
        )
