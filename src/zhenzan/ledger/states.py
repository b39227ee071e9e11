"""States of assets, accounts, holds and cards while the writer applies a batch."""

from __future__ import annotations

from zhenzan.ledger.entities import BOTTOMLESS, AccountKind, AssetKind

__all__ = ["EXPIRED", "OPEN", "POSTED", "VOIDED", "AccountState", "AssetState", "CardState", "PendingState"]

OPEN, POSTED, VOIDED, EXPIRED = range(4)


class AssetState:
    """`issued`: out of its mints and not back; `coming`: held to be minted; `serials`: cards minted so
    far.
    """

    __slots__ = ("cap", "coming", "id", "is_unique", "issued", "kind", "number", "scale", "serials")

    def __init__(
        self,
        number: int,
        id: str,
        kind: int,
        scale: int,
        cap: int,
        issued: int = 0,
        coming: int = 0,
        serials: int = 0,
    ) -> None:
        self.number, self.id, self.kind, self.scale, self.cap = number, id, AssetKind(kind), scale, cap
        self.is_unique = self.kind == AssetKind.unique
        self.issued, self.coming, self.serials = issued, coming, serials

    def issued_most(self) -> int:
        """Cards ever minted, or amounts out; those held to be minted included."""
        return (self.serials if self.is_unique else self.issued) + self.coming

    def snapshot(self) -> tuple[int, int, int]:
        return self.issued, self.coming, self.serials

    def restore(self, memory: tuple[int, int, int]) -> None:
        self.issued, self.coming, self.serials = memory


class AccountState:
    """`debits`, `credits` posted; `debits_pending` held of its own, `credits_pending` held for it. `salt`
    None: erased.
    """

    __slots__ = (
        "allows_negative",
        "asset",
        "credits",
        "credits_pending",
        "debits",
        "debits_pending",
        "id",
        "kind",
        "min_balance",
        "mints",
        "number",
        "owner",
        "salt",
    )

    def __init__(
        self,
        number: int,
        id: str,
        owner: int,
        asset: int,
        kind: int,
        floor: int,
        salt: bytes | None,
        debits: int = 0,
        credits: int = 0,
        held: int = 0,
        coming: int = 0,
    ) -> None:
        self.number, self.id, self.owner, self.asset = number, id, owner, asset
        self.kind, self.min_balance, self.salt = AccountKind(kind), floor, salt
        self.allows_negative, self.mints = self.kind in BOTTOMLESS, self.kind == AccountKind.mint
        self.debits, self.credits, self.debits_pending, self.credits_pending = debits, credits, held, coming

    @property
    def available(self) -> int:
        return self.credits - self.debits - self.debits_pending

    def snapshot(self) -> tuple[int, int, int, int]:
        return self.debits, self.credits, self.debits_pending, self.credits_pending

    def restore(self, memory: tuple[int, int, int, int]) -> None:
        self.debits, self.credits, self.debits_pending, self.credits_pending = memory


class PendingState:
    """A hold (pending transfer): who pays whom what until when, and its resolution."""

    __slots__ = (
        "amount",
        "asset",
        "credit",
        "debit",
        "expires_at",
        "group",
        "id",
        "resolution",
        "seq",
        "serial",
    )

    def __init__(
        self,
        seq: int,
        id: str,
        debit: int,
        credit: int,
        asset: int,
        amount: int,
        expires_at: int,
        group: str,
        serial: int,
        resolution: int = OPEN,
    ) -> None:
        self.seq, self.id, self.debit, self.credit, self.asset = seq, id, debit, credit, asset
        self.amount, self.expires_at, self.group, self.serial = amount, expires_at, group, serial
        self.resolution = resolution

    def snapshot(self) -> int:
        return self.resolution

    def restore(self, memory: int) -> None:
        self.resolution = memory


class CardState:
    """State of a card: its holder, and the sequence number of the pending transfer that holds it back, 0 for
    none.
    """

    __slots__ = ("asset", "holder", "pending", "serial")

    def __init__(self, asset: int, serial: int, holder: int, pending: int = 0) -> None:
        self.asset, self.serial, self.holder, self.pending = asset, serial, holder, pending

    def snapshot(self) -> tuple[int, int]:
        return self.holder, self.pending

    def restore(self, memory: tuple[int, int]) -> None:
        self.holder, self.pending = memory
