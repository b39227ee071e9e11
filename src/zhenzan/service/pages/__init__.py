"""The console's pages, a file for each room."""

from zhenzan.service.cases.page import CASES
from zhenzan.service.creators.page import CREATORS
from zhenzan.service.document.page import DOCUMENT
from zhenzan.service.keys.page import KEYS
from zhenzan.service.ledger.page import LEDGER
from zhenzan.service.pages.missing import missing
from zhenzan.service.policies.page import POLICIES
from zhenzan.service.rewards.page import CARDS
from zhenzan.service.session.page import SESSION
from zhenzan.service.verdicts.page import WATCHING
from zhenzan.service.webhooks.page import WEBHOOKS

__all__ = ["PAGES", "missing"]

PAGES = (*WATCHING, *CARDS, *CREATORS, *LEDGER, *CASES, *POLICIES, *KEYS, *WEBHOOKS, *DOCUMENT, *SESSION)
