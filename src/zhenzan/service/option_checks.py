"""Checks of a service's options, before anything is opened, created or bound."""

from __future__ import annotations

from zhenzan.errors import ZhenzanError
from zhenzan.policy import load_policy
from zhenzan.rewards import load_catalogue
from zhenzan.service.settings import Settings
from zhenzan.service.streams import check_stream
from zhenzan.store import check_place

__all__ = ["check_options"]


def check_options(settings: Settings) -> None:
    """Raise ZhenzanError where an option is wrong, or names a file that cannot be used."""
    if settings.home.exists() and not settings.home.is_dir():
        raise ZhenzanError(f"{settings.home} is not a folder; choose another HOME")
    check_place(settings.database_url)
    check_stream(settings.stream, settings.stream_config)
    if settings.catalogue is not None:
        load_catalogue(settings.catalogue)
    if settings.policy is not None:
        load_policy(settings.policy)
