"""Vocabulary of the lab's tables: the words for the codes of each column."""

from __future__ import annotations

__all__ = [
    "BOUGHT",
    "CAMOUFLAGE",
    "CONFOUNDERS",
    "HIRED",
    "KINDS_OF_LIKE",
    "MOTIVES",
    "NATURAL",
    "ORIGINS",
    "REGIONS",
    "SOURCES",
    "SOURCE_CODE",
    "STRATEGIES",
]

NATURAL, BOUGHT, CAMOUFLAGE = 0, 1, 2
KINDS_OF_LIKE = ("natural", "bought", "camouflage")

MOTIVES = ("social", "algorithmic", "commercial", "emotional", "expression", "reward", "hired")
"""Why somebody does something; `hired` is what is done for pay, by a script or by a person."""
HIRED = MOTIVES.index("hired")

CONFOUNDERS = (
    "heavy",
    "newcomer",
    "viral",
    "surge",
    "fans",
    "community",
    "storm",
    "cohort",
    "hunter",
    "promoted",
)
"""Honest likes that look bought to a careless eye."""

STRATEGIES = ("burst", "drip", "tiny", "crowd", "throwaway", "mixed")
"""How sellers deliver."""

SOURCES = ("ordinary", *CONFOUNDERS, *STRATEGIES)
"""What brought an interaction about: ordinary life, a confounder, or a seller's strategy."""
SOURCE_CODE = {name: code for code, name in enumerate(SOURCES)}

REGIONS = ("CN", "MY", "VN", "JP", "IN", "RU", "DE", "GB", "BR", "US")
"""Where people are, as ISO 3166 codes."""

ORIGINS = ("organic", "search", "profile", "direct", "promoted")
"""How the viewer came to the item, as the log's column `origin` says it."""
