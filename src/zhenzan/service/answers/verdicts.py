"""Answer schemas of verdicts: rows of the newest settlement, and explanations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "Accounts", "Creator", "Creators", "Explanation", "Fans", "ItemDays", "Items", "Moments", "Rings",
    "Summary", "Verdicts",
]  # fmt: skip

Settlement = Annotated[int, Meta(description="Number of the settlement that this is of.", examples=[17])]
Next = Annotated[str | None, Meta(description="`cursor` of the next page; null at the end.")]
Probability = Annotated[float, Meta(ge=0, le=1)]


class Counts(msgspec.Struct, kw_only=True):
    """Likes: `claimed` = `genuine` + `uncertain` + `fake` + `idle`."""

    claimed: Annotated[int, Meta(ge=0, description="Likes that the platform counts.")]
    verified: Annotated[float, Meta(ge=0, description="How many of them are expected to be genuine.")]
    verified_low: Annotated[float, Meta(description="Lower end of the 95 % interval.")]
    verified_high: Annotated[float, Meta(description="Upper end of the 95 % interval.")]
    genuine: int
    uncertain: int
    fake: int
    idle: Annotated[int, Meta(description="Likes of hired accounts that were not bought.")]


class Evidence(msgspec.Struct):
    """A reason and its weight: above 0 decibans it speaks for fake."""

    name: Annotated[str, Meta(examples=["moment"])]
    decibans: Annotated[float, Meta(examples=[24.4])]


class Item(Counts, kw_only=True):
    """An item and its likes."""

    item: Annotated[str, Meta(examples=["video-3"])]
    creator: str | None
    untold: float
    lower: float
    higher: float
    variance: float
    first: datetime
    last: datetime


class Items(msgspec.Struct):
    """A page of items."""

    settlement: Settlement
    items: list[Item]
    next: Next


class Day(msgspec.Struct):
    """A day (UTC) of an item; `final`: its verdicts are final."""

    day: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-03-02"])]
    claimed: int
    verified: float
    genuine: int
    uncertain: int
    fake: int
    idle: int
    final: bool


class ItemDays(msgspec.Struct):
    """An item day by day, the oldest first."""

    settlement: Settlement
    days: list[Day]


class Account(msgspec.Struct):
    """An account and its likes."""

    account: Annotated[str, Meta(examples=["fan-7"])]
    likes: int
    creators: int
    fake_likes: int
    expected_fake: float
    recruit_probability: Annotated[float | None, Meta(description="How likely it takes part in campaigns.")]
    paid_share: Annotated[float | None, Meta(description="Which share of what it does is paid.")]
    ring: int | None
    first: datetime
    last: datetime
    evidence: list[Evidence] | None


class Accounts(msgspec.Struct):
    """A page of accounts."""

    settlement: Settlement
    accounts: list[Account]
    next: Next


class Ring(msgspec.Struct):
    """Accounts that take part in campaigns together."""

    ring: int
    accounts: int
    moments: int
    items: int
    creators: int
    likes: int
    first: datetime | None
    last: datetime | None
    kind: Annotated[str, Meta(examples=["pool"])]
    mean_probability: float | None


class Rings(msgspec.Struct):
    """A page of rings."""

    settlement: Settlement
    rings: list[Ring]
    next: Next


class Moment(msgspec.Struct):
    """A moment: a time at which an item got more likes than expected; a probability below 0.5 clears it."""

    moment: int
    item: str
    creator: str | None
    start: datetime
    end: datetime
    scale_seconds: float
    likes: int
    expected_likes: float
    suspects: int
    campaign_probability: float | None
    ring: int | None


class Moments(msgspec.Struct):
    """A page of moments."""

    settlement: Settlement
    moments: list[Moment]
    next: Next


class Verdict(msgspec.Struct):
    """A like and its verdict; `final`: it does not change any more."""

    id: str
    account: str
    item: str
    timestamp: datetime
    fake_probability: Probability
    verdict: Literal["genuine", "uncertain", "fake"]
    standing: Annotated[str, Meta(description="Whether it counts: counted, repeated, cancelled or promoted.")]
    final: bool
    row: int | None = None
    watched_share: float | None = None
    app: str | None = None
    suspicion: float | None = None
    ring: int | None = None
    moment: int | None = None
    evidence: list[Evidence] | None = None


class Verdicts(msgspec.Struct):
    """A page of likes with their verdicts."""

    settlement: Settlement
    verdicts: list[Verdict]
    next: Next


class FinalCounts(Counts, kw_only=True):
    """Counts of the likes whose verdicts are final."""

    likes: int


class Summary(msgspec.Struct):
    """The newest settlement in numbers, and what else `summary.json` of a result says."""

    settlement: Settlement
    version: str
    policy: dict[str, Any]
    policy_version: str
    counts: dict[str, float]
    final: FinalCounts
    total: Annotated[dict[str, float], Meta(description="What items have of both.")]


class ExplainedEvidence(Evidence):
    """A piece of evidence in words."""

    sentence: str
    title: str


class Explanation(msgspec.Struct):
    """The explanation of a verdict."""

    settlement: Settlement
    subject: Annotated[str, Meta(examples=["item video-3"])]
    text: str
    evidence: list[ExplainedEvidence]
    facts: dict[str, Any]
    language: Literal["en", "zh"]
    asked_for: Annotated[str, Meta(description="The ring that was asked for, where it was merged.")] = ""
    merged_into: Annotated[str, Meta(description="The ring in which it goes on.")] = ""


class CreatorCounts(msgspec.Struct, kw_only=True):
    """A creator's likes: all counts for staff and the creator, `verified` alone for everybody else."""

    creator: Annotated[str, Meta(examples=["c-1"])]
    items: int
    verified: Annotated[float, Meta(description="Likes that are genuine.")]
    claimed: Annotated[int, Meta(description="Likes that count.")] = 0
    verified_low: Annotated[float, Meta(description="Low end of its 95 % interval.")] = 0.0
    verified_high: Annotated[float, Meta(description="High end of its 95 % interval.")] = 0.0
    genuine: int = 0
    uncertain: int = 0
    fake: int = 0
    idle: int = 0


class Creators(msgspec.Struct):
    """A page of the leaderboard."""

    creators: list[CreatorCounts]
    next: Next


class Creator(Counts, kw_only=True):
    """One creator: likes, and the items they are of."""

    creator: str
    items: list[Item]


class FanCards(msgspec.Struct):
    """Cards that a fan got by one rule."""

    rule: str
    serials: list[int]


class Fan(msgspec.Struct):
    """An account with genuine likes of a creator."""

    account: str
    likes: int
    last: datetime
    cards: list[FanCards]
    score: float


class Fans(msgspec.Struct):
    """A creator's fans by their genuine likes."""

    creator: str
    fans: list[Fan]
