"""A file for each room that the API shows."""

from zhenzan.service.routes.cases import CASES
from zhenzan.service.routes.creators import CREATORS
from zhenzan.service.routes.health import HEALTH
from zhenzan.service.routes.interactions import post_interactions
from zhenzan.service.routes.keys import KEYS
from zhenzan.service.routes.ledger import LEDGER
from zhenzan.service.routes.live import LIVE
from zhenzan.service.routes.market import MARKET
from zhenzan.service.routes.policies import POLICIES
from zhenzan.service.routes.rewards import REWARDS
from zhenzan.service.routes.signing_keys import SIGNING_KEYS
from zhenzan.service.routes.verdicts import VERDICTS
from zhenzan.service.routes.webhooks import WEBHOOKS

__all__ = ["API", "post_interactions"]

API = (
    *HEALTH, *VERDICTS, *LIVE, *REWARDS, *MARKET, *LEDGER, *CREATORS, *CASES, *POLICIES, *KEYS, *SIGNING_KEYS,
    *WEBHOOKS,
)  # fmt: skip
