"""Viewer tokens: a platform's own, for minutes, for one account and one origin, and for nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.conftest import CATALOGUE, Api, started

from zhenzan.cli import main
from zhenzan.service import Role, new_signing_key, sign_token

FANS = ("fan-0", "fan-1")
SHOP, OTHER = "https://shop.example", "https://evil.example"


class Platform:
    """A platform with a signing key of its own."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.key = api.key(Role.platform)
        self.id = self.key.split("_")[1]
        self.private, public = new_signing_key()
        created = api.post(f"/v1/keys/{self.id}/signing-keys", json={"public": public, "origins": [SHOP]})
        assert created.status_code == 201, created.text
        self.kid = str(created.json()["id"])

    def token(self, account: str, **changed: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": "zhenzan",
            "sub": account,
            "origin": SHOP,
            "iat": now,
            "exp": now + 300,
        }
        for name, value in changed.items():
            is_time = name in ("exp", "iat", "nbf") and type(value) is int
            claims[name] = now + value if is_time else value
        payload = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(payload, self.private, algorithm="EdDSA", headers={"kid": self.kid})

    def get(self, token: str, path: str = "/v1/rights", **headers: str) -> httpx.Response:
        return self.api.client.get(path, headers={"Authorization": f"Bearer {token}"} | headers)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with started(tmp_path_factory.mktemp("tokens") / "home", catalogue=CATALOGUE) as api:
        yield api


@pytest.fixture(scope="module")
def platform(api: Api) -> Platform:
    return Platform(api)


def test_a_token_opens_what_a_viewer_may_for_its_account_alone(platform: Platform) -> None:
    token = platform.token(FANS[0])
    assert platform.get(token, Origin=SHOP).json() == platform.get(token).json() == {"rights": []}
    assert platform.get(token, f"/v1/rights?account={FANS[0]}").status_code == 200
    assert platform.get(token, f"/v1/rights?account={FANS[1]}").status_code == 403
    for path in ("/v1/items", "/v1/keys", "/v1/cases", "/v1/signing-keys", "/v1/ledger/events"):
        assert platform.get(token, path).status_code == 403, path
    headers = {"Authorization": f"Bearer {token}"}
    assert platform.api.client.post("/v1/interactions", json={}, headers=headers).status_code == 403


def test_viewers_of_one_platform_are_told_apart_as_callers(platform: Platform) -> None:
    """Idempotency keys and rate limits are each caller's own."""
    check = platform.api.core.viewer_tokens.check
    callers = [check(platform.token(fan), None) for fan in (*FANS, FANS[0])]
    assert [caller.subject for caller in callers] == [*FANS, FANS[0]]
    assert callers[0] == callers[2]
    assert callers[0].key != callers[1].key


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": -3600, "iat": -3900},
        {"exp": 7200},
        {"exp": 8000, "iat": 7900},
        {"nbf": 3600},
        {"exp": 0, "iat": 0},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"iat": "1e3"},
        {"exp": [1]},
        {"exp": float("inf")},
        {"iat": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["zhenzan", "other"]},
        {"origin": OTHER},
        {"origin": None},
        {"origin": 1},
        {"origin": [SHOP]},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a\0b"},
        {"sub": "x" * 2_000},
    ],
    ids=str,
)
def test_a_token_that_says_anything_else_opens_nothing(platform: Platform, changed: dict[str, Any]) -> None:
    answer = platform.get(platform.token(FANS[0], **changed))
    assert answer.status_code == 401, answer.text
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("origin", [OTHER, "null", "http://shop.example", SHOP + ":8443", SHOP + "/"])
def test_a_token_opens_nothing_for_pages_of_another_origin(platform: Platform, origin: str) -> None:
    assert platform.get(platform.token(FANS[0]), Origin=origin).status_code == 401


def test_a_token_that_another_key_signed_opens_nothing(platform: Platform) -> None:
    now = int(time.time())
    claims = {"aud": "zhenzan", "sub": FANS[0], "origin": SHOP, "iat": now, "exp": now + 300}
    public = platform.api.core.viewer_tokens.listed()[0].public
    stranger, curve = new_signing_key()[0], generate_private_key(SECP256R1())
    forged = [
        jwt.encode(claims, stranger, algorithm="EdDSA", headers={"kid": platform.kid}),
        jwt.encode(claims, platform.private, algorithm="EdDSA", headers={"kid": "zs_000000000000"}),
        jwt.encode(claims, platform.private, algorithm="EdDSA"),
        jwt.encode(claims, curve, algorithm="ES256", headers={"kid": platform.kid}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": platform.kid}),
        _signed_with_the_public_key(claims, public, platform.kid),
    ]
    assert [platform.get(token).status_code for token in forged] == [401] * len(forged)


def _signed_with_the_public_key(claims: dict[str, Any], public: str, kid: str) -> str:
    """HS256 with the public key as its secret: what a verifier accepts that asks the token for its way."""
    import base64
    import hashlib
    import hmac

    def packed(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = packed(json.dumps({"alg": "HS256", "kid": kid}).encode())
    text = f"{head}.{packed(json.dumps(claims).encode())}"
    return f"{text}.{packed(hmac.new(public.encode(), text.encode(), hashlib.sha256).digest())}"


@settings(max_examples=100)
@given(st.data())
def test_a_token_of_which_one_letter_differs_opens_nothing(platform: Platform, data: st.DataObject) -> None:
    token = platform.token(FANS[0])
    at = data.draw(st.integers(0, len(token) - 2))  # the last letter holds bits that mean nothing
    letter = data.draw(
        st.characters(codec="ascii", min_codepoint=33).filter(lambda letter: letter != token[at])
    )
    assert platform.get(token[:at] + letter + token[at + 1 :]).status_code == 401


@pytest.mark.parametrize(
    "token", ["..", "a.b.c", "e30.e30.e30", "eyJhbGciOiJFZERTQSIsImtpZCI6NX0.e30.AA", "é.b.c"]
)
def test_what_is_no_token_opens_nothing(platform: Platform, token: str) -> None:
    sent = {"Authorization": f"Bearer {token}".encode()}
    assert platform.api.client.get("/v1/holdings", headers=sent).status_code == 401


def test_who_revokes_a_platforms_key_or_its_signing_key_revokes_its_tokens(api: Api) -> None:
    one, other = Platform(api), Platform(api)
    tokens = {platform: platform.token(FANS[0]) for platform in (one, other)}
    assert [platform.get(token).status_code for platform, token in tokens.items()] == [200, 200]
    headers = api.headers
    assert api.client.delete(f"/v1/keys/{one.id}", headers=headers).status_code == 204
    assert api.client.delete(f"/v1/signing-keys/{other.kid}", headers=headers).status_code == 204
    assert api.client.delete("/v1/signing-keys/zs_000000000000", headers=headers).status_code == 404
    assert [platform.get(token).status_code for platform, token in tokens.items()] == [401, 401]
    deeds = [deed["what"] for deed in api.get("/v1/audit").json()["events"]]
    assert f"revokes signing key {other.kid}" in deeds
    assert f"makes signing key {other.kid} of {other.id}" in deeds


def test_only_platforms_sign_and_only_with_ed25519(api: Api) -> None:
    public = new_signing_key()[1]
    viewer, platform = api.key(Role.viewer, "a").split("_")[1], api.key(Role.platform).split("_")[1]
    for key, body in (
        (viewer, {"public": public, "origins": [SHOP]}),
        ("nobody", {"public": public, "origins": [SHOP]}),
        (platform, {"public": "no key", "origins": [SHOP]}),
        (platform, {"public": new_signing_key()[0], "origins": [SHOP]}),
        (platform, {"public": public, "origins": ["shop.example"]}),
        (platform, {"public": public, "origins": [SHOP + "/path"]}),
    ):
        assert api.post(f"/v1/keys/{key}/signing-keys", json=body).status_code == 400, body
    nowhere = {"public": public, "origins": []}
    assert api.post(f"/v1/keys/{platform}/signing-keys", json=nowhere).status_code == 422


def test_a_token_of_the_command_line_opens_the_service(
    api: Api, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    id, db = api.key(Role.platform).split("_")[1], str(api.home / "zhenzan.sqlite")
    assert main(["keys", "signing", id, "--origin", SHOP, "--db", db]) == 0
    kid, _, private = capsys.readouterr().out.partition("\n")
    Path("key.pem").write_text(private)
    arguments = ["keys", "token", kid, "--private-key", "key.pem", "--account", "fan-1", "--origin", SHOP]
    assert main(arguments) == 0
    token = capsys.readouterr().out.strip()

    def status() -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return int(api.client.get("/v1/rights", headers=headers).status_code)

    assert status() == 200
    assert main(["keys", "list", "--db", db]) == 0
    assert kid in capsys.readouterr().out
    assert main(["keys", "revoke", kid, "--db", db]) == 0
    api.core.viewer_tokens._known.clear()  # as five seconds do
    assert status() == 401
    assert main(["keys", "revoke", "zs_000000000000", "--db", db]) == 1
    assert main(["keys", "signing", "nobody", "--origin", SHOP, "--db", db]) == 1
    assert main([*arguments[:4], "none.pem", *arguments[5:]]) == 1
    assert sign_token(private, kid, "fan-1", SHOP).count(".") == 2
