"""A file for each room that the API shows."""

from zhenzan.service.routes.console import CONSOLE
from zhenzan.service.routes.health import HEALTH
from zhenzan.service.routes.interactions import post_interactions
from zhenzan.service.routes.live import LIVE
from zhenzan.service.routes.verdicts import VERDICTS

__all__ = ["CONSOLE", "HEALTH", "LIVE", "VERDICTS", "post_interactions"]
