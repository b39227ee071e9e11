"""Every error that Zhenzan raises on purpose. Each message says what was wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from zhenzan.deprecation import renamed_parameters
from zhenzan.version import __version__

__all__ = [
    "CalibrationError",
    "CatalogueError",
    "ConflictError",
    "CredentialError",
    "InputError",
    "LakeError",
    "LakeFullError",
    "LedgerError",
    "MarketError",
    "NewerLakeError",
    "NewerResultError",
    "NewerVersionError",
    "NoLikesError",
    "NotThereError",
    "PolicyError",
    "PromotionError",
    "ProofError",
    "ResultError",
    "ScenarioError",
    "ZhenzanError",
    "did_you_mean",
    "newer_version",
    "one_line",
    "some_of",
]


class ZhenzanError(Exception):
    """The root: catch this to catch everything that Zhenzan raises on purpose.

    The message is one line, written for the person who ran the command.
    """


class NotThereError(ZhenzanError):
    """Not found: there is nothing with that id. Raised together with the class of what was looked for."""


class ConflictError(ZhenzanError):
    """Conflict: the request does not fit the present state. Raised together with another class."""


class NewerVersionError(ZhenzanError):
    """The data was written by a newer version of Zhenzan. Raised together with the class of what was to be
    read.
    """


class InputError(ZhenzanError):
    """The log cannot be read as it is: missing file, unknown format, absent column, truncated archive."""


class NoLikesError(InputError):
    """The log can be read, and there is no like in it."""


class PolicyError(ZhenzanError):
    """The policy file is not valid: unknown key, number out of its range, rule that is not SQL."""


class ScenarioError(ZhenzanError):
    """The scenario of a simulated world is not valid: unknown key, number out of its range, unknown word."""


class CalibrationError(ZhenzanError):
    """The labels cannot teach anything: none match the log, or all are of one class."""


class ResultError(ZhenzanError):
    """A result folder cannot be used, or it has no such like, account, item or ring."""


class NewerResultError(NewerVersionError, ResultError):
    """The result, or a day that is final, was written by a newer version of Zhenzan."""


class RedemptionError(ZhenzanError):
    """A redemption is refused: the offer is sold out, costs more points, or was redeemed already."""


class CredentialError(ZhenzanError):
    """A card or right cannot be issued as a credential, or a credential is not valid."""


class MarketError(ZhenzanError):
    """A sale, bid or rental is refused: the card is another's, bound or rented out, or the money is
    missing.
    """


class PromotionError(ZhenzanError):
    """A promotion cannot be offered or ordered so: package, price, targeting or window are not possible."""


class CatalogueError(ZhenzanError):
    """The catalogue of rewards is not valid: unknown key, number out of its range, edition that is not
    there.
    """


class LedgerError(ZhenzanError):
    """The ledger refuses a command; `zhenzan.ledger` lists the reasons."""


class LakeError(ZhenzanError):
    """The lake cannot be read or written: another process holds it, a file is damaged, the disk fails."""


class NewerLakeError(NewerVersionError, LakeError):
    """A file of the lake was written by a newer version of Zhenzan."""


class LakeFullError(LakeError):
    """The disk is full: no interaction of the request was stored."""


class ProofError(ZhenzanError):
    """A proof, checkpoint or key cannot be read, or is not valid."""


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the nearest known word, or an empty string when none is near."""
    by_fold = {word.casefold(): word for word in known}
    near = get_close_matches(wrong.casefold(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean {by_fold[near[0]]!r}?" if near else ""


@renamed_parameters(found="value")
def newer_version(where: object, what: str, value: object, known: object, version: str = "") -> str:
    """The message for data that a newer version of Zhenzan wrote, and what to do; its number, if known."""
    writer, install = (
        (f"Zhenzan {version}, a newer version,", f"Zhenzan {version}")
        if version
        else ("a newer version of Zhenzan", "that version")
    )
    return (
        f"{where}: {writer} wrote it ({what} {value}; this is Zhenzan {__version__} and knows up to {known})."
        f" There is no way down: install {install} again, or restore the backup that was made before the"
        " upgrade (`zhenzan restore`)"
    )


def one_line(error: Exception, characters: int = 200) -> str:
    """Another library's error message as a part of a sentence."""
    return " ".join(str(error).split())[:characters].rstrip(".")


def some_of(names: Sequence[str], most: int) -> str:
    """The first names and how many more there are: `a, b and 3 more`."""
    more = len(names) - most
    return f"{', '.join(names[:most])}{f' and {more} more' if more > 0 else ''}"
