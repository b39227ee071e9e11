"""Sanctions, applied once a day: strikes, downranking, freezes, fines, bans, closed accounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from zhenzan.lab.catalogue import Catalogue
from zhenzan.lab.escalation import escalated
from zhenzan.lab.market import Accounts, Orders
from zhenzan.lab.scenario import Sanctions
from zhenzan.lab.state import CreatorState, ItemState

__all__ = ["close_accounts", "fine", "punish"]


def punish(
    about: Sanctions,
    day: int,
    caught: npt.NDArray[np.int64],
    natural: npt.NDArray[np.int64],
    creators: CreatorState,
    items: ItemState,
    catalogue: Catalogue,
) -> tuple[float, npt.NDArray[np.float64]]:
    """Strike who was caught today (`caught` likes [creators], of which `natural`).

    Gives the fines (coins), and where who was struck stands on the ladder of fines [creators], 0 for others.
    """
    creators.caught += caught
    struck = (caught >= about.strike_likes) & ~creators.banned
    creators.strikes[struck] += 1
    creators.strikes_undeserved[struck & (2 * natural > caught)] += 1
    step = np.where(struck, escalated(about, creators.strikes, about.fine_from), 0.0)
    fined = about.fine_per_like * step * caught
    creators.fines += fined
    days = about.freeze_days * escalated(about, creators.strikes, about.freeze_from)
    frozen = struck & (days > 0)
    creators.frozen_until[frozen] = np.maximum(creators.frozen_until[frozen], day + days[frozen])
    lowered = creators.strikes >= about.downrank_from
    if about.ban_from:
        creators.banned |= creators.strikes >= about.ban_from
    factor = np.where(creators.banned, 0.0, np.where(lowered, about.downrank, 1.0))
    items.factor[:] = factor[catalogue.creator]
    return float(fined.sum()), step


def fine(
    about: Sanctions, orders: Orders, found_before: npt.NDArray[np.int64], step: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Book the day's fines on the orders: buyers', sellers', and what goes back to buyers (coins [orders]).

    `found_before` [orders]: found up to yesterday; `step` [creators]: as `punish` gives it.
    """
    today = orders["found"].astype(np.int64)
    today = today - np.pad(found_before, (0, len(today) - len(found_before)))
    creator = orders["creator"].astype(np.int64)
    by_buyer = about.fine_per_like * step[creator] * today
    by_seller = about.seller_fine_per_like * today
    paid_back = about.restitution * by_seller
    orders["buyer_fine"][:] += by_buyer
    orders["seller_fine"][:] += by_seller
    orders["restitution"][:] += paid_back
    return by_buyer, by_seller, paid_back


def close_accounts(
    about: Sanctions,
    found_of_account: npt.NDArray[np.int64],
    bots: Accounts,
    sessions: npt.NDArray[np.float32],
    now: int,
) -> None:
    """Close accounts whose likes were found too often; a closed viewer has no sessions any more."""
    if not about.account_ban_likes:
        return
    caught = np.flatnonzero(found_of_account >= about.account_ban_likes)
    people = caught[caught < len(sessions)]
    sessions[people] = 0.0
    bot = caught[(caught >= bots.first) & (caught < bots.first + bots.count)] - bots.first
    bot = bot[bots.closed[bot] < 0]
    bots.closed[bot] = now
