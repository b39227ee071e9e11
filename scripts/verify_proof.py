"""Verify a proof of a Zhenzan ledger: `python3 verify_proof.py proof.json KEY [KEY …]`.

Stands alone: copy this file, no Zhenzan needed. Standard library, and `cryptography` for Ed25519. A proof
holds
when a key that you trust signed a checkpoint (a C2SP signed note), and the event's hash leads along the
path to
the Merkle root that the checkpoint names (RFC 6962).
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def main(arguments):
    """Print what the proof shows and return 0, or say what does not hold and return 1."""
    if len(arguments) < 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    try:
        proof = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        shown = verify(proof, arguments[1:])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{arguments[0]}: the proof does not hold: {error}", file=sys.stderr)
        return 1
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return 0


def verify(proof, keys):
    """What the event says, its accounts named where the proof opens them. Raises ValueError."""
    size, root = checkpoint(proof["checkpoint"], [public(key) for key in keys])
    leaf = proof["leaf"].encode()
    hashed = hashlib.sha256(b"\x00" + leaf).digest()
    if climb(hashed, proof["index"], size, [base64.b64decode(sibling) for sibling in proof["path"]]) != root:
        raise ValueError("the event is not part of the history that the checkpoint signs")
    event = json.loads(leaf)
    if event["seq"] != proof["index"]:
        raise ValueError("the event names another place in history")
    for opening in proof["openings"]:
        side, account = opening["side"], opening["account"]
        if hashlib.sha256(bytes.fromhex(opening["key"]) + account.encode()).hexdigest() != event[side]:
            raise ValueError(f"{account!r} is not the account that the event names as {side}")
        event[side] = account
    return event


def public(key):
    """The name, id and public key of `name+id+base64`."""
    name, identity, encoded = key.split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    if data[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex() != identity:
        raise ValueError(f"{key!r} is no key")
    return name, data[1:]


def checkpoint(note, keys):
    """The size and root of a checkpoint that one of the keys signed."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        _, name, encoded = line.split(" ")
        data = base64.b64decode(encoded)
        for known, key in keys:
            expected = hashlib.sha256(known.encode() + b"\n\x01" + key).digest()[:4]
            if name == known and data[:4] == expected:
                try:
                    Ed25519PublicKey.from_public_bytes(key).verify(data[4:], text.encode())
                except InvalidSignature:
                    raise ValueError("the checkpoint's signature is wrong") from None
                _, size, root = text.splitlines()
                return int(size), base64.b64decode(root)
    raise ValueError("no given key signed the checkpoint")


def climb(hashed, index, size, path):
    """The root to which a leaf's hash leads, RFC 9162 section 2.1.3.2; None where the path does not fit."""
    node, last = index, size - 1
    if not 0 <= node <= last:
        return None
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            hashed = hashlib.sha256(b"\x01" + sibling + hashed).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + sibling).digest()
        node, last = node >> 1, last >> 1
    return hashed if last == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
