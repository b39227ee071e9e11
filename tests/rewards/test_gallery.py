"""The gallery is one file that loads nothing, in both languages, and what people write in it stays inert."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from zhenzan.errors import LedgerError
from zhenzan.ledger import Ledger, SigningKey
from zhenzan.rewards import Claim, read_catalogue, settle, write_gallery

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
        settle(ledger, CATALOGUE, [Claim("k", "fan", "ann", "", "", 2, 0)])
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
