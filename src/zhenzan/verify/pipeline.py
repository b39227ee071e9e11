"""The verification pipeline: read, encode, find moments, infer, find rings, weigh, judge, write."""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zhenzan.errors import NoLikesError, ResultError
from zhenzan.interactions import SCHEMA, Log, read_line, read_log, why_no_likes
from zhenzan.policy import Policy
from zhenzan.progress import SILENT, Advance, Progress
from zhenzan.verify.baseline.candidate_graph import candidate_graph_of
from zhenzan.verify.baseline.moments import Moments, find_moments
from zhenzan.verify.baseline.natural_rate import learn_natural_rate
from zhenzan.verify.calibration.learned_evidence import apply_weights, check_weights
from zhenzan.verify.compile_notice import notice_if_cold
from zhenzan.verify.encoding.encode import CANCELLED, COUNTED, REPEATED, Encoded, Pairs, encode
from zhenzan.verify.encoding.log_warnings import oddities
from zhenzan.verify.encoding.subset import subset_of
from zhenzan.verify.evidence.context import context_evidence
from zhenzan.verify.evidence.farms import FARM, Farms, find_farms
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.lone_items import UNTOLD, LoneItems, find_lone_items, no_lone_items
from zhenzan.verify.evidence.reasons import (
    Reasons,
    probability,
    silent_chance,
    structural_reasons,
)
from zhenzan.verify.evidence.registry import STRUCTURAL
from zhenzan.verify.evidence.review_order import review_order_of
from zhenzan.verify.evidence.rules import check_rules, rule_evidence
from zhenzan.verify.inference.hired_groups import MOST, visits_of_groups, without_crowds
from zhenzan.verify.inference.message_passing import ROUNDS, infer
from zhenzan.verify.inference.moment_prior import moment_prior
from zhenzan.verify.inference.structural_findings import Structure
from zhenzan.verify.inference.suspects import known_of, suspects_of
from zhenzan.verify.promoted import organic_rows, promoted_rows
from zhenzan.verify.results import small_tables
from zhenzan.verify.results.folder import POLICY, REJECTED, SUMMARY, ResultFolder
from zhenzan.verify.results.result import Result
from zhenzan.verify.results.result_format import RESULT_FORMAT
from zhenzan.verify.results.scored_log import FAKE, GENUINE, UNCERTAIN, VERDICTS, EvidenceTerm, ScoredLog
from zhenzan.verify.results.verified_counts import total_of_items
from zhenzan.verify.rings.campaigns import find_campaigns
from zhenzan.verify.rings.farm_rings import with_accounts_of_farms, with_farms
from zhenzan.verify.rings.membership import recruits_of_rings
from zhenzan.verify.rings.partition import find_rings, ring_evidence
from zhenzan.verify.rings.ring_ids import KnownRings, named_rings
from zhenzan.version import __version__

PROVEN_LIKES_MIN = 2  # bought ones of an account: one may be an accident
PROVEN_RECRUIT_MIN = 0.5  # likelier a recruit than not


@dataclass
class Run:
    """One run's progress and stopwatch."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)
    with_promoted: bool = False
    promoted: list[np.ndarray] = field(default_factory=list)
    """Numbers of the rows of likes that paid exposure brought, which are left out unless `with_promoted`."""

    @contextmanager
    def stage(self, name: str, words: str, total: int | None = None) -> Iterator[Advance]:
        begin = time.perf_counter()
        with self.progress.step(words, total) as advance:
            yield advance
        self.seconds[name] = round(time.perf_counter() - begin, 3)


def verify(
    source: Any,
    *,
    policy: Policy | str | os.PathLike[str] | None = None,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    zone: str | None = None,
    out: str | os.PathLike[str] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    known: pa.Table | None = None,
    rings: KnownRings | None = None,
    progress: Progress = SILENT,
) -> Result:
    """Judge every like of a log: a probability, a verdict, its reasons; the rings; honest counts.

    `source`: a path, pattern or folder, several of them, or any dataframe that narwhals knows. `policy`: a
    Policy or its file. `mapping`: our column to yours. `zone`: of times that name none (an IANA name; UTC if
    None). With `out` the result is written there, whole or not at all, and its tables are read back on
    demand: for large logs. `rejects`: where rows that cannot be read are listed (in the folder, with `out`).
    `known`: the `suspects` of the result of an earlier log, which ended before this one begins. `rings`: what
    an earlier result called its rings; by it a ring keeps its id, else ids run from 0, the largest ring's.

    Raises InputError (the log), PolicyError (the policy or its rules), ResultError (`out` cannot be written).
    Likes of paid exposure are judged and counted nowhere (`zhenzan.verify.promoted`). Deterministic: the
    same rows and policy give the same verdicts, whatever the order of rows or the number of threads.
    Time about 2 s a million likes on two cores, memory about 100 bytes a like and 0.3 GB.
    """
    begin = time.perf_counter()
    run = Run(progress)
    ruling = _policy(policy)
    check_rules(ruling.rules)
    if ruling.weights is not None:
        check_weights(ruling.weights)
    notice_if_cold(progress)
    if out is None:
        path = None if rejects is None else Path(rejects)
        log, encoded, reading = _read(source, format, mapping, zone, path, run)
        judgement, tables = _judge(encoded, ruling, known, rings, run)
        beside = _promoted_verdicts(source, format, mapping, zone, ruling, known, run)
        tables["verdicts"] = pa.Table.from_batches([*judgement.verdict_batches(), *beside])
        return Result(
            tables,
            _summary(log, reading, judgement, tables["items"], ruling, run, begin),
            policy=ruling.to_toml(),
        )
    with ResultFolder(Path(out)) as folder:
        with _kept_rejects(folder.path / REJECTED, Path(out)):
            log, encoded, reading = _read(source, format, mapping, zone, folder.path / REJECTED, run)
        judgement, tables = _judge(encoded, ruling, known, rings, run)
        beside = _promoted_verdicts(source, format, mapping, zone, ruling, known, run)
        _write(folder, judgement, tables, beside, run)
        folder.write_text(POLICY, ruling.to_toml())
        summary = _summary(log, reading, judgement, tables["items"], ruling, run, begin)
        folder.write_text(SUMMARY, json.dumps(summary, ensure_ascii=False, indent=1))
    return Result.load(out)


def _promoted_verdicts(
    source: Any,
    format: str | None,
    mapping: Mapping[str, str] | None,
    zone: str | None,
    policy: Policy,
    suspects: pa.Table | None,
    run: Run,
) -> Iterator[pa.RecordBatch]:
    """The verdicts on likes that paid exposure brought, beside all others. Cost: a second run, where the log
    has any.
    """
    if not run.promoted:
        return
    again = Run(SILENT, with_promoted=True)
    _, encoded, _ = _read(source, format, mapping, zone, None, again)
    judgement, _ = _judge(encoded, policy, suspects, None, again)
    yield from promoted_rows(judgement.verdict_batches(), np.concatenate(run.promoted))


def _policy(policy: Policy | str | os.PathLike[str] | None) -> Policy:
    if policy is None:
        return Policy.default()
    if isinstance(policy, Policy):
        return policy
    from zhenzan.policy import load_policy

    return load_policy(Path(policy))


def _judge(
    encoded: Encoded, policy: Policy, suspects: pa.Table | None, rings: KnownRings | None, run: Run
) -> tuple[ScoredLog, dict[str, pa.Table]]:
    """The judgement, and the small tables."""
    pairs, known = encoded.pairs, known_of(encoded, suspects)
    features = Features(pairs)
    with run.stage("farms", "Weighing shared devices and addresses"):
        farms = find_farms(features, policy)
    structure = _structure(features, farms, known, policy, run)
    with run.stage("rings", "Finding rings"):
        judgement, moments, logit = _scored_log(encoded, policy, structure, farms, features, run)
        if rings is not None:
            named = named_rings(judgement.rings, encoded.account_ids, rings)
            judgement = replace(judgement, rings=named)
    tables = _small_tables(judgement, moments, logit, policy, run)
    tables["suspects"] = suspects_of(encoded, structure.graph, structure.beliefs, known)
    return judgement, tables


def _structure(
    features: Features, farms: Farms, known: np.ndarray | None, policy: Policy, run: Run
) -> Structure:
    """What who, what and when tell of the likes that are no farm's: these set no norm."""
    pairs, ordinary = features.pairs, farms.of_pair < 0
    if farms.n == 0 or not ordinary.any():
        return _structure_of(pairs, known, policy, run)
    rest = subset_of(pairs, ordinary)
    structure = _structure_of(rest.pairs, None if known is None else known[rest.account], policy, run)
    creators = np.empty(pairs.n_accounts, np.int32)
    creators[pairs.account] = features["account_creators"]
    return structure.in_whole(pairs, rest, creators)


def _structure_of(pairs: Pairs, known: np.ndarray | None, policy: Policy, run: Run) -> Structure:
    with run.stage("moments", "Finding improbable moments"):
        expectation = learn_natural_rate(pairs)
        moments = find_moments(pairs, expectation)
    with run.stage("groups", "Finding who meets again and again"):
        moments, visits = visits_of_groups(pairs, moments)
    with run.stage("residue", "Gathering what lies in them"):
        residue = candidate_graph_of(pairs, moments)
    with run.stage("inference", "Weighing accounts and moments together", ROUNDS) as advance:
        prior = moment_prior(pairs, moments, policy.prior.campaign)
        beliefs = infer(pairs, moments, residue, prior, visits, policy.prior.recruit, known, advance)
        if (
            beliefs.bought.sum() > MOST * pairs.n
        ):  # two states compete: what crowds say of each other is not heard
            visits = without_crowds(visits, moments)
            beliefs = infer(pairs, moments, residue, prior, visits, policy.prior.recruit, known, _silent)
    with run.stage("lone", "Looking for items that nothing can be compared with"):
        has_weights = policy.weights is not None
        lone = no_lone_items(pairs) if has_weights else find_lone_items(pairs, expectation.resolution_seconds)
    return Structure(moments, residue, beliefs, visits.natural, lone)


def _silent(_: int) -> None:
    """Advance nothing."""


def _read(
    source: Any,
    format: str | None,
    mapping: Mapping[str, str] | None,
    zone: str | None,
    rejects: Path | None,
    run: Run,
) -> tuple[Log, Encoded, dict[str, Any]]:
    """The log, its likes, and how it was read, which is said before the verdicts."""
    begin = time.perf_counter()
    log, encoded = read_log(
        lambda log: _encode(log, run), source,
        format=format, mapping=None if mapping is None else dict(mapping), zone=zone, rejects=rejects,
        progress=run.progress,
    )  # fmt: skip
    run.seconds["reading"] = round(time.perf_counter() - begin - run.seconds["ordering"], 3)
    reading = log.reading
    odd = oddities(encoded, reading["columns"][0].get("item", "item"))
    first, last = _iso(encoded.pairs.time.min()), _iso(encoded.pairs.time.max())
    ids = None if encoded.distinct_ids is None else round(encoded.distinct_ids, 4)
    for line in (read_line(log.summary, encoded.kinds, first, last, reading["zone"], ids), *odd):
        run.progress.say(line)
    contents = {"first": first, "last": last, "kinds": encoded.kinds, "distinct_ids": ids}
    return log, encoded, {**reading, "remarks": [*reading["remarks"], *odd], **contents}


@contextmanager
def _kept_rejects(listed: Path, out: Path) -> Iterator[None]:
    """Where no like is left there is no result; the list of rejected rows is kept beside its place."""
    try:
        yield
    except NoLikesError as error:
        if not (listed.exists() and listed.stat().st_size):
            raise
        beside = out.with_name(f"{out.name}-{REJECTED}")
        try:
            beside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(listed, beside)
        except OSError as fault:
            raise ResultError(f"{beside} cannot be written: {fault.strerror or fault}.") from None
        raise NoLikesError(f"{error} The rejected rows are listed in {beside}.") from None


def _encode(log: Log, run: Run) -> Encoded:
    batches = log.batches() if run.with_promoted else organic_rows(log.batches(), run.promoted)
    try:
        return encode(batches, lambda: run.stage("ordering", "Putting likes in order"))
    except NoLikesError:
        if run.promoted:
            raise NoLikesError(
                "Paid exposure brought every like of the log (origin promoted:…), so there is none to count."
                " Check that the origin of the others is right."
            ) from None
        raise NoLikesError(why_no_likes(log.summary)) from None


def _scored_log(
    encoded: Encoded,
    policy: Policy,
    structure: Structure,
    farms: Farms,
    features: Features,
    run: Run,
) -> tuple[ScoredLog, Moments, np.ndarray]:
    """The judgement; all moments, a farm's too, and their log-odds."""
    pairs = encoded.pairs
    moments, residue, beliefs, lone = structure.moments, structure.graph, structure.beliefs, structure.lone
    bought = np.zeros(pairs.n, np.float32)
    bought[residue.edge_pair] = beliefs.bought
    campaigns = find_campaigns(
        pairs.n, pairs.item, moments, residue.edge_pair, beliefs.bought, beliefs.moment_of, beliefs.logit
    )
    rings = find_rings(pairs, campaigns.of_pair, bought, policy.limits.ring_accounts_min)
    recruit, paid = np.zeros(pairs.n_accounts, np.float32), np.zeros(pairs.n_accounts, np.float32)
    recruit[residue.account_code], paid[residue.account_code] = beliefs.recruit, beliefs.paid
    times_bought = np.bincount(pairs.account[bought >= 0.5], minlength=pairs.n_accounts)
    proven = (times_bought >= PROVEN_LIKES_MIN) & (recruit >= PROVEN_RECRUIT_MIN)
    joined, membership = recruits_of_rings(
        pairs,
        campaigns,
        rings,
        bought,
        beliefs.logit[campaigns.strongest],
        beliefs.share[campaigns.strongest],
    )
    together, coincidence = ring_evidence(pairs, rings, bought, proven)
    ring_chance = np.zeros(pairs.n, np.float32)
    ring_chance[together] = coincidence
    ring_chance[joined] = np.maximum(ring_chance[joined], membership)
    ring_chance[structure.natural] = 0.0
    ring_likes = np.flatnonzero(ring_chance > 0)
    logit, all_bought = beliefs.logit, np.maximum(bought, ring_chance)
    if farms.n:
        moments, campaigns, logit = with_farms(pairs, structure, farms)
        all_bought = np.maximum(all_bought, farms.chance)
        recruit, paid = with_accounts_of_farms(pairs, farms, recruit, paid)
    rings = find_rings(pairs, campaigns.of_pair, all_bought, policy.limits.ring_accounts_min)
    reasons = structural_reasons(beliefs, residue.edge_pair, ring_likes, ring_chance[ring_likes])
    if policy.weights is not None:
        reasons = reasons.weighted(policy.weights.intercept, policy.weights.structural)
    with run.stage("context", "Weighing what stands beside each like"):
        chance, extra = _weigh(encoded, policy, reasons, lone, farms, features, run)
        suspicion = review_order_of(features, chance, silent_chance(reasons.prior))
    verdict = np.full(pairs.n, UNCERTAIN, np.int8)
    verdict[chance >= policy.verdict.fake_threshold] = FAKE
    verdict[chance <= policy.verdict.genuine_threshold] = GENUINE
    verdict[lone.uncertain] = np.maximum(verdict[lone.uncertain], UNCERTAIN)
    judgement = ScoredLog(
        encoded,
        chance,
        suspicion,
        verdict,
        recruit,
        paid,
        campaigns,
        rings,
        reasons,
        extra,
        residue.creators,
        lone,
    )
    return judgement, moments, logit


def _weigh(
    encoded: Encoded,
    policy: Policy,
    reasons: Reasons,
    lone: LoneItems,
    farms: Farms,
    features: Features,
    run: Run,
) -> tuple[np.ndarray, list[EvidenceTerm]]:
    """Add the evidence that speaks like by like: calibrated weights, lone items, context, farms, the
    operator's rules.
    """
    total = reasons.total(encoded.pairs.n)
    extra = []
    weights = policy.weights
    for learned in apply_weights(encoded, features, weights, run.progress.say) if weights else ():
        total += learned.decibans
        extra.append(EvidenceTerm.of(learned.name, learned.description, learned.decibans))
    untold = EvidenceTerm.of(UNTOLD.name, UNTOLD.description, lone.decibans(total))
    extra += _context(features, total, policy, farms)
    for rule in rule_evidence(
        policy.rules, encoded, features, probability(total), policy.limits.rule_decibans
    ):
        if rule.missing:
            run.progress.say(
                f"Rule {rule.name!r} was left out: the log has no {' and no '.join(rule.missing)}."
            )
        words = f"The platform's own rule {rule.name!r} applies ({rule.weight:+.1f} dB)."
        extra.append(EvidenceTerm.of(rule.name, words, rule.decibans))
        total += rule.decibans
    if untold.pair.size:  # last: what is learned from the beliefs above is not learned from ignorance
        total[untold.pair] += untold.decibans
        extra.append(untold)
    return probability(total), extra


def _context(features: Features, total: np.ndarray, policy: Policy, farms: Farms) -> list[EvidenceTerm]:
    """What stands beside the likes, which is added to `total`; a farm says what is left to say."""
    believed, before = (total + farms.weight, total.copy()) if farms.n else (total, total)
    extra = []
    for evidence in context_evidence(features, probability(believed), policy):
        if evidence.table.any():
            decibans = evidence.decibans
            total += decibans
            extra.append(EvidenceTerm.of(evidence.name, evidence.description, decibans))
    if farms.n:
        farm = EvidenceTerm.of(FARM.name, FARM.description, farms.beyond(total - before))
        total[farm.pair] += farm.decibans
        extra.append(farm)
    return extra


def _small_tables(
    judgement: ScoredLog, moments: Moments, logit: np.ndarray, policy: Policy, run: Run
) -> dict[str, pa.Table]:
    with run.stage("tables", "Adding up accounts, items and rings"):
        return {
            "accounts": small_tables.account_table(judgement),
            "moments": small_tables.moment_table(judgement, moments, logit, policy.limits.cleared_moments),
            "rings": small_tables.ring_table(judgement),
            "items": small_tables.item_table(judgement),
        }


def _write(
    folder: ResultFolder,
    judgement: ScoredLog,
    small: dict[str, pa.Table],
    beside: Iterator[pa.RecordBatch],
    run: Run,
) -> None:
    with run.stage("writing", "Writing verdicts", judgement.encoded.rows.n) as advance:
        batches = judgement.verdict_batches()
        first = next(batches)

        def counted() -> Iterator[pa.RecordBatch]:
            advance(first.num_rows)
            yield first
            for batch in batches:
                advance(batch.num_rows)
                yield batch
            yield from beside

        folder.write_batches("verdicts", first.schema, counted())
        for name, table in small.items():
            folder.write_table(name, table)


def _iso(microseconds: int) -> str:
    """A time in UTC, to the second."""
    return f"{np.datetime64(int(microseconds), 'us').astype('datetime64[s]')}Z"


def _summary(
    log: Log,
    reading: dict[str, Any],
    judgement: ScoredLog,
    items: pa.Table,
    policy: Policy,
    run: Run,
    begin: float,
) -> dict[str, Any]:
    encoded, read = judgement.encoded, log.summary
    standing, total = judgement.rows_by_count_status(), total_of_items(items)
    assert total["claimed"] == standing[COUNTED]
    untold = float(judgement.lone.excess(encoded.pairs, small_tables.counted_pairs(judgement)).sum())
    return {
        "version": __version__,
        "result_format": RESULT_FORMAT,
        "policy": policy.to_dict(),
        "policy_version": policy.version,
        "prior_decibans": judgement.reasons.prior,
        "counts": {
            "rows": read.rows_read,
            "interactions": read.interactions,
            "likes": encoded.rows.n,
            "repeated": int(standing[REPEATED]),
            "cancelled": int(standing[CANCELLED]),
            "promoted": sum(rows.size for rows in run.promoted),
            "rejected": read.rejected,
            "skipped": read.skipped,
            "accounts": encoded.pairs.n_accounts,
            "items": encoded.pairs.n_items,
            "creators": encoded.pairs.n_creators,
            **total,
            "rings": judgement.rings.n,
            "campaigns": judgement.campaigns.n,
            "untold": round(untold),
        },
        "likes_with_repeats": dict(zip(VERDICTS, judgement.rows_by_verdict().tolist(), strict=True)),
        "rejected_by_reason": read.by_reason,
        "skipped_by_reason": read.skipped_by_reason,
        "kinds": encoded.kinds,
        "columns": sorted(log.columns),
        "missing": sorted(set(SCHEMA.names) - set(log.columns) - {"row"}),
        "evidence_names": {
            **{kind.name: kind.description for kind in STRUCTURAL},
            **{evidence.name: evidence.description for evidence in judgement.extra},
        },
        "sources": list(read.sources),
        "reading": reading,
        "format": log.format,
        "timings_seconds": {**run.seconds, "all": round(time.perf_counter() - begin, 3)},
        "machine": {
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "system": platform.system(),
        },
    }
