"""Field types of bodies and queries: their limits, and their descriptions in the API's document."""

from __future__ import annotations

from typing import Annotated

from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

__all__ = ["AccountId", "AccountQuery", "DealId", "Id", "OwnAccount", "Reason", "RewardId", "SubjectId"]

ID_MAX = 1_024  # letters; in the lake an id has so many bytes
NAME_MAX = 200
REASON_MAX = 2_000

Id = Annotated[str, PathParameter(description="Its id.", max_length=100)]
SubjectId = Annotated[
    str,
    Meta(min_length=1, max_length=ID_MAX, description="An account, a ring or a sale.", examples=["fan-7"]),
]
AccountId = Annotated[
    str, Meta(min_length=1, max_length=ID_MAX, description="Id of an account.", examples=["fan-7"])
]
OwnAccount = (
    Annotated[
        str,
        Meta(
            max_length=ID_MAX,
            examples=["fan-7"],
            description="For whom; a viewer's key or token knows its own account.",
        ),
    ]
    | None
)
RewardId = Annotated[
    str, Meta(max_length=NAME_MAX, description="An id of the catalogue.", examples=["summer-card"])
]
DealId = Annotated[
    str, Meta(max_length=NAME_MAX, description="Id of a listing.", examples=["0f6c1d5b2a9e4c77"])
]
Reason = Annotated[
    str,
    Meta(
        max_length=REASON_MAX,
        description="The reason, in words.",
        examples=["likes at night, every night"],
    ),
]
AccountQuery = Annotated[
    str | None,
    QueryParameter(
        max_length=ID_MAX, description="Id of an account; a viewer's key or token knows its own account."
    ),
]
