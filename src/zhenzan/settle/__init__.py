"""Settlement: judge what lies in the lake, again and again, and publish what was found."""

from zhenzan.settle.heartbeat import WORKER_FILE, Heartbeat, read_heartbeat
from zhenzan.settle.passes import WINDOW_DAYS, Settlement, comparison, latest, run_settlement
from zhenzan.settle.sealed import SETTLED, final_watermark
from zhenzan.settle.subscribers import (
    DeliveryStoppedError,
    SettlementDeliveries,
    SettlementSubscriber,
)
from zhenzan.settle.working import RULING, SHADOW, Pace, work

__all__ = [
    "RULING",
    "SETTLED",
    "SHADOW",
    "WINDOW_DAYS",
    "WORKER_FILE",
    "DeliveryStoppedError",
    "Heartbeat",
    "Pace",
    "Settlement",
    "SettlementDeliveries",
    "SettlementSubscriber",
    "comparison",
    "final_watermark",
    "latest",
    "read_heartbeat",
    "run_settlement",
    "work",
]
