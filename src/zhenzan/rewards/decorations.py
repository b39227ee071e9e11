"""Decorations of 3-D cards: a frame, a sticker, a motto, shown while the holder holds the card. It goes when
the card goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhenzan.deprecation import renamed_parameters
from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.holdings import holds_card
from zhenzan.rewards.tables import DECORATIONS

__all__ = ["FRAMES", "STICKERS", "Decoration", "decorate", "decorations"]

FRAMES = ("none", "gold", "neon", "lace")
STICKERS = ("none", "star", "heart", "crown", "flame")
MOTTO_LENGTH_MAX = 40


@dataclass(frozen=True)
class Decoration:
    frame: str = "none"
    sticker: str = "none"
    motto: str = ""


@renamed_parameters(wanted="decoration")
def decorate(
    ledger: Ledger, catalogue: Catalogue, holder: str, edition: str, serial: int, decoration: Decoration
) -> None:
    """Decorate a card, in place of what was there. Raises LedgerError with what stands against it."""
    about = catalogue.edition(edition)
    if about is None or about.art != "3-D":
        what = (
            f"there is no edition {edition!r}" if about is None else f"cards of {edition!r} are {about.art}"
        )
        raise LedgerError(f"{what}; only cards with 3-D art take a decoration")
    _allowed("frame", decoration.frame, FRAMES)
    _allowed("sticker", decoration.sticker, STICKERS)
    if len(decoration.motto) > MOTTO_LENGTH_MAX or not decoration.motto.isprintable():
        raise LedgerError(f"a motto is one line of up to {MOTTO_LENGTH_MAX} characters")
    row = (edition, serial, holder, decoration.frame, decoration.sticker, decoration.motto)
    with ledger.database.write() as connection:
        if not holds_card(ledger, holder, edition, serial):
            raise LedgerError(f"{holder!r} does not hold {edition}/{serial}")
        ledger.database.upsert(connection, DECORATIONS, [row])


def decorations(ledger: Ledger, holder: str) -> dict[tuple[str, int], Decoration]:
    """Decorations of cards, by edition and serial; on those that the account holds no more, none is shown."""
    rows = ledger.database.fetch(
        "SELECT edition, serial, frame, sticker, motto FROM decorations WHERE holder = ?", (holder,)
    )
    return {(edition, serial): Decoration(*rest) for edition, serial, *rest in rows}


def _allowed(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise LedgerError(f"there is no {what} {value!r}; there are {', '.join(known)}")
