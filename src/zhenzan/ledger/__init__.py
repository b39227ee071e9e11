"""The ledger: double entry, append-only, one writer, every batch signed into a Merkle log that anyone can
verify.
"""

from typing import TYPE_CHECKING

from zhenzan.deprecation import renamed_names
from zhenzan.ledger.account_queries import Balance, Debt, Entry, Movement, Unspent
from zhenzan.ledger.anchor import read_anchor, write_anchor
from zhenzan.ledger.card_queries import Card
from zhenzan.ledger.checkpoint import Checkpoint, SigningKey, VerifyingKey
from zhenzan.ledger.entities import AccountKind, AssetKind, Command, CreateAsset, OpenAccount, Phase, Transfer
from zhenzan.ledger.group_commit import GroupCommit
from zhenzan.ledger.keys import make_key, read_key
from zhenzan.ledger.lease import RENEW_SECONDS, free_lease
from zhenzan.ledger.ledger import Accepted, Batch, Ledger
from zhenzan.ledger.merkle import MerkleTree, consistency_holds, inclusion_holds, leaf_hash
from zhenzan.ledger.proof import Opening, Proof, verify
from zhenzan.ledger.queries import is_empty
from zhenzan.ledger.rejections import (
    AlreadyResolvedError,
    CapReachedError,
    GroupFailedError,
    GroupIncompleteError,
    HoldExpiredError,
    IdReusedError,
    InvalidCommandError,
    LeaseLostError,
    NotHolderError,
    OverdraftError,
    RejectionError,
    ReversedError,
    UnknownAccountError,
    UnknownAssetError,
    UnknownTransferError,
)
from zhenzan.ledger.transfer_queries import LedgerEvent, Remainder
from zhenzan.ledger.verification import DamageError, Projections, check, replay

__all__ = [
    "RENEW_SECONDS",
    "Accepted",
    "AccountKind",
    "AlreadyResolvedError",
    "AssetKind",
    "Balance",
    "Batch",
    "CapReachedError",
    "Card",
    "Checkpoint",
    "Command",
    "CreateAsset",
    "DamageError",
    "Debt",
    "Entry",
    "GroupCommit",
    "GroupFailedError",
    "GroupIncompleteError",
    "HoldExpiredError",
    "IdReusedError",
    "InvalidCommandError",
    "LeaseLostError",
    "Ledger",
    "LedgerEvent",
    "MerkleTree",
    "Movement",
    "NotHolderError",
    "OpenAccount",
    "Opening",
    "OverdraftError",
    "Phase",
    "Projections",
    "Proof",
    "RejectionError",
    "Remainder",
    "ReversedError",
    "SigningKey",
    "Transfer",
    "UnknownAccountError",
    "UnknownAssetError",
    "UnknownTransferError",
    "Unspent",
    "VerifyingKey",
    "check",
    "consistency_holds",
    "free_lease",
    "inclusion_holds",
    "is_empty",
    "leaf_hash",
    "make_key",
    "read_anchor",
    "read_key",
    "replay",
    "verify",
    "write_anchor",
]

if not TYPE_CHECKING:  # a type checker knows the new names alone
    __getattr__ = renamed_names(__name__)
