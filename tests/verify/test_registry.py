"""The registry of evidence: one entry is all that a kind needs to speak and to be named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.testing.pairs import HOUR, PairLog, pairs_of

from zhenzan.policy import Policy
from zhenzan.verify.evidence import context, registry
from zhenzan.verify.evidence.farms import FARM
from zhenzan.verify.evidence.features import Features
from zhenzan.verify.evidence.kinds.evidence_kind import EvidenceKind, Sorting
from zhenzan.verify.evidence.lone_items import UNTOLD
from zhenzan.verify.report.phrases import evidence_sentence, evidence_title

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "evidence.md"


def by_parity(features: Features, probability: Any) -> np.ndarray:
    return (features.pairs.item % 2).astype(np.int8)


PARITY = EvidenceKind(
    "parity",
    title="Parity",
    for_fake="Its item is odd.",
    for_genuine="Its item is even.",
    description="Its item is odd.",
    sorting=Sorting((0.5, 0.5), (0.1, 0.9), by_parity, spares=(0,)),
)


def test_a_kind_that_is_listed_speaks_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CONTEXT", (*registry.CONTEXT, PARITY))
    monkeypatch.setitem(registry.KINDS, PARITY.name, PARITY)
    log = PairLog(
        [1, 2, 3, 4], [1, 2, 3, 4], [0, HOUR, 2 * HOUR, 3 * HOUR], dict.fromkeys(range(1, 5), 1), {}
    )
    features = Features(pairs_of(log)[0])
    believed = np.where(features.pairs.item % 2, 0.9, 0.002).astype(np.float32)
    by_name = {
        evidence.name: evidence for evidence in context.context_evidence(features, believed, Policy.default())
    }
    assert by_name["parity"].description == PARITY.description
    assert np.array_equal(by_name["parity"].bins, features.pairs.item % 2)
    assert evidence_title("parity", "en") == "Parity"
    assert evidence_sentence("parity", 3.0, "en", {}, {}) == "Its item is odd."
    assert evidence_sentence("parity", -3.0, "en", {}, {}) == "Its item is even."


def test_no_two_kinds_share_a_name() -> None:
    listed = (*registry.STRUCTURAL, *registry.CONTEXT, FARM, UNTOLD, *registry.LABELLED)
    assert list(registry.KINDS.values()) == list(listed)


def test_each_kind_is_said_in_both_languages() -> None:
    for name in registry.KINDS:
        titles = {evidence_title(name, language) for language in ("en", "zh")}
        sentences = {
            evidence_sentence(name, weight, language, {}, {})
            for language in ("en", "zh")
            for weight in (3.0, -3.0)
        }
        assert len(titles) == 2, f"{name}: run `make texts` and translate its title"
        assert len(sentences) == 4, f"{name}: run `make texts` and translate what it says"


def test_the_reference_explains_each_kind_and_what_it_needs() -> None:
    page = REFERENCE.read_text("utf-8").split("\n## Features", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|(?: ([^|]*)\|)?", page, re.MULTILINE)
    explained = {name: (description, needs.strip()) for name, description, needs in rows}
    assert explained == {
        kind.name: (kind.explanation, " or ".join(f"`{column}`" for column in kind.needs))
        for kind in registry.KINDS.values()
        if kind.explanation
    }
