"""Scenario sections of the honest world: its size, viewers, creators, crowds and feed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, structs

from zhenzan.config import Line, about, between, items_about, one_of, shown
from zhenzan.lab.scenario.record import Coins, Section, Share, Spread

__all__ = ["RANKERS", "Creators", "Feed", "OrganicEvents", "Viewers", "Viewing", "WorldSize"]

RANKERS = ("raw", "depth", "verified")


class WorldSize(Section, frozen=True):
    """How large the world is and how finely time runs."""

    start: Annotated[Line, about("The first day, as YYYY-MM-DD in UTC.")] = "2024-03-04"
    days: Annotated[int, between(1, 400, "How many days are simulated.")] = 28
    step_minutes: Annotated[int, between(1, 240, "How often the feed is ranked anew, in minutes.")] = 15
    viewers: Annotated[int, between(50, 5_000_000, "People who are there from the first day.")] = 20_000
    creators: Annotated[int, between(5, 2_000_000, "Accounts that publish.")] = 2_000
    items: Annotated[int, between(10, 5_000_000, "Videos published before or during the days.")] = 8_000
    topics: Annotated[int, between(2, 1_000, "What items are about and viewers care for.")] = 40

    def __post_init__(self) -> None:
        start: object = self.start
        if isinstance(start, date):
            structs.force_setattr(self, "start", start.isoformat())
        super().__post_init__()
        try:
            date.fromisoformat(self.start)
        except ValueError:
            raise self.refused(f"{shown(self.start)} is not a date; write YYYY-MM-DD", "start") from None
        if 1440 % self.step_minutes:
            raise self.refused(f"{self.step_minutes} does not divide a day", "step_minutes")

    @property
    def start_us(self) -> int:
        """The first moment, µs since 1970."""
        day = date.fromisoformat(self.start)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000

    @property
    def steps_per_day(self) -> int:
        return 1440 // self.step_minutes


class Viewers(Section, frozen=True):
    """Section on viewers: who watches, how often, and why they like."""

    motives: Annotated[
        tuple[Share, ...],
        items_about(
            "Shares of the motives: social, algorithmic, commercial, emotional, expression, reward.",
            least=6,
            most=6,
        ),
    ] = (0.22, 0.25, 0.08, 0.25, 0.15, 0.05)
    blend: Annotated[
        float,
        between(
            0.01, 100, "How mixed a viewer's motives are: near 0 each has one, high numbers make all alike."
        ),
    ] = 1.5
    sessions_per_day: Annotated[float, between(0.01, 100, "Sessions of a middling viewer a day.")] = 1.6
    activity_spread: Annotated[
        Spread, about("Spread of sessions between viewers (sigma of their logarithm).")
    ] = 1.0
    views_per_session: Annotated[float, between(1, 500, "Items seen in a session (mean).")] = 12.0
    heavy_share: Annotated[float, between(0, 0.5, "Share of viewers who do little else.")] = 0.004
    heavy_factor: Annotated[float, between(1, 200, "How many times as often those come.")] = 15.0
    cohort_share: Annotated[
        Share, about("Share of viewers in an office or a school, behind one address.")
    ] = 0.08
    cohort_size: Annotated[int, between(2, 5_000, "People in an office or a school (mean).")] = 90
    followings: Annotated[float, between(0, 500, "Creators that a viewer follows at the start (mean).")] = (
        12.0
    )
    generosity_spread: Annotated[
        Spread, about("Spread of how readily viewers like (sigma of the logarithm).")
    ] = 2.8
    mutual_share: Annotated[Share, about("Share of a viewer's likes that go to friends, if social.")] = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if not any(self.motives):
            raise self.refused("all are 0; people have at least one motive", "motives")


class Viewing(Section, frozen=True):
    """Section on viewing: what happens between a viewer and an item."""

    engaged_share: Annotated[
        float, between(0.01, 0.95, "Share of views in which a middling item holds a middling viewer.")
    ] = 0.247
    like_engaged: Annotated[Share, about("Chance of a like when held.")] = 0.0437
    like_skipped: Annotated[Share, about("Chance of a like when not held.")] = 0.0103
    quality_effect: Annotated[
        float, between(0, 5, "How strongly quality holds viewers (logits a deviation).")
    ] = 0.8
    match_effect: Annotated[float, between(0, 5, "How strongly one's own topics hold (logits).")] = 0.7
    hold_length_effect: Annotated[
        float,
        between(-3, 3, "What each e-fold of length beyond the median adds to how an item holds (logits)."),
    ] = -0.28
    like_length_effect: Annotated[
        float,
        between(
            -3, 3, "What each e-fold of length beyond the median adds to the chance of a like (logarithm)."
        ),
    ] = -0.19
    conformity: Annotated[
        float, between(0, 2, "How much likelier a social viewer likes for each e-fold of the visible count.")
    ] = 0.12
    comment_rate: Annotated[Share, about("Chance of a comment, a view.")] = 0.0018
    share_rate: Annotated[Share, about("Chance of a share, a view.")] = 0.0006
    follow_rate: Annotated[Share, about("Chance to follow the creator, a view.")] = 0.0009
    unlike_rate: Annotated[Share, about("Share of honest likes that are taken back.")] = 0.08
    double_tap_share: Annotated[Share, about("Share of likes by double tap rather than by button.")] = 0.5


class Creators(Section, frozen=True):
    """Section on creators: who publishes what."""

    fame_spread: Annotated[Spread, about("Spread of fame (sigma of the logarithm).")] = 1.2
    output_spread: Annotated[
        Spread, about("Spread of how much creators publish (sigma of the logarithm).")
    ] = 0.8
    skill_share: Annotated[
        Share, about("Share of an item's quality that is its creator's; the rest is the item's.")
    ] = 0.5
    clickbait_share: Annotated[Share, about("Share of items that promise more than they hold.")] = 0.06
    charm_spread: Annotated[
        Spread,
        about("Spread of how readily items are liked, whatever their quality (sigma of the logarithm)."),
    ] = 0.95
    backlog_share: Annotated[Share, about("Share of items that were there before the first day.")] = 0.35
    duration_seconds: Annotated[float, between(2, 36_000, "Length of an item (median).")] = 78.0
    duration_spread: Annotated[Spread, about("Spread of lengths (sigma of the logarithm).")] = 1.0


class OrganicEvents(Section, frozen=True):
    """Honest crowds: each number is a share of all natural likes, 0 turns the mechanism off."""

    viral: Annotated[
        float, between(0, 0.9, "Hits that spread from outside: hundreds to thousands in hours.")
    ] = 0.08
    surge: Annotated[float, between(0, 0.9, "Something passed round in a group chat: dozens in minutes.")] = (
        0.03
    )
    fans: Annotated[float, between(0, 0.9, "Fans at a new video's first minutes.")] = 0.12
    community: Annotated[float, between(0, 0.9, "Circles that like what a few small creators post.")] = 0.04
    storm: Annotated[float, between(0, 0.9, "Live rooms with waves of likes.")] = 0.03
    cohort: Annotated[float, between(0, 0.9, "Something passed round in an office or a school.")] = 0.01
    newcomer: Annotated[float, between(0, 0.9, "People who join, like one thing and are not seen again.")] = (
        0.012
    )
    hunter: Annotated[
        float, between(0, 0.9, "Likes of a creator that stop at the number that unlocks a card.")
    ] = 0.02


class Feed(Section, frozen=True):
    """Section on the feed: how the platform chooses what to show."""

    ranker: Annotated[
        str,
        one_of(
            RANKERS,
            "What moves the ranking: raw likes, likes by watch time and depth, or only verified ones.",
        ),
    ] = "depth"
    following_share: Annotated[Share, about("Share of views from creators one follows.")] = 0.12
    topical_share: Annotated[Share, about("Share of views from one's own topics.")] = 0.58
    exploration_share: Annotated[Share, about("Share of views given to new items whatever their score.")] = (
        0.12
    )
    stage_quotas: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=1_000_000_000)], ...],
        items_about("Exposures after which an item's stage is decided.", rising=True),
    ] = (60, 300, 1500, 6000)
    stage_gates: Annotated[
        tuple[Annotated[float, Meta(ge=0, le=100)], ...],
        items_about("Score that leads to the next stage, in the mean item's score."),
    ] = (0.7, 1.0, 1.2, 1.4)
    stage_boosts: Annotated[
        tuple[Coins, ...], items_about("Weight in the ranking by stage; one more than there are gates.")
    ] = (1.0, 1.5, 2.2, 3.3, 5.0)
    retired_boost: Annotated[float, between(0, 10, "Weight of an item that failed a gate.")] = 0.3
    sharpness: Annotated[
        float, between(0, 5, "Power of the score in the ranking; 0 ranks by stage and age alone.")
    ] = 0.4
    smoothing_views: Annotated[
        float, between(0.1, 1e6, "Views at the mean rate that every score starts with.")
    ] = 60.0
    reach_spread: Annotated[
        Spread, about("Spread of all else that moves the ranking of an item (sigma of the logarithm).")
    ] = 1.6
    half_life_hours: Annotated[float, between(0.5, 10_000, "Age at which an item's weight has halved.")] = (
        72.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.stage_gates) != len(self.stage_quotas):
            raise self.refused(_wrong_length(self.stage_gates, len(self.stage_quotas)), "stage_gates")
        if len(self.stage_boosts) != len(self.stage_quotas) + 1:
            right = len(self.stage_quotas) + 1
            raise self.refused(_wrong_length(self.stage_boosts, right), "stage_boosts")
        if self.following_share + self.topical_share + self.exploration_share > 1.0 + 1e-9:
            raise self.refused("with following_share and exploration_share it is over 1", "topical_share")


def _wrong_length(values: tuple[float, ...], right: int) -> str:
    return f"holds {len(values)} numbers; it must be {right}, to go with feed.stage_quotas"
