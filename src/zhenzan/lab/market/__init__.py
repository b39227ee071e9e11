"""The market for likes in a simulated world: orders, sellers and their account pools, buyers and their
beliefs.
"""

from zhenzan.lab.market.buyers import Buyers, make_buyers, pride_in
from zhenzan.lab.market.orders import Order, Orders
from zhenzan.lab.market.pools import Accounts
from zhenzan.lab.market.promotion_orders import PromotionOrder, PromotionTotals
from zhenzan.lab.market.sellers import SellerState, open_shops
from zhenzan.lab.market.trial_orders import TrialOrders

__all__ = [
    "Accounts",
    "Buyers",
    "Order",
    "Orders",
    "PromotionOrder",
    "PromotionTotals",
    "SellerState",
    "TrialOrders",
    "make_buyers",
    "open_shops",
    "pride_in",
]
