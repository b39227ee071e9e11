"""The card gallery: one HTML file that works offline; cards tilt in 3-D, animated ones move."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger
from zhenzan.presentation import Both, known_language
from zhenzan.rewards.catalogue import Catalogue
from zhenzan.rewards.catalogue_tables import Edition
from zhenzan.rewards.decorations import Decoration, decorations
from zhenzan.rewards.holdings import cards_held
from zhenzan.translation import N_, both

__all__ = ["STICKERS", "cards_of", "editions_of", "write_gallery"]

CARDS_MAX = 500
CARD = '{% include "card.html.jinja" %}'
PLAIN = Decoration()
SIDE, STEPS, STRANDS = 200.0, 180, 7
KINDS: Mapping[str, str] = {
    "fan-club badge": N_("Fan-club badge"),
    "level badge": N_("Level badge"),
    "live-room prop": N_("Live-room prop"),
    "task token": N_("Task token"),
    "brand edition": N_("Brand edition"),
}
RARITIES: Mapping[str, str] = {
    "common": N_("Common"),
    "rare": N_("Rare"),
    "epic": N_("Epic"),
    "legendary": N_("Legendary"),
}
BOUNDS: Mapping[str, str] = {
    "soul-bound": N_("Not to be traded"),
    "tradable": N_("Tradable"),
    "rentable": N_("Rentable"),
}
STICKERS = {  # paths in a square of 24
    "star": "M12 1.8l3.1 6.6 7.2.9-5.3 5 1.4 7.2L12 18l-6.4 3.5L7 14.3 1.7 9.3l7.2-.9z",
    "heart": "M12 21.2S2.2 15 2.2 8.3A5.3 5.3 0 0112 5.6a5.3 5.3 0 019.8 2.7C21.8 15 12 21.2 12 21.2z",
    "crown": "M2.5 18.8L1.5 6.5l5.7 4.3L12 3.2l4.8 7.6 5.7-4.3-1 12.3z",
    "flame": "M12.5 1.5c1.2 4.3 6.8 6.6 6.8 12.8a7.3 7.3 0 01-14.6 0c0-3 1.6-5 3-6.7.4 2 1.2 3 2.3 3.6"
    "-.6-3.6.3-7 2.5-9.7z",
}


@dataclass(frozen=True)
class _Shown:
    """A card as the page shows it. `tail`: its serial, or how many are out. `hue` in degrees. `worn`: what
    its holder put on it.
    """

    edition: Edition
    name: Both
    tail: Both
    hue: int
    curves: tuple[str, ...]
    kind: Both
    rarity: Both
    bound: Both
    worn: Decoration


def write_gallery(
    catalogue: Catalogue, ledger: Ledger, path: str | Path, *, account: str = "", language: str = "en"
) -> Path:
    """Write the page: every edition, or the cards that `account` holds, the first 500.

    Raises LedgerError where that account holds none, ResultError where the page cannot be written, or
    `language` is neither "en" nor "zh".
    """
    from zhenzan.presentation import (  # with its template engine, which others need not
        render_page,
        write_whole,
    )

    chosen = known_language(language)
    cards = cards_of(catalogue, ledger, account) if account else editions_of(catalogue, ledger)
    if not cards and account:
        raise LedgerError(f"account {account!r} holds no card here; write it as the log does")
    own = files("zhenzan.rewards").joinpath("gallery_files")
    card, template, style, script = (
        own.joinpath(name).read_text("utf-8")
        for name in ("card.html.jinja", "gallery.html.jinja", "gallery.css", "gallery.js")
    )
    page = render_page(
        template.replace(CARD, card),
        chosen,
        (catalogue.name, catalogue.name),
        style=style,
        script=script,
        cards=cards,
        holder=account,
        stickers=STICKERS,
    )
    return write_whole(page, Path(path))


def editions_of(catalogue: Catalogue, ledger: Ledger) -> list[_Shown]:
    """Every edition, as a page shows it."""
    there = set(ledger.editions())
    shown = []
    for edition in catalogue.editions:
        out = ledger.issued(edition.id)[0] if edition.id in there else 0
        tail = both("{out} of {cap} given", out=f"{out:,}", cap=f"{edition.cap:,}")
        shown.append(_shown(edition, tail))
    return shown


def cards_of(catalogue: Catalogue, ledger: Ledger, account: str) -> list[_Shown]:
    """The first 500 cards that an account holds, the rarest first, as a page shows them."""
    shown: list[_Shown] = []
    worn = decorations(ledger, account)
    for edition in catalogue.editions:
        for card in cards_held(ledger, edition.id, account):
            number = f"№ {card.serial:,} / {edition.cap:,}"
            shown.append(_shown(edition, (number, number), worn.get((edition.id, card.serial), PLAIN)))
    return sorted(shown, key=lambda card: -list(RARITIES).index(card.edition.rarity))[:CARDS_MAX]


def _shown(edition: Edition, tail: Both, worn: Decoration = PLAIN) -> _Shown:
    digest = sha256(edition.id.encode()).digest()
    return _Shown(
        edition, (edition.name.en, edition.name.zh), tail, digest[0] * 360 // 256,
        tuple(_curve(digest[1 + 3 * layer : 4 + 3 * layer], layer) for layer in range(3)),
        both(KINDS[edition.kind]), both(RARITIES[edition.rarity]), both(BOUNDS[edition.bound]), worn,
    )  # fmt: skip


def _curve(seed: bytes, layer: int) -> str:
    """A closed guilloche, the pattern of banknotes, as an SVG path about the middle of the card's art."""
    petals, depth = 5 + seed[0] % 8, 0.16 + seed[1] / 255 * 0.2
    radius = SIDE * (0.48 - 0.15 * layer)
    return "".join(
        _strand(petals, depth, radius, 2 * math.pi * strand / STRANDS) for strand in range(STRANDS)
    )


def _strand(petals: int, depth: float, radius: float, phase: float) -> str:
    points = []
    for step in range(STEPS):
        turn = 2 * math.pi * step / STEPS
        reach = radius * (1 + depth * math.sin(petals * turn + phase)) / (1 + depth)
        points.append(f"{reach * math.cos(turn):.1f} {reach * math.sin(turn):.1f}")
    return "M" + "L".join(points) + "Z"
