"""KuaiRand's public figures in the form in which the lab's are measured."""

from __future__ import annotations

import duckdb
import numpy as np

from benchmarks.real_timing_worlds import data_folder
from zhenzan.lab.realism import Viewing

LOG = "log_standard_4_24_to_5_04_pure.csv.gz"
MAIN_FEED = 1  # of KuaiRand's tabs: three quarters of all views


def kuairand_viewing() -> Viewing:
    """128 k views of the main feed; totals of 7,583 videos. Raises `FileNotFoundError` without the data."""
    folder = data_folder() / "kuairand"
    for name in (LOG, "video_statistics.parquet"):
        if not (folder / name).exists():
            raise FileNotFoundError(f"{folder / name} is not on this machine (set ZHENZAN_DATA)")
    base = duckdb.connect()
    views = base.execute(
        f"""select user_id account, hourmin // 100 as h, play_time_ms::double watched,
            duration_ms::double duration, is_like = 1 liked, is_comment c, is_forward s, is_follow f
            from read_csv('{folder / LOG}') where tab = {MAIN_FEED} and duration_ms > 0"""
    ).fetchnumpy()
    items = base.execute(
        f"""select show_cnt * counts shown, like_cnt * counts likes, double_click_cnt * counts taps,
            click_like_cnt * counts clicks, cancel_like_cnt * counts cancelled
            from '{folder}/video_statistics.parquet' where counts > 0"""
    ).fetchnumpy()
    total = {name: float(np.nansum(values)) for name, values in items.items()}
    return Viewing(
        account=views["account"].astype(np.int64),
        hour=views["h"].astype(np.int64),
        watched_ms=np.asarray(views["watched"]),
        duration_ms=np.asarray(views["duration"]),
        liked=views["liked"].astype(np.bool_),
        item_views=np.asarray(items["shown"]),
        item_likes=np.asarray(items["likes"]),
        shares={
            "double tap": total["taps"] / (total["taps"] + total["clicks"]),
            "taken back": total["cancelled"] / total["likes"],
            **{name: float(views[name[0]].mean()) for name in ("comment", "share", "follow")},
        },
    )
