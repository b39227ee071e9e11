"""Ledger proofs for an account: of its own transfers and cards, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

from zhenzan.errors import LedgerError, NotThereError
from zhenzan.ledger import Ledger, Proof, UnknownTransferError
from zhenzan.rewards.account_ids import is_account_of

__all__ = ["NotYoursError", "proof_for"]


class NotYoursError(LedgerError, NotThereError):
    """There is no such transfer or card, or it is somebody else's: nobody learns which."""


def proof_for(ledger: Ledger, of: str, account: str | None, cash: str = "") -> Proof:
    """The proof of an account's own transfer (by id) or of the card (EDITION/SERIAL) that it holds; only its
    own name is opened. `account` None: of anybody's, all names opened. `cash`: the asset of the market's
    money, if it has one. Raises NotYoursError, LedgerError.
    """
    if account is None:
        return ledger.prove(of)
    missing = NotYoursError(f"there is no transfer and no card {of!r} of this account")
    try:
        proof = ledger.prove(of)
    except UnknownTransferError:
        raise missing from None
    mine = is_account_of(ledger, account, cash)
    own = tuple(opening for opening in proof.openings if mine(opening.account))
    sides = {opening.side for opening in own}
    if not sides or ("/" in of and "credit" not in sides):  # who gave a card away knows nothing of it since
        raise missing
    return replace(proof, openings=own)
