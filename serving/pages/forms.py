"""What a page's form sends: read once, and refused unless it came from a page that this server gave to this browser."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.requests import Request

from recommender.errors import ForbiddenError, InvalidFactError
from serving.bodies.requests import clean
from serving.pages.visitors import SignedIn, Visitor

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 60


class Fields:
    """The fields of a form. A field that comes twice has several values; one that does not come is empty."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def one(self, name: str) -> str:
        return next((value for key, value in self._pairs if key == name), "").strip()

    def every(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def given(self, *names: str) -> Mapping[str, str]:
        """Those of the names that say something."""
        return {name: self.one(name) for name in names if self.one(name)}


async def read_fields(request: Request, csrf: str) -> Fields:
    """Raises ForbiddenError for a form of another site or another session, InvalidFactError for one that is none."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForbiddenError("the form came from another site", mend="open the page here and send it again")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidFactError("this is no form of these pages", mend="open the page here and send it again")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
        fields = Fields([(clean(name), clean(value)) for name, value in pairs])
    except ValueError as error:
        raise InvalidFactError("the form cannot be read", mend="open the page here and send it again") from error
    if not csrf or not compare_digest(fields.one("csrf").encode(), csrf.encode()):
        raise ForbiddenError("the form is of another sign-in", mend="open the page again and send it from there")
    return fields


async def submitted(request: Request, visitor: SignedIn) -> Fields:
    """The fields of a form that the visitor sent; one who may only read sends none."""
    fields = await read_fields(request, visitor.session.csrf)
    if request.url.path not in FOR_READERS:
        check_may_answer(visitor)
    return fields


FOR_READERS = frozenset({"/inbox/sign-out", "/inbox/leave", "/inbox/act-for"})


def check_may_answer(visitor: Visitor) -> None:
    """Return unless they act under a mandate that lets them read only. Raises ForbiddenError."""
    if not visitor.may_answer:
        raise ForbiddenError("your mandate lets you read, not answer", mend="ask the person, or act for yourself")


Submitted = Annotated[Fields, Depends(submitted)]
