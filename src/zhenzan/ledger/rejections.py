"""Rejections: one error class for each reason why the ledger refuses a command."""

from __future__ import annotations

from zhenzan.errors import LedgerError, NotThereError

__all__ = [
    "AlreadyResolvedError",
    "CapReachedError",
    "GroupFailedError",
    "GroupIncompleteError",
    "HoldExpiredError",
    "IdReusedError",
    "InvalidCommandError",
    "LeaseLostError",
    "NotHolderError",
    "OverdraftError",
    "RejectionError",
    "ReversedError",
    "UnknownAccountError",
    "UnknownAssetError",
    "UnknownTransferError",
]


class RejectionError(LedgerError):
    """A command that was not carried out. `index`: its place in the batch, from 0."""

    index: int = -1


class InvalidCommandError(RejectionError):
    """A field is malformed, or fields do not go together."""


class UnknownAssetError(RejectionError, NotThereError):
    """There is no such asset."""


class UnknownAccountError(RejectionError, NotThereError):
    """There is no such account, or it holds another asset."""


class UnknownTransferError(RejectionError, NotThereError):
    """The transfer that is posted, voided or reversed is not there."""


class OverdraftError(RejectionError):
    """The account would fall below its minimum balance."""


class CapReachedError(RejectionError):
    """The asset's cap is reached."""


class HoldExpiredError(RejectionError):
    """The pending transfer expired before it was posted."""


class AlreadyResolvedError(RejectionError):
    """The pending transfer was posted or voided before."""


class IdReusedError(RejectionError):
    """The id stands for something else already."""


class GroupIncompleteError(RejectionError):
    """A pending group is posted or voided whole, in one group."""


class GroupFailedError(RejectionError):
    """Another command of its group was refused."""


class NotHolderError(RejectionError):
    """The account does not hold this card, or a pending transfer holds it."""


class ReversedError(RejectionError):
    """More would be reversed than was moved."""


class LeaseLostError(LedgerError):
    """Another process writes this ledger now; what was submitted did not happen."""
