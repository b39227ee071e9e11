"""Why the ledger refuses a command: one error a reason."""

from __future__ import annotations

from zhenzan.errors import LedgerError

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
    "Refusal",
    "ReversedError",
    "UnknownAccountError",
    "UnknownAssetError",
    "UnknownTransferError",
]


class Refusal(LedgerError):
    """A command that was not carried out. `index`: its place in the batch, from 0."""

    index: int = -1


class InvalidCommandError(Refusal):
    """A field is malformed, or fields do not go together."""


class UnknownAssetError(Refusal):
    """There is no such asset."""


class UnknownAccountError(Refusal):
    """There is no such account, or it holds another asset."""


class UnknownTransferError(Refusal):
    """The transfer that is posted, voided or reversed is not there."""


class OverdraftError(Refusal):
    """The account would fall under its floor."""


class CapReachedError(Refusal):
    """More would be out than the asset's cap allows."""


class HoldExpiredError(Refusal):
    """The pending transfer ran out before it was posted."""


class AlreadyResolvedError(Refusal):
    """The pending transfer was posted or voided before."""


class IdReusedError(Refusal):
    """The id stands for something else already."""


class GroupIncompleteError(Refusal):
    """A pending group is posted or voided whole, in one group."""


class GroupFailedError(Refusal):
    """Another command of its group was refused."""


class NotHolderError(Refusal):
    """The account does not hold this card, or a pending transfer holds it."""


class ReversedError(Refusal):
    """More would be taken back than was moved."""


class LeaseLostError(LedgerError):
    """Another process writes this ledger now; what was submitted did not happen."""
