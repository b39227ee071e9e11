"""Verify the receipts of a promotion order: `python3 verify_receipts.py receipts.json KEY [KEY …]`.

Stands alone: copy this file, no Zhenzan needed. Standard library, and `cryptography` for Ed25519. Receipts
hold when a key that you trust signed the file as it is, the root of its exposures and the ledger's
checkpoint; when each exposure and each transfer leads to its root (RFC 6962); when each unit billed is an
outcome of an exposure within the attribution window; and when bill, transfers and units agree to the minor
unit.
"""

import base64
import hashlib
import json
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "zhenzan-receipts-1"
RECORD = struct.Struct("<QqQqfHHHBBi")  # decision, time µs, viewer, order number, propensity, …
KINDS = {
    ("wallet", "escrow"): "fund",
    ("escrow", "revenue"): "capture",
    ("revenue", "escrow"): "reverse",
    ("escrow", "wallet"): "refund",
}
SIGNED_LINES = 5  # origin, size, root, an empty line, one signature
OVER = ("closed", "cancelled", "refused")  # what is neither captured nor reserved was given back


def main(arguments):
    """Print what the receipts show and return 0, or say what does not hold and return 1."""
    if len(arguments) < 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    try:
        shown = verify(Path(arguments[0]).read_bytes(), arguments[1:])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        struct.error,
    ) as error:
        print(f"{arguments[0]}: the receipts do not hold: {error}", file=sys.stderr)
        return 1
    print(json.dumps(shown, ensure_ascii=False, indent=1))
    return 0


def verify(data, keys):
    """What the receipts show. Raises ValueError where something does not hold."""
    keys = [public(key) for key in keys]
    receipts = signed_file(data, keys)
    order, lines = receipts["order"], receipts["lines"]
    exposures = read_exposures(receipts["exposures"], order["number"], keys)
    for line in lines:
        check_line(line, exposures, order["attribution_us"])
    check_unique([outcome["id"] for line in lines for outcome in line["outcomes"]], "outcome")
    check_bill(receipts["bill"], lines, order["state"])
    moved = read_transfers(receipts["ledger"], keys)
    check_money(moved, receipts["bill"])
    return {
        "order": order["id"], "state": order["state"], "exposures": len(exposures),
        "outcomes": sum(len(line["outcomes"]) for line in lines),
        "captured": sum(line["captured"] for line in lines), **receipts["bill"],
    }  # fmt: skip


def signed_file(data, keys):
    """The file's content, once its text is the one form of it and its signature holds."""
    text = data.decode()
    receipts = json.loads(text)
    if receipts["format"] != FORMAT:
        raise ValueError(f"the format is {receipts['format']!r}; this script reads {FORMAT!r}")
    if written(receipts) != text:
        raise ValueError("the file is not written as receipts are")
    if receipts["signature"].count("\n") != SIGNED_LINES:
        raise ValueError("the file is not signed by one key")
    body = written({name: value for name, value in receipts.items() if name != "signature"}).encode()
    size, root = checkpoint(receipts["signature"], keys, "receipts")
    if size != len(body) or root != hashlib.sha256(body).digest():
        raise ValueError("the file is not what was signed")
    return receipts


def read_exposures(exposures, number, keys):
    """Time, viewer and number of each decision that showed the order."""
    rows = exposures["receipts"]
    size, root = checkpoint(exposures["checkpoint"], keys, "exposures")
    if size != len(rows):
        raise ValueError(f"{len(rows)} exposures are in the file, {size} under the root that was signed")
    times = {}
    for index, row in enumerate(rows):
        record, path = bytes.fromhex(row["record"]), [decoded(sibling) for sibling in row["path"]]
        hashed = hashlib.sha256(b"\x00" + record + bytes.fromhex(row["tag"])).digest()
        if climb(hashed, index, size, path) != root:
            raise ValueError(f"exposure {index} does not stand under the root that was signed")
        decision, time_us, _, flight, *_ = RECORD.unpack(record)
        if flight != number:
            raise ValueError(f"exposure {index} is of another order")
        if decision in times:
            raise ValueError(f"exposure {index} stands twice in the file")
        times[decision] = time_us
    return times


def check_line(line, times, attribution_us):
    """Units of a kind: each is an outcome of an exposure, soon enough after it."""
    counts = {}
    used = [outcome["decision"] for outcome in line["outcomes"]]
    check_unique(used, f"exposure of a {line['kind']}")
    for outcome in line["outcomes"]:
        name, status = outcome["id"], outcome["status"]
        counts[status] = counts.get(status, 0) + 1
        if outcome["decision"] not in times:
            raise ValueError(f"{name} is an outcome of an exposure that is not in the file")
        if not 0 <= outcome["at_us"] - times[outcome["decision"]] <= attribution_us:
            raise ValueError(f"{name} did not come within the attribution window")
    for status in ("captured", "reserved"):
        if line[status] != counts.get(status, 0):
            count = f"{line[status]} units of {line['kind']} are {status}"
            raise ValueError(f"{count}, its outcomes say {counts.get(status, 0)}")
    if line["goal"] < 1 or line["price"] < 0 or line["captured"] + line["reserved"] > line["goal"]:
        raise ValueError(f"more units of {line['kind']} are in use than were sold")


def check_bill(bill, lines, state):
    """Billed is the price of what is captured; at most what was paid is refunded; the parts add up."""
    billed = sum(line["price"] * line["captured"] // line["goal"] for line in lines)
    committed = sum(line["price"] * (line["captured"] + line["reserved"]) // line["goal"] for line in lines)
    if bill["billed"] != billed:
        raise ValueError(f"{bill['billed']} is billed; the captured units cost {billed}")
    if min(bill.values()) < 0 or bill["refunded"] > bill["paid"]:
        raise ValueError("more is refunded than was paid")
    if bill["paid"] != bill["billed"] + bill["held"] + bill["refunded"]:
        raise ValueError("billed, held and refunded do not add up to what was paid")
    if state in OVER and bill["refunded"] != bill["paid"] - committed:
        raise ValueError(f"{bill['paid'] - committed} is due back, {bill['refunded']} was refunded")


def read_transfers(ledger, keys):
    """Minor units that were moved, by kind of transfer; each transfer stands in the ledger's history."""
    moved = dict.fromkeys(KINDS.values(), 0)
    if not ledger["transfers"]:
        return moved
    size, root = checkpoint(ledger["checkpoint"], keys, "")
    names = {account: role for role, account in ledger["accounts"].items()}
    check_unique([transfer["index"] for transfer in ledger["transfers"]], "transfer")
    for transfer in ledger["transfers"]:
        leaf, path = transfer["leaf"].encode(), [decoded(sibling) for sibling in transfer["path"]]
        hashed = hashlib.sha256(b"\x00" + leaf).digest()
        event = json.loads(leaf)
        if climb(hashed, transfer["index"], size, path) != root or event["seq"] != transfer["index"]:
            raise ValueError(f"transfer {transfer['id']} does not stand in the ledger's history")
        if event["event"] != "transfer" or event["phase"] != "single":
            raise ValueError(f"transfer {transfer['id']} moves no money at once")
        roles = {opening["side"]: names[opened(opening, event)] for opening in transfer["openings"]}
        moved[KINDS[roles["debit"], roles["credit"]]] += event["amount"]
    return moved


def opened(opening, event):
    """The account that an opening shows to stand behind a commitment of the event."""
    key, account = bytes.fromhex(opening["key"]), opening["account"]
    if hashlib.sha256(key + account.encode()).hexdigest() != event[opening["side"]]:
        raise ValueError(f"{account!r} is not the account that the event names as {opening['side']}")
    return account


def check_money(moved, bill):
    """What the ledger moved is what the bill says."""
    for name, amount in (
        ("paid", moved["fund"]),
        ("billed", moved["capture"] - moved["reverse"]),
        ("refunded", moved["refund"]),
    ):
        if amount != bill[name]:
            raise ValueError(f"the bill says {bill[name]} {name}, the ledger's transfers {amount}")


def check_unique(names, what):
    if len(set(names)) != len(names):
        raise ValueError(f"one {what} is counted twice")


def written(body):
    """The one form in which receipts are written."""
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def decoded(text):
    """Base64 as it would be written, so that no bit goes unread."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError(f"{text!r} is not base64")
    return data


def public(key):
    """The name, id and public key of `name+id+base64`."""
    name, identity, encoded = key.split("+", 2)
    data = decoded(encoded)
    if data[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + data).digest()[:4].hex() != identity:
        raise ValueError(f"{key!r} is no key")
    return name, data[1:]


def checkpoint(note, keys, subject):
    """Size and root of a note that one of the keys signed, about a subject of its own: "" is the ledger.

    Each line must be the signature of a known key and hold.
    """
    text, gap, signatures = note.partition("\n\n")
    origin, size, root = text.split("\n")
    if not gap or not signatures.endswith("\n") or str(int(size)) != size:
        raise ValueError("a checkpoint is not written as signed notes are")
    signers = [signer(line, text + "\n", keys) for line in signatures[:-1].split("\n")]
    names = [name for name in signers if name]
    if not names:
        raise ValueError("no given key signed a checkpoint")
    about = origin.rpartition("/")[2] if origin.rpartition("/")[2] in ("receipts", "exposures") else ""
    if about != subject or (subject and origin not in [f"{name}/{subject}" for name in names]):
        raise ValueError(f"a checkpoint is about {origin!r}, which does not belong there")
    return int(size), decoded(root)


def signer(line, text, keys):
    """The name of the known key whose signature the line is; None where it is of another."""
    dash, name, encoded = line.split(" ")
    data = decoded(encoded)
    for known, key in keys:
        if (
            dash == "—"
            and name == known
            and data[:4] == hashlib.sha256(known.encode() + b"\n\x01" + key).digest()[:4]
        ):
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(data[4:], text.encode())
            except InvalidSignature:
                raise ValueError("the signature of a checkpoint is wrong") from None
            return name
    return None


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
