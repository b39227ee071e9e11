"""Operators' own rules: SQL conditions over a like and its features, checked first, then run by DuckDB.

A rule sees one like at a time: the interaction's columns and the documented features. Its SQL is parsed by
DuckDB and walked node by node (`zhenzan.rules`): no queries, windows or aggregates, no functions but pure
ones. The connection that runs it has no access to files, network or settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan import rules as language
from zhenzan.errors import PolicyError
from zhenzan.policy import LEARN, Rule
from zhenzan.rules import LIKE_COLUMNS, TEXT, TIME, Vocabulary, bind, connect, first_line, names_of, query
from zhenzan.verify.encoding.encode import Encoded
from zhenzan.verify.evidence.em_weights import learned_decibans
from zhenzan.verify.evidence.features import FEATURES, Features

__all__ = ["COLUMNS", "RuleEvidence", "check_rules", "rule_evidence"]

COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "account": (TEXT, "Id of the account, as the log has it (text or whole number)."),
    "item": (TEXT, "Id of the item."),
    "creator": (TEXT, "Id of the item's creator; the item's own where the log has none."),
} | LIKE_COLUMNS
IDS = ("account", "item", "creator")
WORDS = Vocabulary(COLUMNS, FEATURES, IDS)
BATCH_LIKES = 1 << 20  # likes given to DuckDB at a time


def check_rules(rules: Sequence[Rule]) -> None:
    """Raise `PolicyError` for the first rule that could not run on any log; no log is needed."""
    language.check_rules(rules, WORDS)


@dataclass(frozen=True)
class RuleEvidence:
    """Evidence of one rule: `decibans` float32[pairs], 0 where it does not apply.

    `weight` is the weight used (learned or given), `likes` how many pairs it applies to. `missing` names the
    columns that the log lacks: then the rule applies to nothing.
    """

    name: str
    decibans: npt.NDArray[np.float32]
    weight: float
    likes: int
    missing: tuple[str, ...] = ()


def rule_evidence(
    rules: Sequence[Rule],
    encoded: Encoded,
    features: Features,
    probability: npt.NDArray[np.floating[Any]],
    limit_decibans: float,
) -> list[RuleEvidence]:
    """Run the rules over every pair. NULL is false; a rule whose columns the log lacks applies to nothing.

    `probability` float[pairs] is the present belief that each like is fake: what weights are learned from.
    Raises `PolicyError` where a rule fails on the log's own values. Memory: 4 bytes a like
    for each rule, and for each feature that the rule at work names.
    """
    if not rules:
        return []
    connection = connect()
    try:
        return [
            _evidence_of(connection, rule, encoded, features, probability, limit_decibans) for rule in rules
        ]
    finally:
        connection.close()


def _evidence_of(
    connection: Any, rule: Rule, encoded: Encoded, features: Features, probability: Any, limit: float
) -> RuleEvidence:
    names = names_of(connection, rule, WORDS)
    missing = tuple(name for name in names if not _present(name, encoded, features))
    applies = np.zeros(encoded.pairs.n, bool)
    if not missing:
        ids = {name: getattr(encoded, f"{name}_ids").type for name in IDS}
        problem = bind(connection, rule, names, ids, WORDS)
        if problem:
            raise PolicyError(problem)
        _run(connection, rule, names, encoded, features, applies)
    weight = learned_weight(applies, probability, limit) if rule.weight == LEARN else float(rule.weight)
    decibans = np.where(applies, np.float32(weight), np.float32(0))
    return RuleEvidence(f"rule:{rule.name}", decibans, weight, int(applies.sum()), missing)


def learned_weight(applies: npt.NDArray[np.bool_], probability: Any, limit: float) -> float:
    """Decibans of P(applies | fake) : P(applies | genuine), as learned, at most `limit` either way."""
    likes, fakes = float(applies.sum()), float(np.sum(probability[applies], dtype=np.float64))
    all_fakes = float(np.sum(probability, dtype=np.float64))
    weight = float(learned_decibans(likes, fakes, applies.size, all_fakes))
    return max(-limit, min(limit, weight))


# Running


def _run(
    connection: Any,
    rule: Rule,
    names: Sequence[str],
    encoded: Encoded,
    features: Features,
    applies: npt.NDArray[np.bool_],
) -> None:
    import duckdb

    measured = {name: features[name] for name in names if name in FEATURES and name not in COLUMNS}
    for start in range(0, applies.size, BATCH_LIKES):
        stop = min(start + BATCH_LIKES, applies.size)
        columns = {name: _feature(values[start:stop]) for name, values in measured.items()}
        for name in names:
            if name not in columns:
                columns[name] = _column(name, encoded, start, stop)
        columns["_"] = pa.nulls(stop - start, pa.bool_())  # a rule may name no column at all
        connection.register("likes", pa.table(columns))
        try:
            applies_here = connection.execute(query(rule)).fetchnumpy()["applies"]
        except duckdb.Error as error:
            raise PolicyError(f"rule {rule.name!r}: {first_line(error)}") from None
        finally:
            connection.unregister("likes")
        applies[start:stop] = np.ma.getdata(applies_here).astype(bool)


def _feature(values: npt.NDArray[Any]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values)) if values.dtype.kind == "f" else pa.array(values)


def _column(name: str, encoded: Encoded, start: int, stop: int) -> pa.Array:
    pairs = encoded.pairs
    if name == "timestamp":
        return pa.array(pairs.time[start:stop]).cast(TIME)
    if name == "account":
        return encoded.account_ids.take(pa.array(pairs.account[start:stop]))
    if name == "item":
        return encoded.item_ids.take(pa.array(pairs.item[start:stop]))
    if name == "creator":
        return encoded.creator_ids.take(pa.array(pairs.creator_of_item[pairs.item[start:stop]]))
    return pairs.context[name].slice(start, stop - start)


def _present(name: str, encoded: Encoded, features: Features) -> bool:
    if name in COLUMNS:
        return name in (*IDS, "timestamp") or name in encoded.pairs.context
    return name in features
