"""Labels: likes known to be fake or genuine, read from a file or a frame and matched with a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zhenzan.arrays import are_chances, are_sizes, is_within
from zhenzan.errors import CalibrationError
from zhenzan.verify.encoding.encode import Encoded
from zhenzan.verify.encoding.index_of import index_of

__all__ = ["Labels", "Matched", "match", "read_labels"]

FAKE_COLUMNS = ("fake", "is_fake", "label", "is_fraud", "fraud", "刷赞", "标签", "判定")
GENUINE_COLUMNS = ("genuine", "is_genuine", "真赞")
KEYS: dict[str, tuple[str, ...]] = {
    "row": ("row",),
    "id": ("id", "like_id"),
    "account": ("account", "account_id", "user", "user_id", "uid", "账号"),
    "item": ("item", "item_id", "video_id", "photo_id", "作品"),
}
YES = ("1", "1.0", "true", "t", "yes", "y", "是")
NO = ("0", "0.0", "false", "f", "no", "n", "否")
FAKE_WORDS = ("fake", "bought", "fraud", "fraudulent", "刷赞", "假赞", "假")
GENUINE_WORDS = ("genuine", "real", "natural", "organic", "honest", "真赞", "真")
UNKNOWN_WORDS = ("", "null", "none", "nan", "unknown", "uncertain", "存疑", "未知")


@dataclass(frozen=True)
class Labels:
    """`fake` bool[n]; `keys`: text columns that say of what, by name (`row`, `id`, `account`, `item`)."""

    fake: npt.NDArray[np.bool_]
    keys: Mapping[str, pa.Array]
    unknown: int


@dataclass(frozen=True)
class Matched:
    """Labelled pairs: `pair` int64, `fake` float64 (0 or 1), `weight` float64.

    `by` says how they were found, `unmatched` how many labels were of nothing in the result, `contrary` how
    many likes were left out because their labels disagree.
    """

    pair: npt.NDArray[np.int64]
    fake: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    by: str
    unmatched: int
    contrary: int

    def __post_init__(self) -> None:
        assert are_sizes(self.pair.size, self.fake, self.weight)
        assert are_chances(self.fake)
        assert is_within(self.weight, 0.0, np.inf)


def read_labels(source: Any, meaning: Mapping[str, bool] | None = None) -> Labels:
    """Read labels: a CSV, TSV, NDJSON or Parquet file, or any dataframe that narwhals knows.

    One column says what is known: `fake` (or `label`, `刷赞`…) with 1 or 0, true or false, fake or genuine,
    刷赞 or 真赞; or `genuine` (`真赞`) the other way round. Empty and unknown ones are skipped. `meaning`
    explains other values, e.g. `{"-1": True, "1": False}`. Raises `CalibrationError`.
    """
    where = f"{source}: " if isinstance(source, str | Path) else "labels: "
    table = _table(source, where)
    names = {name.strip().casefold(): name for name in table.column_names}
    known = next((name for name in (*FAKE_COLUMNS, *GENUINE_COLUMNS) if name in names), None)
    if known is None:
        raise CalibrationError(
            f"{where}no column says which likes are fake; name one `fake` (1 or 0). Columns: "
            f"{_listed(table.column_names)}"
        )
    words = _text(table[names[known]])
    fake = _fake(words, known, where, meaning)
    clear = pa.array(fake >= 0)
    keys = {
        key: _text(table[names[alias]]).filter(clear)
        for key, aliases in KEYS.items()
        if (alias := next((a for a in aliases if a in names), None)) is not None
    }
    if not keys or (keys.keys() == {"item"}):
        raise CalibrationError(
            f"{where}no column says which likes are meant; add row, id, account and item, or account. "
            f"Columns: {_listed(table.column_names)}"
        )
    return Labels(fake[fake >= 0] == 1, keys, int((fake < 0).sum()))


def _table(source: Any, where: str) -> pa.Table:
    if not isinstance(source, str | Path):
        try:
            frame = nw.from_native(source)
        except TypeError as error:
            raise CalibrationError(f"{where}neither a file nor a dataframe ({error})") from None
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return eager.to_arrow()
    path = Path(source)
    if not path.is_file():
        raise CalibrationError(f"{where}there is no such file of labels")
    connection = duckdb.connect(":memory:")
    try:
        reader = "read_csv(?, all_varchar = true, header = true)"
        if ".parquet" in path.suffixes:
            reader = "read_parquet(?)"
        elif {".ndjson", ".jsonl", ".json"} & set(path.suffixes):
            reader = "read_json(?, format = 'newline_delimited')"
        return connection.sql(f"SELECT * FROM {reader}", params=[str(path)]).to_arrow_table()
    except duckdb.Error as error:
        raise CalibrationError(f"{where}cannot be read: {str(error).splitlines()[0]}") from None
    finally:
        connection.close()


def _text(column: pa.ChunkedArray) -> pa.Array:
    """Values as trimmed text; whole floats as whole numbers."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        whole = pc.round(column)
        if pc.all(pc.equal(column, whole)).as_py() is not False:
            column = whole.cast(pa.int64(), safe=False)
    text = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _fake(
    words: pa.Array, column: str, where: str, meaning: Mapping[str, bool] | None
) -> npt.NDArray[np.int8]:
    """1 fake, 0 genuine, −1 unknown."""
    true_means_fake = column not in GENUINE_COLUMNS
    says: dict[str, int] = {
        **dict.fromkeys(YES, int(true_means_fake)),
        **dict.fromkeys(NO, int(not true_means_fake)),
        **dict.fromkeys(FAKE_WORDS, 1),
        **dict.fromkeys(GENUINE_WORDS, 0),
        **dict.fromkeys(UNKNOWN_WORDS, -1),
    }
    if meaning is not None:
        says = {**dict.fromkeys(UNKNOWN_WORDS, -1), **{str(k).casefold(): int(v) for k, v in meaning.items()}}
    encoded = words.dictionary_encode()
    values = [str(value) for value in encoded.dictionary.to_pylist()]
    strange = [value for value in values if value.casefold() not in says]
    if strange:
        raise CalibrationError(
            f"{where}the meaning of {_listed(strange)} in column {column!r} is not clear; write 1 for "
            "fake and 0 for genuine (or fake and genuine)"
        )
    codes = np.array([says[value.casefold()] for value in values] or [0], np.int8)
    return np.asarray(codes[encoded.indices.to_numpy()], np.int8)


def match(labels: Labels, encoded: Encoded, row: pa.Array, ids: pa.Array | None) -> Matched:
    """Find the labelled likes among the pairs of a result.

    `row` int64 and `ids` (or None): those columns of the verdicts, in order. The most exact key at hand is
    used: row, id, account and item, account. A label of an account counts once, spread over all its likes.
    """
    if "row" in labels.keys:
        by, position = "row", index_of(labels.keys["row"], row.cast(pa.string()))
    elif "id" in labels.keys and ids is not None:
        by, position = "id", index_of(labels.keys["id"], ids.cast(pa.string()))
    elif "account" in labels.keys:
        return _match_accounts(labels, encoded)
    else:
        raise CalibrationError("labels: they name ids, but the log had none; use row, or account and item")
    is_known = position >= 0
    pair = encoded.rows.pair[position[is_known]].astype(np.int64)
    return _settled(pair, labels.fake[is_known], None, by, int((~is_known).sum()))


def _match_accounts(labels: Labels, encoded: Encoded) -> Matched:
    pairs = encoded.pairs
    account = index_of(labels.keys["account"], encoded.account_ids.cast(pa.string()))
    if "item" in labels.keys:
        item = index_of(labels.keys["item"], encoded.item_ids.cast(pa.string()))
        key = pairs.account.astype(np.int64) * pairs.n_items + pairs.item
        order = np.argsort(key)
        keys = account * pairs.n_items + item
        at = np.minimum(np.searchsorted(key[order], keys), pairs.n - 1)
        is_known = (account >= 0) & (item >= 0) & (key[order[at]] == keys)
        return _settled(
            order[at[is_known]], labels.fake[is_known], None, "account and item", int((~is_known).sum())
        )
    is_known = account >= 0
    account, fake = account[is_known], labels.fake[is_known]
    likes = np.diff(pairs.account_offset)[account]
    begin = np.repeat(pairs.account_offset[account], likes)
    within = np.arange(begin.size) - np.repeat(np.cumsum(likes) - likes, likes)
    pair = pairs.by_account[begin + within].astype(np.int64)
    return _settled(
        pair, np.repeat(fake, likes), np.repeat(1 / likes, likes), "account", int((~is_known).sum())
    )


def _settled(
    pair: npt.NDArray[np.int64],
    fake: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.float64] | None,
    by: str,
    unmatched: int,
) -> Matched:
    """One label a like; likes whose labels disagree are left out."""
    unique, inverse, times = np.unique(pair, return_inverse=True, return_counts=True)
    fakes = np.bincount(inverse, fake, unique.size)
    agreed = (fakes == 0) | (fakes == times)
    weights = np.ones(unique.size) if weight is None else np.bincount(inverse, weight, unique.size) / times
    return Matched(
        unique[agreed],
        (fakes[agreed] > 0).astype(np.float64),
        weights[agreed],
        by,
        unmatched,
        int((~agreed).sum()),
    )


def _listed(words: list[str]) -> str:
    return ", ".join(repr(word) for word in words[:8]) + (", …" if len(words) > 8 else "")
