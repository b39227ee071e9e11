"""Sanctions, once a day: strikes, downranking, freezes, fines, bans, closed accounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.market import Accounts, Orders
from zhenzan.lab.scenario import Sanctions
from zhenzan.lab.state import CreatorState, ItemState

__all__ = ["close_accounts", "fine", "punish"]


def punish(
    about: Sanctions,
    day: int,
    found: npt.NDArray[np.int64],
    natural: npt.NDArray[np.int64],
    creators: CreatorState,
    items: ItemState,
    catalogue: Catalogue,
) -> float:
    """Strike who was caught today (`found` likes [creators], of which `natural`); gives the fines (coins)."""
    creators.found += found
    struck = (found >= about.strike_likes) & ~creators.banned
    creators.strikes[struck] += 1
    creators.strikes_undeserved[struck & (2 * natural > found)] += 1
    fined = np.where(struck & (creators.strikes >= about.fine_from), about.fine_per_like * found, 0.0)
    creators.fines += fined
    frozen = struck & (creators.strikes >= about.freeze_from) & (about.freeze_days > 0)
    creators.frozen_until[frozen] = np.maximum(creators.frozen_until[frozen], day + about.freeze_days)
    lowered = creators.strikes >= about.downrank_from
    if about.ban_from:
        creators.banned |= creators.strikes >= about.ban_from
    factor = np.where(creators.banned, 0.0, np.where(lowered, about.downrank, 1.0))
    items.factor[:] = factor[catalogue.creator]
    return float(fined.sum())


def fine(
    about: Sanctions, orders: Orders, found_before: npt.NDArray[np.int64], struck_from: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Book the day's fines on the orders: buyers', sellers', and what goes back to buyers (coins [orders]).

    `found_before` [orders]: found up to yesterday; `struck_from` [creators]: whose buyers are fined.
    """
    today = orders["found"].astype(np.int64)
    today = today - np.pad(found_before, (0, len(today) - len(found_before)))
    creator = orders["creator"].astype(np.int64)
    by_buyer = np.where(struck_from[creator], about.fine_per_like * today, 0.0)
    by_seller = about.seller_fine_per_like * today
    paid_back = about.restitution * by_seller
    orders["buyer_fine"][:] += by_buyer
    orders["seller_fine"][:] += by_seller
    orders["restitution"][:] += paid_back
    return by_buyer, by_seller, paid_back


def close_accounts(
    about: Sanctions, found_of_account: npt.NDArray[np.int64], bots: Accounts,
    sessions: npt.NDArray[np.float32], now: int,
) -> None:  # fmt: skip
    """Close accounts whose likes were found too often; a closed viewer has no sessions any more."""
    if not about.account_ban_likes:
        return
    caught = np.flatnonzero(found_of_account >= about.account_ban_likes)
    people = caught[caught < len(sessions)]
    sessions[people] = 0.0
    bot = caught[(caught >= bots.first) & (caught < bots.first + bots.count)] - bots.first
    bot = bot[bots.closed[bot] < 0]
    bots.closed[bot] = now
