"""Honest promotion: labelled exposure to real people, billed by settled results only."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zhenzan.promote.accounting import Line, Status, statuses
from zhenzan.promote.attribution import Attribution, NotAttributed
from zhenzan.promote.commands import (
    AddOutcome,
    Approve,
    Cancel,
    Close,
    Command,
    EndWindow,
    Expire,
    Extend,
    Fund,
    Judge,
    Pause,
    Quote,
    Refuse,
    Resume,
    Start,
    Submit,
    TopUp,
)
from zhenzan.promote.decisions import Decider, Decisions, Slots
from zhenzan.promote.exposures import BeaconProblem, View, close_view, open_view
from zhenzan.promote.flights import Flight
from zhenzan.promote.inventory import Beliefs, Inventory
from zhenzan.promote.kernels.arguments import Lags
from zhenzan.promote.orders import ENDED, Actor, Order, Role, State
from zhenzan.promote.pacing import OutcomeDelay
from zhenzan.promote.packages import GOAL_KINDS, Package, Tier
from zhenzan.promote.quotes import Forecast, Request, forecast, is_at_risk, net_supply
from zhenzan.promote.receipts import Receipts
from zhenzan.promote.simulation import NUMBERS as SIMULATION_NUMBERS
from zhenzan.promote.simulation import Simulation, simulate
from zhenzan.promote.targeting import Audience, Targeting
from zhenzan.promote.terms import Caps, Delivery, KindPrices, Offer, Review, Terms
from zhenzan.promote.terms_file import load_terms, read_terms
from zhenzan.promote.transitions import Change, Move, Rejection, RejectionCode, transition
from zhenzan.promote.viewer_numbers import viewer_number

if TYPE_CHECKING:
    from zhenzan.promote.attributing import Attributor, Interaction
    from zhenzan.promote.dispatch import Dispatcher, Shown, Slot
    from zhenzan.promote.erasure import forget_viewer
    from zhenzan.promote.exposure_book import Exposure, ExposureBook
    from zhenzan.promote.order_book import (
        SYSTEM,
        NoSuchOrderError,
        OrderBook,
        OrderEvent,
        OrderRejectedError,
        Step,
    )
    from zhenzan.promote.order_rows import FlightPlan, OrderRecord, Outcome
    from zhenzan.promote.permissions import ItemOwner, NotPermittedError, Permissions
    from zhenzan.promote.quoting import NotFeasibleError, Offered, OrderRequest, Quoted, Quoter
    from zhenzan.promote.receipts_export import RECEIPTS_KEY, export_receipts
    from zhenzan.promote.stock import SlotCounts, Stock, audience_of
    from zhenzan.promote.terms_versions import NoSuchTermsError, NoTermsError, TermsVersion, TermsVersions
    from zhenzan.promote.wallets import PaymentPort, SandboxPayments, Wallets

__all__ = [
    "ENDED",
    "GOAL_KINDS",
    "RECEIPTS_KEY",
    "SIMULATION_NUMBERS",
    "SYSTEM",
    "Actor",
    "AddOutcome",
    "Approve",
    "Attribution",
    "Attributor",
    "Audience",
    "BeaconProblem",
    "Beliefs",
    "Cancel",
    "Caps",
    "Change",
    "Close",
    "Command",
    "Decider",
    "Decisions",
    "Delivery",
    "Dispatcher",
    "EndWindow",
    "Expire",
    "Exposure",
    "ExposureBook",
    "Extend",
    "Flight",
    "FlightPlan",
    "Forecast",
    "Fund",
    "Interaction",
    "Inventory",
    "ItemOwner",
    "Judge",
    "KindPrices",
    "Lags",
    "Line",
    "Move",
    "NoSuchOrderError",
    "NoSuchTermsError",
    "NoTermsError",
    "NotAttributed",
    "NotFeasibleError",
    "NotPermittedError",
    "Offer",
    "Offered",
    "Order",
    "OrderBook",
    "OrderEvent",
    "OrderRecord",
    "OrderRejectedError",
    "OrderRequest",
    "Outcome",
    "OutcomeDelay",
    "Package",
    "Pause",
    "PaymentPort",
    "Permissions",
    "Quote",
    "Quoted",
    "Quoter",
    "Receipts",
    "Refuse",
    "Rejection",
    "RejectionCode",
    "Request",
    "Resume",
    "Review",
    "Role",
    "SandboxPayments",
    "Shown",
    "Simulation",
    "Slot",
    "SlotCounts",
    "Slots",
    "Start",
    "State",
    "Status",
    "Step",
    "Stock",
    "Submit",
    "Targeting",
    "Terms",
    "TermsVersion",
    "TermsVersions",
    "Tier",
    "TopUp",
    "View",
    "Wallets",
    "audience_of",
    "close_view",
    "export_receipts",
    "forecast",
    "forget_viewer",
    "is_at_risk",
    "load_terms",
    "net_supply",
    "open_view",
    "read_terms",
    "simulate",
    "statuses",
    "transition",
    "viewer_number",
]


# What the database is needed for, and with it the extra `ledger`.
_HOME = {
    "Attributor": "attributing",
    "Dispatcher": "dispatch",
    "Exposure": "exposure_book",
    "ExposureBook": "exposure_book",
    "FlightPlan": "order_rows",
    "Interaction": "attributing",
    "ItemOwner": "permissions",
    "NoSuchOrderError": "order_book",
    "NoSuchTermsError": "terms_versions",
    "NoTermsError": "terms_versions",
    "NotFeasibleError": "quoting",
    "NotPermittedError": "permissions",
    "Offered": "quoting",
    "OrderBook": "order_book",
    "OrderEvent": "order_book",
    "OrderRecord": "order_rows",
    "OrderRejectedError": "order_book",
    "OrderRequest": "quoting",
    "Outcome": "order_rows",
    "PaymentPort": "wallets",
    "Permissions": "permissions",
    "Quoted": "quoting",
    "Quoter": "quoting",
    "SYSTEM": "order_book",
    "SandboxPayments": "wallets",
    "Shown": "dispatch",
    "Slot": "dispatch",
    "SlotCounts": "stock",
    "Step": "order_book",
    "Stock": "stock",
    "TermsVersion": "terms_versions",
    "TermsVersions": "terms_versions",
    "Wallets": "wallets",
    "audience_of": "stock",
    "RECEIPTS_KEY": "receipts_export",
    "export_receipts": "receipts_export",
    "forget_viewer": "erasure",
}


def __getattr__(name: str) -> Any:
    """Import the parts that keep orders in a database on first use: simulated orders need none."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"zhenzan.promote.{_HOME[name]}"), name)
