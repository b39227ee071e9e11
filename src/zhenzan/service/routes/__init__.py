"""A file for each room that the API shows."""

from zhenzan.service.routes.creators import CREATORS
from zhenzan.service.routes.health import HEALTH
from zhenzan.service.routes.interactions import post_interactions
from zhenzan.service.routes.ledger import LEDGER
from zhenzan.service.routes.live import LIVE
from zhenzan.service.routes.market import MARKET
from zhenzan.service.routes.rewards import REWARDS
from zhenzan.service.routes.verdicts import VERDICTS

__all__ = [
    "CREATORS", "HEALTH", "LEDGER", "LIVE", "MARKET", "REWARDS", "VERDICTS", "post_interactions",
]  # fmt: skip
