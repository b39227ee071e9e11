"""What a log tells of its accounts to the judgement of the days after it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.testing.worlds import Log, ordinary_world

import zhenzan
from zhenzan.errors import ResultError

SPLIT_DAY = 10


def halves(log: Log) -> tuple[pa.Table, pa.Table]:
    """The rows before and from a day on."""
    table = log.table()
    at = table["timestamp"].cast(pa.int64())
    begin = pc.min(at).as_py()
    unit = 1_000_000 if pc.max(at).as_py() - begin > 10**11 else 1
    early = pc.less(at, begin + SPLIT_DAY * 86_400 * unit)
    return table.filter(early), table.filter(pc.invert(early))


def bought_found(result: zhenzan.Result, crew: set[int]) -> tuple[int, int]:
    """Likes called fake: by members of the ring, by others."""
    verdicts = result.verdicts
    fake = np.array(verdicts["verdict"].to_pylist()) == "fake"
    theirs = np.array([account in crew for account in verdicts["account"].to_pylist()])
    return int((fake & theirs).sum()), int((fake & ~theirs).sum())


def test_what_an_earlier_log_told_finds_more_of_the_ring_and_few_others() -> None:
    bought_alone, known_found, known_others = 0, 0, 0
    for seed in range(4):
        log = ordinary_world(seed).log()
        crew = set(log.account[np.array([who.startswith("ring") for who in log.who])].tolist())
        early, late = halves(log)
        suspects = zhenzan.verify(early).suspects
        alone, knowing = zhenzan.verify(late), zhenzan.verify(late, known=suspects)
        bought_alone += bought_found(alone, crew)[0]
        mine, others = bought_found(knowing, crew)
        known_found, known_others = known_found + mine, known_others + others
    assert known_found > bought_alone
    assert known_others <= 0.1 * known_found


def test_nothing_known_changes_nothing_and_strangers_are_passed_over() -> None:
    table = ordinary_world(1).log().table()
    alone = zhenzan.verify(table)
    strangers = pa.table(
        {"account": ["nobody", "no one"], "told": pa.array([[8.0] * 4] * 2, pa.list_(pa.float32(), 4))}
    )
    for known in (None, alone.suspects.slice(0, 0), strangers):
        assert zhenzan.verify(table, known=known).verdicts.equals(alone.verdicts)


def test_suspects_are_the_same_whatever_the_order_of_rows(tmp_path: Path) -> None:
    table = ordinary_world(2).log().table()
    shuffled = table.take(pa.array(np.random.default_rng(1).permutation(table.num_rows)))
    one = zhenzan.verify(table, out=tmp_path / "one").suspects.sort_by("account")
    other = zhenzan.verify(shuffled).suspects.sort_by("account")
    assert one["account"].equals(other["account"])
    likelihoods, others = (np.array(suspects["told"].to_pylist()) for suspects in (one, other))
    np.testing.assert_allclose(likelihoods, others, atol=1e-3)
    assert likelihoods.max() <= 8
    assert (likelihoods.max(1) > 0).all()


def test_a_folder_of_an_older_version_says_what_it_lacks(tmp_path: Path) -> None:
    zhenzan.verify(ordinary_world(1).log().table(), out=tmp_path / "result")
    (tmp_path / "result" / "suspects.parquet").unlink()
    result = zhenzan.Result.load(tmp_path / "result")
    assert result.verdicts.num_rows
    with pytest.raises(ResultError, match="Run `zhenzan verify` again"):
        _ = result.suspects
    assert not (result.write(tmp_path / "copy") / "suspects.parquet").exists()
