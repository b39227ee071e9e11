"""Child rows of an owner as lists: the events of a webhook, the accounts of a case."""

from __future__ import annotations

from collections.abc import Iterable

from zhenzan.store import Database

__all__ = ["lists_of"]


def lists_of(database: Database, text: str, owners: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By owner, the values of rows (owner, …, value), in order. The statement ends in `IN`."""
    lists: dict[str, list[str]] = {owner: [] for owner in owners}
    for owner, *_, value in sorted(database.fetch_within(text, list(lists))):
        lists[owner].append(value)
    return {owner: tuple(values) for owner, values in lists.items()}
