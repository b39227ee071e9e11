"""Checkpoints: the size and Merkle root of the ledger's history, signed.

A checkpoint is a signed note of the C2SP specifications `tlog-checkpoint` and `signed-note`: origin,
number of
leaves and Merkle root, one a line, and Ed25519 signatures. Anyone who holds one can later prove that history
was rewritten.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhenzan.errors import ProofError

__all__ = ["Checkpoint", "SigningKey", "VerifyingKey"]

ED25519 = b"\x01"
DASH = "— "
NOTE_BYTES_MAX = 16_384


@dataclass(frozen=True)
class VerifyingKey:
    """A name and a public key, written `name+id+key` as signed notes do."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> VerifyingKey:
        """Raises ProofError where the text is no such key."""
        name, _, rest = text.strip().partition("+")
        identity, _, encoded = rest.partition("+")
        try:
            data = _decoded(encoded)
        except ValueError:
            data = b""
        key = cls(name, data[1:])
        if len(data) != 33 or data[:1] != ED25519 or key.id.hex() != identity or not name:
            raise ProofError(f"{text.strip()[:80]!r} is not a verifying key; write name+id+base64")
        return key

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A name and a private key of 32 bytes."""

    name: str
    private: bytes

    @property
    def public(self) -> VerifyingKey:
        return VerifyingKey(self.name, _unlocked(self.private)[1])

    @classmethod
    def make(cls, name: str) -> SigningKey:
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    def line(self, text: str) -> str:
        """The signature line of a note's text."""
        signature = _unlocked(self.private)[0].sign(text.encode())
        return f"{DASH}{self.name} {base64.b64encode(self.public.id + signature).decode()}\n"


@lru_cache(maxsize=4)
def _unlocked(private: bytes) -> tuple[Ed25519PrivateKey, bytes]:
    """The key, ready to sign, and its public half: each batch needs both."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    return key, key.public_key().public_bytes_raw()


@dataclass(frozen=True)
class Checkpoint:
    """`size` leaves whose Merkle root is `root`; `signatures`: key name, key id and signature of each."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...] = ()

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed_by(self, keys: Iterable[SigningKey]) -> str:
        """The signed note."""
        return f"{self.text}\n{''.join(key.line(self.text) for key in keys)}"

    @classmethod
    def parse(cls, note: str) -> Checkpoint:
        """Read a signed note; the signatures are not verified here. Raises ProofError where it is none."""
        text, gap, signatures = note.partition("\n\n")
        lines = text.split("\n")
        if not gap or len(lines) < 3 or len(note) > NOTE_BYTES_MAX or not signatures.endswith("\n"):
            raise ProofError(
                "is not a checkpoint, which has origin, size, root, an empty line and signatures"
            )
        try:
            root = _decoded(lines[2])
            signed = tuple(map(_signature, signatures.splitlines()))
        except ValueError:
            raise ProofError("is not a checkpoint: its root or a signature is not base64") from None
        if len(root) != 32 or not lines[1].isascii() or not lines[1].isdecimal() or len(lines) > 3:
            raise ProofError("is not a checkpoint: its size or its root is malformed")
        return cls(lines[0], int(lines[1]), root, signed)

    def holds(self, keys: Iterable[VerifyingKey]) -> bool:
        """Whether one of the keys signed it. A signature by one of them that is wrong is refused."""
        known = {(key.name, key.id): key for key in keys}
        verdicts = [
            known[name, identity].signed(self.text, signature)
            for name, identity, signature in self.signatures
            if (name, identity) in known
        ]
        return bool(verdicts) and all(verdicts)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(DASH):
        raise ValueError(line)
    name, _, encoded = line[len(DASH) :].partition(" ")
    data = _decoded(encoded)
    if len(data) < 5 or not name:
        raise ValueError(line)
    return name, data[:4], data[4:]


def _decoded(text: str) -> bytes:
    """Base64 as it would be written: bits that nothing reads are 0, or a changed character could pass.

    Raises ValueError.
    """
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(text)
    return data
