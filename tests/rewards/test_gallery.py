"""The gallery is one file that loads nothing, in both languages, and what people write in it stays inert."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger, SigningKey
from zhenzan.rewards import Claim, Decoration, decorate, read_catalogue, reconcile, write_gallery

CATALOGUE = read_catalogue("""
format = 1
[points]
id = "points"
cap = 10
[[edition]]
id = "crown"
name = { en = "Crown <script>alert(1)</script>", zh = "金冠" }
art = "3-D"
rarity = "legendary"
cap = 10
[[rule]]
id = "fan"
edition = "crown"
most = 2
""")


def test_editions_and_a_holders_cards(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "cards.sqlite", key=SigningKey("test", bytes(range(32)))) as ledger:
        reconcile(ledger, CATALOGUE, [Claim("k", "fan", "ann", "", "", 2, 0)])
        page = write_gallery(CATALOGUE, ledger, tmp_path / "all.html").read_text()
        assert "2 of 10 given" in page
        assert "已发出 2／10" in page
        assert "<script>alert" not in page
        assert 'data-art="3-D"' in page
        assert "http" not in page.replace("http-equiv", "")
        mine = write_gallery(
            CATALOGUE, ledger, tmp_path / "ann.html", account="ann", language="zh"
        ).read_text()
        assert ("№ 1 / 10" in mine, "№ 2 / 10" in mine, "№ 3" in mine) == (True, True, False)
        assert '<html lang="zh"' in mine
        with pytest.raises(LedgerError, match="holds no card"):
            write_gallery(CATALOGUE, ledger, tmp_path / "bo.html", account="bo")
        assert not (tmp_path / "bo.html").exists()


def test_a_decoration_is_shown_while_its_holder_holds_the_card(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "cards.sqlite", key=SigningKey("test", bytes(range(32)))) as ledger:
        claims = [Claim("k", "fan", "ann", "", "", 1, 0), Claim("l", "fan", "bo", "", "", 1, 0)]
        reconcile(ledger, CATALOGUE, claims)
        decorate(ledger, CATALOGUE, "ann", "crown", 1, Decoration("gold", "heart", "<b>hello</b>"))
        page = write_gallery(CATALOGUE, ledger, tmp_path / "a.html", account="ann").read_text()
        assert 'data-frame="gold"' in page
        assert 'class="sticker heart"' in page
        assert "&lt;b&gt;hello" in page
        assert "hello" not in write_gallery(CATALOGUE, ledger, tmp_path / "b.html", account="bo").read_text()
        for wrong in (
            Decoration("golden"),
            Decoration(sticker="x"),
            Decoration(motto="x" * 41),
            Decoration(motto="two\nlines"),
        ):
            with pytest.raises(LedgerError):
                decorate(ledger, CATALOGUE, "ann", "crown", 1, wrong)
        with pytest.raises(LedgerError, match="does not hold"):
            decorate(ledger, CATALOGUE, "bo", "crown", 1, Decoration("gold"))
        with pytest.raises(LedgerError, match="no edition"):
            decorate(ledger, CATALOGUE, "bo", "crowns", 1, Decoration("gold"))
        reconcile(ledger, CATALOGUE, [claims[1]])  # ann's is burnt
        with pytest.raises(LedgerError, match="holds no card"):
            write_gallery(CATALOGUE, ledger, tmp_path / "a.html", account="ann")
