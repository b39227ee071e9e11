"""Honest promotion: labelled exposure to real people, billed by settled results only."""

from zhenzan.promote.accounting import Line, Status
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
from zhenzan.promote.orders import Actor, Order, Role, State
from zhenzan.promote.pacing import OutcomeDelay
from zhenzan.promote.packages import Package, Tier
from zhenzan.promote.quotes import Forecast, Request, forecast, net_supply
from zhenzan.promote.receipts import Receipts
from zhenzan.promote.simulation import NUMBERS as SIMULATION_NUMBERS
from zhenzan.promote.simulation import Simulation, simulate
from zhenzan.promote.targeting import Audience, Targeting
from zhenzan.promote.terms import Caps, Delivery, KindPrices, Offer, Review, Terms
from zhenzan.promote.terms_file import load_terms, read_terms
from zhenzan.promote.transitions import Change, Move, Rejection, RejectionCode, transition

__all__ = [
    "SIMULATION_NUMBERS",
    "Actor",
    "AddOutcome",
    "Approve",
    "Attribution",
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
    "EndWindow",
    "Expire",
    "Extend",
    "Flight",
    "Forecast",
    "Fund",
    "Inventory",
    "Judge",
    "KindPrices",
    "Lags",
    "Line",
    "Move",
    "NotAttributed",
    "Offer",
    "Order",
    "OutcomeDelay",
    "Package",
    "Pause",
    "Quote",
    "Receipts",
    "Refuse",
    "Rejection",
    "RejectionCode",
    "Request",
    "Resume",
    "Review",
    "Role",
    "Simulation",
    "Slots",
    "Start",
    "State",
    "Status",
    "Submit",
    "Targeting",
    "Terms",
    "Tier",
    "TopUp",
    "View",
    "close_view",
    "forecast",
    "load_terms",
    "net_supply",
    "open_view",
    "read_terms",
    "simulate",
    "transition",
]
