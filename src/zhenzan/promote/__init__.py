"""Honest promotion: labelled exposure to real people, billed by settled results only."""

from zhenzan.promote.accounting import Line, Status
from zhenzan.promote.attribution import Attribution, NotAttributed
from zhenzan.promote.decisions import Decider, Decisions, Slots
from zhenzan.promote.exposures import BeaconProblem, View, close_view, open_view
from zhenzan.promote.flights import Flight
from zhenzan.promote.orders import (
    Actor,
    AddOutcome,
    Approve,
    Cancel,
    Change,
    Close,
    Command,
    EndWindow,
    Expire,
    Extend,
    Fund,
    Judge,
    Move,
    Order,
    Pause,
    Quote,
    Refuse,
    Rejection,
    RejectionCode,
    Resume,
    Role,
    Start,
    State,
    Submit,
    TopUp,
    transition,
)
from zhenzan.promote.packages import Package, Tier
from zhenzan.promote.receipts import Receipts
from zhenzan.promote.simulation import NUMBERS as SIMULATION_NUMBERS
from zhenzan.promote.simulation import Simulation, simulate
from zhenzan.promote.targeting import Audience, Targeting

__all__ = [
    "SIMULATION_NUMBERS",
    "Actor",
    "AddOutcome",
    "Approve",
    "Attribution",
    "Audience",
    "BeaconProblem",
    "Cancel",
    "Change",
    "Close",
    "Command",
    "Decider",
    "Decisions",
    "EndWindow",
    "Expire",
    "Extend",
    "Flight",
    "Fund",
    "Judge",
    "Line",
    "Move",
    "NotAttributed",
    "Order",
    "Package",
    "Pause",
    "Quote",
    "Receipts",
    "Refuse",
    "Rejection",
    "RejectionCode",
    "Resume",
    "Role",
    "Simulation",
    "Slots",
    "Start",
    "State",
    "Status",
    "Submit",
    "Targeting",
    "Tier",
    "TopUp",
    "View",
    "close_view",
    "open_view",
    "simulate",
    "transition",
]
