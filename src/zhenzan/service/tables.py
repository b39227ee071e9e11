"""Database tables of the service."""

from __future__ import annotations

from sqlalchemy import Column, Index, SmallInteger, String, Table

from zhenzan.store import METADATA, checked, number

API_KEYS = checked(  # who may call the service; the key itself is not kept, only its hash
    "api_keys",
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("subject", String, nullable=False),  # the creator or account it is confined to, or ""
    Column("digest", String, nullable=False),
    number("created_at"),
    number("revoked_at"),  # 0: not
)
SIGNING_KEYS = checked(  # a platform's public keys; the private one signs its tokens for viewers
    "signing_keys",
    Column("id", String, primary_key=True),
    Column("key", String, nullable=False, index=True),  # the API key of the platform
    Column("public", String, nullable=False),  # Ed25519, PEM
    number("created_at"),
    number("revoked_at"),  # 0: not
)
SIGNING_KEY_ORIGINS = checked(  # whose pages a signing key's tokens may name
    "signing_key_origins",
    Column("signing_key", String, primary_key=True),
    number("seq", primary_key=True, autoincrement=False),
    Column("origin", String, nullable=False),
)
SESSIONS = Table(  # of the console; nothing of worth once they end
    "sessions",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("key", String, nullable=False),
    number("expires_at"),
)
REQUESTS = Table(  # that came with an idempotency key; of no worth after a week
    "requests",
    METADATA,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("status", SmallInteger, nullable=False),  # 0: not answered yet
    Column("answer", String, nullable=False),
    number("made_at", index=True),
)
CASES = checked(  # what people look into, and what they decided
    "cases",
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),  # account, ring or sale
    Column("subject", String, nullable=False, index=True),
    Column("why", String, nullable=False),
    Column("state", String, nullable=False, index=True),  # open, genuine, fake, unclear
    Column("decision", String, nullable=False),
    Column("opened_by", String, nullable=False),
    number("opened_at"),
    Column("decided_by", String, nullable=False),
    number("decided_at"),  # 0: not yet
)
CASE_ACCOUNTS = checked(  # whom a decision is about
    "case_accounts",
    Column("case", String, primary_key=True),
    Column("account", String, primary_key=True),
)
CASE_RINGS = checked(  # rings as they were when cases on them were opened
    "case_rings",
    Column("case", String, primary_key=True),
    Column("ring", String, nullable=False),  # as the settlement had it: a JSON document
)
CASE_SCOPES = checked(  # which likes a decision is about, where that is not those up to the decision
    "case_scopes",
    Column("case", String, primary_key=True),
    number("until"),  # likes that came in by then
)
POLICIES = checked(  # every version that was ever proposed
    "policies",
    number("number", primary_key=True, autoincrement=False),
    Column("version", String, nullable=False),
    Column("text", String, nullable=False),
    Column("state", String, nullable=False),  # draft, shadow, ruling, retired
    Column("note", String, nullable=False),
    Column("made_by", String, nullable=False),
    number("made_at"),
    number("published_at"),  # 0: never
)
Index(  # one version rules, one runs in shadow
    "policies_standing",
    POLICIES.c.state,
    unique=True,
    sqlite_where=POLICIES.c.state.in_(("ruling", "shadow")),
    postgresql_where=POLICIES.c.state.in_(("ruling", "shadow")),
)
WEBHOOKS = checked(  # subscriptions to events
    "webhooks",
    Column("id", String, primary_key=True),
    Column("url", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("made_by", String, nullable=False),
    number("made_at"),
    number("removed_at"),  # 0: not
)
WEBHOOK_EVENTS = checked(  # the events of each
    "webhook_events",
    Column("webhook", String, primary_key=True),
    Column("event", String, primary_key=True),
)
DELIVERIES = Table(  # deliveries that are waiting, done or dead
    "deliveries",
    METADATA,
    Column("id", String, primary_key=True),
    Column("webhook", String, nullable=False, index=True),
    Column("event", String, nullable=False),
    Column("body", String, nullable=False),
    Column("state", String, nullable=False, index=True),  # waiting, delivered, dead
    number("tries"),
    number("next_at"),
    Column("answer", String, nullable=False),
    number("made_at"),
)
HOMES = checked(  # the folder that the database belongs to: one row
    "homes",
    Column("name", String, primary_key=True),
    Column("id", String, nullable=False),  # as the folder's own file has it
    number("made_at"),
)
