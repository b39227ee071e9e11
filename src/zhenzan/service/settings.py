"""Settings of a service: folder, address, settlement, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from zhenzan.deprecation import renamed_attributes
from zhenzan.errors import ZhenzanError
from zhenzan.settlement import WINDOW_DAYS

__all__ = ["Settings"]


@renamed_attributes(place="database_url")
@dataclass(frozen=True)
class Settings:
    """Settings of one service.

    home: folder of the lake, results, keys and, unless `database` names another, the SQLite database.
    stream: URL of a NATS JetStream or of Kafka's brokers that bring interactions too, "" for none;
    stream_config: a file of properties for Kafka's client. log: "text" or "json".
    settle_seconds: the shortest time between two settlements; settle_share: the most of one core that
    they may take in the long run, so a large lake is settled less often. window_days: how long the verdict
    on a like may change; keep_days: how long interactions stay, and longer than that. clock_skew_seconds: how
    far in the future the time of an interaction may lie; others are refused. create: whether a service is
    made where `home` holds none. body_seconds: how long a body may take to come. public_url: where people
    reach the service; with https the session's cookie is `Secure`. trusted_proxies: addresses or networks
    whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. allowed_origins: whose pages may call the
    API from a browser. requests_per_minute: of one viewer, creator or address without a key; 0 for no limit.
    Raises ZhenzanError.
    """

    home: Path
    host: str = "127.0.0.1"
    port: int = 8230
    database: str = ""
    stream: str = ""
    stream_config: Path | None = None
    log: str = "text"
    policy: Path | None = None
    catalogue: Path | None = None
    settle_seconds: float = 60.0
    settle_share: float = 0.2
    window_days: int = WINDOW_DAYS
    keep_days: int | None = None
    clock_skew_seconds: float = 300.0
    create: bool = True
    segment_seconds: float = 10.0
    body_bytes_max: int = 64 << 20
    body_seconds: float = 60.0
    waiting_rows_max: int = 300_000
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    requests_per_minute: int = 600
    log_requests: bool = False

    def __post_init__(self) -> None:
        if self.public_url and not re.fullmatch(r"https?://[^/\s]+/?", self.public_url):
            raise ZhenzanError(
                f"--public-url {self.public_url!r} is not an address; write https://HOST[:PORT]"
            )
        for origin in self.allowed_origins:
            if not re.fullmatch(r"https?://[^/\s*]+", origin):
                raise ZhenzanError(f"--allow-origin {origin!r} is not an origin; write https://HOST[:PORT]")
        if self.keep_days is not None and self.keep_days <= self.window_days + 1:
            raise ZhenzanError(
                f"--keep-days {self.keep_days} is too short: a verdict may change for"
                f" {self.window_days} days (--window-days), so keep interactions for"
                f" {self.window_days + 2} days or more"
            )

    @property
    def database_url(self) -> str:
        """The database's path or URL."""
        return self.database or str(self.home / "zhenzan.sqlite")
