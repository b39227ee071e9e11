"""Sections about the honest world: its size, its viewers, creators, crowds and feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

from zhenzan.lab.scenario.fields import InvalidKeyError, Section, choice, number, numbers, text
from zhenzan.toml import shown

__all__ = ["RANKERS", "Creators", "Feed", "Gatherings", "Viewers", "Viewing", "WorldSize"]

RANKERS = ("raw", "depth", "verified")


@dataclass(frozen=True)
class WorldSize(Section):
    """How large the world is and how finely time runs."""

    section: ClassVar[str] = "world"

    start: str = text("2024-03-04", "The first day, as YYYY-MM-DD in UTC.")
    days: int = number(28, "How many days are simulated.", 1, 400)
    step_minutes: int = number(15, "The feed is ranked anew every so many minutes.", 1, 240)
    viewers: int = number(20_000, "People who are there from the first day.", 50, 5_000_000)
    creators: int = number(2_000, "Accounts that publish.", 5, 2_000_000)
    items: int = number(8_000, "Videos published before or during the days.", 10, 5_000_000)
    topics: int = number(40, "What items are about and viewers care for.", 2, 1_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            date.fromisoformat(self.start)
        except ValueError:
            raise InvalidKeyError(
                ("world", "start"), f"{shown(self.start)} is not a date; write YYYY-MM-DD"
            ) from None
        if 1440 % self.step_minutes:
            raise InvalidKeyError(("world", "step_minutes"), f"{self.step_minutes} does not divide a day")

    @property
    def start_us(self) -> int:
        """The first moment, µs since 1970."""
        day = date.fromisoformat(self.start)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000

    @property
    def steps_per_day(self) -> int:
        return 1440 // self.step_minutes


@dataclass(frozen=True)
class Viewers(Section):
    """Who watches, how often, and why they like."""

    section: ClassVar[str] = "viewers"

    motives: tuple[float, ...] = numbers(
        (0.22, 0.25, 0.08, 0.25, 0.15, 0.05),
        "Shares of the motives: social, algorithmic, commercial, emotional, expression, reward.",
        0, 1, length=6,
    )  # fmt: skip
    blend: float = number(
        1.5, "How mixed a viewer's motives are: near 0 each has one, high numbers make all alike.", 0.01, 100
    )
    sessions_per_day: float = number(1.6, "Sessions of a middling viewer a day.", 0.01, 100)
    activity_spread: float = number(
        1.0, "Spread of sessions between viewers (sigma of their logarithm).", 0, 3
    )
    views_per_session: float = number(12.0, "Items seen in a session (mean).", 1, 500)
    heavy_share: float = number(0.004, "Share of viewers who do little else.", 0, 0.5)
    heavy_factor: float = number(15.0, "How many times as often those come.", 1, 200)
    cohort_share: float = number(0.08, "Share of viewers in an office or a school, behind one address.", 0, 1)
    cohort_size: int = number(90, "People in an office or a school (mean).", 2, 5_000)
    followings: float = number(12.0, "Creators that a viewer follows at the start (mean).", 0, 500)
    generosity_spread: float = number(
        2.8, "Spread of how readily viewers like (sigma of the logarithm).", 0, 3
    )
    mutual_share: float = number(0.2, "Share of a viewer's likes that go to friends, if social.", 0, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(self.motives):
            raise InvalidKeyError(("viewers", "motives"), "all are 0; people have at least one motive")


@dataclass(frozen=True)
class Viewing(Section):
    """What happens between a viewer and an item."""

    section: ClassVar[str] = "viewing"

    engaged_share: float = number(
        0.247, "Share of views in which a middling item holds a middling viewer.", 0.01, 0.95
    )
    like_engaged: float = number(0.0437, "Chance of a like when held.", 0, 1)
    like_skipped: float = number(0.0103, "Chance of a like when not held.", 0, 1)
    quality_effect: float = number(0.8, "How strongly quality holds viewers (logits a deviation).", 0, 5)
    match_effect: float = number(0.7, "How strongly one's own topics hold (logits).", 0, 5)
    hold_length_effect: float = number(
        -0.28, "What each e-fold of length beyond the median adds to how an item holds (logits).", -3, 3
    )
    like_length_effect: float = number(
        -0.19, "What each e-fold of length beyond the median adds to the chance of a like (logarithm).", -3, 3
    )
    conformity: float = number(
        0.12, "How much likelier a social viewer likes for each e-fold of the visible count.", 0, 2
    )
    comment_rate: float = number(0.0018, "Chance of a comment, a view.", 0, 1)
    share_rate: float = number(0.0006, "Chance of a share, a view.", 0, 1)
    follow_rate: float = number(0.0009, "Chance to follow the creator, a view.", 0, 1)
    unlike_rate: float = number(0.08, "Share of honest likes that are taken back.", 0, 1)
    double_tap_share: float = number(0.5, "Share of likes by double tap rather than by button.", 0, 1)


@dataclass(frozen=True)
class Creators(Section):
    """Who publishes what."""

    section: ClassVar[str] = "creators"

    fame_spread: float = number(1.2, "Spread of fame (sigma of the logarithm).", 0, 3)
    output_spread: float = number(0.8, "Spread of how much creators publish (sigma of the logarithm).", 0, 3)
    skill_share: float = number(
        0.5, "Share of an item's quality that is its creator's; the rest is the item's.", 0, 1
    )
    clickbait_share: float = number(0.06, "Share of items that promise more than they hold.", 0, 1)
    charm_spread: float = number(
        0.95, "Spread of how readily items are liked, whatever their quality (sigma of the logarithm).", 0, 3
    )
    backlog_share: float = number(0.35, "Share of items that were there before the first day.", 0, 1)
    duration_seconds: float = number(78.0, "Length of an item (median).", 2, 36_000)
    duration_spread: float = number(1.0, "Spread of lengths (sigma of the logarithm).", 0, 3)


@dataclass(frozen=True)
class Gatherings(Section):
    """Honest crowds: each number is a share of all natural likes, 0 turns the mechanism off."""

    section: ClassVar[str] = "gatherings"

    viral: float = number(0.08, "Hits that spread from outside: hundreds to thousands in hours.", 0, 0.9)
    surge: float = number(0.03, "Something passed round in a group chat: dozens in minutes.", 0, 0.9)
    fans: float = number(0.12, "Fans at a new video's first minutes.", 0, 0.9)
    community: float = number(0.04, "Circles that like what a few small creators post.", 0, 0.9)
    storm: float = number(0.03, "Live rooms with waves of likes.", 0, 0.9)
    cohort: float = number(0.01, "Something passed round in an office or a school.", 0, 0.9)
    newcomer: float = number(0.012, "People who join, like one thing and are not seen again.", 0, 0.9)
    hunter: float = number(0.02, "Likes of a creator that stop at the number that unlocks a card.", 0, 0.9)


@dataclass(frozen=True)
class Feed(Section):
    """How the platform chooses what to show."""

    section: ClassVar[str] = "feed"

    ranker: str = choice(
        "depth",
        "What moves the ranking: raw likes, likes by watch time and depth, or only verified ones.",
        RANKERS,
    )
    following_share: float = number(0.12, "Share of views from creators one follows.", 0, 1)
    topical_share: float = number(0.58, "Share of views from one's own topics.", 0, 1)
    exploration_share: float = number(0.12, "Share of views given to new items whatever their score.", 0, 1)
    stage_quotas: tuple[int, ...] = numbers(
        (60, 300, 1500, 6000), "Exposures after which an item's stage is decided.", 1, 1e9, rising=True
    )
    stage_gates: tuple[float, ...] = numbers(
        (0.7, 1.0, 1.2, 1.4), "Score that leads to the next stage, in the mean item's score.", 0, 100
    )
    stage_boosts: tuple[float, ...] = numbers(
        (1.0, 1.5, 2.2, 3.3, 5.0), "Weight in the ranking by stage; one more than there are gates.", 0, 1e6
    )
    retired_boost: float = number(0.3, "Weight of an item that failed a gate.", 0, 10)
    sharpness: float = number(0.4, "Power of the score in the ranking; 0 ranks by stage and age alone.", 0, 5)
    smoothing_views: float = number(60.0, "Views at the mean rate that every score starts with.", 0.1, 1e6)
    reach_spread: float = number(
        1.6, "Spread of all else that moves the ranking of an item (sigma of the logarithm).", 0, 3
    )
    half_life_hours: float = number(72.0, "Age at which an item's weight has halved.", 0.5, 10_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.stage_gates) != len(self.stage_quotas):
            raise InvalidKeyError(
                ("feed", "stage_gates"), _wrong_length(self.stage_gates, len(self.stage_quotas))
            )
        if len(self.stage_boosts) != len(self.stage_quotas) + 1:
            right = len(self.stage_quotas) + 1
            raise InvalidKeyError(("feed", "stage_boosts"), _wrong_length(self.stage_boosts, right))
        if self.following_share + self.topical_share + self.exploration_share > 1.0 + 1e-9:
            raise InvalidKeyError(
                ("feed", "topical_share"), "with following_share and exploration_share it is over 1"
            )


def _wrong_length(values: tuple[float, ...], right: int) -> str:
    return f"holds {len(values)} numbers; it must be {right}, to go with feed.stage_quotas"
