"""The verbs on a real (made-up) log, as a person would run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

if TYPE_CHECKING:
    from conftest import Run


def head(source: Path, target: Path, rows: int) -> Path:
    """Write the first rows of a CSV file, with its header, to another."""
    with source.open() as lines, target.open("w") as out:
        out.writelines(line for _, line in zip(range(rows + 1), lines, strict=False))
    return target


def test_verify_prints_the_counts_the_worst_items_and_what_to_do_next(
    zhenzan: Run, folder: Path, tmp_path: Path
) -> None:
    done = zhenzan("verify", folder / "likes.csv", "--out", tmp_path / "r", "--report", tmp_path / "r.html")
    assert done.code == 0, done.err
    for words in (
        "Claimed likes",
        "Verified likes",
        "Called fake",
        "Rings",
        "Worst items",
        "Done in",
        "Next:",
    ):
        assert words in done.out
    assert f"Results: {tmp_path / 'r'}" in done.out
    assert (tmp_path / "r.html").stat().st_size > 10_000
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    assert f"{summary['counts']['claimed']:,}" in done.out


def test_the_sample_logs_bought_likes_are_found_and_natural_ones_left_alone(folder: Path) -> None:
    verdicts = pa_parquet.read_table(folder / "result" / "verdicts.parquet")
    fake = {
        i
        for i, v in zip(verdicts["id"].to_pylist(), verdicts["verdict"].to_pylist(), strict=True)
        if v == "fake"
    }
    labels = pa_csv.read_csv(folder / "labels.csv").to_pylist()
    bought = {row["id"] for row in labels if row["how"] in ("ring", "throwaway")}
    natural = {row["id"] for row in labels if row["how"] == "natural"}
    assert len(fake & bought) > 0.9 * len(bought)
    assert len(fake & natural) < 0.005 * len(natural)  # hired accounts' camouflage is among these


def test_quiet_prints_nothing(zhenzan: Run, folder: Path, tmp_path: Path) -> None:
    small = head(folder / "likes.csv", tmp_path / "small.csv", 500)
    done = zhenzan("verify", small, "--out", tmp_path / "r", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_too_many_bad_rows_exit_with_2_after_the_results_are_written(
    zhenzan: Run, folder: Path, tmp_path: Path
) -> None:
    log = head(folder / "likes.csv", tmp_path / "log.csv", 300)
    good = log.read_text().splitlines()[1]
    with log.open("a") as out:
        out.writelines(good.replace("2026-03-02", f"20{day}-99-99") + "\n" for day in range(10, 40))
    done = zhenzan("verify", log, "--out", tmp_path / "r")
    assert done.code == 2
    assert "rejected.ndjson" in done.err
    assert "--max-rejected" in done.err
    assert len((tmp_path / "r" / "rejected.ndjson").read_text().splitlines()) == 30
    assert (tmp_path / "r" / "verdicts.parquet").exists()
    assert zhenzan("verify", log, "--out", tmp_path / "r", "--max-rejected", "0.5", "-q").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["likes.csv", "--format", "gharchiv"], "gharchive"),
        (["likes.csv", "--map", "account=acount"], "acount"),
        (["likes.csv", "--map", "acount=account"], "account"),
        (["missing.csv"], "missing.csv"),
        (["empty"], "empty"),
        (["nothing.csv"], "nothing.csv"),
        (["likes.csv", "--policy", "missing.toml"], "missing.toml"),
        (["nocolumns.csv"], "timestamp"),
        (["cut.csv.gz"], "cut.csv.gz"),
    ],
)
def test_a_log_that_cannot_be_used_gets_one_clear_line(
    zhenzan: Run,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    import gzip

    head(folder / "likes.csv", tmp_path / "likes.csv", 50)
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.csv").touch()
    (tmp_path / "nocolumns.csv").write_text("colour,size\nred,3\n")
    (tmp_path / "cut.csv.gz").write_bytes(
        gzip.compress((folder / "likes.csv").read_bytes()[:200_000])[:20_000]
    )
    monkeypatch.chdir(tmp_path)
    done = zhenzan("verify", *arguments, "--out", "r")
    assert done.code == 1
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not Path("r").exists()


def worst(folder: Path) -> dict[str, object]:
    items = pa_parquet.read_table(folder / "result" / "items.parquet")
    return max(items.to_pylist(), key=lambda row: row["fake"])


def test_explain_tells_a_like_an_account_an_item_and_a_ring(zhenzan: Run, folder: Path) -> None:
    verdicts = pa_parquet.read_table(folder / "result" / "verdicts.parquet").to_pylist()
    like = next(row for row in verdicts if row["verdict"] == "fake")
    for option, value in (
        ("--like", like["id"]),
        ("--account", like["account"]),
        ("--item", worst(folder)["item"]),
        ("--ring", 0),
    ):
        done = zhenzan("explain", folder / "result", option, value)
        assert done.code == 0, done.err
        assert str(value) in done.out
        assert len(done.out) > 80


@pytest.mark.parametrize("suffix", [".html", ".svg", ".png", ".json"])
def test_explain_saves_its_chart(zhenzan: Run, folder: Path, tmp_path: Path, suffix: str) -> None:
    chart = tmp_path / f"chart{suffix}"
    done = zhenzan("explain", folder / "result", "--item", worst(folder)["item"], "--chart", chart)
    assert done.code == 0, done.err
    assert chart.stat().st_size > 500


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["result", "--like", "nobody"], "nobody"),
        (["result", "--account", "nobody"], "nobody"),
        (["result", "--item", "nothing"], "nothing"),
        (["result", "--ring", "9999"], "9999"),
        (["likes.csv", "--ring", "0"], "likes.csv"),
        (["nowhere", "--ring", "0"], "nowhere"),
        (["result", "--ring", "0", "--chart", "x.pdf"], "x.pdf"),
    ],
)
def test_explaining_what_is_not_there_gets_one_clear_line(
    zhenzan: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(folder)
    done = zhenzan("explain", *arguments)
    assert done.code == 1
    assert words in done.err
    assert done.err.count("\n") == 1


def test_report_writes_one_file_that_needs_no_network(zhenzan: Run, folder: Path, tmp_path: Path) -> None:
    done = zhenzan("report", folder / "result", "--out", tmp_path / "new" / "report.html")
    assert done.code == 0, done.err
    page = (tmp_path / "new" / "report.html").read_text()
    assert not [link for link in ('src="http', 'href="http', "@import", 'src="//') if link in page]


def test_labels_become_a_policy_that_verify_takes(zhenzan: Run, folder: Path, tmp_path: Path) -> None:
    header, *lines = (folder / "labels.csv").read_text().splitlines(keepends=True)
    (tmp_path / "labels.csv").write_text(header + "".join(lines[::10]))
    done = zhenzan(
        "calibrate", folder / "result", "--labels", tmp_path / "labels.csv", "--out", tmp_path / "policy.toml"
    )
    assert done.code == 0, done.err
    assert (tmp_path / "policy.toml").exists()
    done = zhenzan(
        "verify", folder / "likes.csv", "--policy", tmp_path / "policy.toml", "--out", tmp_path / "r", "-q"
    )
    assert done.code == 0, done.err
