"""A file for each room that the API shows."""

from zhenzan.service.cases.api import CASES
from zhenzan.service.creators.api import CREATORS
from zhenzan.service.health.api import HEALTH
from zhenzan.service.interactions.api import post_interactions
from zhenzan.service.keys.api import KEYS
from zhenzan.service.ledger.api import LEDGER
from zhenzan.service.live.api import LIVE
from zhenzan.service.market.api import MARKET
from zhenzan.service.policies.api import POLICIES
from zhenzan.service.rewards.api import REWARDS
from zhenzan.service.signing_keys.api import SIGNING_KEYS
from zhenzan.service.verdicts.api import VERDICTS
from zhenzan.service.webhooks.api import WEBHOOKS

__all__ = ["API", "post_interactions"]

API = (
    *HEALTH, *VERDICTS, *LIVE, *REWARDS, *MARKET, *LEDGER, *CREATORS, *CASES, *POLICIES, *KEYS, *SIGNING_KEYS,
    *WEBHOOKS,
)  # fmt: skip
