"""`zhenzan rewards`: from a sample log to cards, twice."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from tests.service.conftest import thinned

import zhenzan
from zhenzan.cli import main
from zhenzan.ledger import Ledger
from zhenzan.sample import make_sample, write_log

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "catalogue.toml"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    output = capsys.readouterr()
    return code, output.out, output.err


@pytest.mark.slow
def test_a_verified_log_earns_once_and_the_bots_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_log(thinned(make_sample(1), 15), tmp_path / "likes.csv")
    result = zhenzan.verify(tmp_path / "likes.csv", out=tmp_path / "result")
    db = tmp_path / "rewards.sqlite"
    words = ("rewards", "run", "--catalogue", EXAMPLE, "--verdicts", tmp_path / "result", "--db", db)
    code, output, _ = run(capsys, *words)
    assert code == 0
    assert "Granted" in output
    with Ledger.open(db, read_only=True) as ledger:
        note = ledger.last_note()
    assert "Granted 0 Points and 0 cards" in run(capsys, *words)[1]
    with Ledger.open(db, read_only=True) as ledger:
        assert ledger.last_note() == note
        earners = {account for (account,) in ledger.database.fetch("SELECT DISTINCT account FROM grants")}
    accounts = result.accounts.to_pylist()
    bots = {str(account["account"]) for account in accounts if account["fake_likes"] == account["likes"]}
    assert bots
    assert not bots & earners
    code, output, _ = run(capsys, "rewards", "show", next(iter(sorted(earners))), "--db", db)
    assert code == 0
    assert "points" in output
    assert run(capsys, "rewards", "show", "nobody-of-that-name", "--db", db)[0] == 1
    assert run(capsys, "ledger", "check", db)[0] == 0


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = tmp_path / "rewards.sqlite"
    code, _, error = run(
        capsys, "rewards", "run", "--catalogue", tmp_path / "no.toml", "--verdicts", tmp_path, "--db", db
    )
    assert code == 1
    assert "there is no such catalogue file" in error
    code, _, error = run(capsys, "rewards", "run", "--catalogue", EXAMPLE, "--verdicts", tmp_path, "--db", db)
    assert code == 1
    assert "holds no summary.json" in error
    assert not db.exists()
