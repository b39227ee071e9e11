"""The receipts of an order, out of a service's database, ledger and keys; the service may run meanwhile."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhenzan.errors import PromotionError
from zhenzan.ledger import Ledger, Proof, read_key
from zhenzan.promote.order_book import NoSuchOrderError
from zhenzan.promote.order_receipts import Attributed, Exposure, OrderAccounts, receipts_document
from zhenzan.promote.order_rows import OrderRecord, load_orders
from zhenzan.promote.receipts import RECORD, Receipts
from zhenzan.promote.terms_file import read_terms
from zhenzan.promote.viewer_numbers import viewer_number
from zhenzan.promote.wallets import REVENUE, escrow_account, wallet_account
from zhenzan.store import Database

__all__ = ["LEDGER_KEY", "RECEIPTS_KEY", "export_receipts"]

LEDGER_KEY, RECEIPTS_KEY = Path("ledger.key"), Path("promotion.key")  # in a service's home
HISTORY_ROWS = 1_000


def export_receipts(ledger: Ledger, home: Path, order: str) -> str:
    """The receipts document of an order, as the database has it now.

    Raises NoSuchOrderError where there is none, LedgerError or PromotionError where a key cannot be read.
    Cost: some 20 µs an exposure, and a proof of the ledger for each transfer.
    """
    database = ledger.database
    record = load_orders(database, [order]).get(order)
    if record is None:
        raise NoSuchOrderError(f"there is no order {order!r} in this database")
    records = _records(database, record.number)
    tags = Receipts(_receipts_key(home)).tags(records)
    exposures = [Exposure(row.tobytes(), tag) for row, tag in zip(records, tags, strict=True)]
    accounts = OrderAccounts(wallet_account(record.order.buyer), escrow_account(order), REVENUE)
    return receipts_document(
        record.order,
        record.number,
        exposures,
        _attributed(record, records),
        _transfers(ledger, accounts.escrow),
        accounts,
        read_key(home / LEDGER_KEY),
        _attribution_us(database, record.terms),
    )


def _receipts_key(home: Path) -> bytes:
    try:
        return (home / RECEIPTS_KEY).read_bytes()
    except OSError as error:
        raise PromotionError(
            f"{home / RECEIPTS_KEY}: the key of receipts cannot be read ({error.strerror}); name the folder "
            "of the service that sold the order"
        ) from None


def _records(database: Database, number: int) -> npt.NDArray[np.void]:
    rows = database.fetch(
        "SELECT record FROM exposures WHERE order_number = ? ORDER BY opened_us, decision", (number,)
    )
    return np.frombuffer(b"".join(bytes(record) for (record,) in rows), RECORD)


def _attributed(record: OrderRecord, records: npt.NDArray[np.void]) -> dict[str, Attributed]:
    """By outcome the last exposure of its viewer before it, as it was attributed.

    Raises PromotionError for an outcome without one: rows of the database are missing.
    """
    shown: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for decision, time_us, viewer in zip(
        records["decision"].tolist(), records["time_us"].tolist(), records["viewer"].tolist(), strict=True
    ):
        shown[viewer].append((time_us, decision))
    attributed = {}
    for name, outcome in record.outcomes.items():
        times = sorted(shown[viewer_number(outcome.account)])
        position = bisect_right(times, outcome.at_us, key=lambda pair: pair[0])
        if not position:
            raise PromotionError(f"no exposure of order {record.order.id} leads to its outcome {name}")
        attributed[name] = Attributed(times[position - 1][1], outcome.at_us)
    return attributed


def _transfers(ledger: Ledger, escrow: str) -> dict[str, Proof]:
    """All transfers of an order by id, proven against one checkpoint."""
    note, ids, after = ledger.last_note(), list[str](), -1
    while ledger.is_open(escrow):
        entries = ledger.history(escrow, after, HISTORY_ROWS)
        ids += [entry.id for entry in entries]
        if len(entries) < HISTORY_ROWS:
            break
        after = entries[-1].seq
    return {name: ledger.prove(name, note) for name in ids}


def _attribution_us(database: Database, version: str) -> int:
    """The attribution window of the terms that an order was quoted by."""
    rows = database.fetch("SELECT text FROM terms_versions WHERE version = ?", (version,))
    if not rows:
        raise PromotionError(f"the terms {version}, by which the order was quoted, are not in this database")
    return read_terms(str(rows[0][0])).delivery.attribution_us
