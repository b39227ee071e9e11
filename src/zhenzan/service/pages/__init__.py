"""The console's pages, a file for each room."""

from zhenzan.service.pages.cards import CARDS
from zhenzan.service.pages.cases import CASES
from zhenzan.service.pages.creators import CREATORS
from zhenzan.service.pages.document import DOCUMENT
from zhenzan.service.pages.keys import KEYS
from zhenzan.service.pages.ledger import LEDGER
from zhenzan.service.pages.missing import missing
from zhenzan.service.pages.policies import POLICIES
from zhenzan.service.pages.session import SESSION
from zhenzan.service.pages.watching import WATCHING
from zhenzan.service.pages.webhooks import WEBHOOKS

__all__ = ["PAGES", "missing"]

PAGES = (*WATCHING, *CARDS, *CREATORS, *LEDGER, *CASES, *POLICIES, *KEYS, *WEBHOOKS, *DOCUMENT, *SESSION)
