"""Answer schemas of the API: a record for each answer, from which the API's document is made. Each answer is
tested against its record.
"""

from __future__ import annotations

from typing import Any

from litestar.openapi.datastructures import ResponseSpec

__all__ = ["answers"]


def answers(kind: Any, status: int = 200, description: str = "") -> dict[int, ResponseSpec]:
    """For a route's `responses`: what it answers where all went well."""
    first_paragraph = (getattr(kind, "__doc__", "") or "").split("\n\n")[0]
    about = description or " ".join(first_paragraph.split()) or "As asked."
    return {status: ResponseSpec(kind, description=about, generate_examples=False)}
