"""Labels: which likes somebody knows to be fake or genuine, matched to the rows of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from zhenzan.errors import CalibrationError

LABEL_COLUMNS = ("fake", "is_fake", "label", "verdict", "刷赞")
KEYS = (("row",), ("id",), ("account", "item"), ("account",))
FAKE_WORDS = ("fake", "1", "true", "yes", "bought", "刷赞", "假")
GENUINE_WORDS = ("genuine", "0", "false", "no", "real", "真赞", "真")


def match_labels(verdicts: pa.Table, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `verdicts` that are labelled, ascending, and 1.0 where fake, else 0.0.

    `labels`: a CSV or Parquet file, or an Arrow table, with a column `fake` (1/0, true/false, fake/genuine,
    刷赞/真赞) beside `row`, `id`, `account` and `item`, or `account`. Raises `CalibrationError`.
    """
    connection = duckdb.connect()
    try:
        connection.register("labels", _read(connection, labels))
        connection.register("verdicts", verdicts)
        names = [row[0] for row in connection.execute("DESCRIBE labels").fetchall()]
        label = next((name for name in LABEL_COLUMNS if name in names), None)
        if label is None:
            raise CalibrationError(
                f"The labels have no column `fake` (they have {', '.join(names)}); it says 1 or fake where a "
                "like is fake, 0 or genuine where it is not."
            )
        known = [key for key in KEYS if set(key) <= set(names) and set(key) <= set(verdicts.schema.names)]
        if not known:
            raise CalibrationError(
                f"The labels name no like: they need a column row, id, account and item, or account, as the "
                f"verdicts have; they have {', '.join(names)}."
            )
        return _matched(connection, label, known[0])
    except duckdb.Error as error:
        raise CalibrationError(f"The labels cannot be read: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()


def _read(connection: Any, labels: Any) -> Any:
    if not isinstance(labels, str | Path):
        return pa.table(labels)
    path = Path(labels)
    if not path.is_file():
        raise CalibrationError(f"{path} does not exist: it should hold the labels, as CSV or Parquet.")
    if path.suffix == ".parquet":
        return connection.read_parquet(str(path)).to_arrow_table()
    return connection.read_csv(str(path), all_varchar=True).to_arrow_table()


def _matched(connection: Any, label: str, key: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    same = " AND ".join(f'l."{name}"::VARCHAR = v."{name}"::VARCHAR' for name in key)
    text = f'l."{label}"'
    found = connection.execute(
        f"SELECT v.row, lower(trim(min({text}::VARCHAR))) AS told FROM verdicts v JOIN labels l ON {same} "
        f"WHERE {text} IS NOT NULL GROUP BY v.row ORDER BY v.row"
    ).fetchnumpy()
    told = np.asarray(found["told"], dtype=str)
    fake, genuine = np.isin(told, FAKE_WORDS), np.isin(told, GENUINE_WORDS)
    strange = ~(fake | genuine)
    if strange.any():
        raise CalibrationError(
            f"The label {told[strange][0]!r} is none that is known: say 1 or fake, 0 or genuine."
        )
    if told.size == 0:
        raise CalibrationError(
            f"None of the labels matches a like of the result by {' and '.join(key)}: are they of this log?"
        )
    if fake.all() or genuine.all():
        which = "fake" if fake.all() else "genuine"
        raise CalibrationError(f"All {told.size:,} matched labels say {which}; both kinds are needed.")
    return np.asarray(found["row"], np.int64), fake.astype(np.float64)
