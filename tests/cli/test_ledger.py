"""`zhenzan ledger`: check, show, prove, verify, key, erase; and the script that verifies proofs alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="the ledger's extra is not installed")

from zhenzan.cli import main
from zhenzan.ledger import AccountKind, AssetKind, CreateAsset, Ledger, OpenAccount, Transfer

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_proof.py"


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    path = tmp_path / "rewards.sqlite"
    with Ledger.open(path) as ledger:
        ledger.submit(
            [
                CreateAsset(id="points", cap=1_000),
                CreateAsset(id="summer-card", kind=AssetKind.unique, cap=3),
                OpenAccount(id="mint", asset="points", kind=AccountKind.mint),
                OpenAccount(id="press", asset="summer-card", kind=AccountKind.mint),
                OpenAccount(id="ann", asset="points", owner="ann"),
                OpenAccount(id="ann-cards", asset="summer-card", owner="ann"),
                Transfer(id="t1", debit="mint", credit="ann", asset="points", amount=70, cause="rule 赞"),
                Transfer(id="t2", debit="press", credit="ann-cards", asset="summer-card", amount=1),
            ]
        )
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    output = capsys.readouterr()
    return code, output.out, output.err


def script(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_sound_ledger_is_said_to_be_sound(ledger_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output, _ = run(capsys, "ledger", "check", ledger_path)
    assert code == 0
    assert "All 9 events" in output


def test_damage_is_one_line_that_names_table_and_row(
    ledger_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    with sqlite3.connect(ledger_path) as connection:
        connection.execute("UPDATE transfers SET amount = 71 WHERE id = 't1'")
    code, _, error = run(capsys, "ledger", "check", ledger_path)
    assert code == 1
    assert error.count("\n") == 1
    assert "row 7" in error


def test_an_account_is_shown_with_cards_and_reasons(
    ledger_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "70 available" in run(capsys, "ledger", "show", ledger_path, "ann")[1]
    assert "赞" in run(capsys, "ledger", "show", ledger_path, "ann")[1]
    assert "summer-card/1" in run(capsys, "ledger", "show", ledger_path, "ann-cards")[1]
    assert "summer-card" in run(capsys, "ledger", "show", ledger_path)[1]
    code, _, error = run(capsys, "ledger", "show", ledger_path, "bob")
    assert code == 1
    assert "there is no account 'bob'" in error


@pytest.mark.parametrize("what", ["t1", "summer-card/1"])
def test_a_proof_is_verified_by_the_command_and_by_the_script_alone(
    ledger_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    out = tmp_path / "proof.json"
    assert run(capsys, "ledger", "prove", ledger_path, what, "--out", out)[0] == 0
    key = run(capsys, "ledger", "key", ledger_path)[1].strip()
    code, output, _ = run(capsys, "ledger", "verify", out, "--key", key)
    assert code == 0
    assert '"credit": "ann' in output
    alone = subprocess.run(
        [sys.executable, "-I", SCRIPT, out, key], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0, alone.stderr
    assert json.loads(alone.stdout)["credit"].startswith("ann")
    proof = json.loads(out.read_text())
    for name, value in {
        "leaf": proof["leaf"].replace('"amount":', '"amount":1'),
        "index": proof["index"] - 1,
        "path": proof["path"][1:],
        "checkpoint": proof["checkpoint"].replace("\n9\n", "\n8\n"),
        "openings": [{**proof["openings"][0], "account": "mallory"}],
    }.items():
        out.write_text(json.dumps({**proof, name: value}))
        assert run(capsys, "ledger", "verify", out, "--key", key)[0] == 1, name
        forged = subprocess.run(
            [sys.executable, "-I", SCRIPT, out, key], capture_output=True, text=True, check=False
        )
        assert forged.returncode == 1, name


def test_a_new_key_signs_from_now_on_and_old_proofs_hold(
    ledger_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = run(capsys, "ledger", "key", ledger_path)[1].strip()
    out = tmp_path / "proof.json"
    run(capsys, "ledger", "prove", ledger_path, "t1", "--out", out)
    code, output, _ = run(capsys, "ledger", "key", ledger_path, "--rotate", "--quiet")
    assert code == 0
    assert output.strip() not in ("", old)
    assert run(capsys, "ledger", "verify", out, "--key", old)[0] == 0
    assert run(capsys, "ledger", "check", ledger_path)[0] == 0


def test_a_person_is_erased_and_all_else_holds(ledger_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "ledger", "erase", ledger_path, "ann", "--yes")[0] == 0
    assert run(capsys, "ledger", "check", ledger_path)[0] == 0
    code, _, error = run(capsys, "ledger", "erase", ledger_path, "ann", "--yes")
    assert code == 1
    assert "no owner 'ann'" in error


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}', "\x00\x01", "{}"])
def test_rubbish_is_no_proof(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "proof.json"
    path.write_text(text)
    code, _, error = run(capsys, "ledger", "verify", path, "--key", "x")
    assert code == 1
    assert error.count("\n") == 1
