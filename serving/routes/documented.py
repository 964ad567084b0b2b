"""What every route documents besides its own answer: the problems it may give."""

from typing import Annotated, Any

from fastapi import Path, Query

from serving.bodies.requests import FactName, PortalCitizen
from serving.bodies.responses import Problem
from serving.problems import MEDIA_TYPE

_WORDS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The token lacks the scope.",
    404: "It does not exist, or is not this caller's to see.",
    409: "The same id came with another body.",
    410: "It was erased, with everything about its citizen.",
    413: "The body is too large.",
    422: "Malformed, of unknown type, or in the future; nothing was stored.",
    429: "Asked too often; Retry-After says when again.",
    503: "A part that the answer needs is missing; the body says how to mend it.",
}

CitizenInPath = Annotated[
    PortalCitizen, Path(description="the citizen as this portal knows them, or `me` with the citizen's own token")
]
FactInPath = Annotated[FactName, Path(description="the sender's id of the fact")]
ServiceInPath = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=200, description="the public service's id")
]
Language = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        max_length=35,
        description="language tag; a text that is in another language is marked",
        examples=["en"],
    ),
]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these statuses, and for those that every signed-in route may give."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({401, 403, *statuses})
    }
