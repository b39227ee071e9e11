"""Settlement: judge the likes in the lake again and again, and publish each result."""

from zhenzan.settlement.finalize import SETTLED, final_watermark
from zhenzan.settlement.heartbeat import WORKER_FILE, Heartbeat, read_heartbeat
from zhenzan.settlement.run import WINDOW_DAYS, Settlement, comparison, latest, run_settlement
from zhenzan.settlement.subscribers import (
    DeliveryStoppedError,
    SettlementDeliveries,
    SettlementSubscriber,
)
from zhenzan.settlement.worker import RULING, SHADOW, Pace, work

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
