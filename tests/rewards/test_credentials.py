"""Credentials: a card or right that another app checks offline, until its holder loses it."""

from __future__ import annotations

import base64
import gzip
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.machines import KEY, Clock
from tests.rewards.test_reconcile import result
from tests.rewards.test_rights import CATALOGUE, DAY_US, NOW, likes

from zhenzan.errors import CatalogueError, CredentialError
from zhenzan.ledger import Ledger
from zhenzan.rewards import Credentials, Signer, read_catalogue, run_rewards, verify_credential

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_credential.py"
PRIVATE = bytes(range(32))
URL = "https://example.org/status.jwt"
BADGES = f"""{CATALOGUE}
[credentials]
issuer = {{ en = "A platform", zh = "某平台" }}
status_url = "{URL}"
status_days = 3
"""
RULES = read_catalogue(BADGES)
DID = Signer(PRIVATE, "").did
Verify = Callable[..., Any]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def badges(ledger: Ledger) -> Credentials:
    """Of a ledger on which a0 has badge/1 and a right with creator 0."""
    run_rewards(ledger, RULES, result(likes(3)))
    return Credentials(ledger, RULES, PRIVATE)


@pytest.fixture(params=["library", "script"])
def verify(request: pytest.FixtureRequest, clock: Clock) -> Verify:
    """Zhenzan's own, and the script that stands alone: both must say the same."""
    if request.param == "library":
        return lambda text, account="", status="": verify_credential(
            text, DID, account=account, status=status, now=clock.now
        )
    alone = runpy.run_path(str(SCRIPT))["verify"]

    def raises(text: str, account: str = "", status: str = "") -> Any:
        try:
            return alone(text, DID, status, account, clock.now / 1e6)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CredentialError(str(error)) from None

    return raises


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in text.split(".")[:2]
    )
    return header, payload


def test_a_did_key_is_as_its_specification_has_it() -> None:
    """The first test vector of the did:key method for Ed25519, by its private key."""
    seed = bytes.fromhex("0000000000000000000000000000000000000000000000000000000000000000")
    assert Signer(seed, "").did == "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"


def test_a_card_is_checked_offline_and_names_nobody(badges: Credentials, verify: Verify) -> None:
    text = badges.of_card("a0", "badge", 1)
    verify(text)
    verify(text, account="a0", status=badges.status_list())
    with pytest.raises(CredentialError, match=r"not 'a1''s|not belong to 'a1'"):
        verify(text, account="a1")
    header, payload = parts(text)
    assert header["alg"] == "EdDSA"
    assert header["jwk"]["crv"] == "Ed25519"
    assert payload["iss"] == payload["issuer"]["id"] == DID
    assert payload["jti"] == payload["id"]
    assert payload["sub"] == payload["credentialSubject"]["id"]
    assert "OpenBadgeCredential" in payload["type"]
    assert "a0" not in json.dumps(payload).replace(payload["evidence"][0]["narrative"], "").split('"')
    assert badges.ledger.last_note() == payload["evidence"][0]["narrative"]


def test_the_same_card_gives_the_same_credential(badges: Credentials, clock: Clock) -> None:
    text = badges.of_card("a0", "badge", 1)
    clock.now += DAY_US
    assert badges.of_card("a0", "badge", 1) == text


def test_a_right_is_valid_for_as_long_as_it_is_had(badges: Credentials, verify: Verify, clock: Clock) -> None:
    text = badges.of_right("a0", "ticket")
    verify(text, account="a0")
    clock.now += 5 * DAY_US
    with pytest.raises(CredentialError, match=r"expired|valid from"):
        verify(text)
    with pytest.raises(CredentialError, match="no right 'ticket'"):
        badges.of_right("a0", "ticket")


def test_what_is_lost_or_revoked_no_longer_holds(badges: Credentials, verify: Verify, clock: Clock) -> None:
    card, right = badges.of_card("a0", "badge", 1), badges.of_right("a0", "comment", "0")
    badges.revoke(parts(right)[1]["id"])
    listed = badges.status_list()
    verify(card, status=listed)
    with pytest.raises(CredentialError, match="revoked"):
        verify(right, status=listed)
    run_rewards(badges.ledger, RULES, result(likes(3, "fake")))  # the badge is frozen
    with pytest.raises(CredentialError, match="frozen"):
        badges.of_card("a0", "badge", 1)
    listed = badges.status_list()
    with pytest.raises(CredentialError, match="revoked"):
        verify(card, status=listed)
    run_rewards(badges.ledger, RULES, result(likes(3)))  # and given back: a new credential, the old is gone
    again = badges.of_card("a0", "badge", 1)
    listed = badges.status_list()
    verify(again, status=listed)
    with pytest.raises(CredentialError, match="revoked"):
        verify(card, status=listed)


def test_a_status_list_is_of_its_issuer_and_of_these_days(
    badges: Credentials, verify: Verify, clock: Clock
) -> None:
    card, listed = badges.of_card("a0", "badge", 1), badges.status_list()
    subject = parts(listed)[1]["credentialSubject"]
    packed = subject["encodedList"]
    assert packed[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4)))
    assert len(bits) * 8 >= 131_072
    assert not any(bits)
    other = Credentials(badges.ledger, RULES, bytes(32)).status_list()
    with pytest.raises(CredentialError, match=r"issuer|signature"):
        verify(card, status=other)
    with pytest.raises(CredentialError, match=r"not a status list|no Bitstring"):
        verify(card, status=card)
    clock.now += 3 * DAY_US
    with pytest.raises(CredentialError, match=r"expired|valid from"):
        verify(card, status=listed)


@given(index=st.integers(0), bit=st.integers(0, 5))
def test_a_changed_credential_does_not_hold(index: int, bit: int) -> None:
    text = CHANGED["text"]
    index %= len(text)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    old = text[index]
    if old == "." or index == len(text) - 1:  # the last letter has bits that say nothing
        return
    new = letters[letters.index(old) ^ 1 << bit]
    for check_it in (
        lambda changed: verify_credential(changed, DID, now=CHANGED["now"]),
        lambda changed: CHANGED["alone"](changed, DID, "", "", CHANGED["now"] / 1e6),
    ):
        with pytest.raises((CredentialError, ValueError, KeyError, TypeError, AttributeError)):
            check_it(text[:index] + new + text[index + 1 :])


@pytest.fixture(scope="module", autouse=True)
def _changed(tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = Clock(NOW)
    with Ledger.open(tmp_path_factory.mktemp("changed") / "r.sqlite", key=KEY, clock=clock) as ledger:
        run_rewards(ledger, RULES, result(likes(3)))
        CHANGED["text"] = Credentials(ledger, RULES, PRIVATE).of_card("a0", "badge", 1)
    CHANGED["now"], CHANGED["alone"] = clock.now, runpy.run_path(str(SCRIPT))["verify"]


CHANGED: dict[str, Any] = {}


@given(text=st.text() | st.from_regex(r"[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}"), did=st.text())
def test_rubbish_is_refused_and_never_a_traceback(text: str, did: str) -> None:
    for issuer in (DID, did, "did:key:z" + did):
        with pytest.raises(CredentialError):
            verify_credential(text, issuer)


@given(
    claims=st.dictionaries(
        st.sampled_from(["iss", "id", "jti", "sub", "nbf", "exp", "issuer", "type", "credentialSubject"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.just(DID)
        | st.just({"id": DID})
        | st.just(["OpenBadgeCredential"])
        | st.floats(),
    )
)
def test_signed_rubbish_is_refused_too(claims: dict[str, Any]) -> None:
    key = Ed25519PrivateKey.from_private_bytes(PRIVATE)
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "EdDSA", "typ": "JWT"}, {"iss": DID, "id": "x", "jti": "x", **claims})
    )
    mark = base64.urlsafe_b64encode(key.sign(f"{head}.{body}".encode())).rstrip(b"=").decode()
    with pytest.raises(CredentialError):
        verify_credential(f"{head}.{body}.{mark}", DID)


def test_the_signature_is_one_that_anybody_can_check(badges: Credentials) -> None:
    text = badges.of_card("a0", "badge", 1)
    signed, _, mark = text.rpartition(".")
    key = Ed25519PublicKey.from_public_bytes(badges.signer.public)
    key.verify(base64.urlsafe_b64decode(mark + "=="), signed.encode())


def test_the_script_says_what_it_finds(badges: Credentials, tmp_path: Path) -> None:
    path = tmp_path / "badge.jwt"
    path.write_text(badges.of_card("a0", "badge", 1))
    run = [sys.executable, str(SCRIPT), str(path), DID, "--account"]
    good = subprocess.run([*run, "a0"], capture_output=True, text=True, check=False)
    bad = subprocess.run([*run, "a1"], capture_output=True, text=True, check=False)
    assert (good.returncode, bad.returncode) == (0, 1)
    assert json.loads(good.stdout)["name"] == "badge"
    assert "does not hold: it is not 'a1''s" in bad.stderr


def test_nothing_is_handed_out_that_the_account_does_not_have(badges: Credentials, ledger: Ledger) -> None:
    for account, edition, serial in (("a1", "badge", 1), ("a0", "badge", 2), ("a0", "nothing", 1)):
        with pytest.raises(CredentialError):
            badges.of_card(account, edition, serial)
    with pytest.raises(CredentialError, match="no credential"):
        badges.revoke("urn:uuid:nothing")
    with pytest.raises(CredentialError, match="issues no credentials"):
        Credentials(ledger, read_catalogue(CATALOGUE), PRIVATE)


@pytest.mark.parametrize("wrong", ['status_url = "http://example.org"', "status_days = 0", "issuer = 5"])
def test_the_catalogue_says_what_is_wrong(wrong: str) -> None:
    lines = {"issuer": 'issuer = "x"', "status_url": f'status_url = "{URL}"', wrong.split()[0]: wrong}
    with pytest.raises(CatalogueError, match=wrong.split()[0]):
        read_catalogue(f"{CATALOGUE}\n[credentials]\n" + "\n".join(lines.values()))
