"""Oddities of a log that was read without an error, reported before the verdicts, which may mean nothing."""

from __future__ import annotations

import numpy as np

from zhenzan.verify.encoding.encode import Encoded

__all__ = ["oddities"]

ONE_CREATOR_SHARE = 0.5  # of the items: an owner of more is a word for "unknown", or the log is theirs
ONE_CREATOR_ITEMS_MIN = 20
ONE_LIKE_ITEMS_MIN = 2
SHORT_IDS_SHARE = 0.9  # of different ids: fewer are numbers of something else than likes
ROUNDED_SHARE = 0.5  # of the long ids end in 000: a spreadsheet has cut them


def oddities(encoded: Encoded, item_column: str) -> list[str]:
    """Remarks on a log as it was read; none on an ordinary one. Cost: passes over items and accounts."""
    pairs = encoded.pairs
    remarks = []
    if pairs.n_items >= ONE_LIKE_ITEMS_MIN and pairs.n_items == pairs.n:
        remarks.append(
            "nothing can be judged: every item has one like. Is the column of items"
            f" ({item_column}) an id of the like itself? --map item=COLUMN names another."
        )
    items = np.bincount(pairs.creator_of_item, minlength=pairs.n_creators)
    if pairs.n_creators > 1 and pairs.n_items >= ONE_CREATOR_ITEMS_MIN:
        most = int(items.argmax())
        share = items[most] / pairs.n_items
        if share > ONE_CREATOR_SHARE:
            name = encoded.creator_ids[most].as_py()
            remarks.append(
                f"creator {name!r} owns {share:.0%} of the items: if that is a word for unknown, leave it"
                " empty, or --map creator= reads the log without creators."
            )
    if encoded.distinct_ids is not None and encoded.distinct_ids < SHORT_IDS_SHARE:
        remarks.append(
            f"only {encoded.distinct_ids:.0%} of the ids are different: rows of the same id, account and item"
            " are one like. --map id= reads the log without ids."
        )
    for name, ids in (("account", encoded.account_ids), ("item", encoded.item_ids)):
        if _mostly_rounded(ids):
            remarks.append(
                f"most {name} ids of 16 digits and more end in 000: a spreadsheet may have cut them."
            )
    return remarks


def _mostly_rounded(ids: object) -> bool:
    import pyarrow.compute as pc

    text = ids.cast("string")  # type: ignore[attr-defined]
    long = pc.match_substring_regex(text, r"^\d{16,}$")
    count = pc.sum(long).as_py() or 0
    if count < 2:
        return False
    rounded = pc.sum(pc.and_(long, pc.ends_with(text, "000"))).as_py() or 0
    return bool(rounded > ROUNDED_SHARE * count)
