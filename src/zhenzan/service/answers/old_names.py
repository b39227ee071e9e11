"""Fields of answers that were renamed: both names are given until `REMOVED_IN`."""

from __future__ import annotations

from msgspec import Meta

from zhenzan.deprecation import REMOVED_IN

__all__ = ["old_name_of"]


def old_name_of(new: str) -> Meta:
    """What the document of the API says of a field that has a new name."""
    return Meta(
        description=f"The old name of `{new}`; goes in {REMOVED_IN}.", extra_json_schema={"deprecated": True}
    )
