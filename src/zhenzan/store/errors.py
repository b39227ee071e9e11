"""Errors of the database."""

from __future__ import annotations

from zhenzan.errors import ConflictError, NewerVersionError, ZhenzanError

__all__ = ["DuplicateError", "NewerDatabaseError", "StoreError", "UnfitValueError"]


class StoreError(ZhenzanError):
    """The database cannot be opened, read or written."""


class NewerDatabaseError(NewerVersionError, StoreError):
    """A newer version of Zhenzan brought the database to a revision that this one does not know."""


class DuplicateError(StoreError, ConflictError):
    """Duplicate key: a row that was to be new exists already."""


class UnfitValueError(StoreError):
    """The database cannot hold a value: a number of over 64 bits, a character that is none."""
