"""Calibration on labels: from a result and labelled likes to a policy with learned weights.

An additive logistic model in decibans: an intercept, a slope for each structural evidence, a curve for each
feature, a table for some pairs of features, a height for each account and item that labels tell of. Features
are computed anew from the verdicts, so a result folder is all it takes. `learn` says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.errors import CalibrationError
from zhenzan.policy import Policy, Weights, load_policy
from zhenzan.progress import SILENT, Progress
from zhenzan.verify.calibration.additive_model import Learned, learn
from zhenzan.verify.calibration.forward_validation import area_under_curve, calibration_error
from zhenzan.verify.calibration.labels import Matched, match, read_labels
from zhenzan.verify.calibration.learned_evidence import PREFIX
from zhenzan.verify.calibration.random_effects import labelled_ids_of, reputation_of, sides_of
from zhenzan.verify.encoding.encode import Encoded, encode
from zhenzan.verify.evidence.features import FEATURES, Features
from zhenzan.verify.evidence.reasons import NAMES
from zhenzan.verify.results.folder import POLICY
from zhenzan.verify.results.result import Result

__all__ = [
    "CalibrationReport",
    "ReliabilityBin",
    "calibrate",
    "calibration_report",
]

EACH_MIN = 10  # labels of either kind under which nothing is learned
LABELS_MAX = 400_000  # labelled likes that are learned from; of more, every so manieth in order of time
RELIABILITY_EDGES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class ReliabilityBin:
    """Labelled likes that were given a probability from `low` to `high`: how many, what was said, what is."""

    low: float
    high: float
    likes: int
    stated: float
    observed: float


@dataclass(frozen=True)
class CalibrationReport:
    """A calibrated policy, and its accuracy on labels later than those it learned from.

    `auc` areas under the ROC curve, `error` expected calibration errors, before and after, over the same
    `tried` likes. `reliability` is after calibration. `matched_by` says how labels were found.
    """

    policy: Policy
    likes: int
    fakes: int
    unmatched: int
    contrary: int
    matched_by: str
    tried: int
    auc_before: float
    auc: float
    error_before: float
    error: float
    reliability: tuple[ReliabilityBin, ...]

    @property
    def text(self) -> str:
        """The report in two sentences."""
        lost = f"; {self.unmatched:,} labels were of nothing in the result" if self.unmatched else ""
        torn = f"; {self.contrary:,} likes with labels that disagree were left out" if self.contrary else ""
        return (
            f"Learned from {self.likes:,} labelled likes, {self.fakes:,} of them fake{lost}{torn}. "
            f"On {self.tried:,} later ones, area under ROC {self.auc_before:.3f} before, {self.auc:.3f} "
            f"after; calibration error {self.error_before:.3f} before, {self.error:.3f} after."
        )


def calibrate(
    result: Result,
    labels: Any,
    *,
    policy: Policy | None = None,
    meaning: Mapping[str, bool] | None = None,
    progress: Progress = SILENT,
) -> Policy:
    """Learn the weights of a policy from labels, and report their accuracy. See `calibration_report`."""
    report = calibration_report(result, labels, policy=policy, meaning=meaning, progress=progress)
    progress.say(report.text)
    return report.policy


def calibration_report(
    result: Result,
    labels: Any,
    *,
    policy: Policy | None = None,
    meaning: Mapping[str, bool] | None = None,
    progress: Progress = SILENT,
) -> CalibrationReport:
    """Learn the weights of a policy from labels of some of a result's likes.

    `labels`: a file or frame as `read_labels` takes it, keyed by row, id, account and item, or account;
    `meaning` explains unusual values. `policy`: what to keep beside the weights (thresholds, rules…); unless
    given, the one that the result was judged by. Features are computed anew from the verdicts: of watch time
    and addresses only the verdicts' own evidence is learned from. Deterministic. Raises `CalibrationError`.

    Time: seconds for each hundred thousand labels, and as long as reading the verdicts takes.
    """
    known = read_labels(labels, meaning)
    with progress.step("Reading verdicts"):
        verdicts = result.verdicts
        encoded = _encoded(result)
    ids = _one(verdicts["id"]) if "id" in verdicts.column_names else None
    matched = match(known, encoded, _one(verdicts["row"]), ids)
    _check(matched)
    matched = _thinned(matched, encoded.pairs.time)
    with progress.step("Measuring features", len(FEATURES)) as advance:
        features = Features(encoded.pairs)
        columns = {}
        for name in features:
            columns[name] = np.asarray(features[name][matched.pair])
            advance(1)
    decibans = _decibans_of(verdicts, encoded, matched.pair)
    structural = {name: decibans.pop(name) for name in NAMES if name in decibans}
    beside = sum(
        decibans.values(), np.zeros(matched.pair.size)
    )  # context and rules keep the weights they have
    with progress.step("Learning weights"):
        ids = {of: code[matched.pair].astype(np.int64) for of, (_, code) in sides_of(encoded).items()}
        learned = learn(
            columns,
            structural,
            beside,
            matched.fake,
            matched.weight,
            encoded.pairs.time[matched.pair],
            ids,
            {matched.by} & ids.keys(),
        )
    base = _ruling(result) if policy is None else policy
    name = "calibrated" if base.name == Policy.default().name else base.name
    ruling = base.replaced(name=name, weights=_with_random_effects(learned, encoded, matched))
    return _report(ruling, matched, learned, _probability(verdicts, encoded)[matched.pair])


def _ruling(result: Result) -> Policy:
    """The policy that a result was judged by, where its folder holds it."""
    path = None if result.folder is None else result.folder / POLICY
    return load_policy(path) if path is not None and path.is_file() else Policy.default()


def _encoded(result: Result) -> Encoded:
    """The likes of a result as pairs, with the creators of the items."""
    verdicts, items = result.verdicts, result.items
    table = verdicts.select(["row", "account", "item", "timestamp"])
    if "creator" in items.column_names:
        at = pc.index_in(table["item"], value_set=_one(items["item"]))
        table = table.append_column("creator", pc.take(_one(items["creator"]), at))
    return encode(table.combine_chunks().to_batches())


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)


def _check(matched: Matched) -> None:
    fakes = int(matched.fake.sum())
    if matched.pair.size == 0:
        raise CalibrationError(
            f"labels: none of them is of a like in this result (they were looked up by {matched.by}); "
            "are they of another log?"
        )
    for count, word in ((fakes, "fake"), (matched.fake.size - fakes, "genuine")):
        if count < EACH_MIN:
            raise CalibrationError(
                f"labels: only {count} of the {matched.fake.size} likes found are {word}; "
                f"at least {EACH_MIN} are needed, and some hundred are better"
            )


def _thinned(matched: Matched, time: npt.NDArray[np.int64]) -> Matched:
    if matched.pair.size <= LABELS_MAX:
        return matched
    order = np.argsort(time[matched.pair], kind="stable")
    kept = np.sort(order[np.linspace(0, order.size - 1, LABELS_MAX).astype(np.int64)])
    return replace(matched, pair=matched.pair[kept], fake=matched.fake[kept], weight=matched.weight[kept])


def _decibans_of(
    verdicts: pa.Table, encoded: Encoded, pair: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Decibans of each evidence in the verdicts, for the wanted pairs; what never speaks is left out."""
    slot = np.full(encoded.pairs.n, -1, np.int64)
    slot[pair] = np.arange(pair.size)
    by_evidence: dict[str, npt.NDArray[np.float64]] = {}
    start = 0
    for chunk in verdicts["evidence"].chunks:
        parent = pc.list_parent_indices(chunk).to_numpy()
        values = chunk.flatten()
        slots = slot[encoded.rows.pair[start + parent]]
        names = values.field("name").cast(pa.dictionary(pa.int32(), pa.string()))
        codes, decibans = names.indices.to_numpy(zero_copy_only=False), values.field("decibans").to_numpy()
        for code, name in enumerate(names.dictionary.to_pylist()):
            mine = (codes == code) & (slots >= 0)
            if mine.any():
                by_evidence.setdefault(name, np.zeros(pair.size))[slots[mine]] = decibans[mine]
        start += len(chunk)
    learned = [name for name in by_evidence if name.startswith(PREFIX)]
    if learned:
        raise CalibrationError(
            "this result was itself judged by calibrated weights; "
            "run `zhenzan verify` without them first, then calibrate on that result"
        )
    return by_evidence


def _with_random_effects(learned: Learned, encoded: Encoded, matched: Matched) -> Weights:
    """The weights, with what labels say of accounts and items by their ids."""
    sides = sides_of(encoded)
    reputations_learned = [
        reputation_of(of, height, sides[of][0]) for of, height in learned.intercepts.items()
    ]
    reputations = tuple(reputation for reputation in reputations_learned if reputation is not None)
    witnesses = labelled_ids_of(encoded, matched.pair) if reputations else ()
    return learned.weights.replaced(reputations=reputations, witnesses=witnesses)


def _probability(verdicts: pa.Table, encoded: Encoded) -> npt.NDArray[np.float64]:
    chance = np.zeros(encoded.pairs.n)
    chance[encoded.rows.pair] = _one(verdicts["fake_probability"]).to_numpy(zero_copy_only=False)
    return chance


def _report(
    policy: Policy, matched: Matched, learned: Learned, before: npt.NDArray[np.float64]
) -> CalibrationReport:
    fake, earlier = matched.fake[learned.tried], before[learned.tried]
    return CalibrationReport(
        policy=policy,
        likes=int(matched.pair.size),
        fakes=int(matched.fake.sum()),
        unmatched=matched.unmatched,
        contrary=matched.contrary,
        matched_by=matched.by,
        tried=int(learned.tried.size),
        auc_before=area_under_curve(fake, earlier),
        auc=area_under_curve(fake, learned.chance),
        error_before=calibration_error(fake, earlier),
        error=calibration_error(fake, learned.chance),
        reliability=tuple(_reliability(fake, learned.chance)),
    )


def _reliability(fake: npt.NDArray[Any], chance: npt.NDArray[Any]) -> list[ReliabilityBin]:
    bins = np.clip(np.digitize(chance, RELIABILITY_EDGES) - 1, 0, len(RELIABILITY_EDGES) - 2)
    table = []
    for i, (low, high) in enumerate(pairwise(RELIABILITY_EDGES)):
        inside = bins == i
        if inside.any():
            table.append(
                ReliabilityBin(
                    low, high, int(inside.sum()), float(chance[inside].mean()), float(fake[inside].mean())
                )
            )
    return table
