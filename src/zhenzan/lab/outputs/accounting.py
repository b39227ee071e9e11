"""Accounting of a run: what each order, seller and creator gained or lost, and the totals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhenzan.lab.market import pride_in
from zhenzan.lab.outputs.final_state import FinalState
from zhenzan.lab.outputs.observed_log import Names, make_names, write_log
from zhenzan.lab.outputs.outcomes import SUMMARY, Outcomes
from zhenzan.lab.outputs.table_schemas import (
    CREATORS,
    DAYS,
    INTERACTIONS,
    LIKES_BY_SOURCE,
    ORDERS,
    SELLERS,
    SIZES,
    TRUTH,
    words_of,
)
from zhenzan.lab.outputs.truth import account_table, item_table
from zhenzan.lab.outputs.world import World
from zhenzan.lab.vocabulary import KINDS_OF_LIKE, SOURCES, STRATEGIES

__all__ = ["summarize"]

TINY_MAX = 20
Columns = dict[str, Any]


def summarize(final: FinalState, log: bool = True) -> World:
    """The world that was lived: its tables, its truth and its outcomes; without `log`, no rows of a log."""
    names = make_names(final)
    orders = _orders(final, names)
    creators = _creators(final, names)
    sellers = _sellers(final, orders)
    summary = _summary(final, orders, creators, sellers)
    outcomes = Outcomes(
        summary=summary,
        orders=pa.table(orders, schema=ORDERS),
        sizes=_sizes(orders),
        sellers=pa.table(sellers, schema=SELLERS),
        creators=pa.table(creators, schema=CREATORS),
        days=_days(final),
        likes_by_source=_likes_by_source(final),
    )
    tables = write_log(final, names) if log else (INTERACTIONS.empty_table(), TRUTH.empty_table())
    return World(
        scenario=final.scenario,
        seed=final.seed,
        interactions=tables[0],
        truth=tables[1],
        accounts=account_table(final, names),
        items=item_table(final, names),
        outcomes=outcomes,
    )


def _orders(final: FinalState, names: Names) -> Columns:
    """What each order brought its buyer and its seller.

    Likes that stand bring pride and fees. The exposure that an item won by bought likes is shared among its
    orders by what they delivered; frozen income among all that was found of a creator's
    likes: others' camouflage and wrong verdicts are not the orders' doing.
    """
    orders, buyers, about = final.orders, final.buyers, final.scenario.buyers
    creator, item = orders["creator"].astype(np.int64), orders["item"].astype(np.int64)
    delivered, caught = orders["delivered"].astype(np.float64), orders["found"].astype(np.float64)
    stands = delivered - caught if final.scenario.sanctions.void else delivered
    paid = orders["paid"].astype(np.float64)
    views = np.maximum(final.items.uplift, 0.0)[item] * _share(delivered, item, final.catalogue.count)
    pride = _shared_pride(stands, item, final.catalogue.count, buyers.pride[creator])
    fees = buyers.fee[creator] * stands
    by_views = views * about.income_per_thousand_views / 1000
    frozen = final.creators.income_lost[creator] * caught / np.maximum(final.creators.caught[creator], 1)
    seller_profit = paid - orders["cost"] - orders["seller_fine"]
    money = fees + by_views + orders["restitution"] - paid - orders["buyer_fine"] - frozen
    shops = final.shops
    seller = orders["seller"].astype(np.int64)
    return {
        "order": np.arange(orders.count, dtype=np.int32),
        "day": orders["day"].astype(np.int32),
        "creator": names.creator[creator],
        "orders_before": _orders_before(creator),
        "item": names.item[item],
        "seller": pa.array([shops[k].about.name for k in seller.tolist()], pa.string()),
        "strategy": words_of(
            [STRATEGIES.index(shops[k].about.strategy) for k in seller.tolist()], STRATEGIES
        ),
        "quantity": orders["quantity"].astype(np.int32),
        "delivered": orders["delivered"].astype(np.int32),
        "found": orders["found"].astype(np.int32),
        "paid": paid,
        "cost": orders["cost"].copy(),
        "seller_fine": orders["seller_fine"].copy(),
        "buyer_fine": orders["buyer_fine"].copy(),
        "restitution": orders["restitution"].copy(),
        "gain_pride": pride,
        "gain_fees": fees,
        "gain_views": by_views,
        "loss_frozen": frozen,
        "seller_profit": seller_profit,
        "buyer_profit": money + pride,
        "buyer_profit_money": money,
    }


def _orders_before(creator: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """How many orders its creator had placed before each [orders]."""
    by_creator = np.argsort(creator, kind="stable")
    first = np.flatnonzero(np.diff(creator[by_creator], prepend=-1))
    length = np.diff(first, append=len(creator))
    before = np.empty(len(creator), np.int32)
    before[by_creator] = np.arange(len(creator)) - np.repeat(first, length)
    return before


def _share(amount: npt.NDArray[Any], group: npt.NDArray[np.int64], groups: int) -> npt.NDArray[np.float64]:
    """Each amount as a share of its group's sum."""
    total = np.bincount(group, weights=amount, minlength=groups)[group] if len(group) else np.zeros(0)
    return np.divide(amount, total, out=np.zeros(len(amount)), where=total > 0)


def _shared_pride(
    stands: npt.NDArray[Any], item: npt.NDArray[np.int64], items: int, pride: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Pride in all bought likes of an item that stand, shared among its orders."""
    if not len(item):
        return np.zeros(0)
    total = np.bincount(item, weights=stands, minlength=items)[item]
    return pride_in(total, pride) * _share(stands, item, items)


def _sizes(orders: Columns) -> pa.Table:
    strategy, quantity = orders["strategy"].indices.to_numpy(), orders["quantity"]
    keys, group, count = np.unique(
        strategy.astype(np.int64) * 10_000_000 + quantity, return_inverse=True, return_counts=True
    )

    def total(name: str) -> npt.NDArray[Any]:
        return np.bincount(group, weights=orders[name], minlength=len(keys))

    delivered = total("delivered")
    return pa.table(
        {
            "strategy": words_of(keys // 10_000_000, STRATEGIES),
            "quantity": (keys % 10_000_000).astype(np.int32),
            "orders": count.astype(np.int32),
            "found_share": total("found") / np.maximum(delivered, 1),
            "price_per_like": total("paid") / np.maximum(total("quantity"), 1),
            "seller_profit_per_order": total("seller_profit") / count,
            "buyer_profit_per_order": total("buyer_profit") / count,
            "buyer_profit_money_per_order": total("buyer_profit_money") / count,
        },
        schema=SIZES,
    )


def _sellers(final: FinalState, orders: Columns) -> Columns:
    shops = final.shops
    seller = final.orders["seller"].astype(np.int64)

    def total(name: str) -> npt.NDArray[np.float64]:
        return np.bincount(seller, weights=orders[name], minlength=len(shops)).astype(np.float64)

    delivered, revenue = total("delivered"), np.array([shop.revenue for shop in shops], np.float64)
    cost, fines = (np.array([getattr(shop, n) for shop in shops], np.float64) for n in ("cost", "fines"))
    return {
        "seller": pa.array([shop.about.name for shop in shops], pa.string()),
        "strategy": words_of([STRATEGIES.index(shop.about.strategy) for shop in shops], STRATEGIES),
        "orders": np.bincount(seller, minlength=len(shops)).astype(np.int32),
        "likes": delivered.astype(np.int64),
        "found_share": total("found") / np.maximum(delivered, 1),
        "revenue": revenue,
        "cost": cost,
        "fines": fines,
        "profit": revenue - cost - fines,
        "accounts_made": np.array([sum(p.likes_made for p in shop.pools) for shop in shops], np.int64),
        "accounts_lost": np.array([sum(p.lost for p in shop.pools) for shop in shops], np.int64),
        "price_factor": np.array([shop.price_factor for shop in shops], np.float64),
        "pace_factor": np.array([shop.pace_factor for shop in shops], np.float64),
    }


def _creators(final: FinalState, names: Names) -> Columns:
    items, creators, owner, n = final.items, final.creators, final.catalogue.creator, final.makers.count

    def total(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.bincount(owner, weights=values, minlength=n)

    return {
        "creator": names.creator,
        "topic": final.makers.topic,
        "fame": final.makers.fame.astype(np.float32),
        "skill": final.makers.skill.astype(np.float32),
        "tempted": final.buyers.tempted,
        "honest": ~creators.bought,
        "items": np.bincount(owner, minlength=n).astype(np.int32),
        "views": total(items.exposures).astype(np.int64),
        "views_stolen": np.maximum(-total(items.uplift), 0.0),
        "likes_genuine": total(items.genuine()).astype(np.int64),
        "likes_bought": total(items.likes[1]).astype(np.int64),
        "income": creators.income,
        "spent_on_likes": creators.spent_on_likes,
        "spent_on_promotion": creators.spent_on_promotion,
        "fines": creators.fines,
        "strikes": creators.strikes,
        "strikes_undeserved": creators.strikes_undeserved,
        "banned": creators.banned,
    }


def _days(final: FinalState) -> pa.Table:
    days = final.days
    columns: Columns = {"day": np.arange(len(days["views"]), dtype=np.int32)}
    for column in DAYS:
        if column.name != "day":
            columns[column.name] = np.array(days[column.name]).astype(column.type.to_pandas_dtype())
    return pa.table(columns, schema=DAYS)


def _likes_by_source(final: FinalState) -> pa.Table:
    likes = final.likes_by_source
    kind, source = np.nonzero(likes)
    caught = final.found_by_source[kind, source]
    return pa.table(
        {
            "source": words_of(source, SOURCES),
            "kind_of_like": words_of(kind, KINDS_OF_LIKE),
            "likes": likes[kind, source],
            "found": caught,
            "found_share": caught / np.maximum(likes[kind, source], 1),
        },
        schema=LIKES_BY_SOURCE,
    )


def _summary(final: FinalState, orders: Columns, creators: Columns, sellers: Columns) -> pa.Table:
    natural, bought, hidden = (float(likes.sum()) for likes in final.items.likes)
    honest, tiny, again = creators["honest"], orders["quantity"] <= TINY_MAX, orders["orders_before"] > 0
    caught = final.found_by_source
    genuine = float(final.items.genuine().sum())
    honest_views = float(creators["views"][honest].sum())
    seconds = np.array(final.days["seconds_watched"])
    cards = final.cards
    sellers_profit = float(sellers["profit"].sum())
    values: dict[str, float] = {
        "viewer_steps": float(final.views),
        "likes_natural": natural,
        "likes_bought": bought,
        "likes_camouflage": hidden,
        "bought_share": _ratio(bought, natural + bought + hidden),
        "orders": float(final.orders.count),
        "orders_tiny": float(tiny.sum()),
        "buyer_profit_per_order": _mean(orders["buyer_profit"]),
        "buyer_profit_money_per_order": _mean(orders["buyer_profit_money"]),
        "buyer_profit_per_tiny_order": _mean(orders["buyer_profit"][tiny]),
        "buyer_profit_per_first_order": _mean(orders["buyer_profit"][~again]),
        "buyer_profit_per_repeat_order": _mean(orders["buyer_profit"][again]),
        "buyer_profit": float(orders["buyer_profit"].sum()),
        "seller_profit": sellers_profit,
        "seller_profit_per_order": _ratio(sellers_profit, final.orders.count),
        "honest_views_share": _ratio(honest_views, float(creators["views"].sum())),
        "honest_views_stolen_share": _ratio(float(creators["views_stolen"][honest].sum()), honest_views),
        "honest_income": float(creators["income"][honest].sum()),
        "honest_loss": float((creators["fines"] + final.creators.income_lost)[honest].sum()),
        "quality_watched": _ratio(
            float((np.array(final.days["quality_watched"]) * seconds).sum()), float(seconds.sum())
        ),
        "seconds_watched": float(seconds.sum()),
        "found_share": _ratio(float(caught[1].sum()), bought),
        "false_share": _ratio(float(caught[0].sum()), natural),
        "false_sanction_share": _mean((creators["strikes"] > 0)[honest]),
        "bubble": _ratio(float(final.items.shown.sum()), genuine) - 1.0,
        "quality_exposure_rank_correlation": _quality_correlation(final),
        "platform_income": final.platform_income - cards * final.scenario.rewards.card_cost,
        "cards": float(cards),
        "promotions": float(final.promotion.orders),
        **_promotion(final),
    }
    assert set(values) == set(SUMMARY), set(values) ^ set(SUMMARY)
    columns: Columns = {"scenario": [final.scenario.name], "seed": [final.seed]}
    columns |= {name: pa.array([values[name]], pa.float64()) for name in SUMMARY}
    return pa.table(columns)


def _promotion(final: FinalState) -> dict[str, float]:
    """What promotion came to, and who turned to it instead of sellers."""
    creators, buyers, totals = final.creators, final.buyers, final.promotion
    bought, promoted = creators.bought, creators.promoted
    only = promoted & ~bought
    small = buyers.budget < np.median(buyers.budget[buyers.tempted]) if buyers.tempted.any() else only
    proud = buyers.pride > buyers.fee

    def only_share(group: npt.NDArray[np.bool_]) -> float:
        return _ratio(float((only & group).sum()), float(((bought | promoted) & group).sum()))

    return {
        "promotions_refused": float(totals.refused),
        "likes_buyers": float(bought.sum()),
        "promotion_buyers": float(promoted.sum()),
        "promotion_only_share": only_share(np.ones(len(only), np.bool_)),
        "promotion_only_small_share": only_share(small),
        "promotion_only_large_share": only_share(~small),
        "promotion_only_proud_share": only_share(proud),
        "promotion_only_fee_share": only_share(~proud),
        "promotion_done_share": _ratio(totals.done, totals.ended),
        "promotion_void_share": _ratio(totals.void, totals.judged),
        "promotion_views_per_like": _ratio(totals.exposures, totals.captured),
        "promotion_billed": totals.billed,
        "promotion_refunded": totals.refunded,
    }


def _quality_correlation(final: FinalState) -> float:
    """Spearman's rank correlation of quality and exposure, over items published in the run."""
    catalogue = final.catalogue
    rows = np.flatnonzero(catalogue.listed & (catalogue.published >= 0))
    if len(rows) < 3:
        return float("nan")
    one, other = _ranks(catalogue.quality[rows]), _ranks(final.items.exposures[rows])
    return float(np.corrcoef(one, other)[0, 1])


def _ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Ranks, equal values sharing theirs."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[inverse].astype(np.float64)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")
