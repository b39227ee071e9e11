"""Open Badges 3.0: signing and verifying a card or a right as a credential that other apps check offline.

A credential is a JWT (EdDSA over Ed25519, the credential itself as the payload, as Open Badges 3.0 section 8
has it). Its issuer is a `did:key`, so the issuer's name is the key. Its holder is named only by a salted
hash: whoever knows the account's name can tell that it is theirs, nobody else can. A status list (W3C
Bitstring Status List 1.0) in the same form says which credentials no longer hold.
"""

from __future__ import annotations

import base64
import gzip
import hmac
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhenzan.errors import CredentialError

__all__ = [
    "Signer",
    "VerifiedCredential",
    "achievement_credential",
    "status_list_credential",
    "verify_credential",
]

VC = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
ALGORITHM = "EdDSA"
ED25519_CODE = b"\xed\x01"  # multicodec
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BITS_LEAST = 131_072  # so that one in a list tells nothing
LIST_BYTES_MAX = 1 << 24
TEXT_LENGTH_MAX = 1 << 25
SECOND_US = 1_000_000


class Signer:
    """The issuer of credentials: a private key of 32 bytes and a name. `did` is what verifiers are told to
    trust.
    """

    def __init__(self, private: bytes, name: str) -> None:
        self._private, self._key = private, Ed25519PrivateKey.from_private_bytes(private)
        self.name = name
        self.public = self._key.public_key().public_bytes_raw()
        self.did = f"did:key:z{_base58(ED25519_CODE + self.public)}"

    def sign(self, credential: Mapping[str, Any]) -> str:
        """The credential as a JWT; the claims that JWT has names for are repeated under them."""
        subject = credential["credentialSubject"]
        claims = {
            **credential,
            "iss": self.did,
            "jti": credential["id"],
            "sub": subject["id"],
            "nbf": _seconds(credential["validFrom"]),
        }
        if "validUntil" in credential:
            claims["exp"] = _seconds(credential["validUntil"])
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": _base64(self.public)}
        headers = {"kid": f"{self.did}#{self.did.removeprefix('did:key:')}", "jwk": jwk, "typ": "JWT"}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=headers)

    def salt(self, id: str) -> str:
        """The salt of a credential's holder: the same each time, and known to nobody else."""
        return hmac.new(self._private, b"holder\x00" + id.encode(), sha256).hexdigest()[:32]


@dataclass(frozen=True)
class VerifiedCredential:
    """A verified credential. `holder`: whether the account that was asked for is its holder, None
    if none was; `status`: whether a status list was given that says that it still holds.
    """

    id: str
    issuer: str
    name: str
    kind: str
    valid_from: str
    valid_until: str
    holder: bool | None
    status: bool
    credential: Mapping[str, Any]


def achievement_credential(
    signer: Signer,
    number: int,
    account: str,
    *,
    id: str,
    kind: str,
    names: tuple[str, str],
    criteria: str,
    evidence: str,
    issued_at: int,
    expires_at: int,
    status_url: str,
) -> str:
    """A card or right (`id` as a UUID, `kind` as the catalogue has it) for an account; times in µs.

    `names` in English and Chinese; `evidence` is the signed checkpoint of the ledger that it stands on.
    """
    urn, salt = f"urn:uuid:{id}", signer.salt(id)
    achievement = {
        "id": f"urn:uuid:{UUID(bytes=sha256(f'{signer.did} {kind} {names[0]}'.encode()).digest()[:16])}",
        "type": ["Achievement"],
        "achievementType": "Badge",
        "name": names[0],
        "description": names[1] or names[0],
        "criteria": {"narrative": criteria},
        "tag": [kind],
    }
    credential: dict[str, Any] = {
        "@context": [VC, OB],
        "id": urn,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": _issuer(signer),
        "validFrom": _iso(issued_at),
        "name": names[0],
        "credentialSubject": {
            "id": f"urn:uuid:{UUID(bytes=sha256(f'{salt} subject'.encode()).digest()[:16])}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": _hashed(account, salt),
                    "identityType": "accountId",
                    "salt": salt,
                }
            ],
            "achievement": achievement,
        },
        "evidence": [
            {
                "id": f"{urn}#ledger",
                "type": ["Evidence"],
                "name": "Checkpoint of the ledger",
                "narrative": evidence,
            }
        ],
    }
    if expires_at:
        credential["validUntil"] = _iso(expires_at)
    if status_url:
        credential["credentialStatus"] = {
            "id": f"{status_url}#{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(number),
            "statusListCredential": status_url,
        }
    return signer.sign(credential)


def status_list_credential(
    signer: Signer, url: str, revoked: Iterable[int], issued: int, *, valid_from: int, valid_until: int
) -> str:
    """The status list of `issued` credentials, with the bits of the revoked ones set; times in µs."""
    bits = bytearray(max(BITS_LEAST, -(-issued // 8) * 8) // 8)
    for number in revoked:
        bits[number >> 3] |= 0x80 >> (number & 7)
    return signer.sign(
        {
            "@context": [VC],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": _issuer(signer),
            "validFrom": _iso(valid_from),
            "validUntil": _iso(valid_until),
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "u" + _base64(gzip.compress(bytes(bits), mtime=0)),
            },
        }
    )


def verify_credential(
    text: str, issuer: str, *, account: str = "", status: str = "", now: int | None = None
) -> VerifiedCredential:
    """Check a credential offline against the issuer's `did:key`. Raises CredentialError with what is wrong.

    `account`: whose it should be; `status`: the issuer's status list, as it was fetched; `now` in µs.
    """
    now = int(datetime.now(UTC).timestamp() * SECOND_US) if now is None else now
    credential = _opened(text, issuer, "OpenBadgeCredential", "credential", now)
    subject = _part(credential, "credentialSubject", dict)
    achievement = _part(subject, "achievement", dict)
    holder = _is_holder(subject, account) if account else None
    if holder is False:
        raise CredentialError(f"the credential does not belong to {account!r}")
    entry = credential.get("credentialStatus")
    if status and not entry:
        raise CredentialError("the credential names no status list; leave the list out")
    if status and _is_revoked(_part(credential, "credentialStatus", dict), status, issuer, now):
        raise CredentialError("the credential was revoked, or no longer belongs to its holder")
    kinds = achievement.get("tag") or [""]
    return VerifiedCredential(
        credential["id"],
        issuer,
        str(achievement.get("name", "")),
        str(kinds[0]),
        str(credential.get("validFrom", "")),
        str(credential.get("validUntil", "")),
        holder,
        bool(status),
        credential,
    )


def _opened(text: str, issuer: str, kind: str, what: str, now: int) -> dict[str, Any]:
    """The credential in a JWT, with its signature, issuer, type and times checked."""
    if len(text) > TEXT_LENGTH_MAX:
        raise CredentialError(f"the {what} is too long")
    key = Ed25519PublicKey.from_public_bytes(_public(issuer))
    try:
        claims: dict[str, Any] = jwt.decode(
            text.strip(),
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            options={
                "require": ["iss", "jti", "sub", "nbf"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_aud": False,
                "verify_sub": False,
            },
        )
    except jwt.InvalidIssuerError:
        raise CredentialError(f"the {what} comes from another issuer than {issuer}") from None
    except jwt.InvalidSignatureError:
        raise CredentialError(f"the {what}'s signature is wrong, or another issuer's") from None
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise CredentialError(f"this is not a {what} ({str(error).rstrip('.').lower()})") from None
    by, types = _part(claims, "issuer", dict), claims.get("type")
    types = [types] if isinstance(types, str) else _part(claims, "type", list)
    if by.get("id") != issuer or claims.get("id") != claims["jti"] or kind not in types:
        raise CredentialError(f"this is not a {what}: its claims contradict each other")
    if any(
        isinstance(claims.get(name), bool) or not isinstance(claims.get(name, 0), int | float)
        for name in ("nbf", "exp")
    ):
        raise CredentialError(f"this is not a {what}: its times are not numbers")
    if claims["nbf"] * SECOND_US > now:
        raise CredentialError(f"the {what} is not valid before {claims.get('validFrom')}")
    if "exp" in claims and claims["exp"] * SECOND_US <= now:
        raise CredentialError(f"the {what} expired at {claims.get('validUntil')}")
    return claims


def _is_revoked(entry: Mapping[str, Any], status: str, issuer: str, now: int) -> bool:
    listed = _opened(status, issuer, "BitstringStatusListCredential", "status list", now)
    subject = _part(listed, "credentialSubject", dict)
    if listed["id"] != entry.get("statusListCredential") or subject.get("statusPurpose") != "revocation":
        raise CredentialError(f"the credential's status list is {entry.get('statusListCredential')}")
    try:
        encoded = _part(subject, "encodedList", str)
        packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
        bits = zlib.decompressobj(wbits=31).decompress(packed, LIST_BYTES_MAX)
        number = int(str(entry.get("statusListIndex")))
        if encoded[:1] != "u" or not 0 <= number < 8 * len(bits):
            raise ValueError
    except (ValueError, zlib.error):
        raise CredentialError("the status list cannot be read, or does not reach that far") from None
    return bool(bits[number >> 3] & 0x80 >> (number & 7))


def _is_holder(subject: Mapping[str, Any], account: str) -> bool:
    for identifier in subject.get("identifier") or []:
        if isinstance(identifier, dict) and identifier.get("hashed") is True:
            expected = _hashed(account, str(identifier.get("salt", "")))
            if hmac.compare_digest(expected.encode(), str(identifier.get("identityHash", "")).encode()):
                return True
    return False


def _part(table: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    value = table.get(name)
    if not isinstance(value, kind):
        raise CredentialError(f"this is not a credential: its {name} is missing")
    return value


def _issuer(signer: Signer) -> dict[str, Any]:
    return {"id": signer.did, "type": ["Profile"], "name": signer.name}


def _hashed(account: str, salt: str) -> str:
    return "sha256$" + sha256((account + salt).encode("utf-8", "surrogatepass")).hexdigest()


def _public(did: str) -> bytes:
    """The public key that a `did:key` is."""
    number = 0
    text = did.removeprefix("did:key:z")
    try:
        for letter in text:
            number = number * 58 + ALPHABET.index(letter)
        data = number.to_bytes(34, "big")
    except (ValueError, OverflowError):
        data = b""
    if text == did or data[:2] != ED25519_CODE:
        raise CredentialError(f"{did[:80]!r} is not an issuer; write did:key:z6Mk…")
    return data[2:]


def _base58(data: bytes) -> str:
    number, letters = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = ALPHABET[rest] + letters
    return letters


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _iso(us: int) -> str:
    return datetime.fromtimestamp(us // SECOND_US, UTC).isoformat().replace("+00:00", "Z")


def _seconds(iso: str) -> int:
    return int(datetime.fromisoformat(iso).timestamp())
