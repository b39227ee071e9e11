"""Translation of texts and messages into the reader's language."""

from zhenzan.translation.languages import LANGUAGES, Both, Language, known_language
from zhenzan.translation.matching import language_of, translated
from zhenzan.translation.negotiation import preferred_language
from zhenzan.translation.texts import N_, NC_, NN_, Plural, both, gettext, nboth, ngettext, pgettext

__all__ = [
    "LANGUAGES",
    "NC_",
    "NN_",
    "N_",
    "Both",
    "Language",
    "Plural",
    "both",
    "gettext",
    "known_language",
    "language_of",
    "nboth",
    "ngettext",
    "pgettext",
    "preferred_language",
    "translated",
]
