"""Language negotiation: the language of a page by a browser's `Accept-Language` (RFC 9110, section
12.5.4).
"""

from __future__ import annotations

import re

from zhenzan.translation.languages import LANGUAGES, Language

__all__ = ["preferred_language"]

HEADER_CHARACTERS_MAX = 1000  # browsers send fewer than 200
_DEFAULT: Language = "en"
_LANGUAGES: dict[str, Language] = {"en": "en", "zh": "zh", "cmn": "zh", "yue": "zh"}
"""The first part of a tag → the language we have for it; Mandarin and Cantonese may go by their own names."""
_RANGE = re.compile(
    r"\s*(?P<first>\*|[a-z]{1,8})(?P<rest>(-[a-z0-9]{1,8})*)\s*(;\s*q=(?P<q>0(\.\d{0,3})?|1(\.0{0,3})?)\s*)?",
    re.IGNORECASE | re.ASCII,
)


def preferred_language(header: str) -> Language:
    """The language wanted most: by weight, then by order; of those that a `*` stands for, English before
    Chinese. What is malformed is passed over; English where nothing fits.

    A range asks for a language whatever its script and region: we have one Chinese and one English.
    """
    weights: dict[Language, float] = {}
    others = 0.0
    for part in header[:HEADER_CHARACTERS_MAX].split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            continue
        weight = float(match["q"] or 1)
        if match["first"] == "*":
            others = max(others, weight)
        elif known := _LANGUAGES.get(match["first"].lower()):
            if weight > weights.get(known, 0.0):
                weights.pop(known, None)  # it stands where its greatest weight does
            weights[known] = max(weight, weights.get(known, 0.0))
    for language in LANGUAGES:
        weights.setdefault(language, others)
    best = max(weights, key=weights.__getitem__)  # of equals the first
    return best if weights[best] > 0 else _DEFAULT
