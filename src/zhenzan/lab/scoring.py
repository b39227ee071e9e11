"""Scoring of a verification against the truth of a simulated world."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhenzan.errors import ResultError
from zhenzan.lab.metrics import adjusted_rand_index, average_precision, recall_at_precision, share
from zhenzan.lab.vocabulary import CONFOUNDERS, STRATEGIES

if TYPE_CHECKING:
    from zhenzan.verify import Result

__all__ = ["Score", "score"]

LIKES_MIN = 20  # a kind with fewer likes is not judged: its numbers would be noise


@dataclass(frozen=True)
class Score:
    """Likes judged; camouflage is left out of all but `camouflage_called_fake`. NaN: nothing to judge."""

    likes: int
    bought: int
    natural: int
    average_precision: float
    recall_at_99: float
    natural_called_fake: float
    bought_called_fake: float
    precision_of_verdicts: float
    camouflage_called_fake: float
    rings_rand_index: float
    average_precision_by_strategy: dict[str, float]
    called_fake_by_strategy: dict[str, float]
    called_fake_by_confounder: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; what cannot be judged is None."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: plain(item) for name, item in value.items()}
            return None if isinstance(value, float) and np.isnan(value) else value

        return {name: plain(value) for name, value in asdict(self).items()}


def score(result: Result | str | os.PathLike[str], truth: pa.Table | str | os.PathLike[str]) -> Score:
    """Score the verdicts of a result (or its folder) against the truth of its log (or its file).

    Raises `ResultError`: the result is none, the truth cannot be read, or they are of different logs.
    """
    from zhenzan.verify import Result

    judged = result if isinstance(result, Result) else Result.load(result)
    known = truth if isinstance(truth, pa.Table) else _read_truth(Path(truth))
    verdicts = judged.verdicts
    rows = verdicts["row"].to_numpy()
    if len(rows) and rows.max() >= known.num_rows:
        raise ResultError(
            f"the result has a verdict on row {int(rows.max())} of a log, but the truth has only "
            f"{known.num_rows} rows: they belong to different logs."
        )
    about = known.take(pa.array(rows))
    if judged.accounts.num_rows and "account" in verdicts.schema.names:
        ring_found = _ring_of(judged.accounts, verdicts["account"])
    else:
        ring_found = np.full(len(rows), -1)
    return _score(
        probability=verdicts["fake_probability"].to_numpy().astype(np.float64),
        fake=_equals(verdicts["verdict"], "fake"),
        kind=about["kind_of_like"],
        source=about["source"],
        ring=pc.fill_null(about["ring"], -1).to_numpy(),
        ring_found=ring_found,
        account=_codes(verdicts["account"]) if "account" in verdicts.schema.names else np.arange(len(rows)),
    )


def _score(
    probability: npt.NDArray[np.float64],
    fake: npt.NDArray[np.bool_],
    kind: pa.ChunkedArray,
    source: pa.ChunkedArray,
    ring: npt.NDArray[Any],
    ring_found: npt.NDArray[Any],
    account: npt.NDArray[Any],
) -> Score:
    bought, natural, hidden = (_equals(kind, word) for word in ("bought", "natural", "camouflage"))
    counted = bought | natural
    by_strategy, called, spared = {}, {}, {}
    for name in STRATEGIES:
        of = _equals(source, name) & bought
        if of.sum() >= LIKES_MIN:
            by_strategy[name] = average_precision(probability[natural | of], of[natural | of])
            called[name] = share(fake, of)
    for name in ("ordinary", *CONFOUNDERS):
        of = _equals(source, name) & natural
        if of.sum() >= LIKES_MIN:
            spared[name] = share(fake, of)
    some = bool(bought.any())
    sellers = np.flatnonzero(bought & (ring >= 0))
    first = sellers[np.unique(account[sellers], return_index=True)[1]]
    nothing = float("nan")
    return Score(
        likes=len(probability),
        bought=int(bought.sum()),
        natural=int(natural.sum()),
        average_precision=average_precision(probability[counted], bought[counted]) if some else nothing,
        recall_at_99=recall_at_precision(probability[counted], bought[counted])[0] if some else nothing,
        natural_called_fake=share(fake, natural),
        bought_called_fake=share(fake, bought),
        precision_of_verdicts=share(bought, fake & counted),
        camouflage_called_fake=share(fake, hidden),
        rings_rand_index=adjusted_rand_index(ring[first], ring_found[first]) if len(first) else nothing,
        average_precision_by_strategy=by_strategy,
        called_fake_by_strategy=called,
        called_fake_by_confounder=spared,
    )


def _read_truth(path: Path) -> pa.Table:
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise ResultError(f"{path}: there is no such file; `zhenzan lab world` writes it") from None
    except (OSError, pa.ArrowException) as error:
        raise ResultError(f"{path} cannot be read: {error}") from error
    missing = [name for name in ("kind_of_like", "source", "ring") if name not in table.schema.names]
    if missing:
        raise ResultError(f"{path} has no column {missing[0]}: it is not the truth table of a world")
    return table


def _ring_of(accounts: pa.Table, account: pa.ChunkedArray) -> npt.NDArray[Any]:
    """The ring found for each account, −1: none."""
    index = pc.index_in(account, value_set=accounts["account"].combine_chunks())
    ring = pc.fill_null(accounts["ring"].take(index), -1)
    return np.asarray(ring.to_numpy())


def _codes(values: pa.ChunkedArray) -> npt.NDArray[Any]:
    return np.asarray(values.combine_chunks().dictionary_encode().indices.to_numpy())


def _equals(values: pa.ChunkedArray, word: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.equal(values.cast(pa.string()), word).to_numpy(), dtype=np.bool_)
