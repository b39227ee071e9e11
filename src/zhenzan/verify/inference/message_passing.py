"""Inference of who was paid and which moments were bought, by message passing between accounts and
moments.

Latent truth: each account has a paid share ρ (mostly 0), each moment is a campaign or not, and a like is
bought when a paid account likes inside a campaign. One round:

1. each moment tells each of its accounts how likely the place was bought, x = q·φ (φ the part of the
   moment its expectation does not explain), leaving out the account's own vote;
2. each account weighs what it hears: one creator speaks once, Σ over creators of the mean of ln(1 − ρ +
   ρ·x/B), B the same chance for a natural like; over a grid of ρ with a fixed prior this gives its
   expected paid share and, for each creator and each ρ, the ratio r of what its *other* creators say of ρ
   to what they say of a natural account, of whom a part goes where crowds go; members of hired groups are
   known by their visits too (see `hired_groups`);
3. each moment counts votes Σ ln(1 − φ + φ·r), a mean over the kinds of pools, one for each ρ, against the
   best that a natural moment can say: that a part of it are regulars, who come to many such moments, or
   that the crowd is of those who go where crowds go; a vote for a campaign counts as far as its accounts
   name moments of many other items and, where most of what they do is not paid and no hired group is known,
   of other hours of the day; where none is known it is judged the less the larger the crowd;
4. the prior of each kind of moment is learned from the posterior (expectation-maximisation).

While rings are discovered, natural moments may claim few regulars; the vote against is heard a nat more
each round, since a ring nobody knows yet looks like strangers. Cost: each round is linear in the residue.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhenzan.arrays import are_chances, are_sizes, is_within
from zhenzan.parallel import over_groups, over_rows
from zhenzan.progress import Advance
from zhenzan.verify.baseline.candidate_graph import CandidateGraph
from zhenzan.verify.baseline.moments import EXCESS_MIN, Moments
from zhenzan.verify.encoding.counting_sort import group_rows, offsets
from zhenzan.verify.encoding.encode import Pairs
from zhenzan.verify.inference.hired_groups import GROUP_SCALE, Visits
from zhenzan.verify.inference.moment_prior import MomentPrior
from zhenzan.verify.kernels import messages

# What was tried with each number, halved and doubled: Constants in docs/explanation/model.md.
PAID_SHARES = np.array([0.0, 0.05, 0.2, 0.5, 0.9])  # a grid: a like now and then, up to nothing else
RECRUIT_PRIOR = 0.01  # of accounts, where the log does not say otherwise
SHARE_FACTORS = np.array([1.0, 0.75, 0.5])  # of the excess, the part that was bought
SHARE_PRIOR_LOG = np.log(np.array([0.985, 0.015, 1e-5]))
SHARE_LIKES_MIN = 3.0  # a bought part of fewer likes is not considered
# Of a natural moment's excess, the part that are regulars of such moments, as the same people come to many.
REGULAR_SHARES = np.array([0.0, 0.15, 0.3, 0.55])
REGULAR_PRIOR_LOG = np.log(np.array([0.7, 0.1, 0.1, 0.1]))
REGULAR_DISCOVERY_LOG = np.log(np.array([0.9, 0.06, 0.03, 0.01]))  # while rings are discovered
RATIO_MAX = 200.0  # odds that one account's record may say, however long
VOTE_MIN, VOTE_MAX, VOTE_STEP = -4.0, 25.0, 1.0  # the vote against is heard a nat more each round
BASE_MIN = 1e-4
# Of what all likes hear where no hired group proves it, natural ones hear this much: else what is called
# bought proves itself.
BASE_OF_ALL = 0.15
# People who go where crowds go are met in improbable places that much oftener than everybody is; of natural
# crowds so many are theirs alone.
GOERS_FACTOR, GOERS_MAX, GOERS_PRIOR_LOG = 5.0, 0.15, -1.5
NEVER_LOG = -700.0  # the exponential of less is no normal number of 64 bits
MARKED_EXCESS = 1.0  # of a moment that a hired group marks, whose likes need not stand out
MINUTE_US = 60_000_000
# Of a campaign's accounts, all of one paid share: offices and circles meet in crowds as the little paid do.
KIND_PRIOR_LOG = np.array([-5.0, -3.0, 0.0, 0.0])
OFFICE_SHARE_MAX = 0.2  # who is paid for more of what it does has no life of its own, and is at no office
# Of the other moments its accounts name, those at this hour of the day: an office's, unless it was hired.
SAME_HOUR_MAX, SAME_HOUR_RANGE = 0.5, 0.2
HEARD_MIN = 0.0213  # a place of which an account takes notice
SPREAD_WANTED = 0.4  # of what a moment's accounts name, the part not of one item: three orders give a half
# Where many of a pool meet, their group shows. A crowd beyond so many likes, of no group that was hired, is
# an audience that comes again.
CROWD_LIKES = 60.0
QUIET_MAX = 0.05  # a place less likely bought than this is a quiet one
# Of likes by accounts that also like the creator quietly, the bought ones to the natural ones.
LOYAL_PART, LOYAL_PSEUDO_LIKES = 0.15, 100.0
LOYAL_PART_MIN, LOYAL_MAX = 0.03, 0.9  # loyalty is never a proof, in either direction
DISCOVERY_ROUNDS, FINAL_ROUNDS = 6, 6  # rings are found in the first; the votes decide in the second
ACTIVITY_LEVELS = 32  # powers of two of an account's likes
ROUNDS = DISCOVERY_ROUNDS + FINAL_ROUNDS


@dataclass(frozen=True)
class Beliefs:
    """Per edge: `bought` float64, `moment_of` int32.

    Per moment, natural logs: `prior`, `gathering`, `vote` (their sum is the logit of a campaign) and `share`,
    the part of it that was bought. Per candidate account: `paid` expected paid share, `recruit` P(ρ > 0),
    `log_likelihood` float32[accounts, PAID_SHARES] what its likes alone say of each paid share against none,
    natural logs.
    """

    bought: np.ndarray
    moment_of: np.ndarray
    prior: np.ndarray
    gathering: np.ndarray
    vote: np.ndarray
    share: np.ndarray
    paid: np.ndarray
    recruit: np.ndarray
    log_likelihood: np.ndarray

    def __post_init__(self) -> None:
        moments = self.prior.size
        assert are_sizes(self.bought.size, self.moment_of)
        assert are_sizes(moments, self.gathering, self.vote, self.share)
        assert are_sizes(self.paid.size, self.recruit, self.log_likelihood)
        assert is_within(self.moment_of, -1, moments)
        for chances in (self.bought, self.share, self.paid, self.recruit):
            assert are_chances(chances)

    @property
    def logit(self) -> np.ndarray:
        return np.asarray(self.prior + self.gathering + self.vote)


def infer(
    pairs: Pairs,
    moments: Moments,
    residue: CandidateGraph,
    prior: MomentPrior,
    visits: Visits,
    recruit: float | None,
    known: np.ndarray | None,
    advance: Advance,
) -> Beliefs:
    """Run the rounds.

    `recruit` the prior share of recruits or None; `known` float32[accounts, PAID_SHARES], what is known of
    every account from before, as `Beliefs.told`, or None. Calls `advance(1)` each round.
    """
    paid_prior = np.log(_paid_prior(RECRUIT_PRIOR if recruit is None else recruit))
    paid_prior = np.append(paid_prior, NEVER_LOG)  # goers are not paid
    accounts, kinds = residue.account_code.size, PAID_SHARES.size
    before = np.zeros((accounts, kinds + 1), np.float32)
    if known is not None:
        before[:, :kinds] = known[residue.account_code]
    log_likelihood, nothing = np.zeros(before.shape, np.float32), np.zeros((0, kinds + 1), np.float32)
    likes = np.diff(pairs.account_offset)[residue.account_code].astype(np.float64)
    creators = residue.creators[residue.account_code]
    p_window, bought = np.zeros(residue.edges), np.zeros(residue.edges)
    ratio, kind = np.ones((kinds, residue.edges)), np.zeros(moments.n, np.int8)
    moment_of = np.full(residue.edges, -1, np.int32)
    place_of, other = moment_of.copy(), moment_of.copy()
    spread, same_hour, item_of = np.zeros(moments.n), np.zeros(moments.n), pairs.item[moments.start]
    middle = (moments.start.astype(np.int64) + moments.stop) // 2
    minute_of = pairs.time[middle] // MINUTE_US
    in_hired, proved = visits.group[middle] >= 0, visits.group[residue.edge_pair] >= 0
    stamp = pairs.time[residue.edge_pair] - pairs.time.min()
    paid, unpaid_chance = np.zeros(likes.size), np.ones(likes.size)
    loyal = np.zeros(residue.edges, np.uint8)
    activity = np.log2(np.diff(pairs.account_offset)).astype(np.int8)[pairs.account[residue.edge_pair]]
    expected = moments.excess_share
    excess_min = np.where(moments.scale == GROUP_SCALE, MARKED_EXCESS, EXCESS_MIN)
    small = np.where(in_hired, 1.0, 1.0 / (1.0 + (expected * moments.likes / CROWD_LIKES) ** 3))
    by_item = _by_item(pairs, moments)
    account_edge = residue.group_edge[residue.account_group]
    vote, share, own = np.zeros(moments.n), expected.copy(), prior.logit[prior.bin]
    visit, member, by_visits = _visits_of_edges(residue, visits)
    for turn in range(ROUNDS):
        floor = max(VOTE_MIN, -VOTE_STEP * turn)
        against = np.exp(-np.minimum(own + np.clip(vote, floor, VOTE_MAX), visits.ceiling))
        p_window[:], place_of[:] = 0.0, -1
        over_groups(
            messages.moments_to_edges,
            *by_item,
            residue.start,
            residue.stop,
            ratio,
            kind,
            against,
            moments.expected,
            excess_min,
            share,
            p_window,
            place_of,
        )
        natural, unproved = messages.message_mass(p_window, bought, proved)
        base = max(natural / (pairs.n - float(bought.sum())), BASE_OF_ALL * unproved / pairs.n, BASE_MIN)
        shares = np.append(PAID_SHARES, min(GOERS_FACTOR * base, GOERS_MAX))
        over_groups(
            messages.accounts_from_edges,
            account_edge,
            residue.account_group,
            residue.group_edge,
            residue.group_likes,
            residue.edge_of,
            creators,
            paid_prior,
            before,
            p_window,
            base,
            shares,
            np.log1p(-shares),
            QUIET_MAX,
            RATIO_MAX,
            ratio,
            paid,
            unpaid_chance,
            loyal,
            log_likelihood if turn == ROUNDS - 1 else nothing,
        )
        discovering = turn < DISCOVERY_ROUNDS
        over_rows(
            messages.weigh_loyalty, residue.edges, ratio, loyal, _loyalty_ratio(loyal, activity, bought)
        )
        regular_log = REGULAR_DISCOVERY_LOG if discovering else REGULAR_PRIOR_LOG
        own_record = ratio[: kinds - 1, visit]
        ratio[: kinds - 1, visit] = np.where(
            member | (own_record > 1.0), np.maximum(own_record, by_visits), np.minimum(own_record, by_visits)
        )
        over_groups(
            messages.votes,
            *by_item,
            residue.start,
            residue.stop,
            ratio,
            expected,
            SHARE_FACTORS,
            SHARE_PRIOR_LOG,
            SHARE_LIKES_MIN,
            REGULAR_SHARES,
            regular_log,
            GOERS_PRIOR_LOG,
            KIND_PRIOR_LOG,
            vote,
            share,
            kind,
        )
        over_groups(
            messages.other_moments,
            account_edge,
            residue.account_group,
            residue.group_edge,
            residue.edge_of,
            p_window,
            place_of,
            stamp,
            HEARD_MIN,
            other,
        )
        over_groups(
            messages.spread_of_others,
            *by_item,
            residue.start,
            residue.stop,
            item_of,
            minute_of,
            other,
            0.0 if known is None else 1.0,
            spread,
            same_hour,
        )
        devoted = PAID_SHARES[1:][kind] > OFFICE_SHARE_MAX  # who has no life of its own is at no office
        any_hour = np.where(
            in_hired | devoted, 1.0, np.clip((SAME_HOUR_MAX - same_hour) / SAME_HOUR_RANGE, 0.0, 1.0)
        )
        vote *= np.where(vote > 0.0, np.minimum(spread / SPREAD_WANTED, 1.0) * any_hour, 1.0)
        vote, share = np.round(vote, 6), np.round(share, 9)  # so that rounding decides nothing
        judged = np.clip(np.where(vote > 0.0, vote * small, vote), VOTE_MIN, VOTE_MAX)
        logit = np.minimum(own + judged, visits.ceiling)
        bought[:], moment_of[:] = 0.0, -1
        against = np.exp(-logit)
        over_groups(
            messages.judge_edges,
            *by_item,
            residue.start,
            residue.stop,
            ratio,
            kind,
            against,
            moments.expected,
            excess_min,
            share,
            bought,
            moment_of,
        )
        own_last, own = own, prior.relearn(1.0 / (1.0 + np.exp(-logit)))
        advance(1)
    gathering = logit - own_last - judged
    return Beliefs(
        bought,
        moment_of,
        own_last,
        gathering,
        judged,
        share,
        paid,
        1.0 - unpaid_chance,
        log_likelihood[:, :kinds],
    )


def _visits_of_edges(residue: CandidateGraph, visits: Visits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges in hired groups' cells, whether their accounts come there again, and their ratios."""
    if residue.edges == 0:
        return np.empty(0, np.int64), np.empty(0, bool), np.empty(0)
    edge = np.minimum(np.searchsorted(residue.edge_pair, visits.pair), residue.edges - 1)
    inside = residue.edge_pair[edge] == visits.pair
    return edge[inside], visits.member[inside], np.minimum(visits.ratio[inside], RATIO_MAX)


def _by_item(pairs: Pairs, moments: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moments of one item after the other, narrow scales first: its likes stay in the cache for all of them.

    How many likes the moments before each item have, and where its own begin in the order, both with the
    end; and the order.
    """
    opened, order = group_rows(pairs.item[moments.start], pairs.n_items)
    reach = offsets(moments.likes[order])
    return reach[opened], opened, order


def _loyalty_ratio(loyal: np.ndarray, activity: np.ndarray, bought: np.ndarray) -> float:
    """P(loyal | bought) : P(loyal | natural).

    Learned from the present belief: among natural likes of accounts about as active a share f is loyal,
    among bought ones λ·f. `activity` int8[edges] is the level. That a like is not loyal says nothing: a
    natural crowd may be one of strangers, all for one reason.
    """
    sums = np.zeros((ACTIVITY_LEVELS, 2, 2))
    messages.loyalty_sums(loyal, activity, bought, sums)
    usual = sums[:, 0, 1] / np.maximum(sums[:, 0].sum(1), 1.0)
    bought_usual = float(np.sum(sums[:, 1].sum(1) * np.minimum(usual, LOYAL_MAX)))
    part = (float(sums[:, 1, 1].sum()) + LOYAL_PART * LOYAL_PSEUDO_LIKES) / (
        bought_usual + LOYAL_PSEUDO_LIKES
    )
    return min(max(part, LOYAL_PART_MIN), 1.0)


def _paid_prior(recruit: float) -> np.ndarray:
    shares = PAID_SHARES.size - 1
    return np.concatenate([[1.0 - recruit], np.full(shares, recruit / shares)])
