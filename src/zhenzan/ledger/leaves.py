"""Leaves of the Merkle log: every event as one line of JSON, with people hidden behind salted commitments.

An account stands in a leaf as SHA-256(k ‖ account) with k = SHA-256(owner's salt ‖ sequence number), the salt
32 random bytes: two leaves of one person cannot be linked, k opens this leaf alone, and without the salt
nobody can tell who it was. What the caller named (id, group, cause) is committed under both keys, so it
closes with either.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from zhenzan.ledger.entities import AccountKind, AssetKind, Phase
from zhenzan.ledger.state_machine import Record
from zhenzan.ledger.states import AccountState, AssetState

__all__ = [
    "account_leaf",
    "asset_leaf",
    "erasure_leaf",
    "key_leaf",
    "opened",
    "opening_key",
    "transfer_leaf",
]

_PHASES = [phase.name for phase in Phase]
_encode = msgspec.json.Encoder().encode


class _Transfer(msgspec.Struct):
    event: str
    seq: int
    time: int
    asset: str
    amount: int
    phase: str
    pending: int
    expires_at: int
    reverses: int
    serial: int
    debit: str
    credit: str
    details: str


def transfer_leaf(
    record: Record, body: bytes, asset: str, debit: AccountState, credit: AccountState, time: int
) -> bytes:
    """The leaf of a transfer whose accounts both have their salts."""
    assert debit.salt is not None
    assert credit.salt is not None
    seq, id, _, _, _, amount, phase, pending, expires_at, group, cause, reverses, serial = record
    number = seq.to_bytes(8)
    debit_key, credit_key = sha256(debit.salt + number).digest(), sha256(credit.salt + number).digest()
    named = _encode((id, group, cause, body))
    return _encode(
        _Transfer(
            "transfer",
            seq,
            time,
            asset,
            amount,
            _PHASES[phase],
            pending,
            expires_at,
            reverses,
            serial,
            sha256(debit_key + debit.id.encode()).hexdigest(),
            sha256(credit_key + credit.id.encode()).hexdigest(),
            sha256(debit_key + credit_key + named).hexdigest(),
        )
    )


def opening_key(salt: bytes, seq: int) -> bytes:
    """The key that opens one owner's commitment in the leaf of this sequence number, and nothing else."""
    return sha256(salt + seq.to_bytes(8)).digest()


def opened(key: bytes, value: str) -> str:
    """The commitment, in hex, that hides `value` under an opening key."""
    return sha256(key + value.encode()).hexdigest()


def asset_leaf(seq: int, time: int, asset: AssetState) -> bytes:
    return _line(
        event="asset",
        seq=seq,
        time=time,
        asset=asset.id,
        kind=AssetKind(asset.kind).name,
        scale=asset.scale,
        cap=asset.cap,
        number=asset.number,
    )


def account_leaf(seq: int, time: int, account: AccountState, asset: str, owner: str) -> bytes:
    assert account.salt is not None
    key = opening_key(account.salt, seq)
    return _line(
        event="account",
        seq=seq,
        time=time,
        asset=asset,
        kind=AccountKind(account.kind).name,
        floor=account.min_balance,
        number=account.number,
        account=opened(key, account.id),
        owner=opened(key, owner),
    )


def erasure_leaf(seq: int, time: int, owner: int) -> bytes:
    return _line(event="erasure", seq=seq, time=time, owner=owner)


def key_leaf(seq: int, time: int, key: str) -> bytes:
    return _line(event="key", seq=seq, time=time, key=key)


def _line(**fields: Any) -> bytes:
    return _encode(fields)
