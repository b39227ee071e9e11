"""Verify a credential: `python3 verify_credential.py badge.jwt ISSUER [--status list.jwt] [--account A]`.

Stands alone: copy this file, no Zhenzan needed. Standard library, and `cryptography` for Ed25519. ISSUER is
the `did:key` that you trust. A credential (Open Badges 3.0, as a JWT) holds when that key signed it, its time
has come and is not over, and the status list (W3C Bitstring Status List), if you have it, does not name it.
"""

import argparse
import base64
import hashlib
import json
import sys
import time
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
LIST_BYTES_MAX = 1 << 24


def main(arguments):
    """Print what the credential says and return 0, or say what does not hold and return 1."""
    parser = argparse.ArgumentParser(description="Verify a credential offline.")
    parser.add_argument("credential", type=Path)
    parser.add_argument("issuer", help="did:key:z6Mk…")
    parser.add_argument("--status", type=Path, help="the issuer's status list")
    parser.add_argument("--account", default="", help="whose it should be")
    options = parser.parse_args(arguments)
    try:
        status = options.status.read_text(encoding="utf-8") if options.status else ""
        text = options.credential.read_text(encoding="utf-8")
        shown = verify(text, options.issuer, status, options.account, time.time())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        print(f"{options.credential}: the credential does not hold: {error}", file=sys.stderr)
        return 1
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return 0


def verify(text, issuer, status, account, now):
    """The credential, if it holds. Raises ValueError with what does not."""
    credential = opened(text, issuer, "OpenBadgeCredential", now)
    subject = credential["credentialSubject"]
    if account and not any(
        identifier["identityHash"]
        == "sha256$" + hashlib.sha256((account + identifier["salt"]).encode()).hexdigest()
        for identifier in subject["identifier"]
    ):
        raise ValueError(f"it is not {account!r}'s")
    if status:
        entry = credential["credentialStatus"]
        listed = opened(status, issuer, "BitstringStatusListCredential", now)
        if listed["id"] != entry["statusListCredential"]:
            raise ValueError(f"its status list is {entry['statusListCredential']}")
        packed = decoded(listed["credentialSubject"]["encodedList"][1:])
        bits = zlib.decompressobj(wbits=31).decompress(packed, LIST_BYTES_MAX)
        number = int(entry["statusListIndex"])
        if not 0 <= number < 8 * len(bits):
            raise ValueError("the status list does not reach that far")
        if bits[number // 8] & 0x80 >> number % 8:
            raise ValueError("it was revoked, or no longer belongs to its holder")
    return credential


def opened(text, issuer, kind, now):
    """What a JWT says, if the issuer signed it and its time has come."""
    signed, _, signature = text.strip().rpartition(".")
    header, payload = (json.loads(decoded(part)) for part in signed.split("."))
    if header["alg"] != "EdDSA":
        raise ValueError(f"it is signed by {header['alg']}, not EdDSA")
    try:
        Ed25519PublicKey.from_public_bytes(public(issuer)).verify(decoded(signature), signed.encode())
    except InvalidSignature:
        raise ValueError("the signature is wrong, or another issuer's") from None
    if payload["iss"] != issuer or payload["issuer"]["id"] != issuer or payload["id"] != payload["jti"]:
        raise ValueError("its claims contradict each other")
    if kind not in payload["type"]:
        raise ValueError(f"it is no {kind}")
    if payload["nbf"] > now or payload.get("exp", now + 1) <= now:
        raise ValueError(f"it is valid from {payload['validFrom']} until {payload.get('validUntil', 'ever')}")
    return payload


def public(did):
    """The Ed25519 key that a did:key is."""
    number = 0
    for letter in did[len("did:key:z") :]:
        number = number * 58 + ALPHABET.index(letter)
    data = number.to_bytes(34, "big")
    if not did.startswith("did:key:z") or data[:2] != b"\xed\x01":
        raise ValueError(f"{did!r} is no did:key of an Ed25519 key")
    return data[2:]


def decoded(text):
    """Bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
