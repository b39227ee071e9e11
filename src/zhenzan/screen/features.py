"""Features of the screen: what was counted up to a like, the like itself included.

Counts decay: what happened one half-life ago counts half. So nothing needs to be forgotten on time, and a
count at any moment follows from the count before. In distinct counts each weighs by when it last occurred.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ENTITIES", "FEATURES", "HALF_LIVES_SECONDS", "PAIRS"]

HALF_LIVES_SECONDS = (60.0, 3600.0, 86400.0)
SPANS = ("minute", "hour", "day")
ENTITIES = ("account", "item", "device", "ip", "region")
PAIRS = (
    ("account", "creator"),
    ("account", "device"),
    ("account", "ip"),
    ("item", "device"),
    ("item", "ip"),
)

_COUNTED = {
    "account": "of the account",
    "item": "of the item",
    "device": "from the device",
    "ip": "from the address",
    "region": "from the region",
}
_DISTINCT = {
    "account_creators_day": "Creators that the account liked.",
    "account_devices_day": "Devices of the account.",
    "device_accounts_day": "Accounts on the device.",
    "account_ips_day": "Addresses of the account.",
    "ip_accounts_day": "Accounts behind the address.",
    "item_devices_day": "Devices from which the item was liked.",
    "item_ips_day": "Addresses from which the item was liked.",
}

FEATURES: Mapping[str, str] = {
    **{
        f"{entity}_likes_{span}": f"Likes {words}; half-life one {span}."
        for entity, words in _COUNTED.items()
        for span in SPANS
    },
    **{
        f"{one}_{other}_likes_day": f"Likes by this {one} and {other} together; half-life one day."
        for one, other in PAIRS
    },
    **{name: f"{words[:-1]}; half-life one day." for name, words in _DISTINCT.items()},
}
"""Name to meaning, in the order of the columns. NaN where the like lacks device, address or region."""
