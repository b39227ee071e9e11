"""The sample log: the same for the same seed, and it holds what it says it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from zhenzan.errors import InputError
from zhenzan.sample import Sample, make_sample, write_labels, write_log


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample(seed=1)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, sample: Sample) -> None:
    write_log(sample, tmp_path / "one.csv")
    write_log(make_sample(seed=1), tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_another_seed_gives_another_log(sample: Sample) -> None:
    other = make_sample(seed=2)
    assert len(other.account) != len(sample.account) or (other.account != sample.account).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_seed_holds_natural_likes_and_every_kind_of_bought_ones(seed: int) -> None:
    log = make_sample(seed)
    kinds = np.bincount(log.source, minlength=6)
    assert 50_000 < len(log.account) < 70_000
    assert 0.04 < kinds[1:5].sum() / kinds.sum() < 0.10
    assert (kinds[1:] > 200).all()


def test_rows_are_in_order_of_time_within_three_weeks(sample: Sample) -> None:
    assert (np.diff(sample.seconds) >= 0).all()
    assert sample.seconds[0] >= 0
    assert sample.seconds[-1] < 21 * 86_400


def test_csv_and_parquet_hold_the_same_log_and_say_that_it_is_made_up(tmp_path: Path, sample: Sample) -> None:
    write_log(sample, tmp_path / "new" / "folder" / "log.csv")
    write_log(sample, tmp_path / "log.parquet")
    csv = pa_csv.read_csv(tmp_path / "new" / "folder" / "log.csv")
    parquet = pa_parquet.read_table(tmp_path / "log.parquet")
    assert csv.column_names == parquet.column_names
    assert csv["account"].equals(parquet["account"])
    assert set(csv["app"].to_pylist()) == {"made-up sample"}
    assert {path.name for path in tmp_path.iterdir()} == {"new", "log.parquet"}


def test_labels_name_every_like_but_camouflage_once(tmp_path: Path, sample: Sample) -> None:
    write_labels(sample, tmp_path / "labels.csv")
    labels = pa_csv.read_csv(tmp_path / "labels.csv")
    known = ~sample.unlike & (sample.source < 5)
    assert labels.num_rows == int(known.sum())
    assert len(set(labels["id"].to_pylist())) == labels.num_rows
    assert sum(labels["fake"].to_pylist()) == int((sample.source[known] > 0).sum())


def test_an_unknown_ending_is_an_error_and_leaves_nothing(tmp_path: Path, sample: Sample) -> None:
    with pytest.raises(InputError, match=r"\.csv or \.parquet"):
        write_log(sample, tmp_path / "log.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_file_of_that_name_where_one_stands_is_not_taken_for_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: Sample
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("sample", "sample.toml"):
        Path(name).write_text('format = 1\nname = "mine"\n[world]\ndays = 1\nviewers = 60\n')
    assert np.array_equal(make_sample(seed=1).account, sample.account)


def test_some_likes_are_taken_back_and_some_delivered_again(sample: Sample) -> None:
    assert 100 < sample.unlike.sum() < 1_000
    likes = ~sample.unlike
    pairs = sample.account[likes] * (sample.item.max() + 1) + sample.item[likes]
    repeated = likes.sum() - len(np.unique(pairs))
    assert 100 < repeated < 500
