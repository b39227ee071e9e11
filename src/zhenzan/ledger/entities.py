"""Entities of the ledger, as a caller writes them: assets, accounts and transfers."""

from __future__ import annotations

from enum import IntEnum

import msgspec
from msgspec.structs import force_setattr

from zhenzan.deprecation import warn_renamed

__all__ = [
    "AMOUNT_MAX",
    "ID_BYTES_MAX",
    "AccountKind",
    "AssetKind",
    "Command",
    "CreateAsset",
    "OpenAccount",
    "Phase",
    "Transfer",
]

AMOUNT_MAX = 2**62  # a sum of two amounts still fits the databases' 64-bit integers
ID_BYTES_MAX = 200
CAUSE_BYTES_MAX = 2_000


class AssetKind(IntEnum):
    fungible = 0
    unique = 1


class AccountKind(IntEnum):
    user = 0
    budget = 1
    mint = 2
    escrow = 3
    fee = 4
    receivable = 5
    burn = 6


class Phase(IntEnum):
    single = 0
    pending = 1
    post = 2
    void = 3


BOTTOMLESS = frozenset((AccountKind.mint, AccountKind.receivable))
"""Kinds of account that may go below nothing: value begins in a mint, a debt stands in a receivable."""


class CreateAsset(msgspec.Struct, frozen=True, kw_only=True):
    """A command that creates an asset: something that can be held.

    `scale`: decimal digits of one unit that an amount counts in (2: an amount of 150 is 1.50). `unique`: an
    edition of cards, each with its serial number, 1 to `cap`. `cap`: the most that may ever be out.
    """

    id: str
    kind: AssetKind = AssetKind.fungible
    scale: int = 0
    cap: int = AMOUNT_MAX


class OpenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A command that opens an account, in which one owner holds one asset. `owner` "": the platform itself.

    `min_balance`: what must always be available, posted less pending; of a mint or a receivable there is
    none. `floor` is its old name. Raises TypeError where both are given.
    """

    id: str
    asset: str
    owner: str = ""
    kind: AccountKind = AccountKind.user
    min_balance: int = 0
    floor: int = 0

    def __post_init__(self) -> None:
        if self.floor:
            if self.min_balance:
                raise TypeError("OpenAccount takes 'min_balance' or its old name 'floor', not both")
            warn_renamed("OpenAccount(floor=)", "min_balance=")
            force_setattr(self, "min_balance", self.floor)
            force_setattr(self, "floor", 0)


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A move of `amount` of one asset from the account `debit` to the account `credit`.

    `id` is the idempotency key: use opaque ones, they stay when a person is erased. `phase`: *pending* holds
    the amount until a *post* or *void* that names it in `pending` (and may leave out accounts and asset); a
    post of less, where `amount` says so, releases the rest; a hold ends at `expires_at` (µs since 1970).
    `group`: neighbours in a batch with the same group happen together or not
    at all, and pending ones are posted or voided together. `cause`: why, for people and audits. `reverses`:
    the transfer that this reverses, in part or whole. `serial`: which card; a mint gives the next.
    """

    id: str
    debit: str = ""
    credit: str = ""
    asset: str = ""
    amount: int = 0
    phase: Phase = Phase.single
    pending: str = ""
    expires_at: int = 0
    group: str = ""
    cause: str = ""
    reverses: str = ""
    serial: int = 0


Command = CreateAsset | OpenAccount | Transfer
