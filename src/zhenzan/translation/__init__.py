"""What is said of reading a log, in the language of the person who reads it."""

from zhenzan.translation.catalogue import language_of, translated
from zhenzan.translation.negotiation import preferred_language

__all__ = ["language_of", "preferred_language", "translated"]
